import { lookAtEtcd } from '../../../operations/foreign/forceNewCluster/look.ts';
import { newEtcdOf } from '../../../operations/foreign/forceNewCluster/plan.ts';
import type { CommandModule } from '../../app.ts';
import { usageError } from '../../options.ts';
import { survivorsIn, wantedMembers } from '../forceNewCluster.ts';
import { rebuild } from './rebuildMetastore.ts';

/**
 * `force-new-cluster`: a store without its majority is made anew. An etcd: of a survivor's copy, on loopback, then grown
 * to its members. The built-in one: survivors' parts are kept aside, a new store is provisioned, and the nodes join it.
 */
export const run: CommandModule['run'] = async (app, _, options) => {
  const { config } = await app.connectForeign();
  const admin = await app.openRegisterStoreAdmin(config);
  if (admin === undefined) {
    for (const [name, flag] of [
      ['dataDir', '--data-dir'],
      ['snapshot', '--snapshot'],
      ['growTo', '--grow-to'],
    ] as const)
      if (options.texts(name).length > 0)
        throw usageError(`${flag} is of an etcd; this cluster keeps its metadata in its own nodes.`);
    return await rebuild(app, options, { command: 'force-new-cluster' });
  }
  const growTo = wantedMembers(options, admin);
  const stage = app.reporter.stage('looking at copies of what is left of the etcd');
  const remains = await lookAtEtcd(admin, survivorsIn(app, options));
  const answering = remains.members.filter(({ state }) => state !== 'silent').length;
  const readable = remains.survivors.filter(({ contents }) => contents !== undefined).length;
  stage.done(
    `${answering} of ${remains.members.length} members answer, ${remains.serving.length} serve; ${readable} survivors can be read`,
  );
  const newEtcd = newEtcdOf(remains, { growTo, token: `${config.cluster.name}-${app.random.ulid()}` });
  return await rebuild(app, options, {
    ...{ command: 'force-new-cluster', remains },
    ...(newEtcd !== undefined && { newEtcd }),
  });
};
