/**
 * What Codex asks at its start, before it begins with anything. Most of it is avoided by settings; of the rest only what grants nothing is
 * answered here, and only where it stands on the screen exactly as it was seen.
 */

import { type ErrorCode, SpoolError } from '../../base/errors.js';

export interface Answer {
  /** Names the question: each is answered once. */
  readonly question: string;
  readonly keys: string;
}

const ENTER = '\r';

/** The keys for a question that is safe to answer; undefined where there is none. */
export function answerTo(screen: string): Answer | undefined {
  const lines = screen.split('\n').map((line) => line.trim());
  const options = lines.filter((line) => /^(?:› )?[12]\. /.test(line)).join('\n');
  // A folder that is not trusted stays so, and is opened like that.
  if (lines.includes('Folder access') && /^› 1\. Open (?:restricted|existing task)\n2\. /.test(options)) {
    return { question: 'restricted folder', keys: ENTER };
  }
  // The number and not Enter, which would take what is marked.
  if (/^(?:› )?1\. Try new model\n(?:› )?2\. Use existing model$/.test(options)) return { question: 'newer model', keys: '2' };
  return undefined;
}

interface Obstacle {
  readonly sign: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: (home: string) => string;
}

const OBSTACLES: readonly Obstacle[] = [
  {
    sign: /^(?:› )?(?:> )?1\. Sign in with ChatGPT$/m,
    code: 'unauthorized',
    message: 'Codex wants a login',
    hint: (home) => `log in with CODEX_HOME=${home} codex login, or give the agent a key of the vault`,
  },
  {
    sign: /Do you trust the contents of this directory\?|^(?:› )?1\. Trust and continue$/m,
    code: 'runtime-failed',
    message: 'Codex asks whether to trust the folder',
    hint: () => 'start codex there yourself and decide',
  },
  {
    sign: /^Repair Codex local data now\?/m,
    code: 'runtime-failed',
    message: 'Codex takes its local database for damaged',
    hint: (home) => `try again; when it stays so, start codex with CODEX_HOME=${home} yourself and let it repair it`,
  },
  {
    sign: /^(?:› )?1\. Update now/m,
    code: 'runtime-failed',
    message: 'Codex wants to be updated first',
    hint: () => 'update it, or set check_for_update_on_startup = false',
  },
];

/** Why the start goes no further, as far as the screen tells; undefined where it does not. */
export function obstacleOn(screen: string, home: string): SpoolError | undefined {
  const text = screen
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
  const found = OBSTACLES.find(({ sign }) => sign.test(text));
  return found === undefined ? undefined : new SpoolError(found.code, found.message, { hint: found.hint(home) });
}

/** What Codex says last of a turn that went wrong, where its record does not: the lines behind the last square. */
export function complaintOn(screen: string): string | undefined {
  const lines = screen.split('\n').map((line) => line.trim());
  const at = lines.findLastIndex((line) => line.startsWith('■ '));
  if (at < 0) return undefined;
  const behind = lines.slice(at);
  const end = behind.findIndex((line) => line === '' || line.startsWith('› '));
  return (end < 0 ? behind : behind.slice(0, end)).join(' ').slice(2).trim();
}
