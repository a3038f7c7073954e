/** How setup speaks with whoever runs it. Where nobody can be asked, every question has the answer that changes nothing. */

export interface Choice<V extends string = string> {
  readonly value: V;
  readonly label: string;
  readonly hint?: string;
}

export interface Talk {
  /** False where nobody can be asked. */
  readonly canAsk: boolean;
  /** A step begins. */
  step(title: string): void;
  say(text: string): void;
  warn(text: string): void;
  /** Rejects with `cancelled` when the person leaves, as all questions do. */
  choose<V extends string>(question: string, choices: readonly Choice<V>[], initial: V): Promise<V>;
  confirm(question: string, initial: boolean): Promise<boolean>;
  line(question: string, options: { initial?: string; wrong?: (line: string) => string | undefined }): Promise<string>;
  /** Something that takes a while. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
}
