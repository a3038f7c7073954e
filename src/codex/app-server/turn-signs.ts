/** Who waits for Codex to say something about a turn, by Codex's id of it. */

export class TurnSigns {
  readonly #waiting = new Map<string, (() => void)[]>();
  #over = false;

  /** Resolves with the next sign of the turn; at once when there will be none any more. */
  async next(native: string): Promise<void> {
    if (this.#over) return;
    await new Promise<void>((resolve) => this.#waiting.set(native, [...(this.#waiting.get(native) ?? []), resolve]));
  }

  give(native: string): void {
    const waiting = this.#waiting.get(native);
    if (waiting === undefined) return;
    this.#waiting.delete(native);
    for (const resolve of waiting) resolve();
  }

  /** No sign comes any more: lets everybody go. */
  end(): void {
    this.#over = true;
    for (const native of [...this.#waiting.keys()]) this.give(native);
  }
}
