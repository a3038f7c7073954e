/** Server requests as Codex has sent them, of three versions: `test/fixtures/codex-questions.jsonl`. */

import { readFileSync } from 'node:fs';
import { type AskContext, type Verdict, verdictOf } from '../../src/codex/translate/approvals.js';

export interface CodexQuestion {
  readonly version: string;
  readonly method: string;
  readonly id: number;
  readonly params: Readonly<Record<string, unknown>>;
}

export const VERSIONS = ['0.130.0', '0.138.0', '0.169.0'] as const;

const FILE = new URL('../fixtures/codex-questions.jsonl', import.meta.url);

export const CODEX_QUESTIONS: readonly CodexQuestion[] = readFileSync(FILE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as CodexQuestion);

/** The `n`-th question of that kind of a version. */
export function question(version: string, method: string, n = 0): CodexQuestion {
  const found = CODEX_QUESTIONS.filter((one) => one.version === version && one.method === method)[n];
  if (found === undefined) throw new Error(`no ${method} of ${version}`);
  return found;
}

/** A thread in which the tool `host_lookup` is ours and nothing has happened yet. */
export const CONTEXT: AskContext = {
  requestId: 0,
  now: 1_795_216_530_933,
  changes: () => undefined,
  mcpCall: () => undefined,
  hasTool: (name) => name === 'host_lookup',
};

export function asked(method: string, params: unknown, context: Partial<AskContext> = {}): Extract<Verdict, { kind: 'ask' }> {
  const verdict = verdictOf(method, params, { ...CONTEXT, ...context });
  if (verdict.kind !== 'ask') throw new Error(`${method} is no question: ${verdict.kind}`);
  return verdict;
}
