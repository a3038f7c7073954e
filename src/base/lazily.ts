/** Something that is made with the first one who needs it, and once: rooms that most hosts never use are loaded so. */

export interface Lazy<T> {
  get(): Promise<T>;
  /** Undefined as long as nobody has asked. */
  readonly current: Promise<T> | undefined;
}

export function lazily<T>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined;
  return {
    get() {
      made ??= make();
      return made;
    },
    get current() {
      return made;
    },
  };
}
