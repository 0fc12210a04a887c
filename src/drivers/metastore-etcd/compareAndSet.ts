import { type Chain, type ChainIdentity, identityOf } from '../../core/chain.ts';
import { PortError } from '../../core/errors.ts';
import type { CompareAndSetOutcome } from '../../ports/MetaStore.ts';
import { holds } from '../wrap/chainOrder.ts';
import { EtcdError, translate } from './failures.ts';
import type { Before, EtcdRegisters, Written } from './registers.ts';

/** Others may write the same value again, or be the first of the cluster: that is no conflict, and soon over. */
const TRIES = 8;

/**
 * 1. Read the register. Not the value expected: a conflict, nothing is sent.
 * 2. Send the transaction, once. It compares revision and value, so it can win over nothing but what was read.
 * 3. Refused: read again. The same value under another revision is no conflict, and is tried with the new one.
 * 4. No answer: look at what was written since. Only our value, or a later one of somebody else in its place, says
 *    what became of it; the register unchanged says nothing, for a delayed write may still come.
 */
export async function compareAndSet(
  registers: EtcdRegisters,
  expected: ChainIdentity | undefined,
  { chain, text }: { readonly chain: Chain; readonly text: string },
): Promise<CompareAndSetOutcome> {
  const { logId } = chain;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await registers.readForChange(logId);
    registers.checkCluster(before.cluster, chain.clusterId);
    const current = registers.decode(logId, before.written);
    if (!holds(current, expected)) return { outcome: 'conflict', current };
    const isWritten = await send(registers, before, chain, text);
    if (typeof isWritten !== 'boolean') return isWritten;
    if (isWritten) return { outcome: 'installed' };
  }
  throw new PortError('unavailable', {
    subject: `etcd compareAndSet ${logId}`,
    message: `the same value was written again ${TRIES} times meanwhile. Nothing was written`,
  });
}

async function send(
  registers: EtcdRegisters,
  before: Before,
  chain: Chain,
  text: string,
): Promise<boolean | CompareAndSetOutcome> {
  try {
    return await registers.change(before, chain, text);
  } catch (error) {
    if (!(error instanceof EtcdError) || error.effect === 'notDone') throw error;
    return await settle(registers, before.written, chain, error);
  }
}

async function settle(
  registers: EtcdRegisters,
  before: Written | undefined,
  chain: Chain,
  lost: EtcdError,
): Promise<CompareAndSetOutcome> {
  const { logId } = chain;
  const subject = `compareAndSet ${logId}`;
  const since = await writtenSince(registers, before, chain).catch(() => undefined);
  if (since === 'ours') return { outcome: 'installed' };
  if (since === undefined) throw translate(subject, lost, true);
  return { outcome: 'conflict', current: since };
}

/** `undefined`: it cannot be told from here. */
async function writtenSince(
  registers: EtcdRegisters,
  before: Written | undefined,
  chain: Chain,
): Promise<Chain | 'ours' | undefined> {
  const ours = identityOf(chain);
  let newest: Chain | undefined;
  for await (const written of registers.newestFirst(chain.logId)) {
    const value = registers.decode(chain.logId, written);
    if (holds(value, ours)) return 'ours';
    if (before !== undefined && written.place <= before.place)
      return written.place === before.place && written.text === before.text ? newest : undefined;
    newest ??= value;
    // All that was ever written has been seen, and it was an empty register that we wrote to.
    if (written.count === 1n && before === undefined) return newest;
  }
  return undefined;
}
