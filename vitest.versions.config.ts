/** The older Codex versions that Spool supports, each installed from npm beside the newest: `npm run test:versions`. */

import { defineConfig } from 'vitest/config';
import { LastLine } from './test/reporter.js';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/versions/**/*.test.ts'],
    globalSetup: ['test/versions/install.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 30_000,
    reporters: ['default', new LastLine()],
  },
});
