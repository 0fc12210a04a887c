import { type Chain, lastSegment } from '../../core/chain.ts';
import type { Durability, NodesetMember } from '../../core/durability.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId, ServerId } from '../../core/ids.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import { chooseSuccessor } from '../../virtuallog/reconfigure/provision.ts';
import { stopIfLater, surveyServers } from '../../virtuallog/reconfigure/servers.ts';
import type { Cluster } from '../cluster.ts';
import { registerOf } from '../register.ts';
import { logContext } from '../virtualLog.ts';

/** What the operator asks of the successor. */
export interface Wish {
  readonly durability?: Durability;
  readonly nodesetSize?: number;
  readonly servers?: readonly ServerId[];
  readonly exclude?: readonly ServerId[];
}

/** The log as it stands, and what would be chosen now. Values only. */
export interface ReconfigureLook {
  readonly chain: Chain;
  /** Members of the last loglet that answer with their copy. */
  readonly responders: readonly ServerId[];
  readonly successor?: { readonly nodeset: readonly NodesetMember[]; readonly durability: Durability };
  /** Why none can be chosen. */
  readonly problem?: string;
}

/** Reads only. */
export async function lookAtReconfigure(
  cluster: Cluster,
  logId: LogId,
  wish: Wish,
): Promise<ReconfigureLook> {
  const unknown = [...(wish.servers ?? []), ...(wish.exclude ?? [])].filter(
    (id) => !cluster.logServers.has(id),
  );
  if (unknown.length > 0)
    throw new DrError('E_UNKNOWN_SERVER', {
      message: `${unknown.join(', ')} is not in the configuration. Nothing was changed.`,
    });
  const chain = await registerOf(cluster, logId);
  const { copies } = await logletOf(lastSegment(chain), cluster.logServers).states();
  const responders = copies.map((copy) => copy.serverId);
  return { chain, responders, ...(await preview(cluster, chain, wish)) };
}

async function preview(
  cluster: Cluster,
  chain: Chain,
  wish: Wish,
): Promise<Pick<ReconfigureLook, 'successor' | 'problem'>> {
  const ctx = logContext(cluster, chain.logId);
  const live = await surveyServers(ctx, chain.clusterId);
  stopIfLater(live, chain.generation);
  try {
    // A change of policy takes two steps: the first loglet allows what the second one is.
    const asked =
      wish.durability === undefined ? chain : { ...chain, nextRules: rulesFor(cluster, wish.durability) };
    const { nodeset, durability } = chooseSuccessor(ctx, asked, live, { wish, truth: '' });
    return { successor: { nodeset, durability } };
  } catch (error) {
    if (!(error instanceof DrError) || error.code !== 'E_NO_ADMISSIBLE_NODESET') throw error;
    return { problem: error.message.trim() };
  }
}

/** What a loglet must allow so that its successor can have this durability, beside what the configuration says. */
export function rulesFor({ policy }: Pick<Cluster, 'policy'>, durability: Durability): Chain['nextRules'] {
  const [usual] = policy.nextRules;
  const { minNodesetSize = 1, minZones = 0 } = usual ?? {};
  return [{ durability, minNodesetSize, minZones }, ...policy.nextRules];
}
