import type { NewEtcd, RegistersPlan } from '../../../codec/plans/registers.ts';
import { STEPS } from '../../forceNewCluster/actions.ts';
import { mayServeElsewhere } from '../../forceNewCluster/words.ts';

/** The steps that make the etcd, in words; the registers are written in the middle of them. */
export function etcdActionsOf(made: NewEtcd, write: string): RegistersPlan['actions'] {
  const survivors = made.survivors.filter(({ isReadable }) => isReadable).map(({ name }) => name);
  const add = made.additions.map(({ name, clientUrl }) => ({
    step: STEPS.add(name),
    says: `Add ${name} (${clientUrl}), without a vote until it holds everything. What is on its place now is stopped, its data moved aside.`,
  }));
  const verify = { step: STEPS.verify, says: 'Ask every member, and prove the store writable.' };
  if (made.start === 'running') return [{ step: 'fill', says: write }, ...add, verify];
  const { first } = made;
  const from = made.start === 'survivor' ? 'Restore the copy into a new directory' : 'Start an empty etcd';
  return [
    ...(survivors.length === 0
      ? []
      : [
          {
            step: STEPS.copy,
            says: `Copy what is left of the old etcd (${survivors.join(', ')}). The originals stay as they are.`,
          },
        ]),
    {
      step: STEPS.reconcile,
      says: `${from} as a new cluster of one, on loopback ports that nobody knows, and in it: ${write}`,
    },
    {
      step: STEPS.open,
      says: `Stop what is left on ${first?.name}, move its data aside, and start the new cluster at ${first?.clientUrl}.`,
    },
    ...add,
    verify,
  ];
}

/** Members that may live and serve where only this machine does not reach them. */
export function mayLive({ members, start }: NewEtcd): readonly string[] {
  return mayServeElsewhere(members, start).map(({ name }) => name);
}

/** What to know before saying yes. */
export function etcdProblemsOf(made: NewEtcd, given: readonly string[]): string[] {
  const living = given.includes('--old-metastore-destroyed') ? [] : mayLive(made);
  const chosen = made.survivors.find((one) => one.chosen);
  return [
    ...(living.length === 0
      ? []
      : [
          `${living.join(', ')} do not answer from here, and are a majority: they may live and serve others, and there would be two stores. Look from another machine, stop their processes or cut them off, and then say so with --old-metastore-destroyed; --yes does not say it.`,
        ]),
    ...made.survivors.flatMap(({ name, isReadable, problems }) =>
      isReadable ? [] : [`${name} survived, and is not used: ${problems.join(' ')}`],
    ),
    ...(chosen === undefined || chosen.otherKeys === 0
      ? []
      : [
          `${chosen.otherKeys} keys in this etcd are no registers. They are kept as ${chosen.name} had them: what others wrote through the lost members meanwhile is in no evidence.`,
        ]),
  ];
}

/** What the plan rests on, printed with it. */
export function etcdAssumptionsOf({ start }: NewEtcd): string[] {
  if (start === 'running') return [];
  return [
    'Members of the old etcd cluster that return are stopped: they cannot join the new one, but nodes would ask them too.',
  ];
}
