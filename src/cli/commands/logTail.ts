import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { logIdOf } from '../options.ts';

/** `log tail LOG`: the exclusive end of the log. Changes nothing: without its sequencer it says a lower bound. */
export const run: CommandModule['run'] = async (app, [name = '']) => {
  const { tail, kind } = await openLog(await app.connect(), logIdOf(name)).checkTail();
  app.out.result({ logId: name, tail, kind }, () => {
    if (kind === 'lowerBound') app.reporter.warn('the sequencer does not answer: this is a lower bound');
    return String(tail);
  });
  return kind === 'lowerBound' ? EXIT.attention : EXIT.done;
};
