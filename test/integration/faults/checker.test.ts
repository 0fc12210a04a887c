import { afterAll, expect, it } from 'vitest';
import { describeWith } from '../../support/programs.ts';
import { registerOf, violations } from './checker.ts';
import { damage } from './strikes.ts';
import { LOG, World } from './world.ts';

describeWith(['etcd', 'etcdctl', 's3'], 'the checker', () => {
  let world: World | undefined;
  afterAll(() => world?.down());

  it('finds nothing wrong with a cluster that is well, and what is wrong with one that is not', async () => {
    world = await World.up();
    await world.append(2);
    const before = await registerOf(world);
    await world.here(0, 'reconfigure', LOG, '--apply', '--yes');
    expect(await violations(world, before)).toEqual([]);

    const [first, ...rest] = before.segments;
    if (first === undefined) throw new Error('no segment');
    const another = { ...before, segments: [{ ...first, logletId: 'another' }, ...rest] };
    expect(await violations(world, another)).toEqual([expect.stringContaining('§7.6')]);
    const later = { ...before, version: before.version + 1_000 };
    expect(await violations(world, later)).toEqual([expect.stringContaining('§7.7')]);

    world.ledger.acknowledge(9_999n, 'what nobody has');
    expect(await violations(world, before)).toEqual([expect.stringContaining('§7.1: position 9999')]);
    for (const { serverId } of before.segments.at(-1)?.nodeset ?? []) await damage(world, serverId);
    expect((await violations(world, before)).filter((one) => one.includes('§7.1')).length).toBeGreaterThan(1);
  }, 600_000);
});
