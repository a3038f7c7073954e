/** What a story plays on: one version of Codex, and a host that the stories of the version share. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopPid } from '../../src/base/process.js';
import type { RouteBody } from '../../src/contract/routes.js';
import type { ModelRequest } from '../../src/testing/index.js';
import { childStates, type Served, type World, world } from '../stories/rig.js';
import { codexOf } from './install.js';
import { Talk } from './talk.js';

type OpenSession = RouteBody<'openSession'>;

const MCP_SERVER = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url));

export class Stage implements AsyncDisposable {
  readonly version: string;
  readonly world: World;
  readonly #first: Served;
  #sessions = 0;

  private constructor(version: string, w: World, first: Served) {
    this.version = version;
    this.world = w;
    this.#first = first;
  }

  static async of(version: string): Promise<Stage> {
    const w = await worldOf(version);
    return new Stage(version, w, await w.serve());
  }

  get client(): Talk['client'] {
    return this.#first.client;
  }

  /** A new session in a folder of its own. */
  async open(body: OpenSession = {}): Promise<Talk & { readonly cwd: string }> {
    this.#sessions += 1;
    const cwd = join(this.world.work, `${this.#sessions}`);
    await mkdir(cwd);
    const { id } = await this.client.sessions.open({ cwd, ...body });
    return Object.assign(new Talk(this.client, id), { cwd });
  }

  /** What the model was last asked in a session. */
  async lastRequest(talk: Talk): Promise<ModelRequest> {
    const { threadId } = await talk.session();
    const request = this.world.model.requests.findLast((one) => one.threadId === threadId);
    if (request === undefined) throw new Error(`the model was not asked anything in ${threadId}`);
    return request;
  }

  /** A world of its own with this version, for a story in which something is killed. */
  apart(): Promise<World> {
    return worldOf(this.version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/** What is off by default or has to be set up for a story: questions of the agent, permissions for the asking, an MCP server. */
async function worldOf(version: string): Promise<World> {
  const w = await world();
  w.env['SPOOL_CODEX_BIN'] = codexOf(version);
  const file = w.home.join('codex', 'config.toml');
  const features = ['[features]', 'default_mode_request_user_input = true', 'request_permissions_tool = true'];
  const server = [
    '[mcp_servers.notes]',
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${JSON.stringify(MCP_SERVER)}]`,
    `env = { NOTES = ${JSON.stringify(notesOf(w))} }`,
    '',
  ];
  const config = (await readFile(file, 'utf8')).replace('[features]', features.join('\n'));
  await writeFile(file, `${config}\n${server.join('\n')}`);
  return w;
}

/** Where the MCP server of a world writes its notes. */
export function notesOf(w: World): string {
  return w.home.join('notes.txt');
}

/** Kills the Codex processes of a world, and resolves when they are gone. */
export async function killCodex(w: World): Promise<void> {
  for (const { pid, processStart } of await childStates(w.home.join('spool', 'run', 'codex')))
    await stopPid(pid, processStart, { graceMs: 0 });
}
