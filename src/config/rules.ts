import {
  countZones,
  describeDurability,
  durabilityProblems,
  type NodesetMember,
  zoneOf,
} from '../core/durability.ts';
import { storeId } from '../core/ids.ts';
import { describeLosses } from '../core/placement/losses.ts';
import { intolerableNodeset } from '../core/placement/policy.ts';
import type { Config, ConfigProblem, EtcdConfig, EtcdMemberConfig } from './config.ts';

type Rule = (config: Config) => ConfigProblem[];

/** Third stage: what makes sense only when the whole is seen. Every rule is asked, whatever the others say. */
const RULES: Readonly<Record<string, Rule>> = {
  serverIdsAreUnique: (config) => repeated(config, 'id'),
  serverUrlsAreUnique: (config) => repeated(config, 'url'),
  locationsAreComplete: (config) =>
    config.logServers.flatMap(({ location }, index) =>
      /^[^/\s]+(\/[^/\s]+){0,2}$/.test(location)
        ? []
        : problem(`logServers[${index}].location`, 'region/zone/rack', location),
    ),
  urlsCarryNoSecrets: (config) =>
    urlsOf(config).flatMap(([path, text]) => {
      const url = new URL(text);
      if (url.username === '' && url.password === '') return [];
      return [{ path, expected: 'a URL without user and password', received: 'one with them' }];
    }),
  serversSpeakHttp: (config) =>
    config.logServers.flatMap(({ url }, index) =>
      /^https?:\/\//.test(url) ? [] : problem(`logServers[${index}].url`, 'an http or https URL', url),
    ),
  etcdIsComplete: ({ metaStore }) => (metaStore.kind === 'etcd' ? etcdProblems(metaStore) : []),
  repositoryIsKnown: ({ repository }) =>
    repository === undefined || /^(s3|file):\/\//.test(repository.url)
      ? []
      : problem('repository.url', 's3://bucket/prefix or file:///dir', repository.url),
  onlyS3EncryptsAndRetains: ({ repository }) =>
    repository === undefined || repository.url.startsWith('s3:')
      ? []
      : (['encryption', 'retention'] as const).flatMap((name) =>
          repository[name] === undefined
            ? []
            : problem(`repository.${name}`, 'an s3:// repository', repository.url),
        ),
  nodesetFits: (config) =>
    config.nodesetSize <= config.logServers.length
      ? []
      : problem(
          'nodesetSize',
          `at most ${config.logServers.length}, the servers there are`,
          config.nodesetSize,
        ),
  successorIsNotLarger: (config) =>
    config.minNodesetSize <= config.nodesetSize
      ? []
      : problem('minNodesetSize', `at most nodesetSize, ${config.nodesetSize}`, config.minNodesetSize),
  zonesExist: (config) => {
    const zones = countZones(config.logServers);
    return config.minZones <= zones
      ? []
      : problem('minZones', `at most ${zones}, the zones there are`, config.minZones);
  },
  durabilityMakesSense: (config) =>
    durabilityProblems(config.durability, widestNodeset(config)).map((sentence) => ({
      path: 'durability',
      expected: 'a policy that fits the nodeset',
      received: `one that does not: ${sentence}`,
    })),
  toleratedLossesCostNothing: (config) => {
    const { tolerate, logServers, durability } = config;
    if (tolerate === undefined || durabilityProblems(durability, widestNodeset(config)).length > 0) return [];
    const found = intolerableNodeset(config, logServers, tolerate);
    if (found === undefined) return [];
    const lost = describeLosses(found.losses);
    const nodeset = found.nodeset.join(', ');
    return [
      {
        path: 'durability',
        expected: 'a policy under which a loss within `tolerate` costs no acknowledged entry',
        received: `${describeDurability(durability)}: a loglet on ${nodeset} would not survive that of ${lost} (raise minZones or minNodesetSize, or spread copies over zones)`,
      },
    ];
  },
};

export function ruleProblems(config: Config): ConfigProblem[] {
  return Object.values(RULES).flatMap((rule) => rule(config));
}

function problem(path: string, expected: string, received: string | number): ConfigProblem[] {
  return [{ path, expected, received: JSON.stringify(received) }];
}

function repeated(config: Config, member: 'id' | 'url'): ConfigProblem[] {
  const first = new Map<string, number>();
  return config.logServers.flatMap((server, index) => {
    const before = first.get(server[member]);
    if (before === undefined) {
      first.set(server[member], index);
      return [];
    }
    const path = `logServers[${index}].${member}`;
    return problem(path, `another than logServers[${before}] has`, server[member]);
  });
}

function etcdProblems(etcd: EtcdConfig): ConfigProblem[] {
  const both = (one: keyof EtcdConfig, other: keyof EtcdConfig): ConfigProblem[] =>
    (etcd[one] === undefined) === (etcd[other] === undefined)
      ? []
      : [{ path: 'metaStore', expected: `both ${one} and ${other}, or neither`, received: 'one of them' }];
  const isWebAddress = (endpoint: string) => /^https?:\/\/[^/]+$/.test(endpoint);
  return [
    ...etcd.endpoints.flatMap((endpoint, index) =>
      isWebAddress(endpoint)
        ? []
        : problem(`metaStore.endpoints[${index}]`, 'http://host:port or https://host:port', endpoint),
    ),
    ...(etcd.members ?? []).flatMap(({ name, clientUrl, peerUrl }, index) => [
      ...[clientUrl, peerUrl].flatMap((url) =>
        isWebAddress(url)
          ? []
          : problem(`metaStore.members[${index}]`, 'http://host:port or https://host:port', url),
      ),
      ...((etcd.members ?? []).findIndex((one) => one.name === name || one.peerUrl === peerUrl) < index
        ? problem(`metaStore.members[${index}]`, 'a name and a peerUrl of its own', name)
        : []),
    ]),
    ...(etcd.members ?? []).flatMap((member, index) => memberTlsProblems(etcd, member, index)),
    ...both('certFile', 'keyFile'),
    ...both('username', 'passwordFile'),
  ];
}

/** A member that this tool starts with an https address and no certificate would not start. */
function memberTlsProblems(
  { localRunDir }: EtcdConfig,
  { clientUrl, peerUrl, tls }: EtcdMemberConfig,
  index: number,
): ConfigProblem[] {
  const isSecure = [clientUrl, peerUrl].some((url) => url.startsWith('https:'));
  if (localRunDir === undefined || !isSecure || tls !== undefined) return [];
  const expected = 'certFile and keyFile: this tool starts the member, and it speaks https';
  return [{ path: `metaStore.members[${index}].tls`, expected, received: 'nothing' }];
}

function urlsOf(config: Config): [path: string, url: string][] {
  const urls: [string, string][] = config.logServers.map(({ url }, i) => [`logServers[${i}].url`, url]);
  if (config.metaStore.kind === 'file-http') {
    urls.push(['metaStore.endpoints[0]', config.metaStore.url]);
  }
  if (config.metaStore.kind === 'etcd')
    urls.push(
      ...config.metaStore.endpoints.map((url, i): [string, string] => [`metaStore.endpoints[${i}]`, url]),
    );
  if (config.repository !== undefined) urls.push(['repository.url', config.repository.url]);
  return urls.filter(([, url]) => URL.canParse(url));
}

/** A nodeset of the usual size over as many zones as there are: what the policy can at best be given. */
function widestNodeset(config: Config): NodesetMember[] {
  const turns = new Map<string, number>();
  return config.logServers
    .map((server) => {
      const zone = zoneOf(server.location);
      const turn = turns.get(zone) ?? 0;
      turns.set(zone, turn + 1);
      return { server, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .slice(0, config.durability.kind === 'any-of' ? undefined : config.nodesetSize)
    .map(({ server }) => ({ serverId: server.id, storeId: storeId(server.id), location: server.location }));
}
