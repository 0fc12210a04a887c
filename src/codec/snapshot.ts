import { z } from 'zod';
import { digestOf } from '../core/canonical.ts';
import { type Chain, chainDigest, chainProblems } from '../core/chain.ts';
import { chainSchema } from './chain.ts';
import {
  clusterIdSchema,
  digestSchema,
  generationSchema,
  logIdSchema,
  recoveryIdSchema,
  toJson,
  versionSchema,
} from './common.ts';
import { type Decoded, decodeJson } from './metastore.ts';
import { SameText } from './sameText.ts';

/** The immutable documents of a repository. Each carries its own digest; none is ever written twice. */
const place = {
  schemaVersion: z.literal(1),
  clusterId: clusterIdSchema,
  logId: logIdSchema,
  generation: generationSchema,
};
const made = { takenAt: z.number().int().min(0), writtenBy: z.string().max(256), digest: digestSchema };

/** One version of a chain. `previous` is the snapshot that it follows: a history that was altered does not link up. */
export const snapshotSchema = z.strictObject({
  kind: z.literal('snapshot'),
  ...place,
  version: versionSchema,
  previous: z
    .strictObject({ generation: generationSchema, version: versionSchema, digest: digestSchema })
    .nullable(),
  chainDigest: digestSchema,
  chain: chainSchema,
  ...made,
});

/** Stands where a generation's next snapshot would stand: no writer of that generation gets past it. */
export const fenceSchema = z.strictObject({
  kind: z.literal('fence'),
  ...place,
  version: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** The recovery that put it there. */
  recovery: generationSchema,
  ...made,
});

/** The first object of a generation, at version 0: says at which version its snapshots begin. */
export const openingSchema = z.strictObject({
  kind: z.literal('opening'),
  ...place,
  version: z.literal(0),
  generationStart: versionSchema,
  ...made,
});

/**
 * Fills the place of a version that nobody has any more. It keeps the order of writers: the one whose version it was
 * cannot put it there later, behind a fence.
 */
export const gapSchema = z.strictObject({
  kind: z.literal('gap'),
  ...place,
  version: versionSchema,
  ...made,
});

const documentSchema = z.discriminatedUnion('kind', [snapshotSchema, fenceSchema, openingSchema, gapSchema]);

export type SnapshotDocument = Omit<z.infer<typeof snapshotSchema>, 'chain'> & { readonly chain: Chain };
export type FenceDocument = z.infer<typeof fenceSchema>;
export type OpeningDocument = z.infer<typeof openingSchema>;
export type GapDocument = z.infer<typeof gapSchema>;
export type LogDocument = SnapshotDocument | FenceDocument | OpeningDocument | GapDocument;

/** A bound on what is taken into memory: a chain of a million segments fits. */
const DOCUMENT_BYTES = 1024 * 1024 * 1024;
const TOO_LARGE = { ok: false, problem: 'It is too large to be one.' } as const;

/** Adds the SHA-256 over the canonical document without it. */
export function withDigest<T extends object>(document: T): T & { digest: string } {
  return { ...document, digest: digestOf(document) };
}

export function encodeDocument(document: object): Uint8Array {
  return new TextEncoder().encode(toJson(document));
}

export function decodeLogDocument(bytes: Uint8Array): Decoded<LogDocument> {
  if (bytes.length > DOCUMENT_BYTES) return TOO_LARGE;
  const text = new TextDecoder().decode(bytes);
  // Each is read as what was written, as what is there, and as what the next one follows.
  return logDocuments.take(text, () => {
    const decoded: Decoded<LogDocument> = decodeSignedText(documentSchema, text);
    if (!decoded.ok || decoded.value.kind !== 'snapshot') return decoded;
    const problems = snapshotProblems(decoded.value);
    return problems.length > 0 ? { ok: false, problem: problems.join(' ') } : decoded;
  });
}

const logDocuments = new SameText<Decoded<LogDocument>>();

function snapshotProblems(snapshot: SnapshotDocument): string[] {
  const { chain } = snapshot;
  const problems = chainProblems(chain);
  if (chainDigest(chain) !== snapshot.chainDigest) problems.push('Its chain does not match its digest.');
  if (
    chain.clusterId !== snapshot.clusterId ||
    chain.logId !== snapshot.logId ||
    chain.version !== snapshot.version ||
    digestOf(chain.generation) !== digestOf(snapshot.generation)
  )
    problems.push('Its chain is another one than it says.');
  return problems;
}

/** Decodes a document that carries its digest, and checks it. */
export function decodeSigned<T extends { digest: string }>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
): Decoded<T> {
  return bytes.length > DOCUMENT_BYTES
    ? TOO_LARGE
    : decodeSignedText(schema, new TextDecoder().decode(bytes));
}

function decodeSignedText<T extends { digest: string }>(schema: z.ZodType<T>, text: string): Decoded<T> {
  const decoded = decodeJson(schema, text);
  if (!decoded.ok) return decoded;
  const { digest, ...rest } = decoded.value;
  return digestOf(rest) === digest ? decoded : { ok: false, problem: 'It does not match its own digest.' };
}

/** `repository.json`: by this identity a chain names the repository that binds its activations. */
export const repositoryIdentitySchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('repository'),
  repositoryId: z.uuid(),
  createdAt: z.number().int().min(0),
  digest: digestSchema,
});

/** A number of generation that a recovery took: no other recovery gets it. */
export const claimSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('claim'),
  clusterId: clusterIdSchema,
  number: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  recoveryId: recoveryIdSchema,
  claimedAt: z.number().int().min(0),
  digest: digestSchema,
});

export type ClaimDocument = z.infer<typeof claimSchema>;

/** The cluster's own configuration, so that a lost laptop is not a second disaster. */
export const savedConfigSchema = z.strictObject({
  schemaVersion: z.literal(1),
  kind: z.literal('config'),
  clusterId: clusterIdSchema,
  savedAt: z.number().int().min(0),
  text: z.string().max(16 * 1024 * 1024),
  digest: digestSchema,
});
