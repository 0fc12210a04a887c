import { afterAll, beforeAll } from 'vitest';
import { metaStoreContract } from '../../contract/metaStore.ts';
import { CLUSTER } from '../../support/chains.ts';
import { Etcd } from '../../support/etcd.ts';
import { describeWith } from '../../support/programs.ts';

describeWith('etcd', 'a real etcd of three members', () => {
  let etcd: Etcd;
  let runs = 0;
  beforeAll(async () => {
    etcd = await Etcd.start();
  });
  afterAll(() => etcd?.stop());

  metaStoreContract('etcd', async () => {
    runs += 1;
    const mine = { prefix: `/contract/${runs}`, clusterId: CLUSTER };
    return { store: etcd.store(mine), another: async () => etcd.store(mine), stop: async () => {} };
  });
});
