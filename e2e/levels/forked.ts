/** L3: each runtime really starts its process, and those that are told by arguments are told there where the host's tools are. */

import { isCodex } from '../../src/contract/words.js';
import { CAST, HOLDS, type Part } from '../cast.js';
import { type Climb, type Level, must } from '../ladder.js';
import { brief, commandLine, familyOf, processesOf } from '../process-tree.js';
import { type Stage, stageFor } from '../stage.js';
import { agentOf, play, sessionOf, withRunning } from '../talk.js';

export const forkedLevel: Level = {
  name: 'L3',
  title: 'each runtime starts its process, and the host’s tools are joined to it',
  async climb(climb) {
    const stage = await stageFor(climb, { opencode: true });
    for (const part of CAST) await playPart(climb, stage, part);
  },
};

async function playPart(climb: Climb, stage: Stage, part: Part): Promise<void> {
  const { runtime, isProcess, toldByArguments } = part;
  if (isProcess === undefined) {
    await climb.check(`${runtime} has no process of its own, and its turns run`, async () => {
      const host = await stage.serveTools(part.codex);
      const session = await sessionOf(host, stage, await agentOf(host, stage, runtime));
      const below = (): string[] => familyOf(host.pid, processesOf(stage.folder)).map(brief);
      const before = below();
      await play(host, session, HOLDS.says('hello'));
      const more = below().filter((one) => !before.includes(one));
      must(more.length === 0, 'it has started something', () => more.join('; '));
      return undefined;
    });
    return;
  }
  await climb.check(`${runtime} starts its process below the host`, async () => {
    const host = await stage.serveTools(part.codex);
    const alias = await agentOf(host, stage, runtime);
    return await withRunning(stage, host, part, alias, (one) => {
      if (toldByArguments) {
        const server = `mcp_servers.spool_${alias.replaceAll('-', '_')}.url=`;
        must(commandLine(one).includes(server), `its command line does not say ${server}`, () => commandLine(one));
      }
      if (isCodex(runtime))
        must(one.env.get('CODEX_HOME') === stage.codexHome, 'it has another CODEX_HOME', () => one.env.get('CODEX_HOME'));
      return brief(one);
    });
  });
}
