import { request } from 'undici';

const TIMEOUT_MS = 10_000;

/** Tells a dead man's switch that all is well. Throws when it did not take it. The address may hold a secret: it is not repeated. */
export async function ping(url: string): Promise<void> {
  const timeouts = {
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  const { statusCode, body } = await request(url, { method: 'GET', ...timeouts });
  await body.dump();
  if (statusCode >= 300) throw new Error(`it answered ${statusCode}`);
}
