/** What is asked and told about agents, with the rights that it takes. */

import { SpoolError } from '../base/errors.js';
import type { CreateAgent, UpdateAgent } from '../contract/agent-config.js';
import type { AgentPrompt } from '../contract/agent-prompt.js';
import type { AgentInfo, ModelInfo } from '../contract/host.js';
import { demand } from '../contract/rights.js';
import type { Runtime } from '../contract/words.js';
import type { Agent } from '../ports/agent.js';
import type { AgentDirectory } from '../ports/agents.js';
import { demandAgent } from './capability-check.js';
import type { Page, Principal } from './face.js';
import { demandDirectory } from './opening.js';

export class AgentDesk {
  readonly #agents: AgentDirectory;
  readonly #runtimes: ReadonlyMap<Runtime, Agent>;
  readonly #cwd: string;
  readonly #off: (runtime: Runtime) => SpoolError | undefined;

  /** `cwd`: where an agent works when nobody says. `off`: why a runtime may begin nothing new. */
  constructor(
    agents: AgentDirectory,
    runtimes: ReadonlyMap<Runtime, Agent>,
    cwd: string,
    off: (runtime: Runtime) => SpoolError | undefined = () => undefined,
  ) {
    this.#agents = agents;
    this.#runtimes = runtimes;
    this.#cwd = cwd;
    this.#off = off;
  }

  /** Throws `not-found`, naming those that there are. */
  find(alias: string): AgentInfo {
    const agent = this.#agents.get(alias);
    if (agent !== undefined) return agent;
    const known = this.#agents.list().map((one) => one.alias);
    throw new SpoolError('not-found', `there is no agent ${alias}`, { hint: `agents of this host: ${known.join(', ')}` });
  }

  /** Throws `unsupported`. */
  runtime(runtime: Runtime): Agent {
    const agent = this.#runtimes.get(runtime);
    if (agent !== undefined) return agent;
    const known = [...this.#runtimes.keys()].join(', ');
    throw new SpoolError('unsupported', `this host has no runtime ${runtime}`, { hint: `runtimes of this host: ${known}` });
  }

  /** As `runtime`, for what begins something new. Throws `unsupported` also for a runtime that is switched off. */
  begin(runtime: Runtime): Agent {
    const agent = this.runtime(runtime);
    const off = this.#off(runtime);
    if (off !== undefined) throw off;
    return agent;
  }

  list(by: Principal): Page<AgentInfo> {
    demand(by, 'view');
    return { items: this.#agents.list(), next: null };
  }

  get(alias: string, by: Principal): AgentInfo {
    demand(by, 'view');
    return this.find(alias);
  }

  async models(alias: string, by: Principal): Promise<Page<ModelInfo>> {
    demand(by, 'operate');
    const { runtime, codexHome, runtimeOptions } = this.find(alias);
    return { items: await this.runtime(runtime).models(codexHome, runtimeOptions), next: null };
  }

  async prompt(alias: string, query: { cwd?: string | undefined }, by: Principal): Promise<AgentPrompt> {
    demand(by, 'operate');
    const agent = this.find(alias);
    const runtime = this.runtime(agent.runtime);
    if (runtime.prompt === undefined) {
      throw new SpoolError('unsupported', `the runtime ${agent.runtime} does not tell what its model is shown`);
    }
    const cwd = query.cwd ?? agent.cwd ?? this.#cwd;
    await demandDirectory(cwd);
    const { codexHome: home, model, effort, permissions = {} } = agent;
    return await runtime.prompt({ home, cwd, model, effort, permissions, setup: await this.#agents.prepare(agent) });
  }

  async create(command: CreateAgent, by: Principal): Promise<AgentInfo> {
    demand(by, 'own');
    demandAgent(this.runtime(command.runtime ?? 'codex-app-server').capabilities, command);
    return await this.#agents.create(command);
  }

  async update(alias: string, command: UpdateAgent, by: Principal): Promise<AgentInfo> {
    demand(by, 'own');
    const { runtime } = this.find(alias);
    demandAgent(this.runtime(command.runtime ?? runtime).capabilities, command);
    return await this.#agents.update(alias, command);
  }

  async remove(alias: string, by: Principal): Promise<AgentInfo> {
    demand(by, 'own');
    return await this.#agents.remove(alias);
  }
}
