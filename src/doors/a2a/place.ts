/** What a path of this door means: a card, the list of cards, or a call to an agent. */

import { A2A_PATH, CARD, WELL_KNOWN } from './paths.js';

export type Place =
  | { readonly kind: 'list' }
  /** The card of the host's one public agent. */
  | { readonly kind: 'host-card' }
  | { readonly kind: 'card'; readonly alias: string }
  /** `rest` is what follows the agent's own path. */
  | { readonly kind: 'call'; readonly alias: string; readonly rest: string }
  | { readonly kind: 'nothing' };

/** Cards may be read by anybody; the same path with another method is none. */
export function placeOf({ url, method }: Request): Place {
  const { pathname } = new URL(url);
  const reads = method === 'GET' || method === 'HEAD';
  if (pathname === `${WELL_KNOWN}/${CARD}`) return reads ? { kind: 'host-card' } : { kind: 'nothing' };
  if (pathname === A2A_PATH || pathname === `${A2A_PATH}/`) return reads ? { kind: 'list' } : { kind: 'nothing' };
  const [, alias = '', rest = ''] = new RegExp(`^${A2A_PATH}/([^/]+)(?:/(.*))?$`).exec(pathname) ?? [];
  if (alias === '') return { kind: 'nothing' };
  if (reads && `/${rest}` === `${WELL_KNOWN}/${CARD}`) return { kind: 'card', alias };
  return { kind: 'call', alias, rest };
}
