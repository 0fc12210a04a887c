import { lastSegment } from '../../core/chain.ts';
import { describeDurability } from '../../core/durability.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf } from '../options.ts';

/** `log create LOG` */
export const run: CommandModule['run'] = async (app, [name = '']) => {
  const connection = await app.connect({ create: true });
  const chain = await openLog(connection, logIdOf(name)).create({ clusterId: connection.cluster.clusterId });
  const first = lastSegment(chain);
  const nodeset = first.nodeset.map((member) => member.serverId);
  const durability = describeDurability(first.durability);
  app.out.result(
    { logId: name, version: chain.version, logletId: first.logletId, nodeset, durability },
    () => `Log ${name} takes appends: loglet ${first.logletId} on ${nodeset.join(', ')}, ${durability}.`,
  );
  return EXIT.done;
};
