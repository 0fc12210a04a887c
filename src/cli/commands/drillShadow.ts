import type { ShadowResult } from '../../codec/results/shadow.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { shadow } from '../../operations/shadow/shadow.ts';
import { shadowText } from '../../ui/text/shadow.ts';
import type { CommandModule } from '../app.ts';

/**
 * `drill shadow`: what a rebuild of this cluster would make now, without touching it. Exit 0: the same, proven;
 * 3: it would not be proven, or it moved; 4: something else than the MetaStore has.
 */
export const run: CommandModule['run'] = async (app) => {
  const { cluster, config } = await app.connect();
  const stage = app.reporter.stage('rebuilding beside production, read-only');
  const result = await shadow(cluster, () => app.openThrowAwayMetaStore(config));
  stage.done(`${(result.durationMs / 1_000).toFixed(1)} s, no fence raised`);
  app.out.result(result, () => shadowText(result));
  return EXITS[result.verdict];
};

const EXITS: Readonly<Record<ShadowResult['verdict'], ExitCode>> = {
  same: EXIT.done,
  moved: EXIT.attention,
  'not proven': EXIT.attention,
  differs: EXIT.refused,
};
