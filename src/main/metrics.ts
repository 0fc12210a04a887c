import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from '../cli/app.ts';
import type { Metric } from '../operations/follow/metrics.ts';

/** `GET /metrics` for Prometheus, and `GET /health`: 200 while all is well, 503 when not. Holds no secret. */
export const serveMetrics: App['serveMetrics'] = async ({ host, port, metrics, isHealthy }) => {
  const { Registry, Gauge, Counter } = await import('prom-client');
  const page = async (all: readonly Metric[]) => {
    // Anew for each scrape: what a log no longer has must not stay on the page.
    const registry = new Registry();
    for (const { name, help, type, samples } of all) {
      // One without samples would be printed as 0: a margin that nobody measured must not look like none.
      if (samples.length === 0) continue;
      const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))];
      const settings = { name, help, labelNames, registers: [registry] };
      const gauge = type === 'gauge' ? new Gauge(settings) : undefined;
      const counter = type === 'counter' ? new Counter(settings) : undefined;
      for (const { labels, value } of samples) {
        gauge?.set(labels, value);
        counter?.inc(labels, value);
      }
    }
    return { type: registry.contentType, text: await registry.metrics() };
  };
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      const { type, text } = await page(metrics());
      response.writeHead(200, { 'content-type': type }).end(text);
    } else if (path === '/health') {
      const ok = isHealthy();
      response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ ok }));
    } else response.writeHead(404).end();
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}/metrics`, facts: {}, stop };
};
