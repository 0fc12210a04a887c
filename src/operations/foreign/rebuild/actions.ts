import type { RegistersPlan } from '../../../codec/plans/registers.ts';
import type { RebuiltSet } from '../../../core/restate/rebuildSet.ts';
import { nodeIdAt, sameAddress } from '../../../core/restate/setEvidence.ts';
import { serverIdOf } from '../../../core/restate/values.ts';
import { etcdActionsOf, etcdAssumptionsOf } from '../forceNewCluster/words.ts';
import type { ForeignObservation } from '../observe/observe.ts';

type Body = Omit<RegistersPlan, 'planId' | 'actions' | 'assumptions'>;

/** The nodes as they answered, and which of them must give up their part of a lost built-in store. */
export function nodesOf(
  { nodes, evidence, places, store, hands }: ForeignObservation,
  rebuilt: RebuiltSet,
): RegistersPlan['nodes'] {
  const isAnew = store.kind === 'builtin' && store.state === 'lost';
  return nodes.map(({ address, answer }) => {
    const id = nodeIdAt(evidence, rebuilt.nodes, address);
    const known = rebuilt.nodes.find((node) => node.id === id);
    const place = places.find((one) => sameAddress(one.address, address));
    const isWaiting = answer.kind === 'answered' && answer.ident.metadataServer === 'AWAITING_PROVISIONING';
    // A silent node's directory is put aside where this machine holds it: it must not come back with the old store.
    const look = evidence.looks.find((one) => sameAddress(one.address, address));
    const isWithinReach = answer.kind === 'answered' || (hands === 'tool' && look?.marker !== undefined);
    // One that holds no part of the store goes on: it serves calls, and its cache is gone when it stops.
    const roles = answer.kind === 'answered' ? answer.ident.roles : known?.roles;
    const holdsPart = roles === undefined || roles.includes('metadata-server');
    return {
      ...(id !== undefined && { id: serverIdOf(id) }),
      name: place?.name ?? known?.name ?? address,
      address,
      state: answer.kind === 'answered' ? answer.ident.status : 'silent',
      setAside: isAnew && holdsPart && !isWaiting && isWithinReach,
    };
  });
}

/** The steps of an apply in their order, in words for the person who says yes. */
export function actionsOf(plan: Body): RegistersPlan['actions'] {
  const actions: { step: string; says: string }[] = [];
  const add = (step: string, says: string) => actions.push({ step, says });
  const writes = plan.registers.filter(({ action }) => action === 'write');
  add(
    'keep',
    `Look at everything again, go on only if the plan still holds, and keep all ${plan.registers.length} registers in a file that only you can read.`,
  );
  const isAnew = plan.store.kind === 'builtin' && plan.store.state === 'lost';
  if (isAnew) {
    for (const { name, setAside } of plan.nodes)
      if (setAside)
        add(
          `set aside ${name}`,
          `Stop ${name}, copy its part of the lost store, and take it out of its place.`,
        );
    add('await a node', 'Have a node that waits to be provisioned; start one if none does.');
    add(
      'fill',
      `Provision the store with the original nodes configuration, then write ${writes.length - 1} more registers.`,
    );
    for (const { name, setAside, state } of plan.nodes)
      if (setAside && state !== 'silent') add(`start ${name}`, `Start ${name}: it joins with its own id.`);
  } else if (plan.newEtcd !== undefined) {
    actions.push(...etcdActionsOf(plan.newEtcd, writeText(plan, writes)));
  } else {
    if (plan.store.kind === 'etcd')
      add(
        'every endpoint',
        'Make sure that every address of the etcd answers, before anything depends on it.',
      );
    add('fill', writeText(plan, writes));
  }
  add('await the nodes', 'Wait until every node that answers has joined with these registers.');
  if (plan.guessedSequencers !== undefined)
    add(
      'sequencers',
      `Ask the nodes that joined who wrote ${plan.guessedSequencers.join(', ')}: not every record there is on enough nodes, and log-servers take the missing copies in the name of its sequencer only. Where the guess is wrong, write the chains again and restart the nodes one after the other.`,
    );
  add(
    'verify',
    'Find the tail of every log: each takes records again. One that a failed reconfiguration left sealed gets a new segment.',
  );
  return actions;
}

function writeText({ store, newEtcd }: Body, writes: RegistersPlan['registers']): string {
  const keys = writes.map(({ key, version }) => `${key} (version ${version})`).join(', ');
  if (writes.length === 0) return 'Every register is right as it is.';
  return store.state === 'empty' || newEtcd?.start === 'empty'
    ? `Write ${keys} into the empty store${store.kind === 'etcd' ? ', in one transaction' : ''}.`
    : `Write ${keys}, each only over what was seen there.`;
}

/** What the plan rests on, printed with it. */
export function assumptionsOf(plan: Body, { evidence }: ForeignObservation): string[] {
  const names = plan.nodes.map(({ name }) => name).join(', ');
  const always = [
    `These are all log-servers of this cluster that may hold records: ${names}.`,
    'No other control plane writes to the old store, and nobody runs `restatectl provision`.',
  ];
  const completed = plan.logs.some((log) => log.completed > 0);
  const { replication } = evidence.stated;
  return [
    ...always,
    ...(completed
      ? [
          'A log has no four blank loglets in a row, and a sealed loglet’s nodes were told its end (as of Restate 1.7).',
          ...(replication === undefined
            ? []
            : ['The replication that was stated is the one that these loglets had.']),
        ]
      : []),
    ...(plan.newEtcd === undefined ? [] : etcdAssumptionsOf(plan.newEtcd)),
    ...(plan.newEtcd === undefined && plan.given.includes('--old-metastore-destroyed')
      ? [
          'The silent nodes never come back with their part of the old store: it is set aside before they are started.',
        ]
      : []),
  ];
}
