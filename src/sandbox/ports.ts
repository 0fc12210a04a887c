import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

const LOWEST = 10_240;
const TRIES = 1_000;

/**
 * Ports that are free now. Held together until all are found, so that no two are the same. None is of those that the
 * kernel gives to outgoing connections: one of them took the port of a server that was down for a moment.
 */
export async function freePorts(count: number): Promise<number[]> {
  const below = await firstOutgoingPort();
  const servers: Server[] = [];
  const ports: number[] = [];
  try {
    for (let tries = 0; ports.length < count && tries < TRIES; tries += 1) {
      const server = createServer();
      servers.push(server);
      const port = randomInt(LOWEST, below);
      if (await listens(server, port)) ports.push(port);
    }
  } finally {
    for (const server of servers) server.close();
  }
  if (ports.length < count) throw new Error(`no ${count} ports are free on loopback`);
  return ports;
}

async function listens(server: Server, port: number): Promise<boolean> {
  server.listen({ host: '127.0.0.1', port });
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  }
}

/** Elsewhere than on Linux, and where there is hardly anything below, what Linux has by default. */
async function firstOutgoingPort(): Promise<number> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const first = Number(text.trim().split(/\s+/)[0]);
  return first > 2 * LOWEST ? first : 32_768;
}
