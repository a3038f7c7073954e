/** L8: what an agent says comes to everybody who listens, while it is said, and nobody has to ask for it. */

import type { Event } from '../../src/client/index.js';
import { partOf } from '../cast.js';
import { Ear } from '../ear.js';
import { endpointOf, Guest } from '../guest.js';
import { type Level, must } from '../ladder.js';
import type { Served } from '../program.js';
import { stageFor } from '../stage.js';
import { agentOf, ask, deltasOf, messagesOf, play, sessionOf } from '../talk.js';
import { until } from '../until.js';

const { runtime } = partOf('codex-cli-remote-control');

/** Text in pieces, and then a question that nobody answers until all have heard the text: so the turn cannot be over by then. */
const PIECES = '[[deltas:25:20]] [[sh!:true]] [[text: and done]]';

export const pushLevel: Level = {
  name: 'L8',
  title: 'a turn is pushed to followers and attached clients while it runs, and all get the same text',
  async climb(climb) {
    const stage = await stageFor(climb);
    const host = await stage.serve();
    let session = '';
    let guest: Guest | undefined;
    const ears: Ear[] = [];
    await climb.step('two followers and a client of Codex listen to one session', async () => {
      session = await sessionOf(host, stage, await agentOf(host, stage, runtime));
      // A conversation cannot be joined before its first turn.
      await play(host, session, '[[text:one]]');
      const { threadId } = await host.client.sessions.get(session);
      guest = climb.use(await Guest.of(await endpointOf(host), threadId ?? ''));
      for (let n = 0; n < 2; n += 1) ears.push(climb.use(await Ear.of(host, session)));
      return threadId ?? undefined;
    });
    const attached = guest ?? fail();
    await climb.check('a turn that a third asks for over HTTP comes to all of them piece by piece, with the same text', () =>
      fromHttp(host, session, attached, ears),
    );
    await climb.check('a turn that the attached client asks for comes to the followers in the same way', () =>
      fromGuest(host, session, attached, ears),
    );
    await climb.check('nobody has asked again', () => {
      const seen = [...ears.map(({ requests }) => requests), attached.requests];
      // The client of Codex has said hello, joined, and asked for its own turn.
      must(seen.join() === '1,1,3', 'somebody has', () => seen);
      return Promise.resolve('1 request for each stream, none for news by the client of Codex');
    });
  },
};

function fail(): never {
  throw new Error('nobody is attached');
}

async function fromHttp(host: Served, session: string, guest: Guest, ears: readonly Ear[]): Promise<string> {
  const from = guest.heard.length;
  return await sameForAll(host, await ask(host, session, PIECES), guest, from, ears);
}

/** Everybody hears the text while the turn still waits; then it is let go on, and everybody hears the rest. */
async function sameForAll(host: Served, turn: string, guest: Guest, from: number, ears: readonly Ear[]): Promise<string> {
  const heard = (): string[] => [...ears.map(({ events }) => deltasOf(events, turn)), guest.textFrom(from)];
  await until('the text of the waiting turn at all of them', () => (heard().every((text) => / 25\b/.test(text)) ? true : undefined), {
    seen: heard,
  });
  const [first, ...others] = await Promise.all(
    ears.map((ear) =>
      ear.until('the question', (event): event is Event<'approval.asked'> => event.type === 'approval.asked' && event.turn === turn),
    ),
  );
  const question = first?.data.approval.id ?? '';
  must(
    others.every(({ data }) => data.approval.id === question),
    'they are asked different things',
  );
  await host.client.approvals.answer(question, { decision: 'accept' });
  for (const ear of ears) await ear.until('the end of the turn', (event) => event.type === 'turn.completed' && event.turn === turn);
  await until('the end at the attached client', () => guest.heard.slice(from).find(({ method }) => method === 'turn/completed'));
  const texts = [...heard(), ...ears.map(({ events }) => messagesOf(events, turn).join(''))];
  const [text = ''] = texts;
  must(/ and done$/.test(text) && texts.every((one) => one === text), 'they have different texts', () => texts);
  const pieces = ears.map(({ events }) => events.filter((event) => event.type === 'item.delta' && event.turn === turn).length);
  return `${text.length} characters, ${pieces.join(' and ')} pieces`;
}

async function fromGuest(host: Served, session: string, guest: Guest, ears: readonly Ear[]): Promise<string> {
  const { threadId } = await host.client.sessions.get(session);
  const from = guest.heard.length;
  const before = ears.map(({ events }) => events.length);
  await guest.say(threadId ?? '', PIECES);
  const begun = await Promise.all(
    ears.map((ear, n) =>
      until('the turn at the followers', () => ear.events.slice(before[n]).find((event) => event.type === 'turn.requested')),
    ),
  );
  const [turn, other] = begun.map((event) => event.turn ?? '');
  must(turn !== undefined && turn === other, 'the followers know it by different ids', () => [turn, other]);
  return await sameForAll(host, turn, guest, from, ears);
}
