import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { logId } from '../../../src/core/ids.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { aChain, extended } from '../../support/chains.ts';

/** Extends the chain of log 1 for ever, and says each version once it is installed. Killed by the test. */
const store = await openFileMetaStore({ dir: process.argv[2] ?? '' });
const LOG = logId('1');
for (;;) {
  const current = await store.get(LOG);
  const next: Chain =
    current === undefined ? aChain() : { ...extended(aChain()), version: current.version + 1 };
  const { outcome } = await store.compareAndSet(LOG, current && identityOf(current), next);
  if (outcome === 'installed') process.stdout.write(`${next.version}\n`);
}
