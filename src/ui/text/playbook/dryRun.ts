import { folded } from '../fold.ts';
import { filledLines } from './steps.ts';

/** What a walk with plans only tells where a real one would ask, wait or change something. */

interface Offered {
  readonly value: string;
  readonly title: string;
}

/** A question that nobody was there to answer; it goes on as with the answer that is recommended, if one is. */
export function wouldBeAskedText(message: string, choices: readonly Offered[] = [], goesOn?: string): string {
  return [
    ...folded(`Dry run: it would ask: ${message}`, '  '),
    ...choices.flatMap(({ value, title }) =>
      folded(`- ${title === value ? '' : `${value}: `}${title}`, '    '),
    ),
    ...(goesOn === undefined ? [] : [`  It goes on as with ${goesOn}.`]),
  ].join('\n');
}

/** Something that a person would do elsewhere, and how it would be seen to be done. */
export function wouldBeDoneText(instruction: string, notYet: readonly string[]): string {
  return [
    filledLines('You would be asked to do this', instruction),
    ...folded(`Dry run: it would go on when this is no longer so: ${notYet.join(' ')}`, '  '),
  ].join('\n');
}

export function notPlannedText(reasons: readonly string[]): string {
  return folded(
    `Dry run: not planned now, what it needs comes from the steps before it: ${reasons.join(' ')}`,
    '  ',
  ).join('\n');
}

export function wouldStopText(because: string): string {
  return folded(`Dry run: the playbook would end here. ${because.replace(/\s+/g, ' ').trim()}`, '  ').join(
    '\n',
  );
}

/** A plan, with what it would ask for. */
export function planTold(
  text: string,
  { needs, hasWork }: { needs: readonly string[]; hasWork: boolean },
): string {
  const asked =
    needs.length > 0
      ? `It would ask for ${needs.join(' and ')}.`
      : hasWork
        ? 'It would be applied after you typed the name of the cluster.'
        : 'There is nothing in it to apply.';
  return [text, '', `Dry run: nothing was applied. ${asked}`].join('\n');
}
