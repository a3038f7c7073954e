/**
 * The runtime `acp`: any program that speaks the Agent Client Protocol on its stdin and stdout. Conversations with the same program, the
 * same environment and the same folder share one process: such a process may need half a gigabyte, and the protocol is made for several
 * conversations in one. Agents that differ in any of it, in a secret above all, never share.
 */

import { createHash } from 'node:crypto';
import { methods } from '@agentclientprotocol/sdk';
import { takeCensus } from '../base/census.js';
import type { Clock } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { lazily } from '../base/lazily.js';
import { processTable } from '../base/process.js';
import type { ModelInfo, RuntimeStatus } from '../contract/host.js';
import type { Agent, AgentThread, Opened, OpenThread } from '../ports/agent.js';
import type { Logger } from '../ports/logger.js';
import { acpCapabilities } from './capabilities.js';
import type { Conversation } from './conversation.js';
import { openingError } from './failures.js';
import { stopLeftovers, writeDown } from './leftovers.js';
import { Link } from './link.js';
import { type Found, findConversation, newConversation } from './opening.js';
import { programOf } from './program.js';
import { serversOf } from './servers.js';
import { AcpThread } from './thread.js';

export interface AcpAgentsOptions {
  /** The PATH of the host, on which programs are looked for. */
  readonly path: string | undefined;
  /** The whole environment of an agent's process: `extra` is what the agent's file says. */
  readonly environment: (home: string, extra: Readonly<Record<string, string>>) => Record<string, string>;
  /** Where it is written down which processes run. */
  readonly runDir: string;
  /** Our own version, for the agents to know. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MOST_TOLD = 1_000;

type AcpLink = Link<Conversation>;

export class AcpAgents implements Agent {
  readonly capabilities = acpCapabilities;
  readonly #options: AcpAgentsOptions;
  readonly #swept = lazily(() => stopLeftovers(this.#options.runDir));
  /** By what makes two conversations share a process. */
  readonly #links = new Map<string, Promise<AcpLink>>();
  /** All that have begun and not ended yet. */
  readonly #living = new Set<AcpLink>();
  readonly #openings = new Set<Promise<unknown>>();
  /** The instructions that conversations have which are not open, by their ids. */
  readonly #told = new Map<string, string>();
  #disposed: Promise<void> | undefined;

  constructor(options: AcpAgentsOptions) {
    this.#options = options;
  }

  async status(): Promise<readonly RuntimeStatus[]> {
    const links = [...this.#living];
    const census = await takeCensus(
      links.map(({ pid }) => pid),
      processTable,
    );
    return links.map(({ pid, version, parts, receivers }) => ({
      ...{ runtime: 'acp', home: parts.home, pid, version, transport: 'stdio', threads: receivers.size, outdated: false },
      ...{ memoryBytes: census.get(pid)?.memoryBytes ?? null, processes: census.get(pid)?.processes ?? null },
    }));
  }

  /** The protocol does not tell them in a way that all agents keep to. */
  models(): Promise<readonly ModelInfo[]> {
    return Promise.resolve([]);
  }

  async open(thread: OpenThread, signal?: AbortSignal): Promise<AgentThread> {
    if (this.#disposed !== undefined) throw new SpoolError('unavailable', 'this runtime was closed');
    const cancelled = new SpoolError('cancelled', 'the opening was cancelled');
    if (signal?.aborted === true) throw cancelled;
    const opening = this.#open(thread);
    this.#openings.add(opening);
    const done = opening.finally(() => this.#openings.delete(opening));
    if (signal === undefined) return await done;
    return await new Promise<AgentThread>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(cancelled), { once: true });
      done.then(
        (opened) => {
          if (!signal.aborted) resolve(opened);
          else void opened[Symbol.asyncDispose]();
        },
        (error: unknown) => reject(error),
      );
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    for (const link of this.#living) for (const conversation of link.receivers.values()) conversation.close();
    await Promise.all([...this.#living].map((link) => link.stop()));
    // One that was just being started is stopped as soon as it is there.
    await Promise.allSettled([...this.#links.values()].map(async (starting) => await (await starting).stop()));
    await Promise.allSettled([...this.#openings]);
  }

  async #open(thread: OpenThread): Promise<AgentThread> {
    demand(thread);
    const link = await this.#link(thread).catch((error: unknown) => {
      throw this.#disposed === undefined ? error : new SpoolError('unavailable', 'this runtime was closed');
    });
    const hold = link.hold();
    try {
      return await this.#openIn(link, thread, hold);
    } catch (error) {
      hold[Symbol.dispose]();
      if (this.#disposed !== undefined) throw new SpoolError('unavailable', 'this runtime was closed');
      throw link.usable ? openingError(error, link.failing) : await link.death();
    }
  }

  async #openIn(link: AcpLink, thread: OpenThread, hold: Disposable): Promise<AgentThread> {
    const { cwd, session, setup = {}, unsettled, options, resume } = thread;
    const { servers, warnings } = serversOf(setup.mcpServers ?? {}, { session, abilities: link.abilities, path: this.#options.path });
    const roots = link.abilities.sessionCapabilities?.additionalDirectories ?? undefined;
    const place = {
      cwd,
      mcpServers: servers,
      ...(roots === undefined || setup.writableRoots === undefined ? {} : { additionalDirectories: [...setup.writableRoots] }),
    };
    const found: Found | undefined = resume === undefined ? undefined : await findConversation(link, { ...thread, resume }, place);
    if (found === undefined && thread.adopted === true) {
      throw new SpoolError('not-found', `the agent knows no conversation ${resume}`, {
        hint: 'open a session without a threadId for a new one',
      });
    }
    const conversation = found?.conversation ?? (await newConversation(link, place));
    if (this.#disposed !== undefined || !link.usable) throw new SpoolError('unavailable', 'the process was closed');
    // Of an earlier life of the host it is not known: then those that it would be told now count as told.
    conversation.told ??= this.#told.get(conversation.id) ?? (found?.loaded === true && thread.hadTurns ? setup.instructions : undefined);
    conversation.instruct(setup.instructions);
    const attachment = conversation.attach(unsettled?.turn, options?.idleTimeoutSeconds);
    for (const message of warnings) attachment.facts.push({ type: 'warning', message });
    const left = (): void => {
      hold[Symbol.dispose]();
      this.#close(link, conversation);
    };
    return new AcpThread({ conversation, attachment, opened: openedAs(thread, found), version: link.version, left });
  }

  /** What an agent keeps for a conversation (its servers, say) it need not keep while nobody has it open, if it can come back to it. */
  #close(link: AcpLink, conversation: Conversation): void {
    const { id, told } = conversation;
    if (told !== undefined) this.#remember(id, told);
    if (conversation.busy || !link.usable || !link.returns || link.receivers.get(id) !== conversation) return;
    link.receivers.delete(id);
    if ((link.abilities.sessionCapabilities?.close ?? undefined) === undefined) return;
    const closing = link.ask(methods.agent.session.close, { sessionId: id }).then(
      () => undefined,
      (error: unknown) => this.#options.logger.debug({ pid: link.pid, err: error }, 'the agent could not close a conversation'),
    );
    link.closing.set(id, closing);
  }

  #remember(id: string, told: string): void {
    this.#told.delete(id);
    this.#told.set(id, told);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST_TOLD && oldest !== undefined) this.#told.delete(oldest);
  }

  /** The process for a conversation: one that is there, or a new one. */
  async #link({ home, cwd, setup = {}, options }: OpenThread): Promise<AcpLink> {
    const { path, environment, version, clock, logger } = this.#options;
    const program = programOf(options?.command, path);
    await this.#swept.get();
    const env = environment(home, setup.env ?? {});
    const key = keyOf([program.path, program.args, Object.entries(env).toSorted(), home, cwd]);
    const there = this.#links.get(key);
    if (there !== undefined) {
      const link = await there;
      if (link.usable) return link;
      await link.ended;
    }
    // Somebody else may have been quicker.
    const since = this.#links.get(key);
    if (since !== undefined && since !== there) return await since;
    const starting = Link.start<Conversation>({ program, cwd, env, home, version, clock, logger }, (link) => this.#begun(link));
    this.#links.set(key, starting);
    const forget = (): void => {
      if (this.#links.get(key) === starting) this.#links.delete(key);
    };
    starting.then(({ ended }) => ended.then(forget), forget);
    return await starting;
  }

  #begun(link: AcpLink): void {
    this.#living.add(link);
    const written = writeDown(this.#options.runDir, link.pid, link.startedAt);
    void link.ended.then(() => {
      this.#living.delete(link);
      written[Symbol.dispose]();
    });
    if (this.#disposed !== undefined) void link.stop();
  }
}

/** What no agent of this protocol can be given. */
function demand({ fork, tools = [], model, effort, permissions, setup = {} }: OpenThread): void {
  const refused: readonly (readonly [string, boolean])[] = [
    ['copy a conversation', fork !== undefined],
    ["call tools of a session's clients", tools.length > 0],
    ['be told which model to use', model !== undefined],
    ['be told how hard to think', effort !== undefined],
    ['keep to permissions', permissions.profile !== undefined || permissions.approvalPolicy !== undefined],
  ];
  const [what] = refused.find(([, wanted]) => wanted) ?? [];
  if (what !== undefined) throw new SpoolError('unsupported', `the runtime acp cannot ${what}`);
  if (setup.gateway !== undefined) {
    throw new SpoolError('unsupported', 'an ACP agent asks its model by itself, with a login of its own', {
      hint: 'set credential of the agent to "home", and give it its key as a variable in env',
    });
  }
}

/** A conversation in which nothing was said yet is not missed. */
function openedAs({ resume, hadTurns }: OpenThread, found: Found | undefined): Opened {
  if (found !== undefined) return 'resumed';
  return resume === undefined || !hadTurns ? 'started' : 'replaced';
}

function keyOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
