import { connect } from 'node:net';

/** Whether something listens at a node's address. */
export type Probe = (address: string) => Promise<boolean>;

const PROBE_MS = 1_000;

export function probeAddress(address: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(address);
  const socket = connect({
    host: hostname,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    timeout: PROBE_MS,
  });
  return new Promise((resolve) => {
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
