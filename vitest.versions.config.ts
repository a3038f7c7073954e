/** The Codex versions that Spool supports, the older ones installed from npm beside the newest, and the long suites: `npm run test:versions`. */

import { defineConfig } from 'vitest/config';
import { LONG } from './test/long-suites.js';
import { LastLine } from './test/reporter.js';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/versions/**/*.test.ts', ...LONG],
    globalSetup: ['test/versions/install.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The report is what scripts/version-table.ts reads.
    reporters: ['default', ['json', { outputFile: '.build/versions.json' }], new LastLine()],
  },
});
