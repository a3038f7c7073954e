/** One event as one line: position, time, type, and what it is about. Pure. */

import { bareCommand } from '../../base/bare-command.js';
import type { Event } from '../../contract/events.js';
import type { Item } from '../../contract/item.js';
import { changeWords, countChanges } from './change-count.js';
import { askedFor } from './input-line.js';
import type { LineStyle } from './item-lines.js';
import { oneLine } from './printable.js';

export function eventLine(event: Event, { ink, columns }: LineStyle): string {
  const position = String(event.position).padStart(5);
  const time = event.at.slice(11, 23);
  const type = event.type.padEnd(18);
  const about = oneLine(aboutOf(event), Math.max(10, columns - 38));
  return `${ink.dim(`${position} ${time}`)} ${ink.cyan(type)} ${about}`.trimEnd();
}

function aboutOf(event: Event): string {
  if (event.type.startsWith('turn.')) return aboutTurn(event);
  switch (event.type) {
    case 'session.opened': {
      const { agent, cwd, forkedFrom, reviewOf } = event.data;
      const copy = forkedFrom === undefined ? '' : `, a copy of ${forkedFrom.session}`;
      return `${agent} in ${cwd}${copy}${reviewOf === undefined ? '' : `, a review of ${reviewOf.session}`}`;
    }
    case 'session.renamed':
      return event.data.title;
    case 'session.resumed':
      return `${event.data.threadId}${event.data.fresh ? ' (new: the old one is not known any more)' : ''}${event.data.gap ? ' (with a gap)' : ''}`;
    case 'item.started':
    case 'item.completed':
      return aboutItem(event.data.item);
    case 'item.delta':
      return `${event.data.kind} ${JSON.stringify(event.data.text)}`;
    case 'approval.asked':
      return `${event.data.approval.id} ${event.data.approval.title}`;
    case 'approval.answered': {
      const { approval, answer, by, why } = event.data;
      return `${approval} ${answer.decision} by ${by}${why === undefined ? '' : `: ${why}`}`;
    }
    case 'approval.expired':
      return `${event.data.approval} ${event.data.reason}`;
    case 'items.consumed':
    case 'items.restored': {
      const { items, undo, by } = event.data;
      return `${plural(items.length, 'result')} by ${by}, ${undo}`;
    }
    case 'plan.updated':
      return event.data.steps.map(({ step, status }) => `${step} (${status})`).join(', ');
    case 'diff.updated':
      return changeWords(countChanges(event.data.diff));
    case 'file.produced':
      return event.data.path;
    case 'agent.raw':
      return event.data.method;
    case 'usage.reported':
      return `${event.data.total.totalTokens} tokens`;
    case 'review.requested': {
      const { reviewer, toolCalls, turns } = event.data;
      return `by ${reviewer}, after ${plural(toolCalls, 'tool call')} and ${plural(turns, 'turn')}`;
    }
    case 'review.started':
      return event.data.session === undefined ? 'by the program of this host' : `in ${event.data.session}`;
    case 'terminal.attached':
    case 'terminal.detached':
    case 'terminal.acted':
      return aboutTerminal(event);
    case 'runtime.started':
      return [event.data.runtime, event.data.version, event.data.model].filter((word) => word !== undefined).join(' ');
    default:
      return 'message' in event.data ? event.data.message : '';
  }
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function aboutTerminal(event: Event<'terminal.attached' | 'terminal.detached' | 'terminal.acted'>): string {
  const { by } = event.data;
  if (event.type === 'terminal.detached') return `by ${by}`;
  if (event.type === 'terminal.attached') {
    const { allow } = event.data;
    return `by ${by}${allow.length === 0 ? '' : `, who may use ${allow.join(', ')}`}`;
  }
  const { method, allowed, detail } = event.data;
  return `${by} ${allowed ? 'used' : 'was refused'} ${method}${detail === undefined ? '' : `: ${detail}`}`;
}

function aboutTurn(event: Event): string {
  switch (event.type) {
    case 'turn.requested':
      return askedFor(event.data);
    case 'turn.queued': {
      const { before, reason = '' } = event.data;
      return before === undefined ? reason : `${reason}, ${before === null ? 'to the end' : `before ${before}`}`;
    }
    case 'turn.steered':
      return `into ${event.data.into}`;
    case 'turn.interrupting':
      return `by ${event.data.by}${event.data.reason === undefined ? '' : `: ${event.data.reason}`}`;
    case 'turn.completed':
      return event.data.finalText ?? '';
    case 'turn.failed':
      return `${event.data.code}: ${event.data.message}`;
    case 'turn.interrupted':
      return event.data.reason ?? '';
    case 'turn.retrying':
      return event.data.message;
    default:
      return '';
  }
}

function aboutItem(item: Item): string {
  if (item.kind === 'command') return `command ${bareCommand(item.command)}`;
  if (item.kind === 'fileChange') return `fileChange ${item.changes.map(({ path }) => path).join(' ')}`;
  if (item.kind === 'toolCall') return `toolCall ${item.tool}`;
  return 'text' in item ? `${item.kind} ${item.text}` : item.kind;
}
