import type { EvidenceOptions } from '../codec/evidenceOptions.ts';
import { parseDurability } from '../core/durability.ts';
import type { Replication } from '../core/restate/values.ts';
import type { ForeignExtra, ForeignParts } from '../operations/foreign/observe/observe.ts';
import type { RegistersConsent } from '../operations/foreign/rebuild/plan.ts';
import type { App } from './app.ts';
import type { ForeignConnection } from './connection.ts';
import { type Options, usageError } from './options.ts';

/** What operations on a cluster of another engine are given. */
export function foreignParts({ config, cluster, hands, backups }: ForeignConnection): ForeignParts {
  const { name, fingerprint } = config.cluster;
  return {
    ...{ name, cluster, hands },
    ...(fingerprint !== undefined && { fingerprint }),
    ...(backups !== undefined && { backups }),
  };
}

export function foreignEvidence(app: App, options: Options): EvidenceOptions {
  return {
    useRepository: options.flag('backup'),
    backups: options.texts('fromBackup'),
    caches: [],
    metaStores: [],
    dataDirs: options.texts('fromDataDir').map(app.absolute),
  };
}

export function foreignExtra(evidence: EvidenceOptions, stated: ForeignExtra['stated']): ForeignExtra {
  const { useRepository, backups, dataDirs } = evidence;
  return { useRepository, backups, dataDirs, stated };
}

/** The operator's word, where nothing that is left tells. */
export function statedIn(options: Options): ForeignExtra['stated'] {
  const replication = replicationIn(options);
  const nodes = options.texts('node').map((text) => {
    const [, name, id] = /^([^=]+)=N?([1-9]\d{0,8})$/.exec(text) ?? [];
    if (name === undefined) throw usageError(`--node takes NAME=ID, like n2=2, not ${JSON.stringify(text)}.`);
    return { name, id: Number(id) };
  });
  return { nodes, ...(replication !== undefined && { replication }) };
}

/** `{node: 2}`, or `2` for short. */
export function replicationIn(options: Options): Replication | undefined {
  const text = options.text('replication');
  if (text === undefined) return undefined;
  const parsed = parseDurability(/^\d+$/.test(text) ? `{node: ${text}}` : text);
  if (parsed?.kind === 'scopes') return parsed.copies;
  throw usageError(`--replication takes copies by scope, like "{node: 2}", not ${JSON.stringify(text)}.`);
}

export function registersConsent(options: Options): RegistersConsent {
  return {
    acceptLoss: new Set(options.texts('acceptLoss')),
    acceptUnproven: new Set(options.texts('acceptUnproven')),
    oldMetaStoreDestroyed: options.flag('oldMetastoreDestroyed'),
  };
}
