import { writeFile } from 'node:fs/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commandTable.ts';
import { CliSandbox } from '../support/cli.ts';
import { runMain } from '../support/inProcess.ts';

let sandbox: CliSandbox;
beforeAll(async () => {
  sandbox = await CliSandbox.up('--servers', '5', '--repo', 'file:///REPO');
  await sandbox.must(0, 'sandbox', 'load', '--entries', '30', '--reconfigure-every', '10');
}, 600_000);
afterAll(() => sandbox.down());

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<string, ValidateFunction>();

/** The check that a user's own validator would make, of the schema that the program prints. */
async function validatorOf(name: string): Promise<ValidateFunction> {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const { code, stdout } = await runMain(['schema', ...name.split(' ')]);
  expect(code, name).toBe(0);
  const validate = ajv.compile(JSON.parse(stdout) as object);
  compiled.set(name, validate);
  return validate;
}

const ran = new Set<string>();

/** Runs a command with `--json` and holds each line or the whole of stdout against the schema of its name. */
async function document(name: string, line: string, stdin = ''): Promise<Record<string, unknown>> {
  const args = line.split(' ').map((arg) => arg.replace('DIR', sandbox.dir));
  const place = args[0] === 'sandbox' ? ['--dir', sandbox.dir] : ['--config', sandbox.file('vlog-dr.yaml')];
  const { code, stdout } = await runMain([...args, ...place, '--json'], { stdin });
  const value = JSON.parse(stdout) as Record<string, unknown>;
  const schema = 'error' in value && name !== 'error' ? 'no error' : name;
  expect(schema, `${line}: exit ${code}\n${stdout}`).toBe(name);
  const validate = await validatorOf(name);
  expect(validate(value) ? [] : validate.errors, `${line}\n${stdout.slice(0, 2_000)}`).toEqual([]);
  expect(value.schemaVersion).toBe(1);
  const path = COMMANDS.map((one) => one.path).find((one) => line === one || line.startsWith(`${one} `));
  ran.add(path ?? line);
  return value;
}

/** One story, in which every command has something to say. */
const STORY: readonly (readonly [name: string, line: string])[] = [
  ['sandbox status', 'sandbox status'],
  ['doctor', 'doctor'],
  ['assess', 'assess'],
  ['place', 'place'],
  ['place', 'place --lose zone=z1 --lose server=s2 --grow-to 5'],
  ['log append', 'log append 1'],
  ['log read', 'log read 1 --from 25'],
  ['log tail', 'log tail 1'],
  ['log create', 'log create 2'],
  ['log trim', 'log trim 1 --to 3'],
  ['log trim', 'log trim 1 --to 3 --apply --yes'],
  ['backup', 'backup'],
  ['backup', 'backup --data'],
  ['backups list', 'backups list'],
  ['backups verify', 'backups verify'],
  ['backups prune', 'backups prune --keep 1'],
  ['backups test-restore', 'backups test-restore'],
  ['seal', 'seal 1'],
  ['reconfigure', 'reconfigure 1'],
  ['reconfigure', 'reconfigure 1 --exclude s5 --apply --yes'],
  ['reconfigure', 'reconfigure 2 --exclude s5 --apply --yes'],
  ['retire', 'retire s5'],
  ['sandbox kill', 'sandbox kill s1'],
  ['assess', 'assess'],
  ['seal', 'seal 1 --apply --yes'],
  ['reconfigure', 'reconfigure 1 --apply --yes'],
  ['sandbox lose-metastore', 'sandbox lose-metastore'],
  ['assess', 'assess'],
  ['rebuild-metastore', 'rebuild-metastore --from-loglets --plan-out DIR/plan.json'],
  ['rebuild-metastore', 'apply DIR/plan.json --yes'],
  ['runs list', 'runs list'],
  ['sandbox start', 'sandbox start s1'],
  ['fence', 'fence'],
  ['fence', 'fence --apply --yes'],
  ['repair', 'repair'],
  ['repair', 'repair --apply --yes'],
  ['verify', 'verify'],
  ['sandbox wipe', 'sandbox wipe s4'],
  ['sandbox start', 'sandbox start s4'],
  ['admit', 'admit s4'],
  ['restore', 'restore 1'],
  ['admit', 'admit s4 --apply --yes'],
  ['sandbox pause', 'sandbox pause s2'],
  ['sandbox resume', 'sandbox resume s2'],
  ['sandbox load', 'sandbox load --entries 5'],
  ['verify', 'verify --acked DIR/acked.jsonl'],
  ['force-new-cluster', 'force-new-cluster'],
  ['sandbox copy-metastore', 'sandbox copy-metastore'],
  ['sandbox corrupt', 'sandbox corrupt s2'],
  ['drill shadow', 'drill shadow'],
  ['sandbox strand', 'sandbox strand'],
  ['drill list', 'drill list'],
  ['guide', 'guide'],
  ['playbook list', 'playbook list'],
  ['playbook show', 'playbook show metastore-lost'],
  ['playbook lint', 'playbook lint playbooks'],
  ['playbook approve', 'playbook approve DIR/plan.json --yes'],
];

/** The same command where it cannot go on. */
const FAILING: readonly string[] = [
  'log append nope',
  'log read nope',
  'log trim 1',
  'seal nope',
  'reconfigure nope',
  'restore nope',
  'admit s9',
  'retire s9',
  'apply DIR/nope',
  'runs show nope',
  'runs resume nope',
  'backups show nope',
  'backups diff nope nope',
  'rebuild-metastore --from-caches DIR/nope',
  'verify --acked DIR/nope',
  'sandbox kill s9',
  'sandbox load --entries many',
  'drill run nope',
  'playbook show nope',
  'playbook run metastore-lost',
  'playbook resume nope',
  'playbook approve DIR/nope',
  'nonsense',
];

/** Copies a `file` MetaStore only. */
const FILE_ONLY = process.env.TEST_METASTORE === 'etcd' ? ['sandbox copy-metastore'] : [];

/** Shown elsewhere: `drill.test.ts` runs drills and reads their records, `health.test.ts` and `frame.test.ts` start sandboxes; `playbook` tests run those; these serve or print scripts. */
const ELSEWHERE = [
  ...FILE_ONLY,
  'sandbox up',
  'sandbox down',
  'drill run',
  'drill trend',
  'drill verify-records',
  'playbook run',
  'playbook resume',
  'playbook report',
  'playbook answers',
  'serve logserver',
  'serve metastore',
  'schema',
  'completion',
  'init',
];

describe('what --json prints is what `vlog-dr schema` says', () => {
  it('of every command, in one story of loss and recovery', async () => {
    for (const [name, line] of STORY) if (!FILE_ONLY.includes(name)) await document(name, line, 'an entry\n');
    const { runs } = (await document('runs list', 'runs list')) as { runs: { runId: string }[] };
    await document('runs show', `runs show ${runs.at(-1)?.runId}`);
    const { snapshots } = (await document('backups list', 'backups list --log 1')) as {
      snapshots: { id: string }[];
    };
    const [from = '', to = ''] = [snapshots.at(0)?.id, snapshots.at(-1)?.id];
    await document('backups show', `backups show ${from}`);
    await document('backups diff', `backups diff ${from} ${to}`);
  }, 180_000);

  it.each(FAILING)('of `%s`, which cannot go on', async (line) => {
    await document('error', line, 'an entry\n');
  });

  it('of a configuration that is none', async () => {
    await writeFile(sandbox.file('broken.yaml'), 'cluster: 1');
    const { stdout } = await runMain(['assess', '--json', '--config', sandbox.file('broken.yaml')]);
    expect((await validatorOf('error'))(JSON.parse(stdout))).toBe(true);
  });

  it('and a schema is not fulfilled by just anything', async () => {
    for (const name of ['assess', 'rebuild-metastore', 'error', 'verify', 'runs list'])
      expect((await validatorOf(name))({ schemaVersion: 1 }), name).toBe(false);
  });

  it('with no command left out', () => {
    const missing = COMMANDS.map((one) => one.path).filter(
      (path) => !ran.has(path) && !ELSEWHERE.includes(path),
    );
    expect(missing).toEqual([]);
  });
});
