import { html, Markup } from './markup.ts';

/** As long as an id that is made here: those stay on one line, also in a narrow column. */
const WHOLE = 26;
/** After these a name may go on in the next line, as a reader would break it. */
const JOINTS = /(?<=[-_./:=@,+])(?=[^-_./:=@,+])/;

/** Text, in which what stands between backticks is code. */
export function inline(text: string): Markup {
  const pieces = text.split('`');
  // An odd one out is a character, not the start of code.
  if (pieces.length % 2 === 0) return words(text);
  const parts = pieces.map((piece, place) =>
    place % 2 === 1 ? html`<code>${code(piece)}</code>` : words(piece),
  );
  return html`${parts}`;
}

/** Long names may break, and nothing else; what is copied out of the page is the text as it was. */
function words(text: string): Markup {
  return html`${text.split(/(\s+)/).map((word) => (word.length > WHOLE ? breakable(word) : html`${word}`))}`;
}

/** A flag must not lose its dashes to the line before: what is short enough stays whole. */
function code(text: string): Markup {
  const parts = text.split(/(\s+)/).map((word) => {
    if (word.length > WHOLE) return breakable(word);
    return word.includes('-') ? html`<span class="whole">${word}</span>` : html`${word}`;
  });
  return html`${parts}`;
}

function breakable(word: string): Markup {
  const pieces = word.split(JOINTS).flatMap((piece) => piece.match(new RegExp(`.{1,${WHOLE}}`, 'gsu')) ?? []);
  return html`${pieces.map((piece, place) => (place === 0 ? html`${piece}` : html`${new Markup('<wbr>')}${piece}`))}`;
}
