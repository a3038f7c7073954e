/** Plays the steps of a script, one after the other, as facts. What a step changes in the world it really changes. */

import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, SpoolError } from '../base/errors.js';
import { mediaTypeOf } from '../base/media-type.js';
import type { Item, ItemStatus } from '../contract/item.js';
import { playAsk } from './play-ask.js';
import { playToolCall } from './play-tool.js';
import type { Ending, Stage } from './stage.js';
import { INTERRUPTED } from './stage.js';
import type { ChangeStep, CommandStep, Step, StepOf } from './steps.js';
import { changeOf, makeChange, placeIn } from './work-files.js';

/** Undefined when all of them were played. A step that cannot be played fails the turn with the reason. */
export async function play(stage: Stage, steps: readonly Step[]): Promise<Ending | undefined> {
  for (const step of steps) {
    if (stage.stopped) return INTERRUPTED;
    try {
      const ending = await one(stage, step);
      if (ending !== undefined) return ending;
    } catch (error) {
      const { code } = SpoolError.from(error);
      return { how: 'failed', error: { code: code === 'forbidden' ? 'sandbox' : 'internal', message: messageOf(error), retryable: false } };
    }
  }
  return stage.stopped ? INTERRUPTED : undefined;
}

async function one(stage: Stage, step: Step): Promise<Ending | undefined> {
  switch (step.name) {
    case 'say':
      return await say(stage, step.value);
    case 'think':
      return await think(stage, step.value);
    case 'command':
      return await command(stage, step.value);
    case 'fileChange':
      return change(stage, step.value);
    case 'toolCall':
      return await playToolCall(stage, step.value);
    case 'ask':
      return await playAsk(stage, step.value, { play, command, change });
    case 'exit':
      return { how: 'exited', code: step.value.signal === undefined ? step.value.code : null, ...exitOf(stage, step.value) };
    case 'fail':
      return { how: 'failed', error: { ...step.value, message: stage.text(step.value.message) } };
    case 'wait':
      return await wait(stage, step.value);
    default:
      return note(stage, step);
  }
}

/** Steps that are over at once and end nothing. */
function note(stage: Stage, step: Extract<Step, { name: 'plan' | 'usage' | 'file' | 'warn' }>): undefined {
  const { turn } = stage;
  switch (step.name) {
    case 'plan': {
      const { explanation, steps } = step.value;
      const why = explanation === undefined ? {} : { explanation: stage.text(explanation) };
      const told = steps.map((entry) => ({ step: stage.text(entry.step), status: entry.status }));
      stage.say({ type: 'plan', turn, ...why, steps: told });
      return;
    }
    case 'usage':
      stage.counted = step.value;
      return;
    case 'warn':
      stage.say({ type: 'warning', message: stage.text(step.value) });
      return;
    case 'file':
      file(stage, step.value);
  }
}

async function say(stage: Stage, step: StepOf<'say'>): Promise<Ending | undefined> {
  const text = stage.text(step.text);
  const item: Item = { id: stage.newItem(), kind: 'agentMessage', text: '' };
  stage.begin(item);
  if (!(await stream(stage, item.id, 'text', text, step))) return INTERRUPTED;
  stage.end({ ...item, text });
  stage.said.push({ id: item.id, text });
  return undefined;
}

async function think(stage: Stage, step: StepOf<'think'>): Promise<Ending | undefined> {
  const text = stage.text(step.text);
  const item: Item = { id: stage.newItem(), kind: 'reasoning', text: '' };
  stage.begin(item);
  if (!(await stream(stage, item.id, 'reasoning', text, step))) return INTERRUPTED;
  stage.end({ ...item, text });
  return undefined;
}

async function stream(
  stage: Stage,
  item: string,
  kind: 'text' | 'reasoning',
  text: string,
  { pieces, everyMs }: StepOf<'say'>,
): Promise<boolean> {
  stage.words += text.split(/\s+/).filter((word) => word !== '').length;
  for (const [at, piece] of cut(text, pieces).entries()) {
    if (at > 0 && !(await stage.pause(everyMs))) return false;
    stage.say({ type: 'item.delta', turn: stage.turn, item, kind, text: piece });
  }
  return !stage.stopped;
}

/** Into pieces that differ by one letter at most; no letter is cut in two. */
export function cut(text: string, pieces: number): string[] {
  const letters = [...text];
  const many = Math.min(pieces, letters.length);
  const at = (n: number): number => Math.round((n * letters.length) / many);
  return Array.from({ length: many }, (_, n) => letters.slice(at(n), at(n + 1)).join(''));
}

/** `id`: an item that has begun already. Nothing is run: the output is that of the script. */
async function command(stage: Stage, step: CommandStep, id?: string): Promise<Ending | undefined> {
  const item = { id: id ?? stage.newItem(), kind: 'command', command: stage.text(step.command), cwd: stage.thread.cwd } as const;
  if (id === undefined) stage.begin({ ...item, status: 'inProgress' });
  const output = stage.text(step.output);
  if (output !== '') stage.say({ type: 'item.delta', turn: stage.turn, item: item.id, kind: 'output', text: output });
  const { exitCode, takesMs } = step;
  const done = await stage.pause(takesMs);
  const status: ItemStatus = done && exitCode === 0 ? 'completed' : 'failed';
  stage.end({ ...item, status, output, durationMs: takesMs, ...(done ? { exitCode } : {}) });
  return done ? undefined : INTERRUPTED;
}

/** What the permissions do not allow, and nobody has allowed when he was asked, is declined. */
function change(stage: Stage, step: ChangeStep, id?: string): undefined {
  const content = step.content === null ? null : stage.text(step.content);
  const changed = changeOf(stage.thread.cwd, { path: stage.text(step.path), content });
  const item = { id: id ?? stage.newItem(), kind: 'fileChange', changes: [changed] } as const;
  const { profile } = stage.thread.permissions;
  if (id === undefined) stage.begin({ ...item, changes: [...item.changes], status: 'inProgress' });
  const allowed = id !== undefined || profile !== ':read-only';
  if (allowed) makeChange(changed, content);
  stage.end({ ...item, changes: [...item.changes], status: allowed ? 'completed' : 'declined' });
}

function file(stage: Stage, { path, content }: StepOf<'file'>): void {
  const place = placeIn(stage.thread.cwd, stage.text(path));
  if (content !== undefined) {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, stage.text(content));
  }
  stage.say({ type: 'file', turn: stage.turn, path: place, mediaType: mediaTypeOf(place), bytes: lstatSync(place).size });
}

async function wait(stage: Stage, step: StepOf<'wait'>): Promise<Ending | undefined> {
  if (step === 'interrupt') await stage.interruption();
  else if (step === 'message') await stage.message();
  else await stage.pause(step);
  return stage.stopped ? INTERRUPTED : undefined;
}

function exitOf(
  stage: Stage,
  { signal = null, stderr }: { signal?: string | null | undefined; stderr: string },
): {
  signal: string | null;
  stderr: string;
} {
  return { signal, stderr: stage.text(stderr) };
}
