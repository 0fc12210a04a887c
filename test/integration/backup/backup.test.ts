import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { toJson } from '../../../src/codec/common.ts';
import * as results from '../../../src/codec/results/backup.ts';
import { withDigest } from '../../../src/codec/snapshot.ts';
import { type Chain, chainDigest, identityOf } from '../../../src/core/chain.ts';
import { logId, recoveryId } from '../../../src/core/ids.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { openFileRepository } from '../../../src/drivers/repository-file/fileRepository.ts';
import { backupNow } from '../../../src/operations/backup/backupNow.ts';
import type { BackupDeps } from '../../../src/operations/backup/deps.ts';
import { diffBackups, listBackups, showBackup } from '../../../src/operations/backup/look.ts';
import { applyPrune, describePrune, planPruneBackups } from '../../../src/operations/backup/pruneBackups.ts';
import { verifyBackups } from '../../../src/operations/backup/verifyBackups.ts';
import { silentReporter } from '../../../src/ports/Reporter.ts';
import type { Repository } from '../../../src/ports/Repository.ts';
import { documentKey } from '../../../src/snapshots/keys.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { aChain, CLUSTER, chainVersions } from '../../support/chains.ts';
import { fixedParts } from '../../support/snapshots.ts';

const LOG = logId('1');
const OTHER = logId('2');

describe('backups of a cluster', () => {
  let dir: string;
  let deps: BackupDeps;
  let repository: Repository;
  const chains = chainVersions(aChain(), 5);
  const other = aChain({ logId: OTHER });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-backup-'));
    repository = await openFileRepository(pathToFileURL(join(dir, 'repository')).href);
    const snapshots = new Snapshots({ repository, ...fixedParts });
    deps = {
      metaStore: await openFileMetaStore({ dir: join(dir, 'metastore') }),
      snapshots,
      reporter: silentReporter,
    };
    for (const [place, chain] of chains.entries()) {
      const before = chains[place - 1];
      await deps.metaStore.compareAndSet(LOG, before && identityOf(before), chain);
    }
    await deps.metaStore.compareAndSet(OTHER, undefined, other);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const withMetaStore = async (name: string): Promise<BackupDeps> => ({
    ...deps,
    metaStore: await openFileMetaStore({ dir: join(dir, name) }),
  });
  const keyOf = (chain: Chain) => documentKey(CLUSTER, { ...chain, logId: chain.logId });
  const kinds = async () =>
    (await verifyBackups(deps)).logs.flatMap(({ problems }) => problems.map(({ kind }) => kind));
  /** As printed, it is what its schema says. */
  const printed = (schema: z.ZodType, value: unknown) => schema.parse(JSON.parse(toJson(value)));

  test('every log, with all versions that the MetaStore still keeps, and the configuration', async () => {
    const result = await backupNow(deps, { config: 'cluster: {}' });
    expect(result).toMatchObject({
      ok: true,
      config: 'saved',
      logs: [
        { logId: LOG, outcome: 'written', version: 5, added: [1, 2, 3, 4], gaps: [] },
        { logId: OTHER, outcome: 'written', version: 1, added: [] },
      ],
    });
    printed(results.backupResultSchema, result);
    expect(await deps.snapshots.loadConfig()).toMatchObject({ text: 'cluster: {}' });
    expect(await backupNow(deps)).toMatchObject({ logs: [{ outcome: 'there' }, { outcome: 'there' }] });
  });

  test('an empty MetaStore is a lost one: nothing is written, and the snapshots stay', async () => {
    await backupNow(deps);
    const empty = await withMetaStore('fresh');
    await expect(backupNow(empty)).rejects.toMatchObject({ code: 'E_METASTORE_LOST' });
    await expect(backupNow(empty, { logs: [LOG] })).rejects.toMatchObject({ code: 'E_METASTORE_LOST' });
    expect(await verifyBackups(empty)).toMatchObject({
      ok: false,
      logs: [{ register: 'lost' }, { register: 'lost' }],
    });
  });

  test('a MetaStore that went backwards is not backed up, not even its other logs', async () => {
    await backupNow(deps, { logs: [LOG] });
    const old = await withMetaStore('old');
    await old.metaStore.compareAndSet(LOG, undefined, chains[1] as Chain);
    await old.metaStore.compareAndSet(OTHER, undefined, other);
    await expect(backupNow(old)).rejects.toMatchObject({ code: 'E_METASTORE_LOST' });
    expect(await deps.snapshots.newest(OTHER)).toBeUndefined();
  });

  test('a log that nobody knows is said, and not passed over', async () => {
    await expect(backupNow(deps, { logs: [logId('9')] })).rejects.toMatchObject({ code: 'E_UNKNOWN_LOG' });
  });

  test('a fork of one log is refused with both digests, and the others are backed up', async () => {
    const forked = { ...(chains[4] as Chain), trimPoint: 1n };
    for (const chain of [...chains.slice(0, 4), forked]) await deps.snapshots.ensureSnapshot(chain);
    const result = await backupNow(deps);
    expect(result).toMatchObject({
      ok: false,
      logs: [{ outcome: 'refused', problem: { code: 'E_CONTRADICTION' } }, { outcome: 'written' }],
    });
    expect(result.logs[0]?.problem?.message).toContain(chainDigest(forked));
    printed(results.backupResultSchema, result);
  });

  test('versions that the MetaStore does not keep are marked', async () => {
    const short = await withMetaStore('short');
    await short.metaStore.compareAndSet(LOG, undefined, chains[3] as Chain);
    expect(await backupNow(short)).toMatchObject({ ok: true, logs: [{ version: 4, gaps: [1, 2, 3] }] });
    expect(await verifyBackups(short)).toMatchObject({
      ok: true,
      logs: [{ gaps: 3, snapshots: 1, problems: [] }],
    });
  });

  test('list, show and diff say what is there', async () => {
    await backupNow(deps);
    const list = await listBackups(deps);
    expect(list.snapshots.map(({ logId: log, version, state }) => [log, version, state])).toEqual([
      ...[1, 2, 3, 4, 5].map((version) => ['1', version, 'sound']),
      ['2', 1, 'sound'],
    ]);
    printed(results.backupsListResultSchema, list);
    const ids = ['1', '1:5', list.snapshots[4]?.id ?? ''];
    for (const id of ids) {
      const shown = await showBackup(deps, id);
      expect(shown).toMatchObject({ version: 5, document: { kind: 'snapshot', version: 5 } });
      printed(results.backupsShowResultSchema, shown);
    }
    const diff = await diffBackups(deps, { from: '1:4', to: '1' });
    expect(diff.changes.map(({ change }) => change)).toEqual(['segmentEnded', 'segmentAdded']);
    printed(results.backupsDiffResultSchema, diff);
    for (const id of ['1:77', '9', 'a:b:c', ''])
      await expect(showBackup(deps, id)).rejects.toMatchObject({ code: 'E_UNKNOWN_LOG' });
  });

  test('verify finds nothing in a sound repository, across a recovery and a fence', async () => {
    await backupNow(deps);
    const recovery = { number: 2, recoveryId: recoveryId('01JAAAAAAAAAAAAAAAAAAAAAAA') };
    await deps.snapshots.fence(LOG, recovery);
    const rebuilt = { ...(chains[4] as Chain), generation: recovery, version: 1005, generationStart: 1005 };
    await deps.metaStore.compareAndSet(LOG, identityOf(chains[4] as Chain), rebuilt);
    await backupNow(deps);
    const verdict = await verifyBackups(deps);
    expect(verdict).toMatchObject({ ok: true, logs: [{ snapshots: 6, register: 'same' }, { snapshots: 1 }] });
    printed(results.backupsVerifyResultSchema, verdict);
    expect((await listBackups(deps)).fences).toMatchObject([{ version: 6, recovery }]);
  });

  describe('verify finds', () => {
    beforeEach(() => backupNow(deps));

    test('a flipped bit', async () => {
      const key = keyOf(chains[2] as Chain);
      const bytes = (await repository.get(key)) as Uint8Array;
      bytes[200] = (bytes[200] ?? 0) ^ 1;
      await repository.put(key, bytes);
      expect(await kinds()).toEqual(['damaged']);
    });

    test('a deleted version in the middle', async () => {
      await repository.delete(keyOf(chains[2] as Chain));
      expect(await kinds()).toEqual(['hole', 'linkBroken']);
    });

    test('a forged version whose own digests are right', async () => {
      const forged = { ...(chains[2] as Chain), retired: [] as Chain['retired'], trimPoint: 1n };
      const { digest: _, ...document } = await deps.snapshots.read({ ...forged, logId: LOG });
      const resigned = withDigest({ ...document, chain: forged, chainDigest: chainDigest(forged) });
      await repository.put(keyOf(forged), new TextEncoder().encode(toJson(resigned)));
      expect(await kinds()).toEqual(['linkBroken']);
    });

    test('a newest version that rewrites what was ended before', async () => {
      const fifth = chains[4] as Chain;
      const [first, ...rest] = fifth.segments;
      const forged = {
        ...fifth,
        segments: [{ ...first, durability: { kind: 'majority' } }, ...rest],
      } as Chain;
      const { digest: _, ...document } = await deps.snapshots.read({ ...fifth, logId: LOG });
      const resigned = withDigest({ ...document, chain: forged, chainDigest: chainDigest(forged) });
      await repository.put(keyOf(forged), new TextEncoder().encode(toJson(resigned)));
      expect(await kinds()).toEqual(['rewritten', 'differs']);
    });
  });

  describe('prune', () => {
    beforeEach(() => backupNow(deps));

    test('deletes nothing until it is applied, and then the oldest only', async () => {
      const plan = await planPruneBackups(deps, { keep: 2 });
      expect((await listBackups(deps)).snapshots).toHaveLength(6);
      const result = await applyPrune(deps, plan);
      expect(result.logs.map(({ kept, deleted }) => [kept, deleted.length])).toEqual([
        [2, 3],
        [1, 0],
      ]);
      printed(results.backupsPruneResultSchema, result);
      expect((await listBackups(deps)).snapshots.map(({ version }) => version)).toEqual([4, 5, 1]);
      expect(await verifyBackups(deps)).toMatchObject({ ok: true });
      expect(describePrune(await planPruneBackups(deps, { keep: 2 }), { applied: false }).logs).toMatchObject(
        [{ deleted: [] }, { deleted: [] }],
      );
    });

    test('leaves a backup that goes on, and fills in nothing that was pruned', async () => {
      await applyPrune(deps, await planPruneBackups(deps, { keep: 1 }));
      expect(await backupNow(deps)).toMatchObject({
        ok: true,
        logs: [{ outcome: 'there' }, { outcome: 'there' }],
      });
      expect((await listBackups(deps)).snapshots).toHaveLength(2);
    });

    test('leaves a log with damage as it is', async () => {
      await repository.put(keyOf(chains[4] as Chain), new Uint8Array([1]));
      const plan = await planPruneBackups(deps, { keep: 1 });
      expect(plan.logs[0]).toMatchObject({ delete: [], skipped: expect.stringContaining('damaged') });
    });

    test('deletes nothing when the snapshot that is to stay was damaged since', async () => {
      const plan = await planPruneBackups(deps, { keep: 1 });
      await repository.put(keyOf(chains[4] as Chain), new Uint8Array([1]));
      await expect(applyPrune(deps, plan)).rejects.toMatchObject({ code: 'E_BAD_SNAPSHOT' });
      expect((await listBackups(deps)).snapshots).toHaveLength(6);
    });

    test('keeps at least one, whatever is asked', async () => {
      for (const keep of [0, -1, 1.5, Number.NaN])
        await expect(planPruneBackups(deps, { keep })).rejects.toMatchObject({ code: 'E_USAGE' });
    });
  });
});
