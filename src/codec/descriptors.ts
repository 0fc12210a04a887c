import { z } from 'zod';
import { sha256 } from '../core/canonical.ts';
import { type Descriptor, descriptorDigest, knowDescriptorDigest } from '../core/descriptor.ts';
import type { LogletId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import type { LogletState } from '../core/logletState.ts';
import {
  durabilitySchema,
  generationSchema,
  logletIdSchema,
  nodesetSchema,
  snapshotPolicySchema,
  successorRulesSchema,
} from './common.ts';
import {
  closeRecordSchema,
  descriptorSchema,
  lineageEntrySchema,
  logletStateSchema,
  retiredStoresSchema,
  storesSchema,
} from './descriptor.ts';
import { decodeJson } from './metastore.ts';
import { shared, sharedById } from './shared.ts';

const nodeset = shared(nodesetSchema);
const durability = shared(durabilitySchema);

const leanDescriptorSchema = descriptorSchema.extend({
  nodeset,
  durability,
  nextRules: shared(successorRulesSchema),
  snapshots: shared(snapshotPolicySchema),
  generation: shared(generationSchema),
  // Every loglet is in the lineage of the next eight.
  lineage: z.array(sharedById(lineageEntrySchema.extend({ nodeset, durability }))).max(LIMITS.lineageLength),
  retired: shared(retiredStoresSchema),
  stores: shared(storesSchema),
});

const { successor } = closeRecordSchema.shape;
const leanStateSchema = sharedById(
  z.strictObject({
    ...logletStateSchema.omit({ descriptor: true }).shape,
    close: closeRecordSchema.extend({ successor: successor.extend({ nodeset }) }).exactOptional(),
    logletId: logletIdSchema,
  }),
);
type LeanState = z.infer<typeof leanStateSchema>;

/**
 * Loglets as servers send them. Every store of a nodeset sends the same descriptor, and mostly the same state: decoded for
 * each copy anew, the inventories of a cluster would take twenty times the memory.
 */
export class Descriptors {
  /** By digest, as long as somebody holds them. */
  readonly #descriptors = new Shared<Descriptor>();
  readonly #copies = new WeakMap<LeanState, LogletState>();

  /** A copy whose state is this text. Without a `state` when its descriptor cannot be read; throws for any other text. */
  copy(text: string, bytes: Uint8Array): { readonly logletId: LogletId; readonly state?: LogletState } {
    const lean = leanStateSchema.parse(JSON.parse(text));
    const { logletId } = lean;
    const descriptor = this.#decode(bytes, lean.descriptorDigest);
    if (descriptor?.logletId !== logletId) return { logletId };
    const before = this.#copies.get(lean);
    if (before?.descriptor === descriptor) return { logletId, state: before };
    const state = stateOf(lean, descriptor);
    this.#copies.set(lean, state);
    return { logletId, state };
  }

  /**
   * `digest` is what the sender claims. Bytes that do not have it are decoded for themselves: written by an older
   * version, or damaged, which whoever computes the digest of the value will see. `undefined` for what is no descriptor.
   */
  #decode(bytes: Uint8Array, digest: string): Descriptor | undefined {
    if (sha256(bytes) !== digest) return decoded(bytes);
    const known = this.#descriptors.get(digest);
    if (known !== undefined) return known;
    const descriptor = decoded(bytes);
    if (descriptor === undefined) return undefined;
    knowDescriptorDigest(descriptor, digest);
    this.#descriptors.add(digest, descriptor);
    return descriptor;
  }
}

function stateOf({ logletId: _, ...lean }: LeanState, descriptor: Descriptor): LogletState {
  const own = descriptorDigest(descriptor);
  // The same text, kept once. A claim that is not true stays what it is: whoever compares the two must see it.
  return { ...lean, ...(own === lean.descriptorDigest && { descriptorDigest: own }), descriptor };
}

function decoded(bytes: Uint8Array): Descriptor | undefined {
  const found = decodeJson(leanDescriptorSchema, new TextDecoder().decode(bytes));
  return found.ok ? found.value : undefined;
}

/** One value for each key, until nobody holds it. */
class Shared<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key);
  });

  get(key: string): T | undefined {
    return this.#known.get(key)?.deref();
  }

  add(key: string, value: T): void {
    this.#known.set(key, new WeakRef(value));
    this.#gone.register(value, key);
  }
}
