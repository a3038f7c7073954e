/** L9: what an agent asks is answered by whoever is first, also by one who did not start the turn; and a failed call is a failed turn. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SpoolError } from '../../src/base/errors.js';
import type { Decision, Event } from '../../src/client/index.js';
import { partOf } from '../cast.js';
import { Ear } from '../ear.js';
import { endpointOf, Guest } from '../guest.js';
import { type Climb, type Level, must } from '../ladder.js';
import type { Served } from '../program.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, ask, play, sessionOf } from '../talk.js';
import { until } from '../until.js';

const { runtime } = partOf('codex-cli-remote-control');

export const answersLevel: Level = {
  name: 'L9',
  title: 'questions are answered by whoever is first; an error of codex-cli-mcp is a failed turn',
  async climb(climb) {
    const stage = await stageFor(climb);
    await withGuest(climb, stage);
    await errorsOfMcp(climb, stage);
  },
};

/** A session of several clients, and what the question of a turn would do. */
interface Table {
  readonly stage: Stage;
  readonly host: Served;
  readonly session: string;
  readonly threadId: string;
  readonly guest: Guest;
  readonly ear: Ear;
}

async function withGuest(climb: Climb, stage: Stage): Promise<void> {
  let table: Table | undefined;
  const seated = await climb.check('a client of Codex sits at the session beside the host', async () => {
    const host = await stage.serve();
    const permissions = { profile: ':workspace', approvalPolicy: 'on-request' } as const;
    const session = await sessionOf(host, stage, await agentOf(host, stage, runtime, { permissions }));
    await play(host, session, '[[text:one]]');
    const threadId = (await host.client.sessions.get(session)).threadId ?? '';
    const guest = climb.use(await Guest.of(await endpointOf(host), threadId));
    const ear = climb.use(await Ear.of(host, session));
    table = { stage, host, session, threadId, guest, ear };
    return threadId;
  });
  if (!seated || table === undefined) return;
  const at = table;
  await climb.check('what the host’s turn asks is answered by the client of Codex, and an answer behind it is refused', () =>
    guestAnswers(at),
  );
  await climb.check('what the turn of the client of Codex asks is answered over HTTP', () => hostAnswers(at));
  await climb.check('of two answers over HTTP at the same moment one counts, and the other is told which', () => race(at));
  await climb.check('a no of the client of Codex is a no', () => guestDeclines(at));
}

/** What a turn asks to do outside of its sandbox, and where that can be seen. */
function deed({ stage }: Table): { readonly file: string; readonly input: string } {
  const file = join(stage.folder, `deed-${stage.count()}`);
  return { file, input: `[[sh!:touch ${file}]] [[text:done]]` };
}

async function questionOf({ ear }: Table, turn: string): Promise<string> {
  const asked = await ear.until(
    'the question',
    (event): event is Event<'approval.asked'> => event.type === 'approval.asked' && event.turn === turn,
  );
  return asked.data.approval.id;
}

/** The client of Codex answers what it is asked next. */
async function answerAsGuest({ guest }: Table, seen: number, decision: Decision & ('accept' | 'decline')): Promise<void> {
  const request = await until('the question at the client of Codex', () => guest.asked[seen]);
  must(request.method === 'item/commandExecution/requestApproval', `it was asked ${request.method}`);
  request.result({ decision });
}

async function endOf({ ear }: Table, turn: string): Promise<string> {
  const end = await ear.until(
    'the end of the turn',
    ({ type, turn: of }) => of === turn && /^turn\.(?:completed|failed|interrupted)$/.test(type),
  );
  return end.type;
}

async function guestAnswers(table: Table): Promise<string> {
  const { host, session, guest } = table;
  const { file, input } = deed(table);
  const seen = guest.asked.length;
  const turn = await ask(host, session, input);
  const question = await questionOf(table, turn);
  must(!existsSync(file), 'it was done before anybody said yes');
  await answerAsGuest(table, seen, 'accept');
  must((await endOf(table, turn)) === 'turn.completed', 'the turn did not complete');
  must(existsSync(file), 'it was not done');
  const shown = await host.client.approvals.get(question);
  must(shown.status !== 'pending', 'the question is still open', () => shown);
  const late = await host.client.approvals.answer(question, { decision: 'decline' }).then(
    () => 'accepted',
    (error: unknown) => SpoolError.from(error).code,
  );
  must(late === 'conflict', `a late answer was ${late}`);
  return `the question is ${shown.status}, a late answer is a ${late}`;
}

async function hostAnswers(table: Table): Promise<string> {
  const { host, guest, threadId, ear } = table;
  const { file, input } = deed(table);
  const from = ear.events.length;
  await guest.say(threadId, input);
  const asked = await until('the question', () =>
    ear.events.slice(from).find((event): event is Event<'approval.asked'> => event.type === 'approval.asked'),
  );
  await host.client.approvals.answer(asked.data.approval.id, { decision: 'accept' });
  must((await endOf(table, asked.turn ?? '')) === 'turn.completed', 'the turn did not complete');
  must(existsSync(file), 'it was not done');
  const { answeredBy } = await host.client.approvals.get(asked.data.approval.id);
  return `answered by ${answeredBy}`;
}

async function race(table: Table): Promise<string> {
  const { host, session } = table;
  const { file, input } = deed(table);
  const turn = await ask(host, session, input);
  const question = await questionOf(table, turn);
  const decisions = ['accept', 'decline'] as const;
  const answers = await Promise.allSettled(decisions.map((decision) => host.client.approvals.answer(question, { decision })));
  const won = answers.flatMap((one, n) => (one.status === 'fulfilled' ? [decisions[n]] : []));
  const lost = answers.flatMap((one) => (one.status === 'rejected' ? [SpoolError.from(one.reason).code] : []));
  must(won.length === 1 && lost.join() === 'conflict', 'not one of them counted', () => ({ won, lost }));
  await endOf(table, turn);
  must(existsSync(file) === (won[0] === 'accept'), 'what was done is not what was answered', () => won);
  return `${won[0]} was first`;
}

async function guestDeclines(table: Table): Promise<string> {
  const { host, session, guest } = table;
  const { file, input } = deed(table);
  const seen = guest.asked.length;
  const turn = await ask(host, session, input);
  await questionOf(table, turn);
  await answerAsGuest(table, seen, 'decline');
  const end = await endOf(table, turn);
  must(!existsSync(file), 'it was done all the same');
  return end;
}

/** A Codex that is an MCP server says with `isError` that its turn has failed. */
async function errorsOfMcp(climb: Climb, stage: Stage): Promise<void> {
  const part = partOf('codex-cli-mcp');
  await climb.check(
    `${part.runtime} on Codex ${part.codex}: a result with isError is a failed turn and not a text, and the next turn runs`,
    async () => {
      const host = await stage.serveTools(part.codex);
      const session = await sessionOf(host, stage, await agentOf(host, stage, part.runtime));
      const turn = await host.client.wait(session, await ask(host, session, '[[failed:insufficient_quota]]'));
      must(turn.status === 'failed' && turn.error !== null, `the turn ${turn.status}`, () => turn);
      must(turn.finalText === null, 'the error was taken for a text', () => turn.finalText);
      const { finalText } = await play(host, session, '[[text:better]]');
      must(finalText === 'better', 'the next turn said something else', () => finalText);
      return `${turn.error.code}: ${turn.error.message.slice(0, 80)}`;
    },
  );
}
