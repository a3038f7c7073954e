/** L4: tokens are in the environment of the process that needs them, and nowhere else: no command line, no file, no log, no command. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '../../src/contract/words.js';
import { agentToken } from '../../src/doors/agent-listener.js';
import { CAST, capabilitiesOf, HOLDS, type Part, partOf } from '../cast.js';
import { type Climb, type Level, must } from '../ladder.js';
import { brief, commandLine, processesOf, type SeenProcess } from '../process-tree.js';
import type { Served } from '../program.js';
import { filesWith, placesOf } from '../secrets.js';
import { codexEnv, HOST_SECRETS, type Stage, stageFor } from '../stage.js';
import { agentOf, play, sessionOf, withRunning } from '../talk.js';

export const tokensLevel: Level = {
  name: 'L4',
  title: 'tokens are in the environment of the process that needs them and nowhere else',
  async climb(climb) {
    const stage = await stageFor(climb, { opencode: true });
    const tokens: string[] = [];
    for (const part of CAST.filter(({ isProcess }) => isProcess !== undefined)) {
      await climb.check(`${part.runtime} has its token where nobody else reads it, and none of the host’s keys`, () =>
        ofPart(stage, part, tokens),
      );
    }
    for (const { runtime, codex } of CAST.filter(({ toldByArguments }) => toldByArguments)) {
      await climb.check(`a command of ${runtime} does not see the token of its agent`, () => ofCommands(stage, runtime, codex));
    }
    await climb.check('the token of codex-cli-remote-control is in its file, and only its hash on the command line', () =>
      ofTheSocket(stage),
    );
    await ofTheOwner(climb, stage);
    await climb.check('behind all that, no token of an agent was written into a file, a log or a history', () => {
      const files = tokens.flatMap((token) => filesWith(token, stage.folder));
      must(files.length === 0, 'there is one', () => files);
      return Promise.resolve(`${tokens.length} tokens`);
    });
  },
};

async function ofPart(stage: Stage, part: Part, tokens: string[]): Promise<string> {
  const { runtime, toldByArguments, codex } = part;
  const host = await stage.serveTools(codex);
  const { mcpServers } = await capabilitiesOf(host.client, runtime);
  const alias = await agentOf(host, stage, runtime);
  return await withRunning(stage, host, part, alias, (one, all) => {
    withoutHostSecrets(all.filter((each) => !isHost(each)));
    const token = tokenOf(stage, codex, alias);
    tokens.push(token);
    const { commandLines, environments, files } = placesOf(token, all, stage.folder);
    must(commandLines.length === 0, 'the token is on a command line', () => commandLines);
    must(files.length === 0, 'the token is in a file', () => files);
    if (!toldByArguments) {
      return `${environments.length === 0 ? 'handed over without the environment' : `in the environment of ${environments.length}`}`;
    }
    must(mcpServers, `${runtime} does not take the host’s tools`);
    const variable = [...one.env].find(([, value]) => value === token)?.[0];
    must(variable !== undefined, 'the token is not in the environment of the process', () => [...one.env.keys()]);
    must(commandLine(one).includes(variable), `the command line does not name ${variable}`, () => brief(one));
    return `in ${variable}`;
  });
}

/** The tokens of agents follow from one secret, which the host keeps beside its vault. */
function tokenOf({ home }: Stage, codex: string | undefined, alias: string): string {
  const spoolHome = codexHomeOf(home, codex);
  return agentToken(readFileSync(join(spoolHome, 'vault', 'agent-secret'), 'utf8').trim(), alias);
}

function codexHomeOf(home: string, codex: string | undefined): string {
  return codexEnv(home, codex)['SPOOL_HOME'] ?? home;
}

/** Programs with a host have what they were started with. */
function isHost({ args }: SeenProcess): boolean {
  return args[1]?.endsWith('/agents-program.js') === true;
}

function withoutHostSecrets(processes: readonly SeenProcess[]): void {
  for (const [name, secret] of Object.entries(HOST_SECRETS)) {
    const holders = processes.filter(({ env, args }) => env.has(name) || [...env.values(), ...args].some((text) => text.includes(secret)));
    must(holders.length === 0, `${name} of the host was handed on`, () => holders.map(brief));
  }
}

async function ofCommands(stage: Stage, runtime: Runtime, codex: string | undefined): Promise<string> {
  const host = await stage.serveTools(codex);
  const alias = await agentOf(host, stage, runtime, { alias: `c-${runtime}` });
  await play(host, await sessionOf(host, stage, alias), `[[sh:env]] ${HOLDS.says('done')}`);
  const told =
    stage.model.requests
      .at(-1)
      ?.outputs.map(({ text }) => text)
      .join('\n') ?? '';
  must(told.includes('PATH='), 'the command did not show its environment', () => told);
  must(!told.includes(tokenOf(stage, codex, alias)), 'the command sees the token', () => told);
  return `${told.split('\n').filter((line) => /^\w+=/.test(line)).length} variables, the token is none of them`;
}

async function ofTheSocket(stage: Stage): Promise<string> {
  const host = await stage.serveTools();
  const part = partOf('codex-cli-remote-control');
  const alias = await agentOf(host, stage, part.runtime, { alias: 'socket' });
  return await withRunning(stage, host, part, alias, async (one, all) => {
    const { runtimes } = await host.client.status();
    const tokenFile = runtimes.find(({ runtime }) => runtime === part.runtime)?.tokenFile;
    must(tokenFile !== undefined, 'the host does not say where its token is', () => runtimes);
    const token = readFileSync(tokenFile, 'utf8').trim();
    const { commandLines, environments, files } = placesOf(token, all, stage.folder);
    must(commandLines.length + environments.length === 0, 'the token is on a command line or in an environment', () => [
      ...commandLines,
      ...environments,
    ]);
    const elsewhere = files.filter((name) => !/^spool\/run\/[\w-]+\/[0-9a-f]+\.(?:token|json)$/.test(name));
    must(elsewhere.length < files.length, 'the token is in no file', () => tokenFile);
    must(elsewhere.length === 0, 'the token is in other files', () => elsewhere);
    must(/--ws-token-sha256 [0-9a-f]{64}(?: |$)/.test(commandLine(one)), 'its hash is not on the command line', () => commandLine(one));
    return files.join(', ');
  });
}

/** The token of the host, and the secret of the tokens of agents, stand in one file each. */
async function ofTheOwner(climb: Climb, stage: Stage): Promise<void> {
  const host: Served = await stage.serveTools();
  const secret = readFileSync(join(stage.home, 'vault', 'agent-secret'), 'utf8').trim();
  const kept: readonly (readonly [string, string, string])[] = [
    ['the token of the host', host.token, 'spool/token'],
    ['the secret of the agents’ tokens', secret, 'spool/vault/agent-secret'],
  ];
  for (const [what, text, file] of kept) {
    await climb.check(`${what} is in its file and nowhere else`, () => {
      const { commandLines, environments } = placesOf(text, processesOf(stage.folder), stage.folder);
      must(commandLines.length + environments.length === 0, 'it is on a command line or in an environment', () => [
        ...commandLines,
        ...environments,
      ]);
      const files = filesWith(text, stage.folder);
      must(files.join() === file, 'it is in other files', () => files);
      return Promise.resolve(file);
    });
  }
}
