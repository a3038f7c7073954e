/** Items and turns of a fake Codex as they stand on the wire of 0.169.0. */

import { randomBytes } from 'node:crypto';
import type { Fields, KeptItem, KeptTurn } from './history.js';

/** A UUID of version 7: it begins with its birth, by which a host tells turns of this process from older ones. */
export function uuid7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** A message that a client gave for a turn. */
export interface Given {
  readonly clientId: string | null;
  readonly text: string;
}

export function givenIn(params: Fields): Given {
  const { clientUserMessageId, input } = params;
  const parts = Array.isArray(input) ? (input as readonly Fields[]) : [];
  return {
    clientId: typeof clientUserMessageId === 'string' ? clientUserMessageId : null,
    text: parts.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('\n'),
  };
}

export function userMessage({ clientId, text }: Given): KeptItem {
  const now = Date.now();
  const content = [{ type: 'text', text, text_elements: [] }];
  return { type: 'userMessage', id: uuid7(), clientId, content, startedAtMs: now, completedAtMs: now };
}

export function agentMessage(id: string, text: string, startedAtMs: number, completedAtMs: number | null): KeptItem {
  const nothing = { moderation: null, phase: null, memoryCitation: null, delivery: null, questions: null };
  return { type: 'agentMessage', id, text, ...nothing, startedAtMs, completedAtMs };
}

export interface CommandEnd {
  readonly status: 'completed' | 'failed' | 'declined';
  readonly output: string | null;
}

export function commandItem(id: string, command: string, cwd: string, startedAtMs: number, end?: CommandEnd): KeptItem {
  return {
    type: 'commandExecution',
    id,
    pluginId: null,
    scriptPath: null,
    command: `/bin/bash -lc '${command}'`,
    cwd,
    processId: null,
    source: 'agent',
    status: end?.status ?? 'inProgress',
    commandActions: [{ type: 'unknown', command }],
    aggregatedOutput: end?.output ?? null,
    exitCode: end?.status === 'completed' ? 0 : null,
    durationMs: end === undefined ? null : 0,
    startedAtMs,
    completedAtMs: end === undefined ? null : Date.now(),
  };
}

export type ItemsView = 'notLoaded' | 'summary' | 'full';

/** `notLoaded` has no items, `summary` the first message that was given and the last one that was said. */
export function turnView(turn: KeptTurn, itemsView: ItemsView): Fields {
  const startedAt = Math.floor(turn.startedAt / 1000);
  const over = turn.status !== 'inProgress';
  return {
    id: turn.id,
    rootTurnId: turn.id,
    items: { notLoaded: () => [], summary: () => summary(turn.items), full: () => turn.items }[itemsView](),
    itemsView,
    status: turn.status,
    error: turn.error,
    startedAt,
    completedAt: over ? startedAt : null,
    durationMs: over ? 1 : null,
  };
}

function summary(items: readonly KeptItem[]): KeptItem[] {
  const first = items.find((item) => item.type === 'userMessage');
  const last = items.findLast((item) => item.type === 'agentMessage');
  return [first, last].filter((item) => item !== undefined);
}

export function usage(turns: number): Fields {
  const count = (times: number): Fields => ({
    totalTokens: 12 * times,
    inputTokens: 10 * times,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 2 * times,
    reasoningOutputTokens: 0,
  });
  return { total: count(turns), last: count(1), modelContextWindow: 258_400 };
}
