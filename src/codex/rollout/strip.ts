/**
 * One line of a rollout without the results of certain calls. A result stands there twice: for the model (`response_item`), and for
 * people (`event_msg`, the item that they saw); in a shortened conversation it may stand a third time.
 */

import { type Entry, type Fields, fieldsOf, textIn } from './entry.js';
import { type Spot, withSpots } from './json-spots.js';
import { markerFor, markerLike, weightBefore } from './marker.js';
import { isOutput } from './survey.js';

export interface Stripping {
  /** What each result weighs, by its call and by its items. */
  readonly weights: ReadonlyMap<string, number>;
  /** What the tools were given goes too. */
  readonly arguments: boolean;
}

type Path = Spot['path'];

const SHORT = '[taken out]';

/** The line's new text; the same where there is nothing to take out of it. */
export function stripped(text: string, { type, payload }: Entry, stripping: Stripping): string {
  const spots = spotsIn(type, payload, stripping);
  return spots.length === 0 ? text : withSpots(text, spots);
}

function spotsIn(type: string, payload: Fields, stripping: Stripping): readonly Spot[] {
  if (type === 'response_item') return ofModel(payload, ['payload'], stripping);
  if (type === 'compacted') {
    const { replacement_history: history } = payload as { replacement_history?: unknown };
    if (!Array.isArray(history)) return [];
    return history.flatMap((item, at) => ofModel(fieldsOf(item) ?? {}, ['payload', 'replacement_history', at], stripping));
  }
  if (type !== 'event_msg') return [];
  const item = textIn(payload, 'type') === 'item_completed' ? fieldsOf(payload['item']) : undefined;
  if (item !== undefined) return ofPeople(item, textIn(item, 'id'), ['payload', 'item'], stripping);
  return ofPeople(payload, textIn(payload, 'call_id'), ['payload'], stripping);
}

function ofModel(item: Fields, path: Path, stripping: Stripping): readonly Spot[] {
  const bytes = stripping.weights.get(textIn(item, 'call_id') ?? '');
  if (bytes === undefined) return [];
  const kind = textIn(item, 'type');
  if (isOutput(kind)) {
    const { output } = item;
    return weightBefore(output) === undefined ? [{ path: [...path, 'output'], values: [markerLike(output, bytes)] }] : [];
  }
  if (!stripping.arguments) return [];
  if (kind === 'function_call') return [{ path: [...path, 'arguments'], values: ['{}'] }];
  return kind === 'custom_tool_call' ? [{ path: [...path, 'input'], values: [SHORT, ''] }] : [];
}

/** The fields that hold a tool's answer in one kind of item or another. Here the marker may have to be short: the whole line must fit. */
function ofPeople(item: Fields, id: string | undefined, path: Path, stripping: Stripping): readonly Spot[] {
  const bytes = stripping.weights.get(id ?? '');
  if (bytes === undefined) return [];
  const text = markerFor(bytes);
  const spot = (field: string, ...values: readonly unknown[]): readonly Spot[] => [{ path: [...path, field], values }];
  return Object.entries(item).flatMap(([field, value]): readonly Spot[] => {
    switch (field) {
      case 'aggregated_output':
      case 'formatted_output':
      case 'stdout':
      case 'stderr':
        return typeof value === 'string' && value !== '' ? spot(field, text, SHORT, '') : [];
      case 'result':
        return fieldsOf(value) === undefined ? [] : spot(field, ...resultsLike(value, text));
      case 'content_items':
        return Array.isArray(value) ? spot(field, [{ type: 'inputText', text }], []) : [];
      default:
        return stripping.arguments ? given(field, value, spot) : [];
    }
  });
}

/** An MCP tool's result: plain, or as older versions have it, in an `Ok` or an `Err`. */
function resultsLike(value: unknown, text: string): readonly unknown[] {
  const contents = [[{ type: 'text', text }], []].map((content) => ({ content }));
  const before = fieldsOf(value) ?? {};
  if ('Err' in before) return [{ Err: text }, { Err: '' }];
  return 'Ok' in before ? contents.map((content) => ({ Ok: content })) : contents;
}

function given(field: string, value: unknown, spot: (field: string, ...values: readonly unknown[]) => readonly Spot[]): readonly Spot[] {
  if (field === 'command' && Array.isArray(value)) return spot(field, [SHORT], []);
  if (field === 'parsed_cmd') return spot(field, []);
  if (field === 'arguments') return spot(field, {});
  return [];
}
