/** What went wrong with a turn. The events name Codex's classes with underscores where its other face writes them together. */

import type { TurnError } from '../../contract/session.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';
import { turnErrorOf } from '../translate/error.js';

/** Of an event `error`. */
export function errorIn(msg: Fields): TurnError {
  return classed(textIn(msg, 'message') ?? '', together(msg['codex_error_info']));
}

/** Of a call that failed before a turn began, or without a word of the events. */
export function errorOf(message: string): TurnError {
  return classed(message, null);
}

function classed(message: string, info: unknown): TurnError {
  type Info = NonNullable<Parameters<typeof turnErrorOf>[0]>['codexErrorInfo'];
  return turnErrorOf({ message, codexErrorInfo: info as Info, additionalDetails: null, misalignment: null });
}

function together(info: unknown): unknown {
  if (typeof info === 'string') return camel(info);
  const fields = fieldsOf(info);
  if (fields === undefined) return null;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [camel(name), fieldsOf(value) === undefined ? value : together(value)]),
  );
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
