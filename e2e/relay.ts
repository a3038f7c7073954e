/**
 * A word that is handed on from agent to agent, as tasks: each gives it to the next one and answers with what it hears from there. The way
 * stands in the task itself, so one script serves agents of all runtimes at the same time.
 */

import { byPrompt, type ModelRequest, mcpCall, type Reply, type Script, text, toolCall } from '../src/testing/index.js';

export interface Relay {
  /** Who has it now, and who comes behind. */
  readonly way: readonly [string, ...string[]];
  readonly word: string;
}

const FORM = /RELAY ([a-z][\w-]*(?: > [a-z][\w-]*)*): (\w+)/;

/** At the end of the way one without a model has to be told in its own words. */
export function relayText({ way, word }: Relay): string {
  return `RELAY ${way.join(' > ')}: ${word}${way.length === 1 ? ` [[text:${word}]]` : ''}`;
}

export function readRelay(input: string): Relay | undefined {
  const [, names, word] = FORM.exec(input) ?? [];
  const [me, ...others] = names?.split(' > ') ?? [];
  return me === undefined || word === undefined ? undefined : { way: [me, ...others], word };
}

/** Without who has it now; undefined at the end of the way. */
export function behind({ way: [, next, ...others], word }: Relay): Relay | undefined {
  return next === undefined ? undefined : { way: [next, ...others], word };
}

/** What is answered by whoever has it. */
export function answerOf(relay: Relay): string {
  const next = behind(relay);
  return next === undefined ? relay.word : `${relay.way[0]} heard ${answerOf(next)}`;
}

/** Where the tools are not there, the model gives up after so many calls. */
const MOST_CALLS = 60;

export const relayScript: Script = (request) => {
  const relay = readRelay(request.prompt);
  if (relay === undefined) return byPrompt(request);
  // OpenCode also asks for a title.
  return request.body.tools.length === 0 ? text('a word') : carry(request, relay);
};

function carry({ outputs, body }: ModelRequest, relay: Relay): Reply {
  const server = `spool_${relay.way[0].replaceAll('-', '_')}`;
  const heard = outputs.map((output) => output.text);
  const next = behind(relay);
  const handle = heard.map((one) => /tsk_[0-9a-z]{26}/.exec(one)?.[0]).find((one) => one !== undefined);
  const call = (tool: string, args: Readonly<Record<string, unknown>>): Reply => {
    // OpenCode knows a tool by one word.
    const word = `${server}_${tool}`;
    return body.tools.some((one) => one['name'] === word) ? toolCall(word, args) : mcpCall(server, tool, args);
  };
  if (heard.some((one) => one.includes('The task is closed')) || heard.length > MOST_CALLS) return text('It is handed on.');
  if (next === undefined || heard.some((one) => one.includes(answerOf(next)))) return call('reply', { text: answerOf(relay) });
  if (handle === undefined) return call('send_task', { to: next.way[0], task: relayText(next) });
  return call('wait_for_task', { task: handle });
}
