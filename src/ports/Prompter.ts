/** One of several answers. */
export interface Choice {
  readonly value: string;
  readonly title: string;
  /** What choosing it does. */
  readonly consequence?: string;
}

/** A question of a guided recovery. Whoever does not understand it can have it explained, go back, or stop. */
export interface GuidedQuestion {
  readonly kind: 'choose' | 'many' | 'text' | 'typed';
  readonly message: string;
  /** For `choose` and `many`. */
  readonly choices?: readonly Choice[];
  /** The answer that is offered first. */
  readonly initial?: string;
  /** For `typed`: what has to be typed, letter by letter. */
  readonly word?: string;
  /** Why it is asked and what each answer does: shown on `?`. */
  readonly explanation: string;
  readonly canGoBack: boolean;
  /** What would have answered it without a person. */
  readonly flag: string;
}

export type GuidedReply =
  | { readonly kind: 'answer'; readonly value: string | readonly string[] }
  | { readonly kind: 'back' }
  /** The person wants to go on another time. */
  | { readonly kind: 'stop' };

/** Questions to a person. Asked only where there is one; a command says which flag would have answered. */
export interface Prompter {
  /** Whether there is a person: a terminal on stdin, and neither `--no-input` nor `CI`. */
  readonly interactive: boolean;
  /** Asks to type a word. Resolves to whether exactly that word was typed. */
  typed(question: { message: string; word: string; flag: string }): Promise<boolean>;
  /** Asks for a line of text. */
  text(question: { message: string; flag: string }): Promise<string>;
  /** Yes or no; `no` unless answered. */
  confirm(question: { message: string; flag: string }): Promise<boolean>;
  /** A `typed` one is answered with what was typed, right or wrong. */
  guided(question: GuidedQuestion): Promise<GuidedReply>;
}
