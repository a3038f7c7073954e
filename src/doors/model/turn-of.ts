/** Which turn a call of the model belongs to, as Codex says it in a header of each request. */

import type { IncomingHttpHeaders } from 'node:http';

/** Codex's ids have 36 characters; what is longer is none, and would only fill the ledger. */
const LONGEST = 100;

/** Helpers that a turn has started count as the turn itself, where the version tells. Undefined when the request does not say. */
export function turnOf(headers: IncomingHttpHeaders): string | undefined {
  const said = headers['x-codex-turn-metadata'];
  if (typeof said !== 'string') return undefined;
  try {
    const metadata: unknown = Object(JSON.parse(said));
    return nameIn(metadata, 'root_turn_id') ?? nameIn(metadata, 'turn_id');
  } catch {
    return undefined;
  }
}

function nameIn(metadata: unknown, field: string): string | undefined {
  const name: unknown = Reflect.get(Object(metadata), field);
  return typeof name === 'string' && name !== '' && name.length <= LONGEST ? name : undefined;
}
