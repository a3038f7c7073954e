/** What our acceptance suites need of a test runner. They are handed one (vitest's fits), so that the package depends on none. */

export interface TestRunner {
  readonly describe: (name: string, register: () => void) => unknown;
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  readonly expect: (actual: unknown, message?: string) => Matchers;
}

/** The few matchers that the suites use. */
export interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
}
