import type { App, RunningServer } from './app.ts';

/** Says where the server listens, waits for the first interrupt, and stops it in order. */
export async function untilStopped(app: App, kind: string, server: RunningServer): Promise<void> {
  const facts = Object.entries(server.facts).map(([name, value]) => `${name} ${value}`);
  app.out.line(
    { kind, url: server.url, ...server.facts },
    [`${kind} listens on ${server.url}`, ...facts].join(', '),
  );
  await new Promise<void>((resolve) => {
    if (app.signal.aborted) resolve();
    app.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.stop();
}
