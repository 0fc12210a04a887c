/** One deliberate protocol bug: lines of the shipped sources, and what stands there instead. */
export interface Mutation {
  readonly name: string;
  /** Profiles in which it is hunted. */
  readonly profiles: readonly string[];
  readonly edits: readonly { readonly file: string; readonly line: string; readonly instead: string }[];
}

const DATA = 'src/logserver/machine/data.ts';
const READ = 'src/logserver/machine/read.ts';
const SEQUENCERS = 'src/logserver/sequencers.ts';

/** A checker that nobody ever saw fail proves nothing. Each of these must be caught (`mutants.ts`). */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'seal one server too few',
    profiles: ['quorums', 'races', 'network'],
    edits: [
      {
        file: 'src/virtuallog/reconfigure/prove.ts',
        line: 'if (isSealQuorum(system, reached)) return;',
        instead: 'if (isSealQuorum(system, reached) || reached.size > 0) return;',
      },
      {
        file: 'src/core/tail.ts',
        line: 'if (!isSealQuorum(system, answered)) {',
        instead: 'if (answered.size === 0) {',
      },
    ],
  },
  {
    name: 'take the smallest local tail, whatever the policy',
    profiles: ['quorums'],
    edits: [
      {
        file: 'src/core/tail.ts',
        line: 'const possible = candidates.find((position) => !possiblyCommitted(position)) ?? loglet.start;',
        instead:
          'const possible = responders.map((answer) => answer.localTail).sort(ascending)[0] ?? loglet.start;',
      },
    ],
  },
  {
    name: 'take the tail of any survivor, without repair',
    profiles: ['quorums', 'tails'],
    edits: [
      {
        file: 'src/core/tail.ts',
        line: 'const possible = candidates.find((position) => !possiblyCommitted(position)) ?? loglet.start;',
        instead: 'const possible = responders[0]?.localTail ?? loglet.start;',
      },
      {
        file: 'src/virtuallog/reconfigure/seal.ts',
        line: 'const whole = await loglet.repair(chain.generation, survey.copies, inferred.tail);',
        instead: 'const whole = new Set<ServerId>();',
      },
    ],
  },
  {
    name: 'a seal does not seal',
    profiles: ['calm'],
    edits: [
      {
        file: 'src/logserver/machine/lifecycle.ts',
        line: 'if (!held.sealed) writes.push(putLoglet(sealed));',
        instead: '',
      },
    ],
  },
  {
    name: 'acknowledge when the first store has it',
    profiles: ['quorums', 'calm'],
    edits: [
      {
        file: 'src/logserver/sequencer.ts',
        line: 'if (containsCommitQuorum(this.#quorums, new Set(holders))) return tail;',
        instead: 'if (holders.length > 0) return tail;',
      },
    ],
  },
  {
    name: 'let a wiped server vote',
    profiles: ['disks', 'quorums'],
    edits: [
      {
        file: 'src/virtuallog/reconfigure/prove.ts',
        line: 'segment.nodeset.filter((member) => stores.has(member.storeId)).map((member) => member.serverId),',
        instead:
          'segment.nodeset.filter((member) => live.stores.some((one) => one.serverId === member.serverId)).map((member) => member.serverId),',
      },
      {
        file: 'src/virtuallog/reconfigure/seal.ts',
        line: 'const inferred = inferTail(segment, survey.copies.map(answerOf));',
        instead:
          "const empty = survey.replies.flatMap((reply) => reply.said === 'no' ? [{ serverId: reply.serverId, localTail: segment.start, knownCommitted: segment.start }] : []);\n  const inferred = inferTail(segment, [...survey.copies.map(answerOf), ...empty]);",
      },
    ],
  },
  {
    name: 'acknowledge out of order',
    profiles: ['network', 'quorums'],
    edits: [
      {
        file: 'src/logserver/sequencer.ts',
        line: 'const waiter = this.#waiters.shift();',
        instead: 'const waiter = this.#waiters.pop();',
      },
    ],
  },
  {
    name: 'acknowledge a re-send on a sealed copy',
    profiles: ['network', 'oldplane'],
    edits: [
      {
        file: DATA,
        line: "if (held.sealed) return refuse({ code: 'sealed', localTail: held.localTail });",
        instead:
          "if (held.sealed && command.entries.some((entry) => entry.position >= held.localTail)) return refuse({ code: 'sealed', localTail: held.localTail });",
      },
    ],
  },
  {
    name: 'take entries before the activation',
    profiles: ['slowwriter'],
    edits: [
      {
        file: DATA,
        line: "if (held.activatedAt === undefined) return refuse({ code: 'notActivated', logletId: command.logletId });",
        instead: '',
      },
      {
        file: SEQUENCERS,
        line: "if (held.activatedAt === undefined) return { code: 'notActivated', logletId };",
        instead: '',
      },
      {
        file: 'src/virtuallog/reconfigure/activate.ts',
        line: '    await activate(ctx, chain);\n  } else if',
        instead: '    ctx.knownActive.add(segment.logletId);\n  } else if',
      },
      {
        file: 'src/virtuallog/reconfigure/activate.ts',
        line: '    await activate(ctx, chain);\n    return snapshot;',
        instead: '    ctx.knownActive.add(lastSegment(chain).logletId);\n    return snapshot;',
      },
    ],
  },
  {
    name: 'serve what is not known to be committed',
    profiles: ['network', 'quorums'],
    edits: [
      {
        file: READ,
        line: 'if (request.uncommitted !== true && from >= held.knownCommitted)',
        instead: 'if (request.uncommitted !== true && from >= held.localTail)',
      },
      {
        file: READ,
        line: 'const limit = request.uncommitted === true ? heldLimit(held) : servedLimit(held);',
        instead: 'const limit = heldLimit(held);',
      },
    ],
  },
  {
    name: 'serve up to an inferred tail',
    profiles: ['races'],
    edits: [
      {
        file: DATA,
        line: 'const record = withoutCorrupt({ ...held, localTail: placed.localTail }, placed.healed);',
        instead:
          'const record = withoutCorrupt({ ...held, localTail: placed.localTail, knownCommitted: placed.localTail }, placed.healed);',
      },
    ],
  },
  {
    name: 'call a position committed where one store has it',
    profiles: ['network', 'quorums'],
    edits: [
      {
        file: 'src/core/tail.ts',
        line: 'return bound === undefined || bound < loglet.start ? loglet.start : bound;',
        instead: 'return tails[0] === undefined || bound === 0n - 1n ? loglet.start : tails[0];',
      },
    ],
  },
  {
    name: 'call an installed loglet active',
    profiles: ['races', 'repository'],
    edits: [
      {
        file: 'src/virtuallog/finality.ts',
        line: 'if (!showsActive(segment, copies)) return false;',
        instead: 'if (copies.length === 0) return false;',
      },
    ],
  },
  {
    name: 'answer the tail that was inferred, not where the winner starts',
    profiles: ['tails'],
    edits: [
      {
        file: 'src/virtuallog/checkTail.ts',
        line: 'const { chain } = await reconfigure(ctx, { suspect: logletId });',
        instead: 'const { chain, sealed } = await reconfigure(ctx, { suspect: logletId });',
      },
      {
        file: 'src/virtuallog/checkTail.ts',
        line: 'const tail = successorStart(chain, logletId);',
        instead: 'const tail = sealed?.tail ?? successorStart(chain, logletId);',
      },
    ],
  },
  {
    name: 'believe a sequencer whose loglet was sealed',
    profiles: ['tails'],
    edits: [
      {
        file: 'src/virtuallog/checkTail.ts',
        line: 'if (answer?.ok !== true || !showsUnsealed(segment, survey.copies)) return undefined;',
        instead: 'if (answer?.ok !== true) return undefined;',
      },
    ],
  },
  {
    name: 'provision on some stores only',
    profiles: ['network'],
    edits: [
      {
        file: 'src/virtuallog/reconfigure/provision.ts',
        line: 'if (holding.size === descriptor.nodeset.length) return descriptor;',
        instead: 'if (holding.size > 0) return descriptor;',
      },
    ],
  },
  {
    name: 'call an unanswered compare-and-set done',
    profiles: ['races', 'network'],
    edits: [
      {
        file: 'src/virtuallog/reconfigure/install.ts',
        line: 'return { error };',
        instead: 'return { current: to };',
      },
    ],
  },
  {
    name: 'collect a loglet that is not installed yet',
    profiles: ['collectors'],
    edits: [
      {
        file: 'src/virtuallog/orphans.ts',
        line: 'if (chain.version < descriptor.chainVersion) return false;',
        instead: 'if (chain.version < descriptor.chainVersion) return true;',
      },
    ],
  },
  {
    name: 'append again what has an unknown outcome',
    profiles: ['network'],
    edits: [
      {
        file: 'src/virtuallog/append.ts',
        line: "if (error.failure === 'unavailable' || error.failure === 'denied')",
        instead: "if (error.failure !== 'corrupt')",
      },
    ],
  },
  {
    name: 'trim what is not determined',
    profiles: ['network', 'quorums'],
    edits: [
      { file: 'src/virtuallog/trim.ts', line: 'await mustBeDetermined(ctx, chain, trimPoint);', instead: '' },
    ],
  },
  {
    name: 'go on where another process gave positions, and overwrite',
    profiles: ['quorums', 'disks'],
    edits: [
      {
        file: SEQUENCERS,
        line: 'if (!mine || held.localTail !== held.start) return this.#gone();',
        instead:
          'if (sequencer.serverId !== self || incarnation === undefined || mine === undefined) return this.#gone();',
      },
      {
        file: DATA,
        line: "return same ? undefined : { code: 'conflict', position };",
        instead: "return same ? undefined : { code: 'corrupt', position };",
      },
      {
        file: DATA,
        line: "if (refusal.code !== 'corrupt' || options.heal !== true) return refusal;",
        instead: "if (refusal.code !== 'corrupt') return refusal;",
      },
    ],
  },
  {
    name: 'forget the generation',
    profiles: ['oldplane'],
    edits: [
      {
        file: 'src/logserver/machine/guards.ts',
        line: "if (order < 0) return { refusal: { code: 'staleGeneration', held: server.generation } };",
        instead: 'if (order < 0) return { server, writes: [] };',
      },
    ],
  },
  {
    name: 'apply without a fence',
    profiles: ['oldplane'],
    edits: [
      {
        file: 'src/operations/rebuild/fence.ts',
        line: 'const replies = await askAll(cluster.logServers, wanted, (server) => server.adopt(plan.generation));',
        instead:
          'const replies = await askAll(cluster.logServers, wanted, async (server) => ({ ok: true, value: await server.status() }));',
      },
    ],
  },
  {
    name: 'one number for two recoveries',
    profiles: ['twins'],
    edits: [
      {
        file: 'src/core/generation.ts',
        line: 'return a.recoveryId < b.recoveryId ? -1 : 1;',
        instead: 'return 0;',
      },
    ],
  },
  {
    name: 'a new disk forgets the fence',
    profiles: ['newdisk'],
    edits: [
      {
        file: 'src/drivers/memory/logServer.ts',
        line: 'this.#disk = this.#format(undefined);',
        instead: 'this.#disk = this.#format(this.#options.generation);',
      },
    ],
  },
  {
    name: 'count a replaced disk as a witness',
    profiles: ['worst'],
    edits: [
      {
        file: 'src/core/coverage.ts',
        line: "return isAsOld(answer.status.storeId, input) ? undefined : 'store of unknown age';",
        instead: 'return isAsOld(answer.status.storeId, input) ? undefined : undefined;',
      },
      {
        file: 'src/core/coverage.ts',
        line: "return isRetired(serverId, input) ? undefined : 'new store';",
        instead: 'return undefined;',
      },
    ],
  },
  {
    name: 'call every end proven',
    profiles: ['worst'],
    edits: [
      {
        file: 'src/core/coverage.ts',
        line: 'return { nonWitnesses, canHost };',
        instead: 'return { nonWitnesses, canHost: canHost && false };',
      },
    ],
  },
  {
    name: 'call a loglet active where one copy is not sealed',
    profiles: ['quorums', 'network'],
    edits: [
      {
        file: 'src/core/reconstruct/candidates.ts',
        line: 'return containsCommitQuorum(quorumSystem(facts.durability, facts.nodeset), serversOf(unsealed));',
        instead: 'return unsealed.length > 0;',
      },
    ],
  },
  {
    name: 'drop a candidate without a seal quorum',
    profiles: ['undecided'],
    edits: [
      {
        file: 'src/core/reconstruct/candidates.ts',
        line: 'return candidate.installed.length === 0 && respondersSeal(candidate);',
        instead: 'return candidate.installed.length === 0;',
      },
    ],
  },
  {
    name: 'ignore lineage as evidence',
    profiles: ['calm'],
    edits: [
      {
        file: 'src/core/reconstruct/facts.ts',
        line: 'for (const copy of sound.copies) addLineage(draft, copy.state.descriptor);',
        instead: '',
      },
    ],
  },
  {
    name: 'ignore marks of activation',
    profiles: ['worst', 'undecided'],
    edits: [
      {
        file: 'src/operations/rebuild/seal.ts',
        line: 'return state.activatedAt !== undefined || state.localTail > state.descriptor.start;',
        instead: 'return state.localTail > state.descriptor.start;',
      },
      {
        file: 'src/core/reconstruct/facts.ts',
        line: "if (state.activatedAt !== undefined) facts.installed.push({ kind: 'activated', by: copy.serverId });",
        instead: '',
      },
    ],
  },
  {
    name: 'restore the old version number',
    profiles: ['calm'],
    edits: [
      {
        file: 'src/operations/rebuild/plan.ts',
        line: 'const version = rebuilt.versionSeen + VERSION_LIFT;',
        instead: 'const version = Math.max(rebuilt.versionSeen, VERSION_LIFT - VERSION_LIFT);',
      },
    ],
  },
  {
    name: 'believe any register that is not empty',
    profiles: ['repository', 'long'],
    edits: [
      {
        file: 'src/operations/rebuild/plan.ts',
        line: 'allRight &&= registerIsRight(rebuilt, observation, latest);',
        instead: 'allRight &&= registerOf(observation, logId) !== undefined;',
      },
    ],
  },
  {
    name: 'activate before the required snapshot',
    profiles: ['worst'],
    edits: [
      {
        file: 'src/virtuallog/reconfigure/activate.ts',
        line: 'const snapshot = await snapshotInstalled(ctx, chain, predecessor.snapshots.repositoryId);',
        instead: "const snapshot = 'off';",
      },
    ],
  },
  {
    name: 'trust the repository without occupying the next place in it',
    profiles: ['slowwriter'],
    edits: [
      {
        file: 'src/operations/rebuild/restoreLog.ts',
        line: "if (log.endProof === 'repository fence')",
        instead: "if (log.endProof === 'repository fence' && log.logId === undefined)",
      },
    ],
  },
];
