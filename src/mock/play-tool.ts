/** A step that calls a tool: one of the session's own is really called, of any other the script says what came of it. */

import { toolResultOf } from '../contract/answer-value.js';
import type { Item } from '../contract/item.js';
import { type Ending, INTERRUPTED, type Stage } from './stage.js';
import type { ToolCallStep } from './steps.js';

interface Outcome {
  readonly result?: unknown;
  readonly error?: string | undefined;
}

export async function playToolCall(stage: Stage, step: ToolCallStep): Promise<Ending | undefined> {
  const { tool } = step;
  const args = stage.json(step.arguments ?? {});
  const server = step.server === undefined ? {} : { server: step.server };
  const item = { id: stage.newItem(), kind: 'toolCall', tool, ...server, arguments: args } as const;
  stage.begin({ ...item, status: 'inProgress' });
  const own = step.server === undefined && (stage.thread.tools ?? []).some(({ name }) => name === tool);
  const outcome = own ? await called(stage, item.id, tool, args) : scripted(stage, step);
  if (outcome === undefined) {
    stage.end({ ...item, status: 'failed', error: 'interrupted' });
    return INTERRUPTED;
  }
  const { result, error } = outcome;
  stage.know({ result: error ?? (typeof result === 'string' ? result : JSON.stringify(result ?? null)) });
  const done: Item = { ...item, status: error === undefined ? 'completed' : 'failed' };
  stage.end({ ...done, ...(result === undefined ? {} : { result }), ...(error === undefined ? {} : { error }) });
  return undefined;
}

function scripted(stage: Stage, { result, error }: ToolCallStep): Outcome {
  return { result: stage.json(result), error: error === undefined ? undefined : stage.text(error) };
}

async function called(stage: Stage, item: string, tool: string, args: unknown): Promise<Outcome | undefined> {
  const title = `The agent calls the tool ${tool}`;
  const answer = await stage.ask({ kind: 'dynamicTool', title, item, tool, arguments: args, decisions: ['accept', 'decline'] });
  if (answer === undefined) return undefined;
  if (answer.decision !== 'accept') return { error: `the tool ${tool} was not run` };
  const given = toolResultOf(answer.value);
  const text = (given?.contentItems ?? []).map((part) => (part.type === 'inputText' ? part.text : part.imageUrl)).join('\n');
  return given?.success === false ? { error: text } : { result: text };
}
