import type { Block, Report, Tone } from './model.ts';
import { list, table, toned, verdict } from './words.ts';

interface Finding {
  readonly severity: 'critical' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
  readonly playbook: string | null;
  readonly next: string | null;
}

/** What an assessment of any engine comes to. */
interface Found {
  readonly verdict: 'ok' | 'attention' | 'unreachable';
  readonly findings: readonly Finding[];
}

const SEVERITY: Readonly<Record<Finding['severity'], Tone>> = {
  critical: 'bad',
  warning: 'warn',
  info: 'quiet',
};

export function verdictOf({ verdict: found, findings }: Found): Report['verdict'] {
  if (found === 'ok') return verdict('good', 'OK', 'Nothing is wrong.');
  if (found === 'unreachable')
    return verdict('bad', 'UNKNOWN', 'Nothing answers, so nothing is known of the data.');
  const critical = findings.filter((one) => one.severity === 'critical');
  const worst = critical[0] ?? findings.find((one) => one.severity === 'warning');
  const tone = critical.length > 0 ? 'bad' : 'warn';
  return verdict(tone, tone === 'bad' ? 'CRITICAL' : 'ATTENTION', worst?.message ?? '');
}

export function findingsTable(findings: readonly Finding[]): Block | undefined {
  return table(
    ['Severity', 'Code', 'What was found', 'Playbook'],
    findings.map((one) => [
      toned(one.severity, SEVERITY[one.severity]),
      `\`${one.code}\``,
      one.message,
      one.playbook === null ? '' : `\`${one.playbook}\``,
    ]),
  );
}

export function nextSteps({ findings, verdict: found }: Found): Block | undefined {
  if (found === 'ok') return { kind: 'text', text: 'Nothing to do.' };
  const commands = findings.flatMap(({ next, severity }) =>
    next === null || severity === 'info' ? [] : [`\`${next}\``],
  );
  return list(
    commands.length === 0
      ? ['Bring back the servers named above, and assess again.']
      : [...new Set(commands)],
    true,
  );
}
