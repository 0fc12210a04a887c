import { DrError } from '../../../core/errors.ts';
import type { NodeEvidence } from '../../../core/restate/evidence.ts';
import { CHAINS } from '../../../core/restate/values.ts';
import type { NodePlace } from '../../../ports/ForeignCluster.ts';
import type { RegistersApplyInput } from './apply.ts';
import { chainsVersion } from './plan.ts';

/** Nodes poll for metadata every ten seconds, and open their stores before they answer. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;

/** A node that waits for a store to be provisioned: one of those that do, or the first of those that were stopped. */
export async function awaitProvisionable(
  input: RegistersApplyInput,
  stopped: readonly NodePlace[],
): Promise<void> {
  const isWaiting = ({ answer }: NodeEvidence) =>
    answer.kind === 'answered' && answer.ident.metadataServer === 'AWAITING_PROVISIONING';
  const nodes = await input.parts.cluster.look();
  const [first] = stopped;
  if (!nodes.some(isWaiting) && first !== undefined) await input.parts.hands.start(first);
  if (await until(input, (now) => now.some(isWaiting))) return;
  throw new DrError('E_UNREACHABLE', {
    message:
      'No node waits for a metadata store to be provisioned. The survivors’ parts of the old store are set aside, and nothing was written yet.',
    hint: 'Start a node with the metadata-server role, then resume the run.',
  });
}

/** Until every node that answered when it was planned has joined with chains of this version. Answers who did not. */
export async function awaitJoined(
  input: RegistersApplyInput,
  wanted = chainsVersion(input.plan),
): Promise<string[]> {
  const { plan } = input;
  const expected = plan.nodes.filter(({ state }) => state !== 'silent');
  const missingOf = (nodes: readonly NodeEvidence[]): string[] =>
    expected
      .filter(({ address }) => {
        const answer = nodes.find((node) => node.address === address)?.answer;
        if (answer?.kind !== 'answered' || answer.ident.node === undefined) return true;
        return (answer.ident.versions.get(CHAINS) ?? 0) < wanted;
      })
      .map(({ name }) => name);
  let missing: string[] = [];
  await until(input, (nodes) => {
    missing = missingOf(nodes);
    return missing.length === 0;
  });
  return missing;
}

async function until(
  { parts, clock }: RegistersApplyInput,
  isDone: (nodes: readonly NodeEvidence[]) => boolean,
): Promise<boolean> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    if (isDone(await parts.cluster.look())) return true;
    if (clock.now() > deadline) return false;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}
