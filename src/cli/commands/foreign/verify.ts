import type { ForeignVerification } from '../../../codec/results/foreignVerify.ts';
import { EXIT } from '../../../core/errorCatalogue.ts';
import { verifyForeign } from '../../../operations/foreign/verify/verify.ts';
import { foreignVerifyText } from '../../../ui/text/foreignVerify.ts';
import type { CommandModule } from '../../app.ts';
import { usageError } from '../../options.ts';

/** `verify`, for a Restate cluster. Exit 0: whole; 3: at risk; 4: lost; 5: no node answers. */
export const run: CommandModule['run'] = async (app, _, options) => {
  if (options.text('acked') !== undefined || options.flag('apply'))
    throw usageError('--acked and --apply are of native clusters.');
  const { cluster } = await app.connectForeign();
  const result = await verifyForeign({ cluster, probe: options.flag('probe') });
  app.out.result(result, () => foreignVerifyText(result));
  return EXITS[result.verdict];
};

const EXITS: Readonly<Record<ForeignVerification['verdict'], 0 | 3 | 4 | 5>> = {
  ok: EXIT.done,
  risk: EXIT.attention,
  loss: EXIT.refused,
  unreachable: EXIT.unreachable,
};
