import type { RegistersPlan } from '../../codec/plans/registers.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { applyToNewEtcd } from '../../operations/foreign/forceNewCluster/apply.ts';
import { applyRegisters } from '../../operations/foreign/rebuild/apply.ts';
import { registersText, writtenText } from '../../ui/text/plans/registers.ts';
import { foreignExtra, foreignParts } from '../foreign.ts';
import { type PlanKind, refuseByDecision } from './planKind.ts';

export const registersKind: PlanKind<RegistersPlan> = {
  text: registersText,
  // What survived and cannot be used is to be heard of before saying yes.
  exitOf: (plan) =>
    isClear(plan) && (plan.newEtcd === undefined || plan.problems.length === 0) ? EXIT.done : EXIT.attention,
  hasWork: (plan) => plan.decision === 'apply',
  refuseUnlessApplicable,
  apply: async (plan, { connection, evidence, journal, keep, registerStoreAdmin }) => {
    const parts = foreignParts(connection);
    const extra = foreignExtra(evidence, plan.stated);
    const { clock } = connection;
    const input = { parts, extra, plan, journal, keep, clock };
    const { newEtcd: made } = plan;
    const admin = made && (await registerStoreAdmin());
    const applied = await (made && admin ? applyToNewEtcd({ ...input, admin, made }) : applyRegisters(input));
    const isWhole = applied.results.every((log) => log.writable) && applied.missing.length === 0;
    return {
      results: applied,
      text: writtenText(plan, applied),
      exit: isWhole && isClear(plan) ? EXIT.done : EXIT.attention,
    };
  },
};

function isClear({ decision, verdict, unknowns }: RegistersPlan): boolean {
  return decision !== 'refuse' && verdict === 'proven' && !unknowns.some(({ guessed }) => guessed);
}

function refuseUnlessApplicable(plan: RegistersPlan): void {
  const said = `${plan.problems.join(' ')} Nothing was changed.`;
  if (plan.verdict === 'contradiction') throw new DrError('E_CONTRADICTION', { message: said });
  if (plan.newEtcd === undefined && plan.store.kind === 'etcd' && plan.store.state === 'lost')
    throw new DrError('E_METASTORE_UNAVAILABLE', { message: said });
  refuseByDecision(plan);
}
