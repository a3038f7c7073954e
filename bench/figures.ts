/** What a benchmark says: figures, some of which have a floor that must be held and a goal that would be fine. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Must not be missed. */
  readonly floor?: number;
  readonly goal?: number;
  /** More is better; less is, when absent. */
  readonly moreIsBetter?: boolean;
}

export interface BenchOptions {
  /** Fewer rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  /** Where the command line of the program under test lies. */
  readonly cli: string;
  /** Only these runtimes, where runtimes are compared. */
  readonly runtimes?: readonly string[] | undefined;
}

/** Figures that are to be read side by side. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** In place of a long list of figures that nothing is promised of. */
  readonly table?: Table;
  /** What it has for a page of the docs: the path from the root, and which block of it. */
  readonly page?: { readonly path: string; readonly block: string; readonly text: string };
  /** Sentences that help to read the figures. */
  readonly notes: readonly string[];
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export type Verdict = 'goal' | 'ok' | 'MISSED' | '';

export function verdictOf(figure: Figure): Verdict {
  const { value, floor, goal, moreIsBetter = false } = figure;
  // Also a NaN is missed: something was not measured.
  const reaches = (limit: number): boolean => (moreIsBetter ? value >= limit : value <= limit);
  if (floor !== undefined && !reaches(floor)) return 'MISSED';
  if (goal !== undefined && reaches(goal)) return 'goal';
  return floor === undefined ? '' : 'ok';
}

export function numberText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(size >= 100 ? 1 : size >= 1 ? 2 : 3);
}

/** A figure's limit as a reader says it: `≤ 1.10`. */
export function limitText(figure: Figure, limit: number | undefined): string {
  return limit === undefined ? '' : `${figure.moreIsBetter === true ? '≥' : '≤'} ${numberText(limit)}`;
}
