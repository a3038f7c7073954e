/** The line above a session that is watched. Pure. */

import type { Session } from '../../contract/session.js';
import { oneLine, widthOf } from './printable.js';

/** `columns` short enough cuts the id to its end, which is enough to type, and then the folder. */
export function headLine({ id, agent, cwd }: Session, more: readonly string[], columns: number): string {
  const short = columns < 1000 ? `…${id.slice(-6)}` : id;
  const rest = [short, oneLine(agent), ...more].join(' · ');
  return [short, oneLine(agent), oneLine(cwd, Math.max(12, columns - widthOf(rest) - 3)), ...more].join(' · ');
}
