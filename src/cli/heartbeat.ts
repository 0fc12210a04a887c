import type { App } from './app.ts';

/** A dead man's switch, told when all is well. One that does not answer is said once, and stops nothing. */
export function heartbeatOf(app: App, url: string | undefined): () => Promise<void> {
  let isSilent = false;
  return async () => {
    if (url === undefined) return;
    try {
      await app.ping(url);
      isSilent = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isSilent) app.reporter.warn(`The heartbeat was not taken: ${reason}. The backup goes on.`);
      isSilent = true;
    }
  };
}
