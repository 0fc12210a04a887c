import { sha256 } from '../core/canonical.ts';
import { type Descriptor, knowDescriptorDigest, type LineageEntry } from '../core/descriptor.ts';
import type { NodesetMember } from '../core/durability.ts';
import type { CloseRecord } from '../core/logletState.ts';
import { toJson } from './common.ts';
import { descriptorSchema } from './descriptor.ts';
import { decodeJson } from './metastore.ts';

/**
 * Descriptors by their digests, and what they have in common, as long as somebody holds it. Every store of a nodeset sends
 * the same bytes, and every loglet is in the lineage of the next eight: kept for each copy anew, the inventories of a
 * cluster would take twenty times the memory.
 */
export class Descriptors {
  readonly #descriptors = new Shared<Descriptor>();
  readonly #entries = new Shared<LineageEntry>();
  readonly #closes = new Shared<CloseRecord>();
  /** There are few: one for each way in which servers were ever chosen. Numbered, to be part of other keys. */
  readonly #parts = new Map<string, { readonly number: number; readonly value: object }>();

  /**
   * `digest` is what the sender claims. Bytes that do not have it are decoded for themselves: written by an older
   * version, or damaged, which whoever computes the digest of the value will see. `undefined` for what is no descriptor.
   */
  decode(bytes: Uint8Array, digest: string): Descriptor | undefined {
    if (sha256(bytes) !== digest) return decoded(bytes);
    return this.#descriptors.get(digest) ?? this.#add(digest, decoded(bytes));
  }

  close(record: CloseRecord): CloseRecord {
    const { end, successor } = record;
    const { logletId, nodeset, chainVersion } = successor;
    const { number, value } = this.#part(nodeset);
    const key = `${end} ${logletId} ${chainVersion} ${number}`;
    return this.#closes.take(key, () => ({ end, successor: { ...successor, nodeset: value } }));
  }

  #add(digest: string, descriptor: Descriptor | undefined): Descriptor | undefined {
    if (descriptor === undefined) return undefined;
    const lean = {
      ...descriptor,
      nodeset: this.#part(descriptor.nodeset).value,
      durability: this.#part(descriptor.durability).value,
      nextRules: this.#part(descriptor.nextRules).value,
      snapshots: this.#part(descriptor.snapshots).value,
      generation: this.#part(descriptor.generation).value,
      retired: this.#part(descriptor.retired).value,
      stores: this.#part(descriptor.stores).value,
      lineage: descriptor.lineage.map((entry) => this.#entry(entry)),
    };
    knowDescriptorDigest(lean, digest);
    return this.#descriptors.take(digest, () => lean);
  }

  #entry(entry: LineageEntry): LineageEntry {
    const nodeset = this.#part<readonly NodesetMember[]>(entry.nodeset);
    const durability = this.#part(entry.durability);
    const key = `${entry.logletId} ${entry.index} ${entry.start} ${nodeset.number} ${durability.number}`;
    return this.#entries.take(key, () => ({
      ...entry,
      nodeset: nodeset.value,
      durability: durability.value,
    }));
  }

  #part<T extends object>(value: T): { readonly number: number; readonly value: T } {
    const key = toJson(value);
    const known = this.#parts.get(key);
    if (known !== undefined) return known as { number: number; value: T };
    const part = { number: this.#parts.size, value };
    this.#parts.set(key, part);
    return part;
  }
}

function decoded(bytes: Uint8Array): Descriptor | undefined {
  const found = decodeJson(descriptorSchema, new TextDecoder().decode(bytes));
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

  take(key: string, make: () => T): T {
    const known = this.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#known.set(key, new WeakRef(value));
    this.#gone.register(value, key);
    return value;
  }
}
