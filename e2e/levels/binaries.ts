/** L0: the programs are there, and what they would call elsewhere comes to our proxy. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Level, must, Unmet } from '../ladder.js';
import { CLI, type Ran, ROOT, run } from '../program.js';
import { stageFor } from '../stage.js';

/** A name that no server on earth has. */
const NOBODY = 'model.invalid';

export const binariesLevel: Level = {
  name: 'L0',
  title: 'the programs are there: spool, codex, opencode; what they would call elsewhere is caught',
  async climb(climb) {
    const stage = await stageFor(climb);
    await climb.step('spool is built and says its version', async () => {
      must(existsSync(CLI), `${CLI} is not there`, () => 'run npm run build');
      return lineOf(await stage.spool('version'), /^\d+\.\d+\.\d+/);
    });
    await climb.step('codex is found on the PATH and says its version', async () => {
      const version = lineOf(await run('codex', ['--version'], stage.env), /^codex-cli \d+\.\d+\.\d+/);
      const { codex } = JSON.parse(lineOf(await stage.spool('config', 'show', '--json'), /^\{/)) as { codex?: { path?: string } };
      return `${version}${codex?.path === undefined ? '' : `, ${codex.path}`}`;
    });
    await climb.check('opencode is found on the PATH and says its version', async () =>
      lineOf(await run('opencode', ['--version'], stage.env), /^\d+\.\d+\.\d+/),
    );
    await climb.check('what Codex would call elsewhere comes to the proxy, which refuses and names it', async () => {
      const provider = {
        name: 'Nobody',
        base_url: `https://${NOBODY}/v1`,
        wire_api: 'responses',
        request_max_retries: 0,
        stream_max_retries: 0,
      };
      const settings = Object.entries(provider).map(([key, value]) => `model_providers.nobody.${key}=${JSON.stringify(value)}`);
      const args = [
        'exec',
        '--skip-git-repo-check',
        ...['model_provider="nobody"', ...settings].flatMap((setting) => ['-c', setting]),
        'hello',
      ];
      const { status, stderr } = await run('codex', args, stage.env, stage.work);
      must(status !== 0, 'the turn completed without a model');
      must(stage.outside.refused.has(NOBODY), 'the proxy was not asked', () => stderr.slice(-600));
      return `${NOBODY} ${stage.outside.refused.get(NOBODY)}×`;
    });
  },
};

function lineOf({ status, stdout, stderr }: Ran, pattern: RegExp): string {
  if (status !== 0) throw new Unmet(`it ended with ${status}: ${(stderr || stdout).slice(-600)}`);
  must(pattern.test(stdout), `it did not say ${pattern}`, () => stdout.slice(0, 600));
  return stdout.trim();
}

export const OPENCODE = join(ROOT, 'node_modules', '.bin', 'opencode');
