/**
 * What agents of the host are asked in a soak. Each effect is a line in the ledger, or, of a mock, which runs no commands, a file
 * whose name tells the conversation and the turn, so that whatever is done twice is there twice.
 */

import type { RuntimeOptions } from '../src/contract/runtime-options.js';

export type LocalWork = 'answer' | 'effect' | 'slow-effect' | 'stream' | 'ask' | 'fail';

/** Stands in inputs for the file; the place is known only when the soak runs. */
export const LEDGER = '{LEDGER}';
/** Where mocks write, within their folder. */
export const EFFECTS = 'effects';

const CHANGE = { path: `${EFFECTS}/{{1}}.{{session}}.{{turn}}`, content: '{{1}}' };
const ANSWER = { say: 'answer {{1}}' };

const rule = (work: LocalWork, ...steps: readonly Readonly<Record<string, unknown>>[]) => ({
  when: { matches: `^#(\\w+)# ${work}$` },
  do: steps,
});

export const MOCK_SCRIPT = [
  rule('answer', ANSWER),
  rule('effect', { wait: 20 }, { fileChange: CHANGE }, { wait: 60 }, ANSWER),
  rule('slow-effect', { wait: 300 }, { fileChange: CHANGE }, { wait: 900 }, ANSWER),
  rule('stream', { say: { text: 'answer {{1}}', pieces: 8, everyMs: 60 } }),
  rule('ask', { ask: { fileChange: CHANGE, reason: 'it is yours', accept: [{ wait: 100 }, ANSWER], decline: [ANSWER] } }),
  rule('fail', { wait: 30 }, { fail: { message: 'it cannot be done', retryable: true } }),
] as unknown as NonNullable<RuntimeOptions['script']>;

/** `runtime` says how it is to be asked. */
export function localInput(tag: string, { runtime, alias }: { runtime: string; alias: string }, work: LocalWork): string {
  if (runtime === 'mock') return `#${tag}# ${work}`;
  const answer = `[[text:answer ${tag}]]`;
  // One write of one line: whatever is killed, a line is there or it is not.
  const line = `echo "${tag} - $(date +%s%3N) ${alias}" >> ${LEDGER}`;
  const run = (command: string): string =>
    runtime === 'opencode' ? `[[tool:bash:${JSON.stringify({ command, description: tag })}]]` : `[[sh:${command}]]`;
  switch (work) {
    case 'effect':
      return `#${tag}# ${run(line)} ${answer}`;
    case 'slow-effect':
      return `#${tag}# ${run(`${line}; sleep 0.8`)} ${answer}`;
    case 'ask':
      return `#${tag}# [[sh!:${line}]] ${answer}`;
    case 'stream':
      return `#${tag}# [[deltas:12:60]] ${answer}`;
    default:
      return `#${tag}# ${answer}`;
  }
}

/** An agent with the tools of the host sends a task within its own, and does not wait for it. */
export function sendingInput(tag: string, alias: string, child: { readonly to: string; readonly task: string }): string {
  return `#${tag}# [[mcp:spool_${alias}.send_task:${JSON.stringify(child)}]] [[text:answer ${tag}]]`;
}

/** The tag of a task that a model sends. An attempt that a person has done again sends it again, as another task. */
export function modelTag(parent: string): string {
  return `${parent}y`;
}

export function isModelTag(tag: string): boolean {
  return tag.endsWith('y');
}

/** What a reply says when all went well; undefined where that is not known beforehand. */
export function expectedReply(tag: string, input: string): string | undefined {
  return input.includes('[[deltas:') ? undefined : `answer ${tag}`;
}

/** The tag that stands in an input, whoever it is for. */
export function tagIn(input: string): string | undefined {
  return /^#(\w+)# /.exec(input)?.[1] ?? /^\{"tag":"(\w+)"/.exec(input)?.[1];
}
