/** Which of the rules that a question offers is written down for good. Pure. */

import { SpoolError } from '../base/errors.js';
import type { Amendment, Approval } from '../contract/approval.js';
import { oneLine } from './render/printable.js';

/** The only one with this action, or the one that is named. Throws `invalid-input` when there is none, or more than one. */
export function chosenAmendment({ id, amendments = [] }: Approval, action: Amendment['action'], named: string | undefined): Amendment {
  const offered = amendments.filter((one) => one.action === action);
  const [first] = named === undefined ? offered : offered.filter((one) => one.id === named);
  const shown = offered.map((one) => `${one.id} (${oneLine(one.title)})`).join(', ');
  if (first === undefined) {
    const what = named === undefined ? 'no rule to write down' : `no rule ${JSON.stringify(named)}`;
    const hint = shown === '' ? 'answer without --always, or use --for-session' : `it offers: ${shown}`;
    throw new SpoolError('invalid-input', `${id} offers ${what}`, { hint });
  }
  if (named === undefined && offered.length > 1) {
    throw new SpoolError('invalid-input', `${id} offers ${offered.length} rules`, { hint: `name one with --rule: ${shown}` });
  }
  return first;
}
