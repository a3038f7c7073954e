/** What a run found broken. */

export class Broken extends Error {
  override readonly name = 'Broken';
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** Throws unless it holds. The detail is only made when it is needed. */
export function must(holds: boolean, invariant: string, detail: () => string): asserts holds {
  if (!holds) throw new Broken(invariant, detail());
}
