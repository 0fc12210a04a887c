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
import type { Remembering } from './sameText.ts';
import { SameText } from './sameText.ts';
import { shared } from './shared.ts';

/** There are few: one for each way in which servers were ever chosen. */
const PARTS: Remembering = { texts: 1_024, longest: 16 * 1024 };
/** What servers and loglets next to each other say alike; they are read side by side. */
const NEIGHBOURS: Remembering = { texts: 8_192, longest: 4 * 1024 };

const nodeset = shared(nodesetSchema, PARTS);
const durability = shared(durabilitySchema, PARTS);

/** Every loglet is in the lineage of the next eight. */
const entry = shared(lineageEntrySchema.extend({ nodeset, durability }), NEIGHBOURS);

const leanDescriptorSchema = descriptorSchema.extend({
  nodeset,
  durability,
  nextRules: shared(successorRulesSchema, PARTS),
  snapshots: shared(snapshotPolicySchema, PARTS),
  generation: shared(generationSchema, PARTS),
  lineage: z.array(entry).max(LIMITS.lineageLength),
  retired: shared(retiredStoresSchema, PARTS),
  stores: shared(storesSchema, PARTS),
});

const leanStateSchema = z.strictObject({
  ...logletStateSchema.omit({ descriptor: true }).shape,
  close: shared(closeRecordSchema, NEIGHBOURS).exactOptional(),
  logletId: logletIdSchema,
});
type LeanState = z.infer<typeof leanStateSchema>;

/**
 * Loglets as servers send them. Every store of a nodeset sends the same descriptor, and mostly the same state: decoded for
 * each copy anew, the inventories of a cluster would take twenty times the memory.
 */
export class Descriptors {
  /** By digest, as long as somebody holds them. */
  readonly #descriptors = new Shared<Descriptor>();
  readonly #states = new SameText<LeanState>(NEIGHBOURS);
  readonly #copies = new WeakMap<LeanState, LogletState>();

  /** A copy whose state is this text. Without a `state` when its descriptor cannot be read; throws for any other text. */
  copy(text: string, bytes: Uint8Array): { readonly logletId: LogletId; readonly state?: LogletState } {
    const lean = this.#states.take(text, () => leanStateSchema.parse(JSON.parse(text)));
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
