/** What must hold of a session's texts and questions. */

import type { Event } from '../src/contract/events.js';
import type { FakeCodexAnswer } from '../src/testing/index.js';
import { must } from './broken.js';
import type { TurnFate } from './check-turns.js';
import type { AnswerCommand } from './ledger.js';

/** The pieces of a message that completed are its text; pieces of a gap are missing, but none is out of place. */
export function checkTexts(session: string, events: readonly Event[]): void {
  const pieces = new Map<string, { text: string; from: number }>();
  const gaps = events.filter((event) => event.type === 'session.resumed' && event.data.gap).map((event) => event.position);
  const completed = new Map<string, string>();
  const items = new Set<string>();
  for (const event of events) {
    const { item = '' } = event;
    if (event.type === 'item.started') {
      must(!items.has(item), 'an item begins once', () => `${session} at ${event.position}: ${item}`);
      items.add(item);
      pieces.set(item, { text: '', from: event.position });
    } else if (event.type === 'item.delta' && event.data.kind === 'text') {
      must(!completed.has(item), 'nothing comes behind the end of an item', () => `${session} at ${event.position}: ${item}`);
      const before = pieces.get(item);
      pieces.set(item, { text: (before?.text ?? '') + event.data.text, from: before?.from ?? event.position });
    } else if (event.type === 'item.completed') {
      must(!completed.has(item), 'an item ends once', () => `${session} at ${event.position}: ${item}`);
      const text = 'text' in event.data.item ? event.data.item.text : '';
      completed.set(item, text);
      if (event.data.item.kind === 'agentMessage') checkText(session, event, text, pieces.get(item), gaps);
    } else if (event.type === 'turn.completed' && event.data.finalItem !== undefined && event.data.partial === undefined) {
      const said = completed.get(event.data.finalItem);
      must(
        said === event.data.finalText,
        'the final text is the last message',
        () => `${session} at ${event.position}: ${event.data.finalText} / ${said}`,
      );
    }
  }
}

function checkText(
  session: string,
  event: Event,
  text: string,
  pieces: { text: string; from: number } | undefined,
  gaps: readonly number[],
): void {
  const gap =
    pieces === undefined || gaps.some((position) => position >= pieces.from - 1 && position <= event.position) || pieces.text === '';
  const holds = gap ? isWithin(pieces?.text ?? '', text) : pieces.text === text;
  must(holds, 'the pieces of a message are its text', () => {
    return `${session} at ${event.position}${gap ? ' (with a gap)' : ''}: ${JSON.stringify(pieces?.text)} / ${JSON.stringify(text)}`;
  });
}

/** Whether all characters of `part` come in `whole` in their order. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const char of part) {
    at = whole.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

export interface QuestionEvidence {
  readonly session: string;
  readonly events: readonly Event[];
  /** What clients were told. */
  readonly told: readonly AnswerCommand[];
  /** What reached the agent; undefined when it does not tell. */
  readonly reached: readonly FakeCodexAnswer[] | undefined;
}

/** Checks that every question ends once, as its clients were told; how many there were. */
export function checkQuestions({ session, events, told, reached }: QuestionEvidence): number {
  const asked = events.filter((event) => event.type === 'approval.asked');
  const refs = new Set<string>();
  for (const { data } of asked) {
    const { id, item } = data.approval;
    must(!refs.has(data.ref), 'a question is asked once', () => `${session} ${id} ${data.ref}`);
    refs.add(data.ref);
    const answered = events.filter((event) => event.type === 'approval.answered').filter((event) => event.data.approval === id);
    const expired = events.filter((event) => event.type === 'approval.expired').filter((event) => event.data.approval === id);
    must(
      answered.length + expired.length === 1,
      'a question ends once',
      () => `${session} ${id}: ${answered.length} answers, ${expired.length} expired`,
    );
    const decision = answered[0]?.data.answer.decision;
    const yes = told.filter((one) => one.approval === id && one.status === 200).map((one) => one.decision);
    must(
      yes.length <= 1 && (yes.length === 0 || yes[0] === decision),
      'the first answer counts',
      () => `${session} ${id}: told ${yes.join()}, recorded ${decision ?? 'none'}`,
    );
    const came = (reached ?? []).filter((one) => one.item === item);
    const counted = came.filter((one) => one.counted);
    must(counted.length <= 1, 'a question is answered once at the agent', () => `${session} ${id}: ${JSON.stringify(came)}`);
    must(
      came.every((one) => one.decision === decision),
      'the agent gets the answer that was recorded',
      () => `${session} ${id} ${decision}: ${JSON.stringify(came)}`,
    );
  }
  return asked.length;
}

/** What was put into a turn that completed has reached the agent once, whatever else at most once, and what was refused never. */
export function checkInputs(
  session: string,
  fates: readonly TurnFate[],
  refused: readonly string[],
  taken: ReadonlyMap<string, number>,
): void {
  for (const { tag, end, into } of fates) {
    const times = taken.get(tag) ?? 0;
    const name = (): string => `${session} ${tag} ${end}${into === undefined ? '' : ` in ${into}`}: ${times} times`;
    must(times <= 1, 'no input reaches the agent twice', name);
    must(times === 1 || (end !== 'turn.completed' && into === undefined), 'the input of a completed turn has reached the agent', name);
  }
  for (const tag of refused) must(!taken.has(tag), 'refused input does not reach the agent', () => `${session} ${tag}`);
}
