import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { runMain } from '../../support/inProcess.ts';
import { OldMetaStore } from '../../support/oldMetaStore.ts';

let sandbox: CliSandbox;
let old: OldMetaStore | undefined;
afterEach(async () => {
  await old?.stop();
  old = undefined;
  await sandbox.down();
});

const REBUILD = ['rebuild-metastore', '--from-loglets', '--apply', '--yes'];

interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}

interface Assessment {
  readonly logServers: readonly { readonly id: string; readonly state: string }[];
  readonly logs: readonly { readonly tail: string; readonly version: number }[];
}

/** The old control plane: the MetaStore's data from before, and a client that has only that. */
async function oldControlPlane(): Promise<(code: number, args: string[], stdin?: string) => Promise<string>> {
  old = await OldMetaStore.copyOf(sandbox);
  await writeFile(sandbox.file('old.yaml'), await old.configFor(sandbox));
  return async (code, args, stdin = '') => {
    const result = await runMain([...args, '--config', sandbox.file('old.yaml'), '--json'], { stdin });
    expect(result.code, result.stdout + result.stderr).toBe(code);
    return result.stdout;
  };
}

describe('after a recovery', () => {
  it('the old MetaStore, brought back from a copy of its data, installs nothing and takes no append', async () => {
    sandbox = await CliSandbox.up('--servers', '5');
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '40', '--reconfigure-every', '10');
    const asBefore = await oldControlPlane();
    await sandbox.must(0, 'sandbox', 'kill', 's1');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    await sandbox.here(0, REBUILD);
    await sandbox.here(0, ['reconfigure', '1', '--apply', '--yes']);
    await sandbox.here(0, ['log', 'append', '1'], 'after\n');
    const before = await old?.versionOf('1');

    const refusal = JSON.parse(await asBefore(4, ['reconfigure', '1', '--apply', '--yes'])) as Failure;
    expect(refusal.error.code, refusal.error.message).toBe('E_STALE_GENERATION');
    // An append through it can only end without an acknowledgement: the loglet it knows is sealed.
    const refused = await runMain(['log', 'append', '1', '--config', sandbox.file('old.yaml'), '--json'], {
      stdin: 'fork\n',
    });
    expect(refused.code).not.toBe(0);
    expect(await sandbox.here(0, ['log', 'read', '1', '--from', '40'])).toBe('after\n');
    expect(await old?.versionOf('1')).toBe(before);
    await sandbox.here(0, ['verify', '--acked', sandbox.file('acked.jsonl')]);
  }, 120_000);

  it('a server that was dead is fenced when it returns, and one with a new disk joins only when admitted', async () => {
    sandbox = await CliSandbox.up('--servers', '5');
    await sandbox.here(0, ['reconfigure', '1', '--servers', 's1,s2,s3', '--apply', '--yes']);
    await sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', '30');
    await sandbox.must(0, 'sandbox', 'kill', 's1', 's2');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    await sandbox.here(0, REBUILD);
    await sandbox.here(0, ['log', 'append', '1'], 'after\n');
    await sandbox.must(0, 'sandbox', 'wipe', 's2');
    await sandbox.must(0, 'sandbox', 'start', 's1', 's2');
    const stateOf = async (code: number, id: string) => {
      const { logServers } = await sandbox.hereJson<Assessment>(code, 'assess');
      return logServers.find((server) => server.id === id)?.state;
    };
    expect(await stateOf(3, 's1')).toBe('stale');
    await sandbox.here(0, ['fence', '--apply', '--yes']);
    expect(await stateOf(3, 's1')).toBe('ok');
    // Nothing is placed on a disk that forgot the fence, whoever asks for it.
    const placed = await runMain(
      ['reconfigure', '1', '--servers', 's1,s2,s3', '--apply', '--yes', '--json'].concat(
        '--config',
        sandbox.file('vlog-dr.yaml'),
      ),
    );
    expect(placed.code, placed.stdout).not.toBe(0);
    await sandbox.here(0, ['admit', 's2', '--apply', '--yes']);
    await sandbox.here(0, ['reconfigure', '1', '--servers', 's1,s2,s3', '--apply', '--yes']);
    await sandbox.here(0, ['log', 'append', '1'], 'and after\n');
    expect(await sandbox.here(0, ['log', 'read', '1', '--from', '30'])).toBe('after\nand after\n');
    await sandbox.here(0, ['verify', '--acked', sandbox.file('acked.jsonl')]);
  }, 120_000);
});
