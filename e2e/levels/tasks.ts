/** L6: one agent gives work to another by its alias, whatever the runtimes of the two; and so does a person or a program, over MCP. */

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { CAST, capabilitiesOf, HOLDS, type Part, partOf } from '../cast.js';
import { type Climb, type Level, must } from '../ladder.js';
import { CLI, type Served } from '../program.js';
import { codexEnv, type Stage, stageFor } from '../stage.js';
import { agentOf, play, sessionOf } from '../talk.js';

export const tasksLevel: Level = {
  name: 'L6',
  title: 'agents give work to each other by alias, whatever their runtimes',
  async climb(climb) {
    const stage = await stageFor(climb, { opencode: true });
    const crew = new Crew(stage);
    const first = partOf('codex-app-server');
    for (const worker of CAST.filter(({ runtime }) => runtime !== first.runtime)) {
      await climb.check(`${first.runtime} gives work to ${worker.runtime} and gets its answer`, () => handOver(stage, crew, first, worker));
    }
    for (const planner of CAST.filter(({ runtime, toolName }) => runtime !== first.runtime && toolName !== undefined)) {
      await climb.check(`${planner.runtime} gives work to ${first.runtime} and gets its answer`, () =>
        handOver(stage, crew, planner, first),
      );
    }
    await overMcp(climb, stage, crew);
  },
};

/** One agent of each runtime, for each Codex. Their names are short: the name of the server that stands for the host is made of it, and cut. */
class Crew {
  readonly aliases = new Map<string, string>();
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async of({ runtime }: Part, codex: string | undefined): Promise<string> {
    const key = `${runtime} ${codex ?? 'newest'}`;
    const there = this.aliases.get(key);
    if (there !== undefined) return there;
    const alias = await agentOf(await this.#stage.serveTools(codex), this.#stage, runtime, {
      alias: `agent${CAST.findIndex((part) => part.runtime === runtime)}`,
    });
    this.aliases.set(key, alias);
    return alias;
  }
}

/** `planner` asks `worker`; what that one says must reach the model of the first. */
async function handOver(stage: Stage, crew: Crew, planner: Part, worker: Part): Promise<string> {
  const codex = planner.codex ?? worker.codex;
  const host = await stage.serveTools(codex);
  const { mcpServers } = await capabilitiesOf(host.client, planner.runtime);
  must(mcpServers, `${planner.runtime} takes no tools of the host`);
  const [from, to] = [await crew.of(planner, codex), await crew.of(worker, codex)];
  const answer = `${worker.runtime} has done it`;
  const task = { agent: to, task: HOLDS.says(answer), cwd: stage.work };
  const session = await sessionOf(host, stage, from);
  const call = planner.toolName?.(`spool_${from}`, 'ask_agent', JSON.stringify(task)) ?? '';
  // Codex begins a conversation's first turn without a server of tools that takes more than a second to answer.
  await play(host, session, HOLDS.says('ready'));
  const before = stage.model.requests.length;
  const turn = await play(host, session, `${call} ${HOLDS.says('handed over')}`);
  must(turn.finalText === 'handed over', 'the planner said something else', () => turn.finalText);
  const told = stage.model.requests.slice(before).flatMap(({ outputs }) => outputs.map(({ text }) => text));
  must(
    told.some((text) => text.includes(answer)),
    'the planner was not told the answer',
    () => told,
  );
  const done = (await host.client.sessions.list({ agent: to })).items.filter(({ title }) => title === `for ${from}`);
  must(done.length === 1, 'the work was not done in one session of the worker', () => done);
  return `"${answer}"`;
}

/** The same call with any alias: who asks need not know what runs behind it. */
async function overMcp(climb: Climb, stage: Stage, crew: Crew): Promise<void> {
  const host = await stage.serveTools();
  const aliases = [...crew.aliases].flatMap(([key, alias]) => (key.endsWith(' newest') ? [alias] : []));
  await climb.check('all of them are online together', async () => {
    const agents = (await host.client.agents.list()).items.filter(({ alias, online }) => online && aliases.includes(alias));
    const runtimes = new Set(agents.map(({ runtime }) => runtime));
    must(runtimes.size === aliases.length && aliases.length > 1, 'they are not', () => agents);
    return [...runtimes].join(', ');
  });
  await climb.check('a program gives work to each of them over `spool mcp`, in the same way', async () => {
    const env = { ...stage.env, ...codexEnv(stage.home, undefined) };
    const client = new Client({ name: 'e2e', version: '1.0.0' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [CLI, 'mcp'], env, stderr: 'ignore' }));
    try {
      const answers = await Promise.all(aliases.map((alias) => taskOver(client, stage, alias)));
      return `${answers.length} answers`;
    } finally {
      await client.close();
    }
  });
  await climb.check('and with POST /mcp', () => postMcp(host, stage, aliases[0] ?? ''));
}

/** OpenCode takes its time to start on a machine that has much to do. */
const TASK_MS = 110_000;

async function taskOver(client: Client, stage: Stage, alias: string): Promise<string> {
  const args = { agent: alias, task: HOLDS.says(`yes, ${alias}`), cwd: stage.work };
  const result = await client.callTool({ name: 'ask_agent', arguments: args }, { timeout: TASK_MS });
  const told = result.structuredContent as { agent?: string; answer?: string } | undefined;
  must(told?.agent === alias && told.answer === `yes, ${alias}`, `${alias} answered otherwise`, () => result);
  return told.answer;
}

async function postMcp({ url, token }: Served, { work }: Stage, alias: string): Promise<string> {
  const params = { name: 'ask_agent', arguments: { agent: alias, task: HOLDS.says('posted'), cwd: work } };
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const text = await response.text();
  must(response.ok && text.includes('"answer":"posted"'), `it was answered with ${response.status}`, () => text.slice(0, 600));
  return `${response.status}`;
}
