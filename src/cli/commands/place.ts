import type { Config } from '../../config/config.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { domainsOf, LEVELS, type Level, type Loss, type Placed } from '../../core/placement/losses.ts';
import { lookAtChains } from '../../operations/place/look.ts';
import { grownTo, type PlacedMember } from '../../operations/place/members.ts';
import { placeReport } from '../../operations/place/place.ts';
import { placeText } from '../../ui/text/place.ts';
import type { CommandModule } from '../app.ts';
import { type Options, usageError } from '../options.ts';

/** `place`: what is survived where it stands. Exit 0: what was asked, or is tolerated, is survived; 3: not all of it. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const { cluster, config } = await app.connect();
  const locations = [...config.logServers, ...membersOf(config)].flatMap(({ location }) => location ?? []);
  const growTo = options.count('growTo', 1);
  const members = growTo === undefined ? membersOf(config) : grownTo(membersOf(config), growTo, locations);
  const { chains, problems } = await lookAtChains(cluster);
  const report = placeReport({
    cluster: { id: cluster.clusterId, name: cluster.name },
    metaStore: { kind: cluster.metaStore.description.kind, members },
    universe: config.logServers,
    policy: cluster.policy,
    chains,
    problems,
    asked: lossesIn(options, [...config.logServers, ...members]),
    ...(config.tolerate && { tolerance: config.tolerate }),
  });
  app.out.result(report, () => placeText(report));
  return report.verdict === 'ok' ? EXIT.done : EXIT.attention;
};

/** Without a list of its own, a MetaStore has an address for each member. */
function membersOf({ metaStore }: Config): PlacedMember[] {
  const exists = true;
  switch (metaStore.kind) {
    case 'file':
      return [{ id: metaStore.dir, exists }];
    case 'file-http':
      return [{ id: metaStore.url, exists }];
    case 'etcd':
      return metaStore.members === undefined
        ? metaStore.endpoints.map((id) => ({ id, exists }))
        : metaStore.members.map(({ name: id, location }) => ({ id, exists, ...(location && { location }) }));
  }
}

/** `--lose zone=eu/a,eu/b --lose server=s1`: all at once. */
function lossesIn(options: Options, placed: readonly Placed[]): Loss[] {
  const names = new Map<Level, string[]>();
  for (const text of options.texts('lose')) {
    const [kind = '', list = ''] = text.split(/=(.*)/s);
    const level = LEVELS.find((one) => one === kind);
    if (level === undefined || list === '')
      throw usageError(`--lose takes ${LEVELS.join('|')}=NAME[,NAME…], not ${JSON.stringify(text)}.`);
    const found = list.split(',').map((name) => wholeName(level, name.trim(), placed));
    names.set(level, [...new Set([...(names.get(level) ?? []), ...found])]);
  }
  return [...names].map(([level, all]) => ({ level, names: all }));
}

/** `a` for `eu/a`, where only one zone is called so. */
function wholeName(level: Level, name: string, placed: readonly Placed[]): string {
  const known = [...domainsOf(level, placed).keys()];
  if (known.includes(name)) return name;
  const meant = known.filter((one) => one.endsWith(`/${name}`));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only;
  if (meant.length > 1)
    throw usageError(`--lose ${level}=${name} could be ${meant.join(' or ')}: name it whole.`);
  throw usageError(`There is no ${level} ${name}; there is ${known.join(', ') || 'none'}.`);
}
