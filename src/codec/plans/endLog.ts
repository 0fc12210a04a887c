import { z } from 'zod';
import { type Frozen, logIdSchema, positionSchema, serverIdSchema } from '../common.ts';
import { intervalSchema } from '../plan.ts';
import { foreignHead, replicationSchema } from './registers.ts';

/** `seal LOG` and `reconfigure LOG` of a cluster of another engine. */
export const endLogPlanSchema = z.strictObject({
  ...foreignHead,
  kind: z.literal('end-log'),
  command: z.enum(['seal', 'reconfigure']),
  logId: logIdSchema,
  store: z.strictObject({ state: z.enum(['serves', 'empty', 'lost']), detail: z.string().exactOptional() }),
  last: z.strictObject({
    index: z.number().int().min(0),
    logletId: z.string(),
    start: positionSchema,
    /** The mark that the chain carries already: sealed, and not extended. */
    sealedInChain: z.boolean(),
    nodeset: z.array(serverIdSchema),
    replication: z.string(),
    responders: z.array(serverIdSchema),
    silent: z.array(serverIdSchema),
    /** `with risk`: only together with nodes that lost data. */
    majority: z.enum(['yes', 'with risk', 'no']),
    wouldSettle: z.array(z.array(serverIdSchema)),
  }),
  /** Given up without a majority: where the log ends then, and what may be missing. */
  forced: z
    .strictObject({
      lost: z.array(z.strictObject({ id: serverIdSchema, name: z.string() })),
      tail: positionSchema,
      possiblyLost: z.array(intervalSchema),
      /** The nodes are lost to the other logs, too. */
      otherLogs: z.array(
        z.strictObject({ logId: logIdSchema, tail: positionSchema, possiblyLost: z.array(intervalSchema) }),
      ),
    })
    .exactOptional(),
  extension: z
    .strictObject({
      nodeset: z.array(serverIdSchema),
      replication: replicationSchema,
      sequencer: serverIdSchema,
      /** The cluster's own settings ask for more than the nodes that are left can give. */
      changesSettings: z.boolean(),
    })
    .exactOptional(),
});
export type EndLogPlan = Frozen<z.infer<typeof endLogPlanSchema>>;

/** Results of steps, as a journal keeps them. */
export const endedStepSchema = z.object({ lsn: positionSchema });
export const endLogResultSchema = z.object({
  logId: logIdSchema,
  tail: positionSchema.exactOptional(),
  writable: z.boolean(),
  detail: z.string().exactOptional(),
});
export type EndLogResult = Frozen<z.infer<typeof endLogResultSchema>>;
