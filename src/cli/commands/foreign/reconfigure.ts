import type { CommandModule } from '../../app.ts';
import { endLog } from './seal.ts';

/** `reconfigure LOG`, for a cluster of another engine. */
export const run: CommandModule['run'] = (app, [log = ''], options) =>
  endLog(app, { log, command: 'reconfigure' }, options);
