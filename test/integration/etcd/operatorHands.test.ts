import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ForceNewClusterPlan } from '../../../src/codec/plans/forceNewCluster.ts';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';

type Plan = ForceNewClusterPlan & { readonly health: readonly { name: string; state: string }[] };

const BIN = new URL('../../../bin/vlog-dr.js', import.meta.url).pathname;

describeWith(['etcd', 'etcdctl'], 'members on hosts that the tool cannot reach', () => {
  let sandbox: CliSandbox;
  const members: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(
      members.map(async (member) => {
        const gone = once(member, 'exit');
        if (member.exitCode === null && member.kill('SIGKILL')) await gone;
      }),
    );
    await sandbox.down();
  });

  /** Types what is printed for a host, word by word: `systemctl` there stops what the sandbox started. */
  async function obey(block: string): Promise<void> {
    const [, host = ''] = /^· On the host of (\S+)/.exec(block) ?? [];
    const saved = /# copy (\S+) of this machine there, as recovered.db/.exec(block)?.[1];
    for (const line of block
      .split('\n')
      .slice(1)
      .map((one) => one.trim())) {
      if (line.startsWith('systemctl disable --now etcd')) await sandbox.must(0, 'sandbox', 'kill', host);
      else if (line.startsWith('etcd '))
        members.push(spawn('sh', ['-c', `exec ${line}`], { cwd: sandbox.dir, stdio: 'ignore' }));
      else if (line !== '' && !line.startsWith('#')) {
        const command = line.replace('recovered.db', saved ?? 'recovered.db');
        const shell = spawn('sh', ['-c', command], { cwd: sandbox.dir, stdio: 'ignore' });
        const [code] = await once(shell, 'exit');
        expect(code, line).toBe(0);
      }
    }
  }

  it('what it prints for each host is enough, typed as it stands', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '20', '--reconfigure-every', '10');
    const { metaStore, ...config } = parse(await sandbox.text('vlog-dr.yaml'));
    const { localRunDir: _, ...remote } = metaStore;
    const file = sandbox.file('remote.yaml');
    await writeFile(file, stringify({ ...config, metaStore: remote }));
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1');

    const args = ['force-new-cluster', '--apply', '--yes', '--old-metastore-destroyed', '--json'];
    const tool = spawn(process.execPath, [BIN, ...args, '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    tool.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const ended = once(tool, 'close');
    let said = '';
    let obeyed = Promise.resolve();
    const seen = new Set<string>();
    tool.stderr.on('data', (chunk) => {
      said += chunk;
      for (const [block] of said.matchAll(/^· On the host of .*\n(?: {4}.*\n)+/gm)) {
        if (seen.has(block)) continue;
        seen.add(block);
        obeyed = obeyed.then(() => obey(block));
      }
    });
    const [code] = await ended;
    await obeyed;
    expect(code, said + stdout).toBe(0);
    const { hands, health } = JSON.parse(stdout) as Plan;
    expect(hands).toBe('operator');
    expect(health.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'm1 serves',
      'm2 serves',
      'm3 serves',
    ]);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes', '--config', file);
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'), '--config', file);
  }, 300_000);
});
