import type { RegisterValue } from '../../core/registerSet.ts';
import type { Content, RebuiltRegister } from '../../core/restate/setEvidence.ts';
import { encodeChains, encodeEpoch, encodeNodes, encodePartitionTable } from './encode.ts';
import { patchChains, patchNodes, reversion } from './patch.ts';

/** Must not be 0, which no server can read. A plan is a function of evidence: there is no clock in it. */
const MODIFIED_AT = 1n;

/** The bytes of a rebuilt register: the same for the same evidence. */
export function registerValue({ version, content }: RebuiltRegister): RegisterValue {
  return content.kind === 'copy' ? content.value : { version, bytes: bytesOf(content, version) };
}

function bytesOf(content: Exclude<Content, { readonly kind: 'copy' }>, version: number): Uint8Array {
  switch (content.kind) {
    case 'nodes': {
      const { base, nodes } = content;
      if (base === undefined) return encodeNodes({ ...nodes, version }, MODIFIED_AT);
      const generations = nodes.nodes.map(({ id, generation }) => [id, { generation }] as const);
      return patchNodes(base.bytes, version, new Map(generations));
    }
    case 'chains': {
      const { base, chains, made } = content;
      if (base === undefined) return encodeChains({ ...chains, version });
      const changed = [...chains.logs].filter(([logId]) => made.has(logId));
      return patchChains(base.bytes, version, new Map(changed));
    }
    case 'table': {
      const { base, table } = content;
      return base === undefined
        ? encodePartitionTable({ ...table, version })
        : reversion(base.bytes, version);
    }
    case 'epoch':
      return encodeEpoch(content.epoch, MODIFIED_AT);
  }
}
