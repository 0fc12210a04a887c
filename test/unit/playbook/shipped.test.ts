import { describe, expect, it } from 'vitest';
import type { Playbook } from '../../../src/codec/playbook.ts';
import { EXPLAINED } from '../../../src/core/findings/explained.ts';
import { FOREIGN_EXPLAINED } from '../../../src/core/findings/foreign.ts';
import { codesIn } from '../../../src/playbook/conditions.ts';
import { playbookText } from '../../../src/ui/text/playbook/show.ts';
import { shippedPlaybooks, shippedText } from '../../support/playbooks.ts';

const shipped = [...shippedPlaybooks()];
const byId = new Map(shipped.map(([, playbook]) => [playbook.id, playbook]));

const explained = [...Object.entries(EXPLAINED), ...Object.entries(FOREIGN_EXPLAINED)];
it.each(explained.filter(([, { playbook }]) => playbook !== null))(
  '%s names a playbook that is there, and that applies to it',
  (code, { playbook }) => {
    const found = byId.get(playbook ?? '');
    expect([...byId.keys()]).toContain(playbook);
    expect(codesIn(positive(found))).toContain(code);
  },
);

describe.each(shipped)('%s', (file, playbook) => {
  it('is named like its file', () => {
    expect(file).toBe(`${playbook.id}.yaml`);
  });

  it('is ASCII only, and no line of it is too wide for any terminal', () => {
    expect(shippedText(file)).not.toMatch(/[^\n\x20-\x7e]/);
    const wide = playbookText(playbook)
      .split('\n')
      .filter((line) => line.length > 100);
    expect(wide).toEqual([]);
  });

  it('applies nothing without a precondition, and looks afterwards whether it came to what it was for', () => {
    const applied = playbook.steps.filter((step) => step.do === 'run' && step.review === undefined);
    const unchecked = applied.filter(
      (step) =>
        step.do === 'run' && /^(rebuild|force|fence|admit|reconfigure)/.test(step.command) && !step.verify,
    );
    expect(unchecked).toEqual([]);
  });

  it('refuses to begin while there are two control planes, unless it is the playbook for that', () => {
    const touches = playbook.steps.some((step) => step.do === 'run' && step.needs !== undefined);
    if (!touches || playbook.id === 'split-brain') return;
    const twoPlanes = playbook.drivers.includes('restate') ? ['FOREIGN_CLUSTER'] : ['FORK', 'CONTRADICTION'];
    expect(codesIn(playbook.appliesWhen.not)).toEqual(expect.arrayContaining(twoPlanes));
  });
});

/** What has to be so, without what must not be. */
function positive(playbook: Playbook | undefined): Playbook['appliesWhen'] {
  const { not: _, ...rest } = playbook?.appliesWhen ?? {};
  return rest as Playbook['appliesWhen'];
}
