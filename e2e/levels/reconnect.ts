/** L10: a turn outlives the line to its Codex and the host; and what stands in the user's configuration stays out where that is wanted. */

import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../src/client/index.js';
import { OPTIONS_OF } from '../../src/contract/runtime-options.js';
import type { Runtime } from '../../src/contract/words.js';
import { codexBinary } from '../../src/testing/index.js';
import { CAST, HOLDS, offlineSettings, type Part } from '../cast.js';
import { Ear } from '../ear.js';
import { type Level, must } from '../ladder.js';
import { processesOf } from '../process-tree.js';
import { ROOT, type Served } from '../program.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, ask, deltasOf, eventsOf, messagesOf, play, sessionOf } from '../talk.js';
import { until } from '../until.js';

/** Some three seconds of numbered pieces, and then a question, so that the turn cannot be over before somebody is back. */
const PIECES = 60;
const RELAY = join(ROOT, '.build', 'e2e', 'cut-relay.js');

/** A server in the user's own config.toml that tells, in the user's home, that it was started. */
const USERS_OWN = `[mcp_servers.users_own]
command = "/bin/sh"
args = ["-c", "echo ran >> \\"$HOME/users-own-ran\\"; exit 1"]`;

export const reconnectLevel: Level = {
  name: 'L10',
  title: 'a turn outlives a cut line and a restarted host, nothing lost or told twice; the user’s MCP servers stay out',
  async climb(climb) {
    const stage = await stageFor(climb);
    await climb.check('the line to codex-cli-remote-control is cut in the middle of a turn, twice', () => cutLine(stage));
    for (const runtime of ['codex-app-server', 'codex-cli-remote-control'] as const) {
      await climb.check(`the host is killed in the middle of a turn of ${runtime}`, () => restarted(stage, runtime, 'SIGKILL'));
      await climb.check(`the host is stopped and started in the middle of a turn of ${runtime}`, () =>
        restarted(stage, runtime, 'SIGTERM'),
      );
    }
    const users = await stageFor(climb, { config: { more: USERS_OWN } });
    for (const part of CAST.filter(({ runtime }) => OPTIONS_OF[runtime].includes('useUserConfig'))) {
      await climb.check(`${part.runtime} starts the MCP servers of the user’s config.toml, and with useUserConfig false it does not`, () =>
        usersServers(users, part),
      );
    }
  },
};

async function cutLine(stage: Stage): Promise<string> {
  const relayed = join(stage.folder, 'codex-relayed');
  writeFileSync(relayed, `#!/bin/sh\nexec '${process.execPath}' '${RELAY}' '${codexBinary()}' "$@"\n`);
  chmodSync(relayed, 0o755);
  const host = await stage.serve({ SPOOL_CODEX_BIN: relayed, SPOOL_HOME: `${stage.home}-relayed` });
  const session = await sessionOf(host, stage, await agentOf(host, stage, 'codex-cli-remote-control'));
  await play(host, session, '[[text:one]]');
  const relay = processesOf(stage.folder).find(({ args }) => args.includes(RELAY) && args.includes('--listen'));
  must(relay !== undefined, 'Codex is not reached by way of the relay');
  await using ear = await Ear.of(host, session);
  const { turn, tag } = await begin(stage, host, session);
  for (const seen of [5, 15]) {
    await ear.until(`piece ${seen}`, () => numbersIn(deltasOf(ear.events, turn)).some((n) => n >= seen));
    const resumed = countOf(ear, 'session.resumed');
    process.kill(relay.pid, 'SIGUSR2');
    await ear.until('the conversation resumed', () => countOf(ear, 'session.resumed') > resumed);
  }
  await letGoOn(ear, host, turn);
  await host.client.wait(session, turn);
  const told = await whole(stage, host, session, turn, tag);
  await host.end('SIGTERM');
  return told;
}

async function restarted(stage: Stage, runtime: Runtime, signal: NodeJS.Signals): Promise<string> {
  const first = await stage.serve();
  const alias = `r${stage.count()}`;
  const session = await sessionOf(first, stage, await agentOf(first, stage, runtime, { alias }));
  const { turn, tag } = await begin(stage, first, session);
  const ear = await Ear.of(first, session);
  await ear.until('some pieces', () => numbersIn(deltasOf(ear.events, turn)).length >= 5);
  await first.end(signal);
  await ear[Symbol.asyncDispose]();
  const second = await stage.serve();
  try {
    await using later = await Ear.of(second, session);
    await letGoOn(later, second, turn);
    await second.client.wait(session, turn);
    const now = (await eventsOf(second, session)).slice(0, ear.events.length);
    must(JSON.stringify(now) === JSON.stringify(ear.events), 'what was told before the end of the first host is told differently now');
    return await whole(stage, second, session, turn, tag);
  } finally {
    // The next one needs the home.
    await second.end('SIGTERM');
  }
}

async function begin(stage: Stage, host: Served, session: string): Promise<{ turn: string; tag: string }> {
  const tag = `#${stage.count()}#`;
  return { turn: await ask(host, session, `${tag} [[deltas:${PIECES}:50]] [[sh!:true]] [[text:, and over]]`), tag };
}

/** Answers what the turn asks behind its pieces. */
async function letGoOn(ear: Ear, host: Served, turn: string): Promise<void> {
  const asked = await ear.until(
    'the question behind the pieces',
    (event): event is Event<'approval.asked'> => event.type === 'approval.asked' && event.turn === turn,
  );
  await host.client.approvals.answer(asked.data.approval.id, { decision: 'accept' });
}

/** Holds the events of a session to what was promised of a turn of numbered pieces, and resolves to what can be said of them. */
async function whole(stage: Stage, host: Served, session: string, turn: string, tag: string): Promise<string> {
  const events = await eventsOf(host, session);
  must(
    events.every(({ position }, n) => position === n + 1),
    'positions are not one apart',
    () => events.map(({ position }) => position),
  );
  const of = (type: string): number => events.filter((event) => event.type === type && event.turn === turn).length;
  const ends = { requested: of('turn.requested'), started: of('turn.started'), completed: of('turn.completed') };
  must(Object.values(ends).join() === '1,1,1' && of('turn.failed') + of('turn.interrupted') === 0, 'it did not begin and end once', () =>
    events.filter((event) => event.turn === turn && event.type.startsWith('turn.')),
  );
  const all = Array.from({ length: PIECES }, (_, n) => n + 1);
  const messages = messagesOf(events, turn);
  must(numbersIn(messages.join('|')).join() === all.join(), 'the text is not whole', () => messages);
  const pieces = numbersIn(deltasOf(events, turn));
  must(
    pieces.every((n, at) => at === 0 || n > (pieces[at - 1] ?? 0)),
    'a piece was told twice, or out of its order',
    () => pieces,
  );
  const asked = stage.model.requests.filter(({ prompt, step }) => prompt.includes(tag) && step === 0).length;
  must(asked === 1, `the model was asked ${asked} times`);
  return `the text is whole, ${pieces.length} of ${PIECES} pieces were heard while it was said, none twice`;
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

function countOf({ events }: Ear, type: string): number {
  return events.filter((event) => event.type === type).length;
}

async function usersServers(stage: Stage, { runtime, codex }: Part): Promise<string> {
  const host = await stage.serveTools(codex);
  const ran = join(stage.folder, 'users-own-ran');
  rmSync(ran, { force: true });
  await play(host, await sessionOf(host, stage, await agentOf(host, stage, runtime)), HOLDS.says('as it is'));
  await until('the server of the user, where nothing is said', () => (existsSync(ran) ? true : undefined), { ms: 10_000 });
  rmSync(ran);
  const runtimeOptions = { useUserConfig: false, config: offlineSettings(stage.model) ?? {} };
  const alias = await agentOf(host, stage, runtime, { alias: `x-${runtime}`, runtimeOptions });
  await play(host, await sessionOf(host, stage, alias), HOLDS.says('without'));
  must(!existsSync(ran), 'it was started all the same');
  return 'started by the first, not by the second';
}
