/** The checks of the fault suite bite: each is shown what it is there to find. */

import { expect, test } from 'vitest';
import { checkInputs, checkQuestions, checkTexts } from '../chaos/check-session.js';
import { checkTurns, type TurnEvidence } from '../chaos/check-turns.js';
import { KILLS, planRound } from '../chaos/moves.js';
import type { Event } from '../src/contract/events.js';
import type { Turn } from '../src/contract/session.js';

type Loose = { readonly type: string; readonly turn?: string; readonly item?: string; readonly data?: unknown };

function events(...list: readonly Loose[]): Event[] {
  return list.map((one, index) => ({ position: index + 1, session: 's', at: '', data: {}, ...one }) as unknown as Event);
}

const requested = (turn: string, tag: string, disposition = 'started'): Loose => ({
  type: 'turn.requested',
  turn,
  data: { input: [{ type: 'text', text: `#${tag}# hello` }], disposition },
});
const started = (turn: string): Loose => ({ type: 'turn.started', turn, data: { ref: turn } });
const ended = (turn: string, how = 'completed'): Loose => ({ type: `turn.${how}`, turn, data: {} });

function evidence(list: readonly Loose[], more: Partial<TurnEvidence> = {}): TurnEvidence {
  const tags = list.filter(({ type }) => type === 'turn.requested');
  const commands = tags.map(({ turn = '', data }) => {
    const [, tag = ''] = /#(\w+)#/.exec(JSON.stringify(data)) ?? [];
    const accepted = { turn, disposition: 'started', position: 1 } as const;
    return { session: 's', tag, mode: 'auto', status: 202, accepted } as const;
  });
  const shown = tags.map(({ turn = '' }) => ({ id: turn, status: statusIn(list, turn), steeredInto: null }) as unknown as Turn);
  return { session: 's', events: events(...list), commands, cancels: [], shown, ...more };
}

function statusIn(list: readonly Loose[], turn: string): string | undefined {
  return list.findLast((one) => one.turn === turn)?.type.slice('turn.'.length);
}

const whole = [requested('a', 's1t1'), started('a'), ended('a')];

test('a whole story passes', () => {
  expect(checkTurns(evidence(whole))).toEqual([{ turn: 'a', tag: 's1t1', end: 'turn.completed', into: undefined }]);
});

test.each([
  ['a turn that never ends', [requested('a', 's1t1'), started('a')], 'an accepted turn ends exactly once'],
  ['a turn that ends twice', [...whole, ended('a', 'failed')], 'an accepted turn ends exactly once'],
  [
    'a command that was recorded twice',
    [...whole, requested('b', 's1t1'), started('b'), ended('b')],
    'an accepted command is recorded once',
  ],
  ['a turn within a turn', [requested('a', 's1t1'), started('a'), requested('b', 's1t2'), started('b')], 'one turn runs at a time'],
  ['a turn that begins twice', [requested('a', 's1t1'), started('a'), ended('a'), started('a')], 'a turn begins once'],
  [
    'a turn that is overtaken',
    [requested('a', 's1t1', 'queued'), requested('b', 's1t2', 'queued'), started('b'), ended('b'), started('a'), ended('a')],
    'turns begin in the order of the queue',
  ],
])('%s is found', (_, list, invariant) => {
  expect(() => checkTurns(evidence(list))).toThrow(invariant);
});

test('traces of a refused command, turns from nowhere and turns that the API shows otherwise are found', () => {
  const [refused] = evidence(whole).commands;
  const commands = refused === undefined ? [] : [{ ...refused, accepted: undefined, status: 409 }];
  expect(() => checkTurns(evidence(whole, { commands }))).toThrow('a refused command leaves no trace');
  expect(() => checkTurns(evidence(whole, { commands: [] }))).toThrow('no turn comes from nowhere');
  expect(() => checkTurns(evidence(whole, { shown: [] }))).toThrow('the API shows every turn');
  const cancels = [{ session: 's', turn: 'a', status: 200, lost: false }];
  expect(() => checkTurns(evidence(whole, { cancels }))).toThrow('a turn that was taken back never begins');
});

const message = (type: string, text: string): Loose => ({ type, item: 'm', data: { item: { id: 'm', kind: 'agentMessage', text } } });
const piece = (text: string): Loose => ({ type: 'item.delta', item: 'm', data: { kind: 'text', text } });
const gap: Loose = { type: 'session.resumed', data: { gap: true } };

test('a piece that is missing is found unless there was a gap, and one that is out of place always', () => {
  const told = (...middle: Loose[]): void =>
    checkTexts('s', events(message('item.started', ''), ...middle, message('item.completed', 'one two')));
  told(piece('one '), piece('two'));
  told(piece('one '), gap);
  expect(() => told(piece('one '))).toThrow('the pieces of a message are its text');
  expect(() => told(piece('one '), piece('two'), piece('two'))).toThrow('the pieces of a message are its text');
  expect(() => told(gap, piece('two'), piece('one'))).toThrow('the pieces of a message are its text');
  expect(() => checkTexts('s', events(message('item.completed', 'a'), message('item.completed', 'a')))).toThrow('an item ends once');
});

const asked: Loose = { type: 'approval.asked', data: { ref: 'r', approval: { id: 'q', item: 'i' } } };
const answered: Loose = { type: 'approval.answered', data: { approval: 'q', answer: { decision: 'accept' } } };
const reached = { pid: 1, request: 0, method: 'm', thread: 't', item: 'i', decision: 'accept', counted: true };

test('a question without an end, with two, or answered otherwise than recorded is found', () => {
  const check = (list: Loose[], told: { approval: string; decision: string; status: number }[], came = [reached]): number =>
    checkQuestions({ session: 's', events: events(...list), told, reached: came });
  expect(check([asked, answered], [{ approval: 'q', decision: 'accept', status: 200 }])).toBe(1);
  expect(() => check([asked], [])).toThrow('a question ends once');
  expect(() => check([asked, answered, { type: 'approval.expired', data: { approval: 'q' } }], [])).toThrow('a question ends once');
  expect(() => check([asked, answered], [{ approval: 'q', decision: 'decline', status: 200 }])).toThrow('the first answer counts');
  expect(() => check([asked, answered], [], [reached, reached])).toThrow('a question is answered once at the agent');
  expect(() => check([asked, answered], [], [{ ...reached, decision: 'decline' }])).toThrow('the agent gets the answer');
});

test('input that reached the agent twice, or never, is found', () => {
  const fate = { turn: 'a', tag: 's1t1', end: 'turn.completed', into: undefined } as const;
  checkInputs('s', [fate], [], new Map([['s1t1', 1]]));
  expect(() => checkInputs('s', [fate], [], new Map([['s1t1', 2]]))).toThrow('no input reaches the agent twice');
  expect(() => checkInputs('s', [fate], [], new Map())).toThrow('the input of a completed turn has reached the agent');
  expect(() => checkInputs('s', [], ['s1t2'], new Map([['s1t2', 1]]))).toThrow('refused input does not reach the agent');
});

test('the same seed plans the same round, another one another', () => {
  const size = { sessions: 3, turns: 30, strikes: 10, apart: 5, kinds: KILLS };
  expect(planRound(1, size)).toEqual(planRound(1, size));
  expect(planRound(1, size)).not.toEqual(planRound(2, size));
});
