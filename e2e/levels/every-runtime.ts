/** L11: every runtime runs turns with its real program and the offline model, as it declares; and when the host stops nothing of it is left. */

import { RUNTIMES } from '../../src/contract/words.js';
import { CAST, capabilitiesOf, HOLDS, type Part } from '../cast.js';
import { type Climb, type Level, must } from '../ladder.js';
import { familyOf, processesOf } from '../process-tree.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, ask, deltasOf, eventsOf, play, sessionOf, stopTurn } from '../talk.js';
import { until } from '../until.js';

export const everyRuntimeLevel: Level = {
  name: 'L11',
  title: 'every runtime runs turns with its real program, and a stopped host leaves nothing behind',
  async climb(climb) {
    const stage = await stageFor(climb, { opencode: true });
    await climb.check('/v1/capabilities declares every runtime', async () => {
      const { runtimes } = await (await stage.serveTools()).client.call('capabilities', {});
      const there = runtimes.map(({ runtime }) => runtime);
      must([...there].sort().join() === [...RUNTIMES].sort().join(), 'there are others', () => there);
      return `${there.length}`;
    });
    const running: (readonly [number, readonly number[]])[] = [];
    for (const part of CAST) await ofPart(climb, stage, part);
    await climb.check('when the hosts are stopped every process of them is gone, with all that it has started', async () => {
      for (const host of await stage.programs()) {
        const family = familyOf(host.pid, processesOf(stage.folder)).map(({ pid }) => pid);
        running.push([host.pid, family]);
        const status = await host.end('SIGTERM');
        must(status === 0, `the host ended with ${status}`);
      }
      const before = running.flatMap(([, family]) => family).length;
      must(before > running.length, 'there was nothing to stop');
      await until('their end', () => (processesOf(stage.folder).length === 0 ? true : undefined), { ms: 10_000 });
      return `${before} processes of ${running.length} hosts, 0 left`;
    });
  },
};

async function ofPart(climb: Climb, stage: Stage, part: Part): Promise<void> {
  const { runtime, codex } = part;
  let session = '';
  const opened = await climb.check(`${runtime}${codex === undefined ? '' : ` on Codex ${codex}`} runs a turn`, async () => {
    const host = await stage.serveTools(codex);
    await capabilitiesOf(host.client, runtime);
    session = await sessionOf(host, stage, await agentOf(host, stage, runtime));
    const { finalText, id } = await play(host, session, HOLDS.says(`said by ${runtime}`));
    must(finalText === `said by ${runtime}`, 'it said something else', () => finalText);
    const opening = (await eventsOf(host, session)).find(({ type }) => type === 'session.opened');
    must(opening?.type === 'session.opened' && opening.data.runtime === runtime, 'the session has another runtime', () => opening);
    return `${id} "${finalText}"`;
  });
  if (!opened) return;
  await climb.check(`${runtime} remembers the turn in the next one, and keeps to what it declares`, () => asDeclared(stage, part, session));
}

/** A second turn, pieces where it declares them, and an interrupt where it declares that. */
async function asDeclared(stage: Stage, part: Part, session: string): Promise<string> {
  const host = await stage.serveTools(part.codex);
  const { interrupt, deltas, steer, approvals } = await capabilitiesOf(host.client, part.runtime);
  const before = stage.model.requests.length;
  const turn = await play(host, session, `the second ${HOLDS.says('again and again')}`);
  must(turn.finalText === 'again and again', 'it said something else', () => turn.finalText);
  if (part.isProcess !== undefined) {
    const asked = stage.model.requests.slice(before).find(({ prompt }) => prompt.includes('the second'));
    must(
      JSON.stringify(asked?.body.input ?? []).includes(`said by ${part.runtime}`),
      'the model was not shown the first turn',
      () => asked?.body.input,
    );
  }
  const lasting = await ask(host, session, HOLDS.lasting('wait'));
  await until('its start', async () =>
    (await eventsOf(host, session)).find((event) => event.type === 'turn.started' && event.turn === lasting),
  );
  if (deltas) await until('pieces', async () => deltasOf(await eventsOf(host, session), lasting) || undefined);
  must(interrupt, `${part.runtime} cannot be interrupted`);
  const { status } = await stopTurn(host, session, lasting);
  must(status === 'interrupted', `the turn that was interrupted ${status}`);
  const can = Object.entries({ interrupt, deltas, steer, approvals }).flatMap(([name, holds]) => (holds ? [name] : []));
  return can.join(', ');
}
