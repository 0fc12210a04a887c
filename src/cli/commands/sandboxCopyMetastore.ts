import { EXIT } from '../../core/errorCatalogue.ts';
import { accessSandbox } from '../../sandbox/access.ts';
import { copyMetaStore, serveCopy } from '../../sandbox/disasters/metaStoreCopy.ts';
import type { CommandModule } from '../app.ts';

/** `sandbox copy-metastore` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const access = await accessSandbox(app, options.required('dir'));
  const copied = await copyMetaStore(access);
  const result = options.flag('serve') ? await serveCopy(access) : copied;
  app.out.result(result, () =>
    result.config === undefined
      ? `The registers as they are now lie in ${result.copy}.`
      : `A second control plane answers at ${result.url}: \`--config ${result.config}\` works under it.`,
  );
  return EXIT.done;
};
