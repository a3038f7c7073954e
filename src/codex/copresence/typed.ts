/** What a person has typed, as input of the contract. */

import type { InputItem, ReviewTarget } from '../../contract/session.js';
import { stringField } from '../translate/unknown.js';

/** Mentions of skills and files stand in the text, too. Undefined when nothing is left that can be said. */
export function inputOf(params: unknown): readonly InputItem[] | undefined {
  const input: unknown = Reflect.get(Object(params), 'input');
  if (!Array.isArray(input)) return undefined;
  const items = input.flatMap((one: unknown): InputItem[] => {
    const [type, text, url, path] = ['type', 'text', 'url', 'path'].map((name) => stringField(one, name));
    if (type === 'text' && text !== undefined && text !== '') return [{ type: 'text', text }];
    if (type === 'image' && url !== undefined) return [{ type: 'image', url }];
    if (type === 'localImage' && path !== undefined) return [{ type: 'localImage', path }];
    return [];
  });
  return items.length === 0 ? undefined : items;
}

/** The words alone, by which a message is known again. */
export function wordsOf(input: readonly InputItem[]): string {
  return input.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n');
}

/** Undefined for what this version does not know how to review. */
export function reviewTargetOf(params: unknown): ReviewTarget | undefined {
  const target: unknown = Reflect.get(Object(params), 'target');
  const [type, branch, sha, instructions] = ['type', 'branch', 'sha', 'instructions'].map((name) => stringField(target, name));
  if (type === 'uncommittedChanges') return { type };
  if (type === 'baseBranch' && branch !== undefined) return { type, branch };
  if (type === 'commit' && sha !== undefined) return { type, sha };
  if (type === 'custom' && instructions !== undefined) return { type, instructions };
  return undefined;
}
