/**
 * Where the Codex binary of this package's own development dependency lies; for tests that drive the real one.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { SpoolError } from '../base/errors.js';

const TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
};

/** The absolute path of the installed `@openai/codex` executable. Throws `runtime-missing` when it is not installed for this machine. */
export function codexBinary(): string {
  const platform = `${process.platform}-${process.arch}`;
  const target = TARGETS[platform];
  try {
    if (target === undefined) throw new SpoolError('runtime-missing', `Codex has no binary for ${platform}`);
    const outer = createRequire(import.meta.url).resolve('@openai/codex/package.json');
    const inner = createRequire(outer).resolve(`@openai/codex-${platform}/package.json`);
    return join(dirname(inner), 'vendor', target, 'bin', 'codex');
  } catch (thrown) {
    if (thrown instanceof SpoolError) throw thrown;
    throw new SpoolError('runtime-missing', 'the npm package @openai/codex is not installed', { cause: thrown, hint: 'Run npm install.' });
  }
}
