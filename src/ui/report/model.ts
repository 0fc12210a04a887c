import type { Interval } from '../../core/evidence.ts';

/**
 * A report as a value: what it says, not how it looks. Markdown and HTML are two renderings of it. Texts are plain;
 * what stands between backticks is code. Nothing in it is trusted: renderers escape everything.
 */
export interface Report {
  /** What the report is about: `Assessment of prod`. */
  readonly title: string;
  readonly verdict: { readonly tone: Tone; readonly word: string; readonly sentence: string };
  /** What identifies it: when, by whom, which run. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly Section[];
}

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Cell = string | { readonly text: string; readonly tone: Tone };

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'note'; readonly tone: Tone; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[]; readonly ordered?: true }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    }
  /** As it was printed, or as it is typed. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'figure'; readonly caption: string; readonly figure: Figure };

export type Figure = ChainFigure | ServersFigure | TimelineFigure | TrendFigure;

/** Chains of one log over one axis of positions: before and after, and what of it is lost. */
export interface ChainFigure {
  readonly kind: 'chain';
  readonly rows: readonly ChainRow[];
}

export interface ChainRow {
  readonly label: string;
  /** Said in the row when it has no parts. */
  readonly empty?: string;
  readonly parts: readonly ChainPart[];
}

export type PartState =
  | 'active'
  | 'sealed'
  | 'trimmed'
  | 'archived'
  | 'lost'
  | 'possibly lost'
  | 'stored, not known to be acknowledged'
  | 'safe';

/** `to` is exclusive; absent: on, as far as it goes. */
export interface ChainPart extends Interval {
  readonly name: string;
  readonly state: PartState;
}

/** Which server has a copy of which segment, and whether it answers. */
export interface ServersFigure {
  readonly kind: 'servers';
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly server: string;
    readonly note: string;
    readonly tone: Tone;
    readonly cells: readonly CopyState[];
  }[];
}

export type CopyState = 'holds' | 'silent' | 'none';

/** What was done when, in milliseconds from the first of it. */
export interface TimelineFigure {
  readonly kind: 'timeline';
  readonly bars: readonly {
    readonly label: string;
    readonly fromMs: number;
    /** Absent: it did not end. */
    readonly toMs?: number;
    readonly tone: Tone;
  }[];
}

/** One number over time, one dot for each time that it was measured. */
export interface TrendFigure {
  readonly kind: 'trend';
  readonly unit: string;
  readonly points: readonly { readonly label: string; readonly value: number; readonly tone: Tone }[];
}
