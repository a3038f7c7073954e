/**
 * A record's events as one text: a line `type body` for each. JSON needs no line breaks, but may have some between its tokens; such
 * a line goes on with a blank, which no type begins with. So what is read is what was written, to the byte.
 */

import type { LoggedEvent, NewEvent, Position } from '../../ports/log.js';

/** Types must be as `checkRecord` wants them. */
export function encodeEvents(events: readonly NewEvent[]): string {
  return events.map(({ type, body }) => `${type} ${body.includes('\n') ? body.replaceAll('\n', '\n ') : body}`).join('\n');
}

/** The events again, the first one at position `first`; undefined when the text is no record. */
export function decodeEvents(text: string, first: Position): LoggedEvent[] | undefined {
  const lines = text.includes('\n ') ? joined(text.split('\n')) : text.split('\n');
  const events: LoggedEvent[] = [];
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank <= 0) return undefined;
    events.push({ type: line.slice(0, blank), body: line.slice(blank + 1), position: first + events.length });
  }
  return events;
}

function joined(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (line.startsWith(' ') && whole.length > 0) whole.push(`${whole.pop() ?? ''}\n${line.slice(1)}`);
    else whole.push(line);
  }
  return whole;
}
