import { DrError } from '../../core/errors.ts';
import type { MemberLook, MemberPlace, MetaStoreAdmin } from '../../ports/MetaStoreAdmin.ts';
import type { LogResult } from '../rebuild/restoreLog.ts';
import type { ForceNewClusterApply } from './apply.ts';

/** Every member serves, and is of the new cluster; every register holds what was installed, or what came after it. */
export async function verifyMembers(
  { admin, cluster, plan }: ForceNewClusterApply,
  expected: {
    readonly serving: readonly MemberPlace[];
    readonly clusterId: string;
    readonly logs: readonly LogResult[];
  },
): Promise<readonly MemberLook[]> {
  const { members, strangers } = await membersThatServe(admin, expected);
  const registers = admin.registers(expected.serving);
  try {
    for (const { logId, version } of expected.logs) {
      const chain = await registers.get(logId);
      if (
        chain === undefined ||
        chain.version < version ||
        chain.generation.number < plan.rebuild.generation.number
      )
        throw new DrError('E_REGISTER_TAKEN', {
          message: `The register of log ${logId} holds ${chain === undefined ? 'nothing' : `version ${chain.version}`} instead of version ${version}. The saved cluster of this run holds the right one.`,
        });
      await registers.proveWritable(logId);
    }
  } finally {
    await registers.close();
  }
  for (const stranger of strangers) cluster.reporter.warn(stranger);
  return members;
}

/** Throws `E_UNREACHABLE` when one of them does not serve the new cluster. `strangers`: sentences on who else answers. */
export async function membersThatServe(
  admin: Pick<MetaStoreAdmin, 'look'>,
  expected: { readonly serving: readonly MemberPlace[]; readonly clusterId: string },
): Promise<{ readonly members: readonly MemberLook[]; readonly strangers: readonly string[] }> {
  const names = new Set(expected.serving.map(({ name }) => name));
  const looks = await admin.look();
  const members = looks.filter(({ name }) => names.has(name));
  const ill = members.filter((one) => one.state !== 'serves' || one.clusterId !== expected.clusterId);
  if (ill.length > 0)
    throw new DrError('E_UNREACHABLE', {
      message: `${ill.map(({ name, detail }) => `${name}: ${detail ?? 'of another cluster'}`).join('; ')}. The new cluster holds the registers, and these members do not serve them.`,
      hint: 'Look at what they say, and resume the run: nothing is done twice.',
    });
  const others = looks.filter((one) => one.state !== 'silent' && !names.has(one.name));
  return {
    members,
    strangers: others.map(
      ({ name, clientUrl }) =>
        `${name} at ${clientUrl} still answers, and is not of the new cluster: stop it.`,
    ),
  };
}
