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
}
