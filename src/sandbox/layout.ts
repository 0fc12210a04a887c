import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type SandboxState, sandboxStateSchema } from '../codec/sandbox.ts';
import { DrError } from '../core/errors.ts';
import { replaceFile } from '../drivers/local/durableFiles.ts';
import { makeDirectory } from '../drivers/wrap/durableFile.ts';

/** A sandbox on disk. Every process of it can be found again from here, by any later command. */
export interface Sandbox {
  readonly dir: string;
  readonly state: SandboxState;
}

export const paths = {
  state: (dir: string) => join(dir, 'sandbox.json'),
  config: (dir: string) => join(dir, 'vlog-dr.yaml'),
  counters: (dir: string) => join(dir, 'counters.json'),
  acked: (dir: string) => join(dir, 'acked.jsonl'),
  chainCache: (dir: string) => join(dir, 'chain-cache'),
  runState: (dir: string) => join(dir, 'state'),
  logServerData: (dir: string, id: string) => join(dir, 'data', id),
  metaStore: (dir: string) => join(dir, 'metastore'),
  metaStoreCopy: (dir: string) => join(dir, 'metastore-copy'),
  /** Of the control plane that the copy is. */
  otherConfig: (dir: string) => join(dir, 'other.yaml'),
  processes: (dir: string) => join(dir, 'run'),
  process: (dir: string, id: string) => join(dir, 'run', `${id}.json`),
  output: (dir: string, id: string) => join(dir, 'output', `${id}.txt`),
} as const;

/** Throws `E_USAGE` when there is no sandbox in the directory. */
export async function openSandbox(directory: string): Promise<Sandbox> {
  const dir = resolve(directory);
  const text = await readFile(paths.state(dir), 'utf8').catch((cause: unknown) => {
    throw new DrError('E_USAGE', {
      message: `There is no sandbox in ${dir}. Nothing was done.`,
      hint: 'Make one with `vlog-dr sandbox up --dir DIR`.',
      context: { dir },
      cause,
    });
  });
  const parsed = sandboxStateSchema.safeParse(safeJson(text));
  if (parsed.success) return { dir, state: parsed.data };
  throw new DrError('E_USAGE', {
    message: `${paths.state(dir)} is damaged or of another version. Nothing was done; processes of the sandbox may be running.`,
    hint: `Their process ids are in ${join(dir, 'run')}.`,
    context: { dir },
  });
}

export async function saveSandbox({ dir, state }: Sandbox): Promise<void> {
  for (const name of ['run', 'output', 'data', 'state']) await makeDirectory(join(dir, name));
  await replaceFile(paths.state(dir), `${JSON.stringify(state, undefined, 2)}\n`);
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Members that are several have a directory each. */
export function metaStoreDataOf({ dir, state }: Sandbox, id: string): string {
  return state.metaStore.kind === 'file' ? paths.metaStore(dir) : join(paths.metaStore(dir), id);
}

export type MemberKind = 'logServer' | 'metaStore' | 'service';

/** What runs, in the order in which it is stopped. */
export function memberIds({ state }: Sandbox): string[] {
  const services = state.restate === undefined ? [] : [state.restate.counters];
  return [...services, ...state.logServers, ...state.metaStore.members].map((one) => one.id);
}

/** Throws `E_UNKNOWN_SERVER`. */
export function requireMember(sandbox: Sandbox, id: string): MemberKind {
  const { state } = sandbox;
  if (state.logServers.some((server) => server.id === id)) return 'logServer';
  if (state.metaStore.members.some((member) => member.id === id)) return 'metaStore';
  if (state.restate?.counters.id === id) return 'service';
  const known = memberIds(sandbox);
  throw new DrError('E_UNKNOWN_SERVER', {
    message: `The sandbox has no ${id}; it has ${known.join(', ')}. Nothing was done.`,
    hint: '`vlog-dr sandbox status` shows them.',
    context: { id, known },
  });
}

/** The LogServers of a zone, by its name alone or with its region. Throws `E_USAGE` when it has none. */
export function serversOfZone({ state }: Sandbox, zone: string): string[] {
  const zoneOf = (location: string) => location.split('/').slice(0, 2).join('/');
  const zones = [...new Set(state.logServers.map((server) => zoneOf(server.location)))];
  const wanted = zones.find((one) => one === zone || one.endsWith(`/${zone}`));
  if (wanted !== undefined)
    return state.logServers.filter((one) => zoneOf(one.location) === wanted).map((one) => one.id);
  throw new DrError('E_USAGE', {
    message: `The sandbox has no zone ${zone}; it has ${zones.join(', ')}. Nothing was done.`,
    hint: '`sandbox up --zones N` spreads the servers over zones.',
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
