/**
 * The last line of a test run, for machines: `N passed, N failed`, and `, N skipped` when some are. Written when the process exits,
 * because vitest may still say something after the run has ended (a worker that would not stop, for one).
 */

import type { TestModule } from 'vitest/node';
import type { Reporter } from 'vitest/reporters';

export class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: 'passed' | 'interrupted' | 'failed'): void {
    const line = `${lastLine(modules, errors.length, reason)}\n`;
    // Writing to a file, a pipe or a terminal is synchronous on Linux and macOS, so it is done before the process is gone.
    process.once('exit', () => process.stdout.write(line));
  }
}

/** Counts tests. A file or suite that fails by itself (it does not load, a hook throws) and an error outside all tests count as one failed each. */
export function lastLine(modules: readonly TestModule[], strayErrors: number, reason: 'passed' | 'interrupted' | 'failed'): string {
  const count = { passed: 0, failed: strayErrors, skipped: 0 };
  for (const module of modules) {
    if (module.errors().length > 0) count.failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test that is still pending when the run is over was never run.
      if (state === 'pending') count.failed += 1;
      else count[state] += 1;
    }
  }
  // A run that failed for a reason that no test shows (no test found, stopped by hand) must not look like a good one.
  if (reason !== 'passed' && count.failed === 0) count.failed = 1;
  const skipped = count.skipped === 0 ? '' : `, ${count.skipped} skipped`;
  return `${count.passed} passed, ${count.failed} failed${skipped}`;
}
