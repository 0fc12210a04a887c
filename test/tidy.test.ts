import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/**
 * The rules that keep the code in its rooms. A room is the longest folder (or file) below that a path starts with.
 * `may`: what it may import from; a room may always import from itself unless it says `notItself`.
 * `packages`: third parties and Node's own modules; `*` any.
 */
interface Room {
  readonly may: readonly string[];
  readonly packages: readonly string[];
  /** Imports between two folders of this room are forbidden: one driver never uses another. */
  readonly foldersApart?: true;
  /** May use the clock, randomness, the process and the console of the machine. */
  readonly touchesMachine?: true;
}

const ROOMS: Readonly<Record<string, Room>> = {
  'src/core': { may: [], packages: ['node:crypto'] },
  'src/codec': { may: ['src/core'], packages: ['zod', '@node-rs/crc32'] },
  'src/ports': { may: ['src/core'], packages: [] },
  'src/snapshots': { may: ['src/core', 'src/codec', 'src/ports'], packages: [] },
  'src/archive': { may: ['src/core', 'src/codec', 'src/ports'], packages: [] },
  'src/virtuallog': {
    may: ['src/core', 'src/codec', 'src/ports', 'src/snapshots', 'src/archive'],
    packages: [],
  },
  'src/runs': { may: ['src/core', 'src/codec', 'src/ports'], packages: [] },
  'src/operations': {
    may: ['src/core', 'src/codec', 'src/ports', 'src/virtuallog', 'src/runs', 'src/snapshots', 'src/archive'],
    packages: [],
  },
  // Leads through commands, and has no other power: what it does, it does by the hands that it is given.
  'src/playbook': {
    may: ['src/core', 'src/codec', 'src/config', 'src/ports', 'src/runs', 'src/ui/text'],
    packages: ['zod', 'yaml', 'node:crypto'],
  },
  // What both servers share.
  'src/serving': { may: ['src/core'], packages: ['node:crypto'] },
  'src/logserver': {
    may: ['src/core', 'src/codec', 'src/ports', 'src/drivers/wrap', 'src/serving'],
    packages: ['*'],
    touchesMachine: true,
  },
  'src/metastore-server': {
    may: ['src/core', 'src/codec', 'src/ports', 'src/drivers/wrap', 'src/serving'],
    packages: ['*'],
    touchesMachine: true,
  },
  'src/drivers': {
    may: ['src/core', 'src/codec', 'src/ports', 'src/runs', 'src/drivers/wrap'],
    packages: ['*'],
    foldersApart: true,
    touchesMachine: true,
  },
  'src/config': { may: ['src/core'], packages: ['zod', 'yaml'] },
  'src/ui': {
    may: ['src/core', 'src/ports'],
    packages: ['inquirer', 'ora', 'cli-table3', 'node:readline', 'node:stream'],
    touchesMachine: true,
  },
  // What people read is a function of plans and results alone.
  'src/ui/text': { may: ['src/core', 'src/codec'], packages: [] },
  'src/ui/report': { may: ['src/core', 'src/codec', 'src/ui/text'], packages: [] },
  'src/ui/html': { may: ['src/ui/report', 'src/ui/text'], packages: [] },
  'src/ui/markdown': { may: ['src/ui/report', 'src/ui/text'], packages: [] },
  'src/cli': {
    may: [
      ...['src/core', 'src/codec', 'src/config', 'src/ports', 'src/runs', 'src/snapshots', 'src/virtuallog'],
      ...['src/archive', 'src/operations', 'src/playbook', 'src/sandbox', 'src/drill'],
      ...['src/ui/text', 'src/ui/report', 'src/ui/html', 'src/ui/markdown'],
    ],
    packages: ['commander', 'node:buffer'],
  },
  'src/sandbox': { may: ['*'], packages: ['*'], touchesMachine: true },
  'src/drill': { may: ['*'], packages: ['*'], touchesMachine: true },
  'src/main': { may: ['*'], packages: ['*'], touchesMachine: true },
};

/** A few files that see more than their room, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The memory LogServer is the shipped one over a memory store: that is what simulation is for.
  'src/drivers/memory': ['src/logserver'],
};

/** A plan is a function of what was observed: all that it reaches lies here. */
const PURE = ['src/core', 'src/codec', 'src/operations'];

/** Forbidden words, and the rooms where they are not. */
const BANS: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  readonly evenInMachineRooms: boolean;
}[] = [
  {
    what: 'the machine clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    evenInMachineRooms: false,
  },
  { what: 'a timer', pattern: /\b(setTimeout|setInterval|setImmediate)\(/, evenInMachineRooms: false },
  { what: 'machine randomness', pattern: /\bMath\.random\(|\brandomUUID\(/, evenInMachineRooms: false },
  { what: 'the process', pattern: /\bprocess\.(?!exitCode\b)[a-z]/, evenInMachineRooms: false },
  { what: 'the console', pattern: /\bconsole\.[a-z]/, evenInMachineRooms: true },
  { what: 'any', pattern: /(:|\bas|<)\s*any\b(?!-)/, evenInMachineRooms: true },
  { what: 'a note for later', pattern: /\b(TODO|FIXME|XXX|HACK)\b/, evenInMachineRooms: true },
  {
    what: 'a silenced checker',
    pattern: /@ts-(ignore|expect-error|nocheck)|biome-ignore/,
    evenInMachineRooms: true,
  },
];

const MAX_LINES = 300;
/** Catalogues and tables: long because there is much of one kind. */
const CATALOGUES = [/errorCatalogue\.ts$/, /findings/, /schemas?\.ts$/];

/** Files that nothing in src imports: where a program starts, and the drivers of simulation and tests. */
const ENTRIES = [/^src\/main\.ts$/, /^src\/drivers\/memory\//, /counterService\.ts$/];

const root = resolve(import.meta.dirname, '..');
const files = sourceFiles(join(root, 'src'));
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const valueImports = new Map(
  files.map((file) => [
    file,
    importsOf(file, (texts.get(file) ?? '').replace(/^import type [\s\S]*?;$/gm, '')),
  ]),
);
const imports = new Map(files.map((file) => [file, importsOf(file, texts.get(file) ?? '')]));

test('a file imports only what its room may', () => {
  expect(
    files.flatMap((file) => (imports.get(file) ?? []).flatMap((target) => trespass(file, target))),
  ).toEqual([]);
});

test('a plan is pure: nothing that it reaches does anything', () => {
  const plans = files.filter((file) => /^src\/operations\/.*\/plan\.ts$/.test(file));
  expect(plans.length).toBeGreaterThan(0);
  const reached = plans.flatMap((plan) => [...closure(plan)].map((file) => [plan, file] as const));
  expect(reached.filter(([, file]) => !PURE.some((room) => file.startsWith(`${room}/`)))).toEqual([]);
});

test('only the rooms made for it touch the clock, randomness, the process or the console', () => {
  expect(files.flatMap((file) => banned(file))).toEqual([]);
});

test('no file is longer than a reader holds in mind', () => {
  const long = files.filter((file) => !CATALOGUES.some((catalogue) => catalogue.test(file)));
  expect(long.map((file) => [file, lines(file)] as const).filter(([, count]) => count > MAX_LINES)).toEqual(
    [],
  );
});

test('no file only passes on what others export', () => {
  const barrels = files.filter((file) => {
    const statements = code(texts.get(file) ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '');
    return (
      statements.length > 0 &&
      statements.every((line) => /^(export (type )?(\*|\{).* from |\s+\w+,|\} from )/.test(line))
    );
  });
  expect(barrels).toEqual([]);
});

test('every file is used', () => {
  const used = new Set([...imports.values()].flat());
  expect(files.filter((file) => !used.has(file) && !ENTRIES.some((entry) => entry.test(file)))).toEqual([]);
});

function trespass(file: string, target: string): string[] {
  const room = roomOf(file);
  if (room === undefined) return [`${file} is in no room: say in test/tidy.test.ts what it may import`];
  const { may, packages, foldersApart } = ROOMS[room] ?? { may: [], packages: [] };
  if (!target.startsWith('src/')) {
    const name = packageName(target);
    return packages.includes('*') || packages.includes(name) ? [] : [`${file} imports ${name}`];
  }
  const allowed = [...may, ...exceptionsOf(file)];
  const isOwn = foldersApart ? driverOf(file) === driverOf(target) : target.startsWith(`${room}/`);
  const isAllowed = allowed.some(
    (one) => one === '*' || target.startsWith(`${one}/`) || target === `${one}.ts`,
  );
  return isOwn || isAllowed ? [] : [`${file} imports ${target}`];
}

/** Files reached by imports, the types-only ones left out: types do nothing. */
function closure(start: string): Set<string> {
  const seen = new Set<string>();
  const next = [start];
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    next.push(...(valueImports.get(file) ?? []).filter((target) => target.startsWith('src/')));
  }
  return seen;
}

function banned(file: string): string[] {
  const touchesMachine = ROOMS[roomOf(file) ?? '']?.touchesMachine === true;
  const text = code(texts.get(file) ?? '');
  // Words for a later reader stand in comments, which `code` takes away.
  const raw = texts.get(file) ?? '';
  return BANS.flatMap(({ what, pattern, evenInMachineRooms }) => {
    if (touchesMachine && !evenInMachineRooms) return [];
    const where = what === 'a note for later' || what === 'a silenced checker' ? raw : text;
    return pattern.test(where) ? [`${file} has ${what}`] : [];
  });
}

function roomOf(file: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((room) => file.startsWith(`${room}/`) || file === `${room}.ts`)
    .sort((a, b) => b.length - a.length)[0];
}

function exceptionsOf(file: string): readonly string[] {
  return Object.entries(EXCEPTIONS).flatMap(([prefix, more]) => (file.startsWith(`${prefix}/`) ? more : []));
}

/** `src/drivers/etcd/client.ts` → `src/drivers/etcd`. */
function driverOf(file: string): string {
  return file.split('/').slice(0, 3).join('/');
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function importsOf(file: string, text: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)'([^']+)'/g;
  return [...text.matchAll(pattern)].map(([, specifier = '']) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(file), specifier)) : specifier,
  );
}

function code(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .replace(/`(?:\\.|[^`\\])*`/g, (literal) => literal.replace(/(^|\})[^$]*?(\$\{|$)/g, '$1 $2'));
}

function lines(file: string): number {
  return (texts.get(file) ?? '').split('\n').length;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
