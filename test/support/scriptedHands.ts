import type { AnyPlan } from '../../src/codec/plans/planFile.ts';
import type { Playbook } from '../../src/codec/playbook.ts';
import type { PlaybookEvent } from '../../src/codec/playbookEvents.ts';
import { DrError } from '../../src/core/errors.ts';
import type { Context, PlaybookOptions } from '../../src/playbook/context.ts';
import { type Ended, walk } from '../../src/playbook/engine.ts';
import type { Hands, Planned } from '../../src/playbook/hands.ts';
import { Progress } from '../../src/playbook/progress.ts';
import type { Sight } from '../../src/playbook/sight.ts';
import type { GuidedReply } from '../../src/ports/Prompter.ts';

export function seen(
  findings: readonly string[],
  { kind = 'file', driver = 'native' }: { kind?: string; driver?: 'native' | 'restate' } = {},
): Sight {
  const servers = ['s1', 's2', 's3'];
  return {
    cluster: { id: 'c', name: 'prod', ...(driver === 'restate' && { engine: 'restate' as const }) },
    verdict: findings.length > 0 ? 'attention' : 'ok',
    metaStore: { kind: kind as Sight['metaStore']['kind'], health: 'ok' },
    logServers: servers.map((id) => ({ id, state: 'ok', location: 'r/z/1' })),
    logs: [
      {
        ...{ logId: '1', writable: true, taking: 'appends', backup: { lastVersion: null } },
        segments: [{ nodeset: servers, responders: servers, sealable: true, missing: [] }],
        ifMetaStoreLost: { verdict: 'proven' },
      },
    ],
    findings: findings.map((code) => ({
      ...{ severity: 'critical', code, message: `${code}.`, playbook: null, next: null, logId: '1' },
    })) as Sight['findings'],
  };
}

/** A cluster on which commands only leave their traces: what was planned, applied and said. */
export class ScriptedHands {
  sight: Sight;
  /** Without one, nobody can be asked. */
  person: ((message: string) => GuidedReply) | undefined;
  readonly planned: Planned[] = [];
  readonly applied: string[] = [];
  readonly ran: string[] = [];
  said = '';
  /** Called in the place of the run of a plan. */
  onApply: (planId: string) => void = () => undefined;

  constructor(sight: Sight) {
    this.sight = sight;
  }

  hands(): Hands {
    const { person } = this;
    const refuse = () => Promise.reject(new Error('only guided questions are asked'));
    return {
      prompter: {
        interactive: person !== undefined,
        guided: async ({ message }) => person?.(message) ?? { kind: 'stop' },
        ...{ typed: refuse, text: refuse, confirm: refuse },
      },
      say: (text) => {
        this.said += `${text}\n`;
      },
      look: async () => this.sight,
      fileExists: async () => false,
      pause: async () => undefined,
      plans: (command) =>
        /^(rebuild|repair|fence|reconfigure|seal|retire|restore|admit|force)/.test(command[0] ?? ''),
      commandLine: (command) => command.join(' '),
      run: async (command) => {
        this.ran.push(command.join(' '));
        return { exit: 0, text: '' };
      },
      plan: async (command) => this.#plan(command),
      kept: async (file) => this.planned.find((one) => one.file === file),
      apply: async (file, confirm) => {
        const { plan } = this.planned.find((one) => one.file === file) as Planned;
        await confirm({ message: 'Apply?', word: 'prod' });
        this.onApply(plan.planId);
        this.applied.push(plan.planId);
        return { exit: 0, text: '', runId: `run of ${plan.planId}` };
      },
      runOf: async () => undefined,
      resume: refuse,
    };
  }

  /** Of one kind, whatever the command: the engine looks at nothing of it but whether it may be applied. */
  #plan(command: readonly string[]): Planned {
    const planId = `plan ${this.planned.length + 1}`;
    const plan = { kind: 'fence', decision: 'apply', planId, needs: [], given: [] } as unknown as AnyPlan;
    const made = { plan, file: `${planId}.json`, text: command.join(' ') };
    this.planned.push(made);
    return made;
  }
}

const USUAL: PlaybookOptions = { yes: true, twoPerson: false, dryRun: false };

/** One process that walks a playbook, from where the events of those before it end. */
export async function walked(
  { playbook, hands, events }: { playbook: Playbook; hands: Hands; events: PlaybookEvent[] },
  options: Partial<PlaybookOptions> = {},
): Promise<Ended> {
  const progress = new Progress(playbook, events);
  const record: Context['record'] = async (_, make) => {
    const event = await make();
    events.push(event);
    progress.add(event);
    return event;
  };
  return await walk({
    hands,
    playbook,
    playbooks: [playbook],
    options: { ...USUAL, ...options },
    progress,
    record,
  });
}

export function outOfDate(): never {
  throw new DrError('E_PLAN_OUT_OF_DATE', { message: 'The cluster has changed.' });
}
