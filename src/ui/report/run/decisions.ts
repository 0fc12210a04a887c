import type { RunHead } from '../../../codec/journal.ts';
import type { AnyPlan } from '../../../codec/plans/planFile.ts';
import type { Block } from '../model.ts';
import { list } from '../words.ts';

const CONSENTED: Readonly<Record<NonNullable<RunHead['consent']>, string>> = {
  typed: 'The plan was shown, and the name of the cluster was typed.',
  yes: 'The ordinary question was answered beforehand with `--yes`.',
};

/** What somebody answered for: the ordinary question, and each risk that was accepted by name. */
export function decisionsOf(plan: AnyPlan, { consent }: RunHead): (Block | undefined)[] {
  const accepted = acceptedIn(plan);
  return [
    list([
      ...(consent === undefined ? [] : [CONSENTED[consent]]),
      ...accepted.map((flag) => `Accepted: \`${flag}\`.`),
      ...(accepted.length === 0 ? ['No loss and nothing unproven had to be accepted.'] : []),
    ]),
  ];
}

function acceptedIn(plan: AnyPlan): readonly string[] {
  if (plan.kind === 'force-new-cluster') return [...plan.given, ...acceptedIn(plan.rebuild)];
  if (plan.kind !== 'rebuild-metastore') return plan.given;
  const { acceptLoss, acceptUnproven, oldMetaStoreDestroyed, repositoryDestroyed } = plan.consent;
  return [
    ...acceptLoss.map((log) => `--accept-loss ${log}`),
    ...acceptUnproven.map((log) => `--accept-unproven ${log}`),
    ...(oldMetaStoreDestroyed ? ['--old-metastore-destroyed'] : []),
    ...(repositoryDestroyed ? ['--repository-destroyed'] : []),
  ];
}
