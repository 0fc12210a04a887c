import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Ports that are free now. Held together until all are found, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    const ports: number[] = [];
    for (const server of servers) {
      server.listen({ host: '127.0.0.1', port: 0 });
      await once(server, 'listening');
      ports.push((server.address() as AddressInfo).port);
    }
    return ports;
  } finally {
    for (const server of servers) server.close();
  }
}
