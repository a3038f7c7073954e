/** How the tests run. Two at a time at most: they start real processes, and a small machine must give the same answer as a large one. */

import { defineConfig } from 'vitest/config';
import { LONG } from './test/long-suites.js';
import { LastLine } from './test/reporter.js';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['test/versions/**', ...LONG],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
    reporters: ['default', new LastLine()],
  },
});
