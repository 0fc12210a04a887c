/**
 * A program of its own: a Restate service whose virtual objects count. An acknowledged addition is the truth that a
 * recovery is measured by. `node counterService.js PORT`.
 */
import type { ObjectContext, ObjectSharedContext } from '@restatedev/restate-sdk';

// The SDK needs it, and Node has it since 22.
if (!('withResolvers' in Promise))
  Object.defineProperty(Promise, 'withResolvers', {
    value: () => {
      let settle = {};
      const promise = new Promise((resolve, reject) => {
        settle = { resolve, reject };
      });
      return { promise, ...settle };
    },
  });

const { object, serve } = await import('@restatedev/restate-sdk');

const counter = object({
  name: 'counter',
  handlers: {
    add: async (context: ObjectContext): Promise<number> => {
      const count = ((await context.get<number>('count')) ?? 0) + 1;
      context.set('count', count);
      return count;
    },
    get: async (context: ObjectSharedContext): Promise<number> => (await context.get<number>('count')) ?? 0,
  },
});

await serve({ services: [counter], port: Number(process.argv[2]) });
