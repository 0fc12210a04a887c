import { NO_EVIDENCE } from '../../codec/evidenceOptions.ts';
import type { Config } from '../../config/config.ts';
import { type Durability, describeDurability, parseDurability } from '../../core/durability.ts';
import { type ServerId, serverId } from '../../core/ids.ts';
import { describeLosses } from '../../core/placement/losses.ts';
import { intolerableNodeset } from '../../core/placement/policy.ts';
import { lookAtReconfigure, type Wish } from '../../operations/reconfigure/look.ts';
import { planReconfigure } from '../../operations/reconfigure/plan.ts';
import type { CommandModule } from '../app.ts';
import { logIdOf, type Options, usageError } from '../options.ts';
import { finishPlan } from '../plans/planFlow.ts';

/** `reconfigure LOG`: ends the last loglet and goes on in a new one, on given or chosen servers. */
export const run: CommandModule['run'] = async (app, [log = ''], options) => {
  const wish = wishOf(options);
  const connection = await app.connect();
  const { cluster, config } = connection;
  mustBeTolerable(wish, config);
  const situation = await lookAtReconfigure(cluster, logIdOf(log), wish);
  const plan = planReconfigure({ cluster: { id: cluster.clusterId, name: cluster.name }, situation, wish });
  return finishPlan(app, connection, { plan, evidence: NO_EVIDENCE }, options);
};

function wishOf(options: Options): Wish {
  const durability = durabilityOf(options.text('durability'));
  const nodesetSize = options.count('nodesetSize', 1);
  const servers = listOf(options.texts('servers'));
  const exclude = listOf(options.texts('exclude'));
  return {
    ...(durability && { durability }),
    ...(nodesetSize !== undefined && { nodesetSize }),
    ...(servers.length > 0 && { servers }),
    ...(exclude.length > 0 && { exclude }),
  };
}

/** A policy of the command line must keep what the configuration's own was held against. */
function mustBeTolerable({ durability, nodesetSize = 0, servers = [] }: Wish, config: Config): void {
  if (durability === undefined || config.tolerate === undefined) return;
  const size = Math.max(config.nodesetSize, nodesetSize, servers.length);
  const policy = { ...config, durability, nodesetSize: size };
  const found = intolerableNodeset(policy, config.logServers, config.tolerate);
  if (found === undefined) return;
  throw usageError(
    `Under ${describeDurability(durability)} a loglet on ${found.nodeset.join(', ')} would not survive the loss of ${describeLosses(found.losses)}, which the configuration tolerates.`,
  );
}

function durabilityOf(text: string | undefined): Durability | undefined {
  if (text === undefined) return undefined;
  const durability = parseDurability(text);
  if (durability !== undefined) return durability;
  throw usageError(
    `--durability takes all, majority, count:K, spread:zone=Z,copies=K, any-of:a+b,a+c or {zone: Z, node: K}, not ${JSON.stringify(text)}.`,
  );
}

/** `a,b` once, or `a` and `b` one by one. */
function listOf(texts: readonly string[]): ServerId[] {
  const names = texts.flatMap((text) => text.split(',')).filter((name) => name !== '');
  return [...new Set(names)].map(serverId);
}
