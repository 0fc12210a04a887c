import { isUtf8 } from 'node:buffer';
import { sha256 } from '../../core/canonical.ts';
import type { Entry } from '../../core/entry.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import type { VirtualLog } from '../../virtuallog/VirtualLog.ts';
import type { App, CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf } from '../options.ts';

/** One JSON document must fit in memory; `next` says where to go on. */
const JSON_LIMIT = 10_000;

/** `log read LOG`: payloads, one per line; with `--json` one document. */
export const run: CommandModule['run'] = async (app, [name = ''], options) => {
  const log = openLog(await app.connect(), logIdOf(name));
  const from = options.position('from') ?? (await log.chain()).trimPoint;
  const to = options.position('to');
  const range = { from, ...(to === undefined ? {} : { to }) };
  const limit = options.count('limit', 1);
  if (app.flags.json) await printDocument(app, log, { name, range, limit: limit ?? JSON_LIMIT });
  else await printLines(app, log, { range, limit, withPositions: options.flag('positions') });
  return EXIT.done;
};

interface Range {
  readonly from: bigint;
  readonly to?: bigint;
}

async function printLines(
  app: App,
  log: VirtualLog,
  request: { readonly range: Range; readonly limit: number | undefined; readonly withPositions: boolean },
): Promise<void> {
  let printed = 0;
  for await (const { position, payload } of log.read(request.range)) {
    if (request.withPositions) await app.out.bytes(`${position}\t`);
    await app.out.bytes(payload);
    await app.out.bytes('\n');
    printed += 1;
    if (printed === request.limit) return;
  }
}

async function printDocument(
  app: App,
  log: VirtualLog,
  { name, range, limit }: { readonly name: string; readonly range: Range; readonly limit: number },
): Promise<void> {
  const entries: object[] = [];
  let next = range.from;
  for await (const entry of log.read(range)) {
    entries.push(describeEntry(entry));
    next = entry.position + 1n;
    if (entries.length === limit) break;
  }
  app.out.result({ logId: name, from: range.from, next, entries }, () => '');
}

function describeEntry({ position, payload }: Entry): object {
  const bytes = Buffer.from(payload);
  const text = isUtf8(bytes) ? { text: bytes.toString('utf8') } : {};
  return { position, sha256: sha256(payload), ...text, base64: bytes.toString('base64') };
}
