import type { Generation } from '../../src/core/generation.ts';
import { type ServerId, serverId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/drivers/local/clock.ts';
import { MemoryLogServer } from '../../src/drivers/memory/logServer.ts';
import { logServerContract } from './logServer.ts';
import { CLUSTER, GENERATION, random } from './logServerWorld.ts';

logServerContract('memory', async () => {
  const servers = new Map<ServerId, MemoryLogServer>();
  const create = (name: string, generation?: Generation): MemoryLogServer => {
    const server = new MemoryLogServer({
      serverId: serverId(name),
      clusterId: CLUSTER,
      location: `region/${name}`,
      connect: (id) => servers.get(id),
      clock: systemClock,
      random,
      ...(generation && { generation }),
    });
    servers.set(server.serverId, server);
    return server;
  };
  const admitted = ['s1', 's2', 's3'].map((name) => create(name, GENERATION));
  return { servers: admitted, fresh: create('s4'), stop: async () => {} };
});
