/** Exchanges: a turn that has ended with something said, with what the user asked and what the agent answered in the end. */

import type { Event } from '../contract/events.js';
import type { InputItem } from '../contract/session.js';
import type { Runtime } from '../contract/words.js';
import { evolve } from './evolve.js';
import { type SessionState, turnOf } from './state.js';

export interface Exchange {
  readonly session: string;
  readonly turn: string;
  readonly agent: string;
  readonly runtime: Runtime;
  readonly threadId: string | null;
  readonly title: string | null;
  readonly status: 'completed' | 'failed' | 'interrupted';
  /** When the turn ended. */
  readonly at: string;
  readonly user: string;
  readonly assistant: string;
}

const STATUS = { 'turn.completed': 'completed', 'turn.failed': 'failed', 'turn.interrupted': 'interrupted' } as const;

/** Whether an event of this type ends a turn. */
export function endsTurn(type: string): type is keyof typeof STATUS {
  return Object.hasOwn(STATUS, type);
}

/** The exchanges that these events end; `before` is the state that they meet. A turn that ends without a word is none. */
export function exchangesOf(before: SessionState, events: readonly Event[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let state = before;
  for (const event of events) {
    if (event.type === 'turn.completed' || event.type === 'turn.failed' || event.type === 'turn.interrupted') {
      const exchange = exchangeOf(state, event);
      if (exchange !== undefined) exchanges.push(exchange);
    }
    state = evolve(state, event);
  }
  return exchanges;
}

function exchangeOf(state: SessionState, event: Event<keyof typeof STATUS>): Exchange | undefined {
  const { turn, at, type } = event;
  const { finalText } = event.data;
  if (turn === undefined || finalText === null || finalText.trim() === '') return undefined;
  const { id: session, agent, runtime, threadId, title } = state;
  return { session, turn, agent, runtime, threadId, title, status: STATUS[type], at, user: userText(state, turn), assistant: finalText };
}

/** The turn's input and what it took in on its way. Other work than answering is told by its name. */
function userText(state: SessionState, id: string): string {
  const turn = turnOf(state, id);
  const taken = state.turns.filter(({ phase, into }) => phase === 'steered' && into === id);
  const action = turn?.action == null ? [] : [`(${turn.action.type})`];
  const inputs = [...(turn === undefined ? [] : [turn]), ...taken].map(({ input }) => textOf(input));
  return [...action, ...inputs].filter((text) => text !== '').join('\n\n');
}

function textOf(input: readonly InputItem[]): string {
  return input.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
}
