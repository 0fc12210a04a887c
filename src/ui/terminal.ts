/** What a terminal, or what stands in for one, can take. Decided once, from what main was given. */
export interface Terminal {
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  /** Whether more than ASCII can be shown. */
  readonly hasUnicode: boolean;
  readonly columns: number;
  write(text: string): void;
}

/** `NO_COLOR` wins over `FORCE_COLOR`; a dumb terminal has none (no-color.org, force-color.org). */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** The locale says it, as everywhere in Unix: the first of the three that is set. */
export function wantsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) && env.TERM !== 'dumb';
}

const ASCII: Readonly<Record<string, string>> = {
  '…': '...',
  '✓': 'ok',
  '✗': 'x',
  '✔': 'ok',
  '✖': 'x',
  '·': '-',
  '→': '->',
};

/** The few marks that are used, for a terminal that shows ASCII only. */
export function asciiOf(text: string): string {
  return text.replace(/[…✓✗✔✖·→]/g, (mark) => ASCII[mark] ?? '?');
}

/** Moving text only where it can be taken back: a dumb terminal cannot. */
export function wantsMotion(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && env.TERM !== 'dumb' && !isCi(env);
}

export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== 'false' && env.CI !== '0';
}

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

export function paint(
  terminal: Pick<Terminal, 'hasColour'>,
  style: keyof typeof CODES,
  text: string,
): string {
  return terminal.hasColour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}
