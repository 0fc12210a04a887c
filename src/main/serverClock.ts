import { Agent, request } from 'undici';
import type { Config } from '../config/config.ts';
import type { ClockReading } from '../operations/doctor/clocks.ts';
import type { Clock } from '../ports/Clock.ts';
import { etcdOptions } from './etcd.ts';

interface Asked {
  readonly of: string;
  readonly url: string;
  readonly certificates?: { readonly cert?: string; readonly key?: string };
}

/** The clocks of all that the configuration names, all asked at once; who does not answer is left out. */
export async function readClocks(config: Config, clock: Clock): Promise<readonly ClockReading[]> {
  const timeoutMs = config.timeouts.requestMs;
  const asked = [...logServers(config), ...(await metaStores(config)), ...repositories(config)];
  const readings = await Promise.all(
    asked.map(async (one) => ({ of: one.of, aheadMs: await skewOf(one, { clock, timeoutMs }) })),
  );
  return readings.flatMap(({ of, aheadMs }) => (aheadMs === undefined ? [] : [{ of, aheadMs }]));
}

function logServers({ logServers }: Config): Asked[] {
  return logServers.map(({ id, url }) => ({ of: `LogServer ${id}`, url: `${url}/v1/health` }));
}

async function metaStores({ metaStore, cluster, timeouts }: Config): Promise<Asked[]> {
  if (metaStore.kind === 'file') return [];
  if (metaStore.kind === 'file-http') return [{ of: 'the MetaStore', url: metaStore.url }];
  const around = { clusterId: cluster.id, requestTimeoutMs: timeouts.requestMs };
  const { tls: certificates = {} } = await etcdOptions(metaStore, around);
  return metaStore.endpoints.map((endpoint) => ({
    of: `etcd at ${endpoint}`,
    url: `${endpoint}/version`,
    certificates,
  }));
}

function repositories({ repository }: Config): Asked[] {
  if (repository === undefined || !repository.url.startsWith('s3:')) return [];
  const { endpoint, region } = repository;
  const url = endpoint ?? (region === undefined ? undefined : `https://s3.${region}.amazonaws.com`);
  return url === undefined ? [] : [{ of: `S3 at ${url}`, url }];
}

/**
 * How far a server's clock is ahead of ours, from the `Date` of an answer: to the second, less half of the time that
 * the answer took. Its certificate is not held against it: nothing secret is sent, and with a clock that is wrong
 * none would be valid.
 */
async function skewOf(
  { url, certificates = {} }: Asked,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<number | undefined> {
  const { cert, key } = certificates;
  const own = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  const agent = new Agent({ connect: { timeout: timeoutMs, rejectUnauthorized: false, ...own } });
  const asked = clock.now();
  try {
    const { headers, body } = await request(url, { dispatcher: agent, headersTimeout: timeoutMs });
    await body.dump();
    const said = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
    // The header leaves out the milliseconds: half a second is its expected value.
    return Number.isNaN(said) ? undefined : said + 500 - (asked + clock.now()) / 2;
  } catch {
    return undefined;
  } finally {
    await agent.close();
  }
}
