/** What Codex says and we have no word for: kept as it is, visible, never fatal. */

import type { Fact } from '../../ports/agent.js';
import type { Scope } from './family.js';

/** The notification as a raw fact; nothing when it belongs to a turn that is not ours. */
export function rawFact(method: string, params: unknown, scope: Scope): readonly Fact[] {
  const native = stringField(params, 'turnId');
  if (native === undefined) return [{ type: 'raw', turn: undefined, method, params }];
  const turn = scope.turn(native);
  return turn === undefined ? [] : [{ type: 'raw', turn, method, params }];
}

/** A text field of something that came from outside. */
export function stringField(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field: unknown = Reflect.get(value, name);
  return typeof field === 'string' ? field : undefined;
}

/** A field that is there when it has a text. */
export function text<K extends string>(key: K, value: string | null | undefined): Partial<Record<K, string>> {
  const field: Partial<Record<K, string>> = {};
  if (value !== null && value !== undefined) field[key] = value;
  return field;
}
