import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Guidance } from '../../../src/codec/results/guide.ts';
import type { PlaybookRunResult } from '../../../src/codec/results/playbook.ts';
import { validated } from '../../support/inProcess.ts';
import { realClock } from '../../support/realClock.ts';
import { RestateSandbox } from '../../support/restate.ts';

// Each playbook through a disaster is in drills.test.ts; here is what a drill does not show.
let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin', '--repo', 'file:///REPO');
  await add(60);
  await sandbox.cli.must(0, 'backup');
});
afterAll(() => sandbox.down());

async function add(more: number): Promise<void> {
  await sandbox.until(sandbox.startLoad(), more);
  await sandbox.stopLoad();
}

async function guided(): Promise<Guidance> {
  const { stdout } = await sandbox.cli.run(['guide', '--json']);
  return validated<Guidance>('guide', stdout);
}

/** The flags of a run that nobody watches. */
async function unattended(playbook: string, answers: Record<string, string>): Promise<string[]> {
  const file = sandbox.cli.file(`${Object.keys(answers).length}-${playbook}.json`);
  await writeFile(file, JSON.stringify({ schemaVersion: 1, playbook, answers }));
  return ['--answers', file, '--yes', '--no-input', '--json'];
}

async function waiting(): Promise<number> {
  const nodes = await sandbox.cluster.look();
  return nodes.filter(
    ({ answer }) => answer.kind === 'answered' && answer.ident.metadataServer === 'AWAITING_PROVISIONING',
  ).length;
}

test('where nothing is wrong none is proposed, and none of them begins', async () => {
  // Restate moves the logs of a new cluster, and each is sealed for a moment.
  await sandbox.settled();
  expect((await guided()).proposals).toEqual([]);
  for (const id of ['restate-metadata-lost', 'restate-log-stuck', 'metastore-lost']) {
    const refused = await sandbox.cli.run(['playbook', 'run', id, '--yes', '--no-input']);
    expect(refused.code, refused.stderr).toBe(4);
    expect(refused.stderr).toContain('E_PLAYBOOK_UNFIT');
  }
});

test('a log that a dead reconfiguration left sealed: the guide proposes its playbook, and the log goes on', async () => {
  await sandbox.settled();
  await sandbox.cluster.seal({ logId: 0, reason: 'a test' });
  const { situation, proposals } = await guided();
  expect(situation.wrong).toBe('A log is sealed, and its chain goes no further.');
  expect(proposals.map(({ playbook }) => playbook)).toEqual(['restate-log-stuck']);
  const flags = await unattended('restate-log-stuck', { copies: 'as-set', finish: 'wait' });
  const ran = await sandbox.cli.run(['playbook', 'run', 'restate-log-stuck', ...flags]);
  expect([0, 3], ran.stderr).toContain(ran.code);
  expect(validated<PlaybookRunResult>('playbook-run', ran.stdout).outcome).toBe('done');
  await add(20);
});

test('nodes that ask to be provisioned are not: the tempting way ends with what it would have lost', async () => {
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  while ((await waiting()) < 3) await realClock.sleep(200);
  const { situation, proposals } = await guided();
  expect(situation.doNot).toContain('do not run `restatectl provision`');
  expect(proposals.map(({ playbook }) => playbook)).toEqual(['restate-awaiting-provisioning']);
  const wrong = await sandbox.cli.run(['playbook', 'run', 'restate-metadata-lost', '--yes', '--no-input']);
  expect(wrong.code).toBe(4);
  expect(wrong.stderr).toContain('vlog-dr playbook run restate-awaiting-provisioning');
  const flags = await unattended('restate-awaiting-provisioning', { provision: 'provision' });
  const ran = await sandbox.cli.run(['playbook', 'run', 'restate-awaiting-provisioning', ...flags]);
  expect(ran.code, ran.stderr).toBe(3);
  const { outcome, because } = validated<PlaybookRunResult>('playbook-run', ran.stdout);
  expect(outcome).toBe('stopped by decision');
  expect(because).toContain('Nothing was provisioned, and nothing was changed');
  expect(await waiting()).toBe(3);
});

test('killed with -9 after each thing that it wrote down, and resumed, it ends as if it had not been', async () => {
  const id = 'restate-awaiting-provisioning';
  const flags = await unattended(id, { provision: 'recover', rebuild: 'wait' });
  let killed = await sandbox.cli.run(['playbook', 'run', id, ...flags], { killAtRecord: 2 });
  const [open] = (await guided()).open;
  const runId = open?.runId ?? '';
  let kills = 0;
  // One that came no further than the one before is given one record more.
  for (let records = 3; killed.signal !== null; kills += 1) {
    const before = await doneIn(runId);
    killed = await sandbox.cli.run(['playbook', 'resume', runId, ...flags], { killAtRecord: records });
    records = (await doneIn(runId)) > before ? 3 : records + 1;
  }
  expect([0, 3], killed.stdout + killed.stderr).toContain(killed.code);
  expect(kills).toBeGreaterThan(3);
  const { outcome, steps } = validated<PlaybookRunResult>('playbook-run', killed.stdout);
  expect(outcome).toBe('done');
  expect(steps.map((step) => step.outcome)).not.toContain('not reached');
  await add(20);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
  const report = await sandbox.cli.must(0, 'playbook', 'report', runId);
  expect(report.stdout).toContain('`restatectl provision`');
});

async function doneIn(runId: string): Promise<number> {
  const journal = await sandbox.cli.text('state', 'playbooks', 'runs', runId, 'journal.jsonl');
  // A plan that nothing followed is made again: it is no step forward.
  const done = journal.split('\n').filter((line) => line.includes('"type":"done"'));
  return done.filter((line) => !line.includes('"type":"planned"')).length;
}
