import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { accessSandbox, startableSandbox } from '../../sandbox/access.ts';
import { restoreCopy } from '../../sandbox/disasters/metaStoreCopy.ts';
import type { SandboxAccess } from '../../sandbox/members.ts';
import { loseMetaStore } from '../../sandbox/verbs.ts';
import type { App, CommandModule } from '../app.ts';

async function loseOfRestate(...request: Parameters<typeof loseMetaStore>) {
  const { loseMetadata } = await import('../../sandbox/restate/loseMetadata.ts');
  return await loseMetadata(...request);
}

/** `sandbox lose-metastore`: emptied, or as old as the copy of it is. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const dir = options.required('dir');
  if (options.flag('restoreCopy')) return restored(app, await accessSandbox(app, dir));
  const access = await startableSandbox(app, dir);
  const request = { stayDown: options.flag('stayDown'), keep: options.count('keep') ?? 0 };
  const isRestate = access.sandbox.state.restate !== undefined;
  const result = await (isRestate ? loseOfRestate : loseMetaStore)(access, request);
  app.out.result(result, () => {
    const fresh =
      result.startedEmpty.length > 0 ? ' Empty ones answer on the same addresses.' : ' None answers.';
    const kept = result.kept.length > 0 ? ` ${result.kept.join(', ')} went on.` : fresh;
    return `${result.lost.join(', ') || 'Nothing'} lost, data deleted.${kept}`;
  });
  return EXIT.done;
};

async function restored(app: App, access: SandboxAccess): Promise<ExitCode> {
  await restoreCopy(access);
  const { dir, state } = access.sandbox;
  const lost = state.metaStore.members.map((member) => member.id);
  const result = { dir, lost, kept: [], startedEmpty: [] };
  app.out.result(result, () => 'The MetaStore is back, as old as its copy.');
  return EXIT.done;
}
