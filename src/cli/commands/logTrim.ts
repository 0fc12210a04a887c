import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { openLog } from '../connection.ts';
import { confirmApply } from '../consent.ts';
import { logIdOf, usageError } from '../options.ts';

/** `log trim LOG --to P`: gives up everything below a position, for good. Without `--apply` it only says so. */
export const run: CommandModule['run'] = async (app, [name = ''], options) => {
  const trimPoint = options.position('to');
  if (trimPoint === undefined) throw usageError('--to is needed.');
  const connection = await app.connect();
  const log = openLog(connection, logIdOf(name));
  const { trimPoint: before } = await log.mustBeTrimmable(trimPoint);
  const drops = trimPoint > before ? trimPoint - before : 0n;
  if (!options.flag('apply')) {
    app.out.result({ logId: name, trimPoint, before, applied: false }, () =>
      drops === 0n
        ? `Log ${name} is trimmed to ${before} already.`
        : `Would give up ${drops} entries of log ${name}, ${before}–${trimPoint - 1n}, for good. Nothing was changed.\nnext: the same with --apply`,
    );
    return EXIT.done;
  }
  await confirmApply(
    app,
    connection.config.cluster,
    `${drops} entries of log ${name} are given up for good.`,
  );
  const trimmed = await log.trim(trimPoint);
  app.out.result({ logId: name, trimPoint: trimmed.trimPoint, before, applied: true }, () =>
    `Log ${name} starts at ${trimmed.trimPoint} now. ${trimmed.behind === '' ? '' : `Not yet told: ${trimmed.behind}.`}`.trim(),
  );
  return EXIT.done;
};
