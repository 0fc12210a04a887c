import type { MemberStatus, SandboxStatus, VerbResult } from '../../sandbox/verbs.ts';
import type { Output } from '../app.ts';

export function sandboxText(out: Output, status: SandboxStatus): string {
  const row = (kind: string) => (member: MemberStatus) => [
    member.id,
    kind,
    member.state,
    member.url,
    member.pid === null ? '' : String(member.pid),
    member.dataDir,
  ];
  return [
    out.table(
      ['id', 'what', 'state', 'address', 'pid', 'data'],
      [...status.logServers.map(row('LogServer')), ...status.metaStore.members.map(row('MetaStore'))],
    ),
    `logs ${status.logs.join(', ')}${status.repository === null ? '' : `, repository ${status.repository}`}`,
    `next: vlog-dr assess --config ${status.config}`,
  ].join('\n');
}

export function verbText(result: VerbResult): string {
  return result.members
    .map(({ id, was, state }) => (was === state ? `${id}: ${state} as before` : `${id}: ${was} → ${state}`))
    .join('\n');
}
