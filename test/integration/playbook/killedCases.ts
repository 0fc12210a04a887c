import { rename, writeFile } from 'node:fs/promises';
import type { CliSandbox } from '../../support/cli.ts';

/** A command, in which `LAST` stands for members of the last loglet; or what no command makes. */
type Making = readonly string[] | ((sandbox: CliSandbox, last: readonly string[]) => Promise<unknown>);

export interface KilledCase {
  readonly playbook: string;
  readonly up?: readonly string[];
  readonly needs?: 'etcd';
  /** The disaster, on a loaded cluster. */
  readonly disaster: readonly Making[];
  readonly answers?: Readonly<Record<string, string | readonly string[]>>;
  /** What people do elsewhere, one after the other, each time that the playbook stands still for it. */
  readonly byHand?: readonly Making[];
  /** What is still said of the cluster at the end. */
  readonly left?: readonly string[];
  /**
   * Killed once after each of its steps. Within the commands that it applies the others are killed as well, and every
   * command has such a test of its own.
   */
  readonly between?: true;
  /** The only copies of acknowledged entries are destroyed. */
  readonly isLoss?: true;
}

export const CASES: readonly KilledCase[] = [
  { playbook: 'metastore-lost', disaster: [['sandbox', 'lose-metastore']] },
  {
    playbook: 'metastore-lost-backup',
    up: ['--repo', 'file:///REPO'],
    disaster: [['sandbox', 'lose-metastore']],
  },
  {
    playbook: 'metastore-majority-lost',
    between: true,
    up: ['--metastore', 'etcd'],
    needs: 'etcd',
    disaster: [['sandbox', 'lose-metastore', '--keep', '1']],
    answers: { members: 'gone', 'force.old-metastore-destroyed': 'old-metastore-destroyed' },
  },
  {
    playbook: 'metastore-stale',
    between: true,
    disaster: [
      ['sandbox', 'copy-metastore'],
      ['reconfigure', '1', '--apply', '--yes'],
      ['sandbox', 'lose-metastore', '--restore-copy'],
    ],
  },
  {
    playbook: 'split-brain',
    between: true,
    up: ['--servers', '7', '--min-nodeset-size', '2'],
    disaster: [divide],
    answers: { side: 'known' },
    byHand: [
      (sandbox) => writeFile(sandbox.file('second-control-plane-stopped.txt'), 'stopped by the test\n'),
      (sandbox, last) => sandbox.must(0, 'sandbox', 'kill', ...wrongSide(last)),
    ],
    left: ['SEGMENT_UNDER_REPLICATED', 'SERVER_UNREACHABLE'],
  },
  { playbook: 'log-stuck', disaster: [['sandbox', 'strand']] },
  {
    playbook: 'server-returned',
    disaster: [
      ['sandbox', 'wipe', 's1'],
      ['sandbox', 'start', 's1'],
    ],
    answers: { disk: 'gone' },
    left: ['SEGMENT_UNDER_REPLICATED'],
  },
  {
    playbook: 'under-replicated',
    between: true,
    up: ['--servers', '3', '--durability', 'majority'],
    disaster: [
      async (sandbox) => {
        // A member that sleeps through the last entries of a segment, and is back when the log has gone on.
        const [asleep = ''] = await notGivingPositions(sandbox);
        await sandbox.must(0, 'sandbox', 'kill', asleep);
        await sandbox.must(0, 'sandbox', 'load', '--entries', '20');
        await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
        await sandbox.must(0, 'sandbox', 'start', asleep);
      },
    ],
  },
  {
    playbook: 'entries-corrupt',
    between: true,
    disaster: [['sandbox', 'corrupt', 's1', '--entries', '3'], (sandbox) => sandbox.must(3, 'verify')],
    answers: { disk: 'replace', server: 's1' },
    byHand: [
      async (sandbox) => {
        await sandbox.must(0, 'sandbox', 'wipe', 's1');
        await sandbox.must(0, 'sandbox', 'start', 's1');
      },
    ],
    left: ['SEGMENT_UNDER_REPLICATED'],
  },
  {
    playbook: 'repository-lost',
    between: true,
    up: ['--repo', 'file:///REPO'],
    disaster: [(sandbox) => rename(`${sandbox.dir}.repo`, `${sandbox.dir}.away`)],
    byHand: [(sandbox) => rename(`${sandbox.dir}.away`, `${sandbox.dir}.repo`)],
  },
  {
    playbook: 'logservers-lost',
    disaster: [['sandbox', 'kill', 'LAST']],
    answers: { 'back-soon': 'move' },
    left: ['SEGMENT_UNDER_REPLICATED', 'SERVER_UNREACHABLE'],
  },
  {
    playbook: 'segment-lost',
    between: true,
    up: ['--servers', '6'],
    disaster: [
      ['reconfigure', '1', '--exclude', 's1,s2,s3', '--apply', '--yes'],
      ['sandbox', 'wipe', 's1', 's2', 's3'],
    ],
    answers: {
      disks: 'destroyed',
      'destroyed-servers': ['s1', 's2', 's3'],
      ...Object.fromEntries(
        ['s1', 's2', 's3'].flatMap((id) => [
          [`retire.${id}.destroyed`, 'destroyed'],
          [`retire.${id}.accept-loss.1`, 'accept-loss 1'],
        ]),
      ),
    },
    left: ['SEGMENT_LOST', 'SEGMENT_UNDER_REPLICATED'],
    isLoss: true,
  },
  {
    playbook: 'loglet-unsealable',
    up: ['--durability', 'count:2'],
    disaster: [['sandbox', 'kill', 'LAST', 'LAST']],
    answers: { 'wait-or-lose': 'accept-loss', 'accept.1.accept-loss.1': 'accept-loss 1' },
    left: ['SEGMENT_UNDER_REPLICATED', 'SERVER_UNREACHABLE'],
  },
  { playbook: 'move-log', disaster: [], answers: { servers: ['LAST'], back: 'back' } },
  { playbook: 'test-restore', up: ['--repo', 'file:///REPO'], disaster: [] },
];

/** Members of the last loglet, without the one that gives positions. */
async function notGivingPositions(sandbox: CliSandbox): Promise<readonly string[]> {
  const { stdout } = await sandbox.run(['assess', '--json']);
  const [log] = (JSON.parse(stdout) as { logs: { sequencer?: string; segments: { nodeset: string[] }[] }[] })
    .logs;
  return (log?.segments.at(-1)?.nodeset ?? []).filter((id) => id !== log?.sequencer);
}

/** A member that only one side heard, and one that no loglet was on. */
function wrongSide(last: readonly string[]): readonly [string, string] {
  const spare = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'].find((id) => !last.includes(id)) ?? '';
  return [last.at(-1) ?? '', spare];
}

/** Each of two control planes reconfigures while it hears only its own servers. */
async function divide(sandbox: CliSandbox, last: readonly string[]): Promise<void> {
  const wrong = wrongSide(last);
  const right = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'].filter((id) => !wrong.includes(id));
  const extend = (not: readonly string[], ...place: string[]) =>
    sandbox.must(0, 'reconfigure', '1', '--exclude', not.join(), '--apply', '--yes', ...place);
  await sandbox.must(0, 'sandbox', 'copy-metastore', '--serve');
  await sandbox.must(0, 'sandbox', 'pause', ...wrong);
  await extend(wrong);
  await sandbox.must(0, 'sandbox', 'resume', ...wrong);
  await sandbox.must(0, 'sandbox', 'pause', ...right);
  await extend(right, '--config', sandbox.file('other.yaml'));
  await sandbox.must(0, 'sandbox', 'resume', ...right);
}
