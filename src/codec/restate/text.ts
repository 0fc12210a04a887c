import type { NodeIncarnation } from '../../core/restate/evidence.ts';
import type { Replication } from '../../core/restate/values.ts';

const SCOPES = ['node', 'zone', 'region'] as const;

/** `{node: 2}`, `{zone: 2, node: 3}`: as Restate writes copies by failure domain. `undefined` when it is not that. */
export function parseReplication(text: string): Replication | undefined {
  const inner = /^\{(.*)\}$/.exec(text.trim())?.[1];
  if (inner === undefined) return undefined;
  const parts = inner.split(',').map((part) => /^\s*(node|zone|region)\s*:\s*(\d{1,9})\s*$/.exec(part));
  if (parts.some((part) => part === null)) return undefined;
  return Object.fromEntries(parts.map((part) => [part?.[1], Number(part?.[2])]));
}

export function formatReplication(replication: Replication): string {
  const parts = SCOPES.flatMap((scope) => {
    const copies = replication[scope];
    return copies === undefined ? [] : [`${scope}: ${copies}`];
  });
  return `{${parts.join(', ')}}`;
}

/** `N1:2`: node 1, started for the second time. */
export function parseIncarnation(text: string): NodeIncarnation | undefined {
  const found = /^N(\d{1,9}):(\d{1,9})$/.exec(text);
  return found === null ? undefined : { id: Number(found[1]), generation: Number(found[2]) };
}

export function formatIncarnation({ id, generation }: NodeIncarnation): string {
  return `N${id}:${generation}`;
}
