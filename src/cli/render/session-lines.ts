/** What happens to a session beside its turns and items, as lines; none for what a person need not see. Pure. */

import type { Event, EventData } from '../../contract/events.js';
import type { LineStyle } from './item-lines.js';
import { insideOf, oneLine } from './printable.js';
import { bytes } from './words.js';

export function sessionLines(event: Event, { ink, columns }: LineStyle, cwd: string | undefined): string[] {
  switch (event.type) {
    case 'session.opened': {
      const { forkedFrom: from, reviewOf } = event.data;
      if (from === undefined) return reviewOf === undefined ? [] : [ink.dim(`a review of session …${reviewOf.session.slice(-6)}`)];
      const until = from.turn === null ? '' : ` up to its turn …${from.turn.slice(-6)}`;
      return [ink.dim(`a copy of session …${from.session.slice(-6)}${until}`)];
    }
    case 'session.renamed':
      return [ink.dim(`the session is called ${oneLine(event.data.title)} now`)];
    case 'session.archived':
      return [ink.dim('the session was archived')];
    case 'session.failed':
      return [`${ink.red('✗')} the session failed: ${oneLine(event.data.message)}`];
    case 'warning.raised':
      return [`${ink.yellow('!')} ${oneLine(event.data.message)}`];
    case 'review.started': {
      const { session } = event.data;
      return session === undefined ? [] : [ink.dim(`the work so far is reviewed in session …${session.slice(-6)}`)];
    }
    case 'review.failed':
      return [`${ink.yellow('!')} the work so far could not be reviewed: ${oneLine(event.data.message)}`];
    case 'runtime.exited':
      return [`${ink.red('✗')} the runtime exited: ${oneLine(event.data.message)}`];
    case 'file.produced':
      return [fileLine(event.data, { ink, columns }, cwd)];
    default:
      return [];
  }
}

function fileLine(
  { path, mediaType, bytes: size }: EventData<'file.produced'>,
  { ink, columns }: LineStyle,
  cwd: string | undefined,
): string {
  const facts = [...(size === undefined ? [] : [bytes(size)]), ...(mediaType === undefined ? [] : [mediaType])];
  const tail = facts.map((fact) => ` · ${fact}`).join('');
  return `${ink.green('+')} produced ${oneLine(insideOf(path, cwd), Math.max(12, columns - 11 - tail.length))}${ink.dim(tail)}`;
}
