import { fileURLToPath } from 'node:url';
import { probeAddress } from '../../drivers/restate/probe.ts';
import { serverProgram } from '../../drivers/restate/program.ts';
import type { Clock } from '../../ports/Clock.ts';
import { startEtcdMember } from '../etcd.ts';
import { requireMember, type Sandbox, urlOf } from '../layout.ts';
import type { Startable } from '../members.ts';
import { awaitReady, startProcess } from '../processes.ts';
import { nodeConfigPath } from './files.ts';

const START_TIMEOUT_MS = 60_000;
const COUNTER_SERVICE = fileURLToPath(new URL('counterService.js', compiled(import.meta.url)));

/** Nodes, members of an etcd and the service of counters, each by its own id. */
export function restateSandbox(sandbox: Sandbox, clock: Clock): Startable {
  const start = async (id: string): Promise<void> => {
    const kind = requireMember(sandbox, id);
    if (kind === 'service') await startCounters(sandbox, clock, id);
    else if (kind === 'metaStore' && sandbox.state.metaStore.kind === 'etcd')
      await startEtcdMember({ sandbox, clock }, id);
    else await startNode(sandbox, clock, id);
  };
  return { sandbox, clock, start };
}

/** Ready when it listens: one that waits for its metadata store does no more than that. */
async function startNode(sandbox: Sandbox, clock: Clock, id: string): Promise<void> {
  const { logServers, metaStore } = sandbox.state;
  const port = [...logServers, ...metaStore.members].find((one) => one.id === id)?.port ?? 0;
  const program = { path: await serverProgram(), env: process.env };
  await startProcess(sandbox, id, ['-c', nodeConfigPath(sandbox.dir, id), '--no-logo'], program);
  const ready = () => probeAddress(urlOf(port));
  await awaitReady(sandbox, id, { clock, timeoutMs: START_TIMEOUT_MS, ready });
}

async function startCounters(sandbox: Sandbox, clock: Clock, id: string): Promise<void> {
  const port = sandbox.state.restate?.counters.port ?? 0;
  const program = { path: process.execPath, env: process.env };
  await startProcess(sandbox, id, [COUNTER_SERVICE, String(port)], program);
  const ready = () => probeAddress(urlOf(port));
  await awaitReady(sandbox, id, { clock, timeoutMs: START_TIMEOUT_MS, ready });
}

/** The compiled program, also when this file runs as it was written. */
function compiled(url: string): string {
  return url.replace('/src/sandbox/', '/dist/sandbox/');
}
