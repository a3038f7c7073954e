/**
 * L6: agents give tasks to each other by alias, whatever their runtimes, and so does one whose process is none of the host's; a program gives
 * work to them over MCP.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Task } from '../../src/contract/task.js';
import { agentToken } from '../../src/doors/agent-listener.js';
import { CAST, capabilitiesOf, HOLDS, type Part, partOf } from '../cast.js';
import { type Climb, type Level, must } from '../ladder.js';
import { processesOf } from '../process-tree.js';
import { CLI, ROOT, type Served } from '../program.js';
import { answerOf, type Relay, relayScript, relayText } from '../relay.js';
import { placesOf } from '../secrets.js';
import { codexEnv, type Stage, stageFor } from '../stage.js';
import { agentOf } from '../talk.js';

export const tasksLevel: Level = {
  name: 'L6',
  title: 'agents give tasks to each other by alias, whatever their runtimes',
  async climb(climb) {
    const stage = await stageFor(climb, { opencode: true, script: relayScript });
    const crew = new Crew(stage);
    const first = partOf('codex-app-server');
    for (const worker of CAST.filter(({ runtime }) => runtime !== first.runtime)) {
      await climb.check(`${first.runtime} gives a task to ${worker.runtime} and gets its reply`, () => pair(stage, crew, first, worker));
    }
    for (const planner of CAST.filter(({ runtime, toolName }) => runtime !== first.runtime && toolName !== undefined)) {
      await climb.check(`${planner.runtime} gives a task to ${first.runtime} and gets its reply`, () => pair(stage, crew, planner, first));
    }
    await aroundTheHouse(climb, stage, crew);
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
      cwd: this.#stage.work,
      // Not every runtime can be held to what the sender may.
      tasks: { role: `works with ${runtime}`, anyPermissions: true },
    });
    this.aliases.set(key, alias);
    return alias;
  }
}

/** `planner` is sent a task, and gives it to `worker`, whose answer is in its reply. */
async function pair(stage: Stage, crew: Crew, planner: Part, worker: Part): Promise<string> {
  const codex = planner.codex ?? worker.codex;
  const host = await stage.serveTools(codex);
  const { mcpServers } = await capabilitiesOf(host.client, planner.runtime);
  must(mcpServers, `${planner.runtime} takes no tools of the host`);
  const [from, to] = [await crew.of(planner, codex), await crew.of(worker, codex)];
  const tasks = await handedOn(host, { way: [from, to], word: `word${stage.count()}` });
  return `"${tasks[0]?.reply}"`;
}

/** Sends the word on its way and looks whether it came back, through all of them, once each. */
async function handedOn({ client }: Served, relay: Relay): Promise<readonly Task[]> {
  const sent = await client.tasks.send({ to: relay.way[0], input: relayText(relay), deadlineSeconds: TASK_MS / 1000 });
  const task = await client.tasks.wait(sent.id);
  must(task.status === 'replied' && task.reply === answerOf(relay), 'it came to something else', () => task);
  const { items } = await client.tasks.list({ root: task.id });
  const chain = items.toSorted((one, other) => one.chain.length - other.chain.length);
  must(
    chain.map(({ to, status }) => `${to} ${status}`).join() === relay.way.map((alias) => `${alias} replied`).join(),
    'it was not handed on once from each to the next',
    () => chain.map(({ from, to, status }) => ({ from, to, status })),
  );
  const last = chain.at(-1);
  must(last?.chain.join() === ['owner', ...relay.way].join(), 'the last task does not tell the whole chain', () => last?.chain);
  return chain;
}

/** Through four runtimes and one agent from elsewhere, while nobody's token is on any command line. */
async function aroundTheHouse(climb: Climb, stage: Stage, crew: Crew): Promise<void> {
  const host = await stage.serveTools();
  const alias = 'outsider';
  const { token } = await host.client.outsideAgents.admit({ alias, tasks: { role: 'carries' } });
  const agents = await Promise.all(RING.map((runtime) => crew.of(partOf(runtime), undefined)));
  const last = await agentOf(host, stage, 'codex-app-server', { alias: 'last', cwd: stage.work, tasks: {} });
  await climb.check(
    `a task goes through ${RING.join(', ')}, an agent from elsewhere and back into the house, and so does the reply`,
    async () => {
      const way = [...agents, alias, last] as const;
      const [one, ...others] = way;
      must(one !== undefined, 'there is nobody');
      await using outsider = await outsideAgent(host, stage, token);
      const tokens = [token, ...[...agents, last].map((name) => tokenOf(stage, name))];
      using seen = watch(stage, tokens);
      const tasks = await handedOn(host, { way: [one, ...others], word: 'around' });
      const { commandLines, environments, files } = placesOf(token, processesOf(stage.folder), stage.folder);
      must(seen.commandLines.size + commandLines.length === 0, 'a token was on a command line', () => [
        ...seen.commandLines,
        ...commandLines,
      ]);
      must(files.length === 0, 'the token of the agent from elsewhere is in a file', () => files);
      must(
        environments.length === 1 && environments[0]?.startsWith(`${outsider.pid} `) === true,
        'its token is in another environment than its own',
        () => environments,
      );
      return `${tasks.length} tasks, ${seen.looks} looks at ${seen.processes.size} processes`;
    },
  );
  await climb.check('an agent from elsewhere sees the tools of tasks over POST /mcp, and none of the program', async () => {
    const text = await postMcp({ ...host, token }, 'tools/list', {});
    const names = [...text.matchAll(/"name":"(\w+)"/g)].map(([, name]) => name ?? '');
    must(names.includes('send_task') && names.includes('reply') && !names.includes('ask_agent'), 'it sees others', () => names);
    return names.join(', ');
  });
}

const RING = ['codex-app-server', 'codex-exec', 'opencode'] as const;

/** Tokens of agents of the host follow from one secret. */
function tokenOf({ home }: Stage, alias: string): string {
  return agentToken(readFileSync(join(home, 'vault', 'agent-secret'), 'utf8').trim(), alias);
}

async function outsideAgent({ url }: Served, { env, folder }: Stage, token: string): Promise<AsyncDisposable & { readonly pid: number }> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, '.build', 'e2e', 'outside-agent.js')], {
    env: { PATH: env['PATH'] ?? '', HOME: folder, SPOOL_URL: url, SPOOL_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  must(child.exitCode === null && child.pid !== undefined, 'the agent from elsewhere has ended');
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

interface Seen extends Disposable {
  /** On which one of the tokens stood. */
  readonly commandLines: ReadonlySet<string>;
  readonly processes: ReadonlySet<number>;
  readonly looks: number;
}

const LOOK_MS = 100;

/** Looks at all command lines again and again: some processes live for a turn only. */
function watch({ folder }: Stage, tokens: readonly string[]): Seen {
  const [commandLines, processes] = [new Set<string>(), new Set<number>()];
  let looks = 0;
  const look = (): void => {
    looks += 1;
    for (const { pid, args } of processesOf(folder)) {
      processes.add(pid);
      if (tokens.some((token) => args.some((arg) => arg.includes(token)))) commandLines.add(`${pid} ${args[0]}`);
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    ...{ commandLines, processes },
    get looks() {
      return looks;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
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
  await climb.check('and with POST /mcp', async () => {
    const args = { agent: aliases[0] ?? '', task: HOLDS.says('posted'), cwd: stage.work };
    const text = await postMcp(host, 'tools/call', { name: 'ask_agent', arguments: args });
    must(text.includes('"answer":"posted"'), 'it was answered otherwise', () => text.slice(0, 600));
    return 'answered';
  });
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

async function postMcp({ url, token }: Pick<Served, 'url' | 'token'>, method: string, params: unknown): Promise<string> {
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  must(response.ok, `it was answered with ${response.status}`, () => text.slice(0, 600));
  return text;
}
