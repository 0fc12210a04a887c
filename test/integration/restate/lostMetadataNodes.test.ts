import { afterAll, beforeAll, expect, test } from 'vitest';
import { rebuiltUnderLoad } from '../../support/restate/rebuiltUnderLoad.ts';
import { RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin', '--metadata-nodes', '3');
});
afterAll(() => sandbox.down());

/**
 * Where each node holds a part of the store, no node outlives the store's files (its next write ends it): all metadata
 * can be gone with all caches alive only where nodes of their own hold it.
 */
test('in nodes of its own: no call fails before, meanwhile and after; both logs reconfigure; no node panics, also when a leader dies', async () => {
  const { nodes } = await rebuiltUnderLoad(sandbox);
  expect(nodes.filter(({ setAside }) => setAside)).toEqual([]);
});
