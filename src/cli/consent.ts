import { DrError } from '../core/errors.ts';
import type { App } from './app.ts';

/**
 * The ordinary question before anything is applied. `--yes` answers it; it never stands for accepting loss or an
 * unproven verdict: those have flags of their own, and are part of the plan.
 */
export async function confirmApply(
  app: App,
  { name }: { readonly name: string },
  what: string,
): Promise<'typed' | 'yes'> {
  if (app.flags.yes) return 'yes';
  const message = `${what} Type the cluster's name, ${name}, to apply:`;
  if (await app.prompter.typed({ message, word: name, flag: '--yes' })) return 'typed';
  throw new DrError('E_CONSENT_MISSING', {
    message: `The name of the cluster was not typed. Nothing was changed.`,
    hint: `Run it again and type ${name}, or give --yes.`,
  });
}
