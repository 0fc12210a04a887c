import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { playbookCommands } from '../../../src/cli/playbook/commands.ts';
import { parseAcked } from '../../../src/codec/acked.ts';
import { crc32c } from '../../../src/codec/checksum.ts';
import { toJson } from '../../../src/codec/common.ts';
import { logTrimSchema } from '../../../src/codec/descriptor.ts';
import { NO_EVIDENCE } from '../../../src/codec/evidenceOptions.ts';
import { inventoryItemSchema } from '../../../src/codec/logserver.ts';
import { decodeFrame, encodeFrame } from '../../../src/codec/logserverFrame.ts';
import {
  decodeAnyRegister,
  decodeJson,
  decodeRegister,
  encodeRegister,
} from '../../../src/codec/metastore.ts';
import { type AnyPlan, decodePlanFile, encodePlanFile } from '../../../src/codec/plans/planFile.ts';
import {
  claimSchema,
  decodeLogDocument,
  decodeSigned,
  repositoryIdentitySchema,
  savedConfigSchema,
} from '../../../src/codec/snapshot.ts';
import { parseConfigText } from '../../../src/config/parse.ts';
import { sha256 } from '../../../src/core/canonical.ts';
import { DrError, isPortError, PortError } from '../../../src/core/errors.ts';
import { serverId } from '../../../src/core/ids.ts';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import {
  decodeEntry,
  decodeRecord,
  encodeEntry,
  encodeRecord,
  logletRecordSchema,
  serverRecordSchema,
} from '../../../src/logserver/lmdb/layout.ts';
import { lookAtAdmit } from '../../../src/operations/admit/apply.ts';
import { planAdmit } from '../../../src/operations/admit/plan.ts';
import { lookAt } from '../../../src/operations/assess/look.ts';
import { planFence } from '../../../src/operations/fence/plan.ts';
import { readInventory } from '../../../src/operations/observe/inventory.ts';
import { observe } from '../../../src/operations/observe/observe.ts';
import { applyRebuild } from '../../../src/operations/rebuild/apply.ts';
import { planRepair } from '../../../src/operations/repair/plan.ts';
import { lookAtRetire } from '../../../src/operations/retire/apply.ts';
import { planRetire } from '../../../src/operations/retire/plan.ts';
import { parseAnswers, parsePlaybook } from '../../../src/playbook/parse.ts';
import { memoryJournal } from '../../../src/runs/journal.ts';
import { decodeJournal, encodeRecord as encodeLine } from '../../../src/runs/journalText.ts';
import { parseTokens } from '../../../src/serving/tokens.ts';
import { saveConfig } from '../../../src/snapshots/identity.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster } from '../../support/cluster.ts';
import { operationsOn, planned } from '../../support/recovery.ts';

/** Something that is read from outside, and how. */
export interface Document {
  readonly name: string;
  readonly form: 'json' | 'lines' | 'bytes' | 'text';
  readonly sound: Uint8Array;
  /** What it says; `undefined` when it is refused as a value. A refusal may also be an error with a code. */
  readonly read: (bytes: Buffer) => unknown;
  /** A digest covers all of it: whatever is accepted says the same as what was written. */
  readonly digest: boolean;
}

/** Refused as it should be: with a code, for a reason that is told. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DrError || isPortError(error);
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const accepted = <T>(decoded: { ok: true; value: T } | { ok: false; problem: string }): T | undefined =>
  decoded.ok ? decoded.value : undefined;

/** One of everything, as a small cluster wrote it. */
export async function documents(): Promise<Document[]> {
  const cluster = await TestCluster.start({ snapshots: 'required' });
  await cluster.client().append(payloads('a', 'b'));
  await cluster.client().reconfigure();
  const ops = operationsOn(cluster);
  const chain = await cluster.metaStore.get(LOG);
  const into = new MemoryMetaStore();
  const rebuild = await planned(ops, { into });
  const plans: AnyPlan[] = [
    rebuild,
    planFence({ observation: await observe(ops), clusterName: 'test' }),
    planAdmit(await lookAtAdmit(ops, serverId('s1'))),
    planRetire(await lookAtRetire(ops, serverId('s1'), { acceptLoss: new Set(), destroyed: false })),
    planRepair({ cluster: { id: CLUSTER_ID, name: 'test' }, look: await lookAt(ops) }),
  ];
  const { journal, records } = memoryJournal({ runId: 'r', clock: ops.clock });
  await applyRebuild({ cluster: ops, plan: rebuild, into, extra: {}, journal });
  if (chain === undefined || ops.snapshots === undefined) throw new Error('no chain');
  const { repository, clock } = cluster;
  await saveConfig({ repository, clusterId: CLUSTER_ID, clock, writtenBy: 'a test' }, CONFIG);
  return [
    ...registers(chain),
    ...(await repositoryDocuments(cluster)),
    ...plans.map(planFile),
    journalOf(records),
    ...(await inventories(cluster)),
    ...storeRecords(cluster),
    frame(),
    ...texts(),
  ];
}

function registers(chain: NonNullable<Awaited<ReturnType<MemoryMetaStore['get']>>>): Document[] {
  const sound = Buffer.from(encodeRegister(LOG, chain));
  const register = { form: 'json', sound, digest: true } as const;
  return [
    { ...register, name: 'register', read: (bytes) => accepted(decodeRegister(LOG, text(bytes))) },
    { ...register, name: 'cached chain', read: (bytes) => accepted(decodeAnyRegister(text(bytes))) },
  ];
}

async function repositoryDocuments({ repository }: TestCluster): Promise<Document[]> {
  const found: Document[] = [];
  for await (const key of repository.list('')) {
    const sound = await repository.get(key);
    if (sound === undefined) continue;
    const read = readerOf(text(sound));
    if (read !== undefined) found.push({ name: key, form: 'json', sound, read, digest: true });
  }
  return found;
}

function readerOf(sound: string): Document['read'] | undefined {
  switch ((JSON.parse(sound) as { kind?: string }).kind) {
    case 'repository':
      return (bytes) => accepted(decodeSigned(repositoryIdentitySchema, bytes));
    case 'claim':
      return (bytes) => accepted(decodeSigned(claimSchema, bytes));
    case 'config':
      return (bytes) => accepted(decodeSigned(savedConfigSchema, bytes));
    case undefined:
      return undefined;
    default:
      return (bytes) => accepted(decodeLogDocument(bytes));
  }
}

function planFile(plan: AnyPlan): Document {
  return {
    name: `plan file of ${plan.kind}`,
    form: 'json',
    sound: Buffer.from(encodePlanFile({ plan, evidence: NO_EVIDENCE })),
    read: (bytes) => decodePlanFile('plan.json', text(bytes)),
    digest: true,
  };
}

function journalOf(records: readonly Parameters<typeof encodeLine>[0][]): Document {
  const head = {
    type: 'run',
    schemaVersion: 1,
    runId: 'r',
    command: 'x',
    cluster: { id: 'c', name: 'c' },
    at: 0,
  } as const;
  const all = [head, ...records];
  return {
    name: 'journal',
    form: 'lines',
    sound: Buffer.from(all.map(encodeLine).join('')),
    // Cut anywhere, or damaged in its last line, it is as if the process had died there.
    read: (bytes) => {
      const { records: read } = decodeJournal(text(bytes), 'r');
      return toJson(all.slice(0, read.length)) === toJson(read) ? 'a beginning of it' : read;
    },
    digest: true,
  };
}

/** What a server says of a loglet, and how the one who observes takes it. */
async function inventories(cluster: TestCluster): Promise<Document[]> {
  const lines: string[] = [];
  for await (const item of cluster.server('s1').inventory()) lines.push(toJson(item));
  const found: Document[] = [
    {
      name: 'inventory',
      form: 'lines',
      sound: Buffer.from(`${lines.join('\n')}\n`),
      read: (bytes) => readInventory(CLUSTER_ID, () => itemsOf(text(bytes))),
      digest: false,
    },
  ];
  return found;
}

/** As the client of the HTTP interface reads the lines of a stream. */
async function* itemsOf(lines: string) {
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const item = decodeJson(inventoryItemSchema, line);
    if (!item.ok) throw new PortError('corrupt', { subject: 'inventory', message: item.problem });
    yield item.value;
  }
}

function storeRecords(cluster: TestCluster): Document[] {
  const { disk } = cluster.server('s1');
  const [loglet] = disk.loglets.values();
  const record = (name: string, value: unknown, schema: Parameters<typeof decodeRecord>[2]): Document => ({
    name: `store record ${name}`,
    form: 'bytes',
    sound: encodeRecord(value),
    read: (bytes) => decodeRecord(name, bytes, schema),
    digest: true,
  });
  const payload = Buffer.from('an entry');
  const entry = { position: 7n, payload, crc: crc32c(payload) };
  const { recoveryId } = { recoveryId: '0'.repeat(26) };
  return [
    record('loglet', loglet, logletRecordSchema),
    record('trim', { logId: '1', trimPoint: 5n, generation: { number: 1, recoveryId } }, logTrimSchema),
    record('server', { format: 1, ...disk.server }, serverRecordSchema),
    {
      name: 'store entry',
      form: 'bytes',
      sound: encodeEntry(entry),
      read: (bytes) => {
        const decoded = decodeEntry(7n, bytes);
        return decoded && crc32c(decoded.payload) === decoded.crc ? text(decoded.payload) : undefined;
      },
      digest: true,
    },
  ];
}

function frame(): Document {
  const entries = ['one', 'two', 'three'].map((payload, at) => {
    const bytes = Buffer.from(payload);
    return { position: BigInt(at), payload: bytes, crc: crc32c(bytes) };
  });
  return {
    name: 'frame of entries',
    form: 'bytes',
    sound: encodeFrame({ mark: 2n, entries }),
    read: (bytes) => decodeFrame(bytes),
    digest: true,
  };
}

export const CONFIG = `cluster: {name: c, id: 00000000-0000-4000-8000-0000000000c1}
metaStore: {kind: etcd, endpoints: [http://127.0.0.1:1], prefix: /a/b}
logServers:
  - {id: s1, url: http://127.0.0.1:2, location: r/z}
  - {id: s2, url: http://127.0.0.1:3, location: r/z}
repository: {url: s3://bucket/prefix, mode: required, endpoint: http://127.0.0.1:4}
durability: spread:zone=1,copies=2
nodesetSize: 2
timeouts: {requestMs: 1000}
`;

function texts(): Document[] {
  const acked = [0, 1, 2].map(
    (at) => `${JSON.stringify({ log: '1', position: String(at), sha256: sha256(`${at}`) })}\n`,
  );
  return [
    {
      name: 'acked file',
      form: 'lines',
      sound: Buffer.from(acked.join('')),
      read: (bytes) => parseAcked(text(bytes), 'acked.jsonl'),
      digest: false,
    },
    {
      name: 'configuration',
      form: 'text',
      sound: Buffer.from(CONFIG),
      read: (bytes) => parseConfigText(text(bytes), 'vlog-dr.yaml'),
      digest: false,
    },
    {
      name: 'token file',
      form: 'text',
      sound: Buffer.from('operate 0123456789abcdef\nread fedcba9876543210\n'),
      read: (bytes) => parseTokens(text(bytes)),
      digest: false,
    },
  ];
}

const ANSWERS = `schemaVersion: 1
playbook: metastore-lost
answers:
  rebuild.apply: yes
  rebuild.accept-loss.1: [a, b]
`;

/** Those that come with the program, and the answers that run one without a terminal. */
export async function playbooks(): Promise<Document[]> {
  const dir = new URL('../../../playbooks/', import.meta.url).pathname;
  const files = (await readdir(dir)).filter((file) => file.endsWith('.yaml'));
  const shipped = files.map(
    async (file): Promise<Document> => ({
      name: `playbook ${file}`,
      form: 'text',
      sound: await readFile(join(dir, file)),
      read: (bytes) => parsePlaybook(text(bytes), playbookCommands).playbook,
      digest: false,
    }),
  );
  const answers: Document = {
    name: 'answers file',
    form: 'text',
    sound: Buffer.from(ANSWERS),
    read: (bytes) => parseAnswers(text(bytes), 'answers.yaml'),
    digest: false,
  };
  return [...(await Promise.all(shipped)), answers];
}
