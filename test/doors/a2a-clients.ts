/** Clients of A2A's own makers, in each version and on each transport that the host serves, and the short forms of what they say. */

import { randomUUID } from 'node:crypto';
import { type Message, type Part, Role, type SendMessageRequest, type StreamResponse, type Task, TaskState } from '@a2a-js/sdk';
import { type Client, ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory, RestTransportFactory } from '@a2a-js/sdk/client';
import { expect } from 'vitest';
import { TOKEN } from './house.js';

export type Way = 'JSON-RPC 1.0' | 'HTTP+JSON 1.0' | 'JSON-RPC 0.3';
export const WAYS: readonly Way[] = ['JSON-RPC 1.0', 'HTTP+JSON 1.0', 'JSON-RPC 0.3'];

/** Fetches as somebody who has this token; null has none. */
export function fetchAs(token: string | null, headers: Record<string, string> = {}): typeof fetch {
  return (url, init) => {
    const all = new Headers(init?.headers);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    if (token !== null) all.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers: all });
  };
}

/** Finds the card below `base` without a token, and talks with one. */
export async function clientOf(base: string, way: Way = 'JSON-RPC 1.0', token: string | null = TOKEN): Promise<Client> {
  const fetchImpl = fetchAs(token);
  const legacyCompat = { enabled: way === 'JSON-RPC 0.3' };
  // What a client of 0.3 says nothing of.
  const cardFetch: typeof fetch = legacyCompat.enabled ? (url) => fetch(url) : fetch;
  const cardResolver = new DefaultAgentCardResolver({ fetchImpl: cardFetch, legacyCompat });
  const transport =
    way === 'HTTP+JSON 1.0' ? new RestTransportFactory({ fetchImpl }) : new JsonRpcTransportFactory({ fetchImpl, legacyCompat });
  const card = await cardResolver.resolve(base);
  if (legacyCompat.enabled) card.supportedInterfaces = card.supportedInterfaces.filter(({ protocolVersion }) => protocolVersion !== '1.0');
  return await new ClientFactory({ transports: [transport], cardResolver: { resolve: () => Promise.resolve(card) } }).createFromUrl(base);
}

export const text = (value: string): Part => ({ content: { $case: 'text', value }, mediaType: '', filename: '', metadata: undefined });

export interface Saying {
  readonly parts?: Part[];
  readonly contextId?: string;
  readonly taskId?: string;
  readonly messageId?: string;
  readonly returnImmediately?: boolean;
  readonly historyLength?: number;
}

export function saying(words: string, { parts, returnImmediately = false, historyLength, ...ids }: Saying = {}): SendMessageRequest {
  const message: Message = {
    messageId: randomUUID(),
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: parts ?? [text(words)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...ids,
  };
  const configuration = { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately };
  return {
    tenant: '',
    message,
    configuration: { ...configuration, ...(historyLength === undefined ? {} : { historyLength }) },
    metadata: undefined,
  };
}

/** Sends, and expects a task. */
export async function send(client: Client, request: SendMessageRequest): Promise<Task> {
  const answer = await client.sendMessage(request);
  if (!('status' in answer)) throw new Error('the answer is no task');
  return answer;
}

export function stateName(state: TaskState | undefined): string {
  return TaskState[state ?? TaskState.TASK_STATE_UNSPECIFIED].replace('TASK_STATE_', '').toLowerCase();
}

export function textOf(holder: { parts: Part[] } | undefined): string {
  return (holder?.parts ?? []).map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
}

/** A task in short: its state and what came of it. */
export function brief({ status, artifacts }: Task): { state: string; reply: string } {
  return { state: stateName(status?.state), reply: artifacts.map(textOf).join('') };
}

/** An update in short. */
export function line({ payload }: StreamResponse): string {
  switch (payload?.$case) {
    case 'task':
      return `task ${brief(payload.value).state} ${brief(payload.value).reply}`.trim();
    case 'statusUpdate':
      return stateName(payload.value.status?.state);
    case 'artifactUpdate': {
      const { append, lastChunk, artifact } = payload.value;
      return `${append ? '+' : '='}${textOf(artifact)}${lastChunk ? '.' : ''}`;
    }
    default:
      return 'message';
  }
}

/** Whatever is listened to, line by line. */
export class Ear {
  readonly #updates: AsyncGenerator<StreamResponse, void>;
  #task: Task | undefined;

  constructor(updates: AsyncGenerator<StreamResponse, void>) {
    this.#updates = updates;
  }

  get task(): Task {
    if (this.#task === undefined) throw new Error('no task has come');
    return this.#task;
  }

  async next(): Promise<StreamResponse | undefined> {
    const { done, value } = await this.#updates.next();
    if (done === true) return undefined;
    if (value.payload?.$case === 'task') this.#task = value.payload.value;
    return value;
  }

  async line(): Promise<string | undefined> {
    const next = await this.next();
    return next === undefined ? undefined : line(next);
  }

  /** All that comes until the end. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let next = await this.line(); next !== undefined; next = await this.line()) lines.push(next);
    return lines;
  }

  async leave(): Promise<void> {
    await this.#updates.return();
  }
}

export async function refused(act: Promise<unknown>): Promise<{ name: string; message: string }> {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  const { name, message } = error as Error;
  return { name, message };
}
