/** Where an operation says what it is doing. Never results: those are returned. Everything goes to stderr. */
export interface Reporter {
  /** A stage begins; it ends when the returned function is called, with how it went. */
  stage(title: string): {
    update(detail: string): void;
    done(detail?: string): void;
    failed(detail: string): void;
  };
  /** One line worth reading, now. */
  note(message: string): void;
  warn(message: string): void;
  /** Whole lines as they are, for a person who is led through something. */
  text(lines: string): void;
}

/** Says nothing. */
export const silentReporter: Reporter = {
  stage: () => ({ update: () => {}, done: () => {}, failed: () => {} }),
  note: () => {},
  warn: () => {},
  text: () => {},
};
