import { EXIT } from '../../core/errorCatalogue.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { loseMetaStore } from '../../sandbox/verbs.ts';
import type { CommandModule } from '../app.ts';

/** `sandbox lose-metastore` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const access = await accessSandbox(app, options.required('dir'));
  const request = { stayDown: options.flag('stayDown'), keep: options.count('keep') ?? 0 };
  const result = await loseMetaStore(access, request);
  app.out.result(result, () => {
    const fresh =
      result.startedEmpty.length > 0 ? ' Empty ones answer on the same addresses.' : ' None answers.';
    const kept = result.kept.length > 0 ? ` ${result.kept.join(', ')} went on.` : fresh;
    return `${result.lost.join(', ') || 'Nothing'} lost, data deleted.${kept}`;
  });
  return EXIT.done;
};
