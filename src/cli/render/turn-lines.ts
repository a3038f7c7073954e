/** What becomes of turns, as lines. Pure. */

import type { Event, EventData } from '../../contract/events.js';
import { type ChangeCount, changeWords } from './change-count.js';
import type { LineStyle } from './item-lines.js';
import { oneLine } from './printable.js';
import { duration, tokens } from './words.js';

export type TurnEnd = Event<'turn.completed' | 'turn.failed' | 'turn.interrupted'>;

export function isEnd(event: Event): event is TurnEnd {
  return event.type === 'turn.completed' || event.type === 'turn.failed' || event.type === 'turn.interrupted';
}

export interface EndFacts {
  readonly tookMs: number | undefined;
  readonly changes: ChangeCount | undefined;
}

/** `✓ completed · 2 files +3 -1 · 1,234 tokens · 9.0 s`. */
export function endLine(event: TurnEnd, { tookMs, changes }: EndFacts, { ink }: LineStyle): string {
  const facts: string[] = [];
  if (event.data.partial === true) facts.push('the last message never ended');
  if (changes !== undefined && changes.files > 0) facts.push(changeWords(changes));
  if (event.data.usage !== null) facts.push(tokens(event.data.usage.totalTokens));
  if (tookMs !== undefined) facts.push(duration(Math.max(0, tookMs)));
  return `${outcome(event, ink)}${ink.dim(facts.map((fact) => ` · ${fact}`).join(''))}`;
}

/** The end of a turn that never began, while another one goes on. */
export function neverBegan(event: TurnEnd, name: string, { ink }: LineStyle): string {
  return `${ink.dim(`${name}: `)}${outcome(event, ink)}`;
}

function outcome(event: TurnEnd, ink: LineStyle['ink']): string {
  switch (event.type) {
    case 'turn.completed':
      return ink.green('✓ completed');
    case 'turn.failed':
      return `${ink.red('✗ failed')}: ${oneLine(event.data.message)} (${event.data.code})`;
    case 'turn.interrupted': {
      const { reason } = event.data;
      return `${ink.yellow('■ interrupted')}${reason === undefined ? '' : `: ${oneLine(reason)}`}`;
    }
  }
}

/** `nameOf` says in words which turn is meant. */
export function queuedLine({ reason, before }: EventData<'turn.queued'>, nameOf: (turn: string) => string): string {
  const place = before === undefined ? '' : before === null ? ', now the last' : `, now before ${nameOf(before)}`;
  return reason === undefined ? `queued${place}` : `queued: ${oneLine(reason)}${place}`;
}
