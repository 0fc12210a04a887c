import { afterEach, expect, it, vi } from 'vitest';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';
import { TmuxTerminal } from '../../support/tmux.ts';

const BIN = new URL('../../../bin/vlog-dr.js', import.meta.url).pathname;

let sandbox: CliSandbox;
let terminal: TmuxTerminal;
afterEach(async () => {
  await terminal.close();
  await sandbox.down();
});

/** What a person types, with a screen of 80×24. */
async function open(line: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  terminal = await TmuxTerminal.start(`node ${BIN} ${line} --config ${sandbox.file('vlog-dr.yaml')}`, env);
}

async function load(): Promise<void> {
  await sandbox.must(0, 'sandbox', 'load', '--entries', '60', '--reconfigure-every', '20');
}

const lastNodeset = async () => {
  const { logs } = JSON.parse((await sandbox.run(['assess', '--json'])).stdout) as {
    logs: { segments: { nodeset: string[] }[] }[];
  };
  return logs[0]?.segments.at(-1)?.nodeset ?? [];
};

// A bound against a hang, not an expectation.
vi.setConfig({ testTimeout: 900_000 });

describeWith('tmux', 'a person at a terminal of 80 columns and 24 lines', () => {
  it('recovers a lost MetaStore with nothing but `guide`: ?, a wrong name, Ctrl-C, and on', async () => {
    sandbox = await CliSandbox.up();
    await load();
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    await open('guide');
    const proposal = await terminal.shows(/Begin\?/);
    expect(proposal).toContain('The MetaStore is gone. Appends still go on: 3 of 3 servers');
    expect(proposal).toMatch(/Do not restart\s+clients/);
    expect(proposal).toMatch(/playbook\s+metastore-lost/);

    await terminal.press('?');
    expect(await terminal.shows(/also without a backup/)).toContain('Begin?');
    await terminal.press('Enter');
    await terminal.shows(/to apply:/);
    await terminal.type('sandbx');
    await terminal.shows(/That is not "sandbox"\. Nothing was changed\./);
    await terminal.type('?');
    await terminal.shows(/Undo: If it was a mistake/);
    await terminal.press('C-c');
    const stopped = await terminal.shows(/^exit 130$/m);
    expect(stopped).toMatch(/playbook resume \w{26}/);
    await terminal.close();

    await open('guide');
    await terminal.shows(/was not finished\. Go/);
    await terminal.press('Enter');
    await terminal.shows(/to apply:/);
    await terminal.type('sandbox');
    expect(await terminal.shows(/^exit \d+$/m)).toContain('exit 0');
    expect(await terminal.text()).toContain('Nothing is wrong with the cluster any more.');
    expect(wide(await terminal.text())).toEqual([]);
    // What comes next the playbook says, not each command that it runs.
    expect(await terminal.text()).not.toContain('Next:');
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  });

  it('decides about a server with a new disk, explained where it asks, and stops by the list', async () => {
    sandbox = await CliSandbox.up();
    await load();
    await sandbox.must(0, 'sandbox', 'wipe', 's1');
    await sandbox.must(0, 'sandbox', 'start', 's1');
    await open('playbook run server-returned');
    await terminal.shows(/old disk of that server still exist\?/);
    await terminal.press('Up', 'Enter');
    await terminal.shows(/it can be put back/);
    expect(await terminal.shows(/^exit 3$/m)).toContain('Stopped by decision');
    await terminal.close();

    await open('playbook run server-returned');
    await terminal.shows(/old disk of that server still exist\?/);
    await terminal.press('Down', 'Enter');
    await terminal.shows(/may be the only\s+witness/);
    await terminal.press('Enter');
    await terminal.shows(/to apply:/);
    await terminal.type('<');
    await terminal.shows(/❯ No, it is gone for good/);
    await terminal.press('Enter');
    await terminal.shows(/to apply:/);
    await terminal.type('sandbox');
    await terminal.shows(/^exit \d$/m);
    const { logServers } = JSON.parse((await sandbox.run(['assess', '--json'])).stdout) as {
      logServers: { id: string; state: string }[];
    };
    expect(logServers.find(({ id }) => id === 's1')?.state).toBe('ok');
  });

  it('moves a log off servers that it names, going back to name others', async () => {
    sandbox = await CliSandbox.up('--logs', '2');
    await load();
    const [busy = ''] = await lastNodeset();
    await open('playbook run move-log');
    await terminal.shows(/Which log is to be moved\?/);
    await terminal.press('Down', 'Enter');
    await terminal.shows(/Which servers does it leave\?/);
    await terminal.press('Left');
    await terminal.shows(/Which log is to be moved\?[\s\S]*❯ 1/);
    await terminal.press('Enter');
    await terminal.shows(/Which servers does it leave\?/);
    for (let place = 1; place < Number(busy.slice(1)); place += 1) await terminal.press('Down');
    await terminal.press('Space', 'Enter');
    await terminal.shows(/to apply:/);
    await terminal.type('sandbox');
    await terminal.shows(/Move the log back now\?/);
    expect(await lastNodeset()).not.toContain(busy);
    await terminal.press('Down', 'Enter');
    expect(await terminal.shows(/^exit \d$/m)).toContain('exit 0');
  });

  it('waits for a survivor, thinks better of it, and accepts the loss only when it is typed in full', async () => {
    sandbox = await CliSandbox.up('--durability', 'count:2');
    await load();
    const [one = '', two = ''] = await lastNodeset();
    await sandbox.must(0, 'sandbox', 'kill', one, two);
    await open('playbook run loglet-unsealable');
    await terminal.shows(/come back with its\s+old disks\?/);
    await terminal.press('Enter');
    await terminal.shows(/Is it done\?/);
    await terminal.press('Left');
    await terminal.shows(/come back with its\s+old disks\?/);
    await terminal.press('Down', 'Enter');
    await terminal.shows(/to accept that risk:/);
    await terminal.type('yes');
    await terminal.shows(/That is not "accept-loss 1"\. Nothing was changed\./);
    await terminal.type('?');
    await terminal.shows(/No other answer takes it/);
    await terminal.type('accept-loss 1');
    await terminal.shows(/to apply:/);
    await terminal.type('accept-loss 1');
    await terminal.shows(/That is not "sandbox"/);
    await terminal.type('sandbox');
    await terminal.showed(/Go on in a new loglet[\s\S]*to apply:/);
    await terminal.type('sandbox');
    await terminal.shows(/^exit 3$/m);
    expect(await lastNodeset()).not.toContain(one);
    expect((await sandbox.run(['assess', '--json'])).stdout).toContain('LOSS_RECORDED');
  });

  it('works without colour, motion and Unicode: numbered answers on a dumb terminal', async () => {
    sandbox = await CliSandbox.up();
    await load();
    await sandbox.must(0, 'seal', '1', '--apply', '--yes');
    await open('guide', { TERM: 'dumb', LANG: 'C' });
    await terminal.shows(/1\. Begin \[Enter\]/);
    await terminal.type('nonsense');
    await terminal.shows(/"nonsense" is none of the answers/);
    await terminal.type('?');
    await terminal.shows(/No entry is lost/);
    await terminal.type('1');
    await terminal.shows(/to apply:/);
    await terminal.type('sandbox');
    expect(await terminal.shows(/^exit \d$/m)).toContain('exit 0');
    expect(await terminal.text()).not.toMatch(/[^\n\x20-\x7e]/);
  });

  it('draws its lists in ASCII where the locale has no more, and stops safely while it waits', async () => {
    sandbox = await CliSandbox.up();
    await load();
    const [gone = ''] = await lastNodeset();
    await sandbox.must(0, 'sandbox', 'kill', gone);
    await open('playbook run logservers-lost', { LANG: 'C' });
    await terminal.shows(/coming back within minutes\?/);
    await terminal.press('Up', 'Enter');
    await terminal.shows(/Is it done\?/);
    await terminal.press('Down', 'Enter');
    await terminal.shows(/Not yet[\s\S]*Not yet/);
    await terminal.press('C-c');
    const stopped = await terminal.shows(/^exit 130$/m);
    const runId = /playbook resume (\w{26})/.exec(stopped)?.[1] ?? '';
    expect(await terminal.text()).not.toMatch(/[^\n\x20-\x7e]/);
    await terminal.close();

    await open(`playbook resume ${runId}`);
    await terminal.shows(/Recovery: Wait for the servers[\s\S]*Is it done\?/);
    await terminal.press('C-c');
    await terminal.shows(/^exit 130$/m);
  });
});

/** Lines that the terminal had to break. Commands stay whole, to be copied. */
function wide(text: string): string[] {
  return text.split('\n').filter((line) => line.length > 80 && !/^\s*\$ /.test(line));
}
