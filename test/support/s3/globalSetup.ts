import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Gateway, launchGateway } from './gateway.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    s3Broker?: string;
  }
}

/**
 * One S3 server for the whole run, owned by the run's main process, where teardown is sure to happen.
 * It starts when the first test file asks, so a run without S3 tests pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let gateway: Promise<Gateway> | undefined;
  const broker = createServer((_request, response) => {
    gateway ??= launchGateway();
    gateway.then(
      ({ connection }) => response.end(JSON.stringify(connection)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  await once(broker.listen(0, '127.0.0.1'), 'listening');
  project.provide('s3Broker', `http://127.0.0.1:${(broker.address() as AddressInfo).port}`);

  return async () => {
    broker.close();
    broker.closeAllConnections();
    await gateway?.then(
      ({ stop }) => stop(),
      () => undefined,
    );
  };
}
