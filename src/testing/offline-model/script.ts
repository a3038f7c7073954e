/**
 * Scripts: what the offline model answers to which request. A script keeps no state of its own; where a turn stands is read
 * from the request, so one script serves any number of threads, retries and replays at the same time.
 */

import { readDirectives, type Step } from './directives.js';
import {
  chunks,
  cut,
  deltas,
  failed,
  httpError,
  image,
  mcpCall,
  patch,
  type Reply,
  reasoning,
  type StreamReply,
  shell,
  stall,
  text,
  together,
  toolCall,
  words,
} from './reply.js';
import type { ModelRequest } from './request.js';

export type Script = (request: ModelRequest) => Reply | Promise<Reply>;

/** The n-th model call of a turn gets the n-th reply; after the last one it is a short text. */
export function sequence(...replies: readonly (Reply | Script)[]): Script {
  return (request) => play(replies[request.step] ?? text('Done.'), request);
}

/** The n-th attempt of the same request gets the n-th reply, later ones the last: `attempts(cut(3), text('at last'))`. */
export function attempts(...replies: readonly (Reply | Script)[]): Script {
  return (request) => play(replies[Math.min(request.attempt, replies.length) - 1] ?? text('Done.'), request);
}

/** The default: directives in the newest prompt are played in order, one tool call a reply; a prompt without any is echoed. */
export const byPrompt: Script = (request) => {
  const steps = readDirectives(request.prompt);
  if (steps.length === 0) return chunks(words(echo(request.prompt)));
  return replyTo(intoReplies(steps)[request.step] ?? [], request.attempt);
};

function play(reply: Reply | Script, request: ModelRequest): Reply | Promise<Reply> {
  return typeof reply === 'function' ? reply(request) : reply;
}

const CALLS: ReadonlySet<Step['type']> = new Set(['shell', 'patch', 'mcp', 'tool', 'image']);

/** Splits directives into replies: each one ends at its first tool call. */
function intoReplies(steps: readonly Step[]): Step[][] {
  const replies: Step[][] = [[]];
  for (const step of steps) {
    replies.at(-1)?.push(step);
    if (CALLS.has(step.type)) replies.push([]);
  }
  return replies;
}

function replyTo(steps: readonly Step[], attempt: number): Reply {
  const parts: StreamReply[] = [];
  let spoken = false;
  for (const step of steps) {
    if ('times' in step && step.times !== undefined && attempt > step.times) continue;
    const reply = replyOf(step);
    if (reply.type !== 'stream') return reply;
    parts.push(reply);
    // A stream ends only once: what comes behind a failure, a cut or a stall is not sent.
    if (reply.ending.type !== 'completed') return together(...parts);
    spoken ||= step.type !== 'reason';
  }
  return together(...parts, ...(spoken ? [] : [text('Done.')]));
}

function replyOf(step: Step): Reply {
  switch (step.type) {
    case 'text':
      return text(step.content);
    case 'deltas':
      return deltas(step.count, step);
    case 'reason':
      return reasoning(step.content);
    case 'shell':
      return shell(step.command, { escalate: step.escalate });
    case 'patch':
      return patch(step.path, step.content);
    case 'mcp':
      return mcpCall(step.server, step.tool, step.args);
    case 'tool':
      return toolCall(step.name, step.args);
    case 'image':
      return image(step.prompt);
    case 'http':
      return httpError(step.status);
    case 'cut':
      return cut(step.afterDeltas);
    case 'stall':
      return stall(step);
    case 'failed':
      return failed(step.code);
  }
}

function echo(prompt: string): string {
  const said = prompt.length > 1000 ? `${prompt.slice(0, 1000)}...` : prompt;
  return `You said: ${said}\nI am the offline model, so that is all I know.`;
}
