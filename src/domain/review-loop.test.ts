/** When the work of a session is looked back on: what counts, what fires, and what never does. */

import { describe, expect, test } from 'vitest';
import { AT, Given, opened, SESSION } from '../../test/domain/given.js';
import type { Event } from '../contract/events.js';
import type { Item } from '../contract/item.js';
import type { ReviewLoop } from '../contract/review-loop.js';
import type { Fact } from '../ports/agent.js';
import { evolve, initial } from './evolve.js';
import { decideReview, decideReviewOutcome } from './review-loop.js';
import { isSettled, sessionView } from './state.js';

const done = (turn: string, item: Item): Fact => ({ type: 'item.completed', turn, item });
const said = (turn: string, text = 'well'): Fact => done(turn, { id: `m-${turn}`, kind: 'agentMessage', text });
const ran = (turn: string, id: string): Fact => done(turn, { id, kind: 'command', command: 'ls', status: 'completed' });
const completes = (turn: string): Fact => ({ type: 'turn.completed', turn, usage: null });
const stops = (turn: string): Fact => ({ type: 'turn.interrupted', turn });
const breaks = (turn: string): Fact => ({ type: 'turn.failed', turn, error: { code: 'model', message: 'no', retryable: false } });

/** As a session takes facts: the question of a review comes behind each. */
function taken(given: Given, loop: ReviewLoop | undefined, ...facts: readonly Fact[]): Given {
  let after = given;
  for (const fact of facts) {
    const before = after;
    after = after.fact(fact);
    after = after.and(...decideReview(before.state, after.state, () => loop, AT));
  }
  return after;
}

/** A turn of this many commands, to its end. */
function turn(given: Given, loop: ReviewLoop | undefined, id: string, commands = 0, end: (turn: string) => Fact = completes): Given {
  const calls = Array.from({ length: commands }, (_, n) => ran(id, `${id}-${n}`));
  return taken(given.running(id), loop, ...calls, said(id), end(id));
}

const reviews = (given: Given): unknown[] => given.events.flatMap((event) => (event.type === 'review.requested' ? [event.data] : []));

describe('a review is asked for', () => {
  test('at the end of the turn that reaches the number of tool calls, and the count begins anew', () => {
    const loop = { afterToolCalls: 3 };
    const first = turn(turn(Given.session(), loop, 'a', 2), loop, 'b', 2);
    expect(reviews(first)).toEqual([{ toolCalls: 4, turns: 2, after: 0, upTo: first.state.position - 1, reviewer: 'default' }]);
    const begun = first.and(...decideReviewOutcome(first.state, first.state.position - 1, {}, AT));
    const second = turn(turn(begun, loop, 'c', 2), loop, 'd', 1);
    expect(reviews(second)).toHaveLength(2);
    expect(reviews(second)[1]).toMatchObject({ toolCalls: 3, turns: 2, after: first.state.position - 1 });
  });

  test('at the end of the turn that reaches the number of turns, by the agent that is named', () => {
    const loop = { afterTurns: 2, agent: 'keeper' };
    const one = turn(Given.session(), loop, 'a');
    expect(reviews(one)).toEqual([]);
    expect(reviews(turn(one, loop, 'b'))).toMatchObject([{ toolCalls: 0, turns: 2, reviewer: 'keeper' }]);
  });

  test('right behind the end of the turn, which is the last event that it looks at', () => {
    const given = turn(Given.session(), { afterTurns: 1 }, 'a');
    expect(given.events.slice(-2)).toMatchObject([{ type: 'turn.completed' }, { type: 'review.requested' }]);
    expect(reviews(given)).toMatchObject([{ upTo: given.events.length - 1 }]);
  });

  test('for changes of files and tools of servers as for commands, each once', () => {
    const tool = done('a', { id: 't', kind: 'toolCall', tool: 'find', status: 'completed' });
    const change = done('a', { id: 'f', kind: 'fileChange', status: 'declined', changes: [] });
    const thought = done('a', { id: 'r', kind: 'reasoning', text: 'hm' });
    const given = taken(
      Given.session().running('a'),
      { afterToolCalls: 4 },
      tool,
      tool,
      change,
      change,
      thought,
      ran('a', 'c'),
      completes('a'),
    );
    expect(reviews(given)).toEqual([]);
    expect(given.state.reviews.toolCalls).toBe(3);
  });

  test('when it is configured later, for what was done before too', () => {
    const given = turn(turn(Given.session(), undefined, 'a'), undefined, 'b');
    expect(reviews(turn(given, { afterTurns: 3 }, 'c'))).toMatchObject([{ turns: 3, after: 0 }]);
  });
});

describe('no review is asked for', () => {
  test.each([
    ['was stopped', stops],
    ['failed', breaks],
  ])('behind a turn that %s; its work counts at the next good end', (_, end) => {
    const given = turn(Given.session(), { afterToolCalls: 2 }, 'a', 2, end);
    expect(reviews(given)).toEqual([]);
    expect(reviews(turn(given, { afterToolCalls: 2 }, 'b'))).toMatchObject([{ toolCalls: 2, turns: 2 }]);
  });

  test('for turns in which nothing was said', () => {
    const silent = taken(Given.session().running('a'), { afterTurns: 1 }, said('a', ' \n'), completes('a'));
    const back = silent.running('b').turn('c', { mode: 'queue' });
    const given = taken(back, { afterTurns: 1 }, { type: 'turn.interrupted', turn: 'c' });
    expect([reviews(given), given.state.reviews.turns]).toEqual([[], 0]);
  });

  test('while the last one has not begun', () => {
    const loop = { afterTurns: 1 };
    const waiting = turn(turn(Given.session(), loop, 'a'), loop, 'b');
    expect(reviews(waiting)).toHaveLength(1);
    const { wanted } = waiting.state.reviews;
    const begun = waiting.and(...decideReviewOutcome(waiting.state, wanted?.upTo ?? 0, { message: 'gone' }, AT));
    expect(reviews(turn(begun, loop, 'c'))).toMatchObject([{ turns: 1 }, { turns: 2, after: wanted?.upTo }]);
  });

  test('in a session that is itself a review', () => {
    const data = { ...opened.data, reviewOf: { session: 'ses_11111111111111111111111111', upTo: 7 } };
    const state = initial({ ...opened, data, position: 1, session: SESSION });
    expect(sessionView(state).reviewOf).toEqual(data.reviewOf);
    const ended = [
      { type: 'turn.requested', turn: 'a', data: { input: [], mode: 'auto', disposition: 'started', by: 'owner' } },
      { type: 'turn.started', turn: 'a', data: { ref: 'r' } },
      { type: 'item.completed', turn: 'a', item: 'i', data: { item: { id: 'i', kind: 'command', command: 'ls', status: 'completed' } } },
      { type: 'turn.completed', turn: 'a', data: { finalText: 'well', usage: null } },
    ].reduce((before, event) => evolve(before, { ...event, at: AT, position: before.position + 1, session: SESSION } as Event), state);
    expect(ended.lastTurn?.status).toBe('completed');
    expect(decideReview(state, ended, () => ({ afterTurns: 1, afterToolCalls: 1 }), AT)).toEqual([]);
    expect(ended.reviews).toMatchObject({ toolCalls: 0, turns: 0 });
  });
});

test('a session is not at rest until its review has begun, and an outcome is recorded once', () => {
  const wanted = turn(Given.session(), { afterTurns: 1 }, 'a');
  expect(isSettled(wanted.state)).toBe(false);
  const { upTo } = wanted.state.reviews.wanted ?? { upTo: 0 };
  const begun = wanted.and(...decideReviewOutcome(wanted.state, upTo, { session: 'ses_22222222222222222222222222' }, AT));
  expect(isSettled(begun.state)).toBe(true);
  expect(decideReviewOutcome(begun.state, upTo, {}, AT)).toEqual([]);
});
