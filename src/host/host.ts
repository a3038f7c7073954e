/**
 * The host: what doors and the library talk to. It checks rights, finds the session and hands it the command; everything durable
 * happens in the session's lane and everything live is read from the log.
 */

import { type Clock, isoTime } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { type AnswerApproval, type Approval, sessionOfApproval } from '../contract/approval.js';
import { EVENT_TYPES, type Event } from '../contract/events.js';
import type { ProducedFile } from '../contract/file.js';
import type { HostCapabilities, HostStatus } from '../contract/host.js';
import type { MessagePage } from '../contract/message.js';
import { demand } from '../contract/rights.js';
import type {
  CompactSession,
  ForkSession,
  InterruptAccepted,
  InterruptSession,
  MoveTurn,
  OpenSession,
  RequestTurn,
  ReviewSession,
  Session as SessionView,
  Turn,
  TurnAccepted,
  UpdateSession,
} from '../contract/session.js';
import { TASK_EVENT_TYPES } from '../contract/task-events.js';
import type { Runtime } from '../contract/words.js';
import { decideArchive, decideRename } from '../domain/decide-session.js';
import { activeTurn, sessionView } from '../domain/state.js';
import type { Agent } from '../ports/agent.js';
import type { AgentDirectory } from '../ports/agents.js';
import type { Log, LogRecord } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Snapshots } from '../ports/snapshots.js';
import { AgentDesk } from './agent-desk.js';
import { ApprovalDesk } from './approval-desk.js';
import { Awake, type AwakeSession } from './awake.js';
import { demandFeature, demandOpening } from './capability-check.js';
import { EffortCheck } from './effort-check.js';
import { EventDesk } from './event-desk.js';
import type { Host, OpenFile, Page, Principal } from './face.js';
import { FileDesk } from './file-desk.js';
import { hostStatus } from './host-status.js';
import { type HouseRules, houseRules } from './house-rules.js';
import { forkSession, type OpeningParts, openSession } from './opening.js';
import { readMessages } from './read-messages.js';
import { recover } from './recovery.js';
import { ResultDesk } from './result-desk.js';
import { type OnReview, ReviewDesk } from './review-desk.js';
import { isSessionId } from './session-id.js';
import { TerminalDesk } from './terminal-desk.js';
import { ToolDesk, type ToolDeskParts } from './tools/tool-desk.js';
import type { ToolSource } from './tools/tool-source.js';
import { TurnDesk } from './turn-desk.js';

export interface HostParts {
  readonly version: string;
  /** Shown in status; absolute path. */
  readonly home: string;
  readonly pid: number;
  /** Where a session works when neither it nor its agent says. */
  readonly cwd: string;
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly agents: AgentDirectory;
  readonly runtimes: ReadonlyMap<Runtime, Agent>;
  /** Why a runtime may begin nothing new just now. Asked each time; what runs goes on to its end. */
  readonly runtimeOff?: ((runtime: Runtime) => SpoolError | undefined) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the tools come from that the host offers to its agents. */
  readonly tools?: readonly ToolSource[] | undefined;
  /** Takes reviews on; without it they are sessions of the reviewers. */
  readonly onReview?: OnReview | undefined;
  /** How long a session stays awake with nothing to do. */
  readonly sleepAfterMs?: number;
  /** Called first when the host is disposed: lets go of what works on it. */
  readonly retire?: () => PromiseLike<void>;
  /** Called once the host is disposed: takes down what the host was handed, where its maker wants that. */
  readonly release?: () => PromiseLike<void>;
}

const SLEEP_AFTER_MS = 10 * 60_000;

type SessionQuery = Parameters<Host['listSessions']>[0];

/** Makes a host and starts its recovery in the background. Disposing it ends its followers, puts its sessions to sleep, then calls `release`. */
export function createHost(parts: HostParts): Host {
  return new LocalHost(parts);
}

class LocalHost implements Host {
  readonly #parts: HostParts;
  readonly #awake: Awake;
  readonly #turns: TurnDesk;
  readonly #approvals: ApprovalDesk;
  readonly #agents: AgentDesk;
  readonly #files: FileDesk;
  readonly #reviews: ReviewDesk;
  readonly #results: ResultDesk;
  readonly #terminals: TerminalDesk;
  readonly #events: EventDesk;
  readonly #tools: ToolDesk;
  readonly #stopping = new AbortController();
  readonly #recovered: Promise<void>;
  readonly #startedAt: string;
  readonly #rules: HouseRules;
  readonly #efforts: EffortCheck;
  #disposed: Promise<void> | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#startedAt = isoTime(parts.clock);
    this.#rules = houseRules(parts.agents);
    this.#efforts = new EffortCheck(parts.clock, parts.logger);
    this.#turns = new TurnDesk(parts.log, parts.clock, (runtime) => this.#agents.begin(runtime));
    this.#approvals = new ApprovalDesk(parts.log);
    this.#files = new FileDesk(parts.log);
    this.#events = new EventDesk(parts.log);
    this.#tools = new ToolDesk({
      ...{ sources: parts.tools ?? [], clock: parts.clock },
      agent: (alias) => this.#agents.find(alias),
      session: (id) => this.#calling(id),
    });
    this.#agents = new AgentDesk(parts.agents, parts.runtimes, parts.cwd, parts.runtimeOff);
    this.#awake = new Awake({
      ...{ log: parts.log, snapshots: parts.snapshots, clock: parts.clock, logger: parts.logger },
      rules: this.#rules,
      sleepAfterMs: parts.sleepAfterMs ?? SLEEP_AFTER_MS,
      agentOf: (session) => this.#agents.runtime(session.state.runtime),
      off: (session) => parts.runtimeOff?.(session.state.runtime),
      agentInfoOf: (session) => this.#agents.find(session.state.agent),
      prepare: (agent) => parts.agents.prepare(agent),
      archiveOf: (agent) => parts.agents.get(agent)?.archive,
      onChange: (session) => {
        this.#reviews.look(session);
        this.#tools.look(session.state.id, activeTurn(session.state)?.id);
      },
    });
    this.#results = new ResultDesk({
      ...{ log: parts.log, clock: parts.clock },
      agentOf: (session) => this.#agents.runtime(session.state.runtime),
      homeOf: (session) => this.#agents.find(session.state.agent).codexHome,
    });
    this.#terminals = new TerminalDesk({
      ...{ host: this, clock: parts.clock, logger: parts.logger, begin: (runtime: Runtime) => this.#agents.begin(runtime) },
      homeOf: (agent) => this.#agents.find(agent).codexHome,
      hold: (session) => this.#awake.hold(session),
    });
    this.#reviews = new ReviewDesk({
      ...{ log: parts.log, logger: parts.logger, onReview: parts.onReview },
      agent: (alias) => this.#agents.find(alias),
      open: (agent, command, by, reviewOf) => openSession(this.#opening(agent.runtime), agent, command, by, reviewOf),
      ask: (session, command, by) => this.requestTurn(session, command, by),
    });
    this.#tools.onChange((concerned) => this.#awake.renew(concerned));
    this.#recovered = recover({ ...parts, awake: this.#awake, stopping: this.#stopping.signal });
  }

  /** Throws `unsupported` where the runtime may begin nothing new. */
  #opening(runtime: Runtime): OpeningParts {
    this.#agents.begin(runtime);
    return { ...this.#parts, rules: this.#rules, awake: this.#awake };
  }

  get version(): string {
    return this.#parts.version;
  }

  async #session(id: string): Promise<AwakeSession> {
    if (isSessionId(id)) return this.#awake.get(id);
    throw new SpoolError('not-found', `there is no session ${id}`, { hint: 'a session id is ses_ and 26 letters and digits' });
  }

  async #operate(id: string, by: Principal): Promise<AwakeSession> {
    demand(by, 'operate');
    return this.#session(id);
  }

  async #sessionOf(approval: string): Promise<AwakeSession> {
    const id = sessionOfApproval(approval);
    if (id !== null) return this.#session(id);
    throw new SpoolError('not-found', `there is no approval ${approval}`, { hint: '"spool permit ls" lists what waits for an answer' });
  }

  readonly #calling: ToolDeskParts['session'] = async (id) => {
    const state = (await this.#session(id).catch(() => undefined))?.session.state;
    return state === undefined ? undefined : { agent: state.agent, turn: activeTurn(state)?.id };
  };

  async openSession(command: OpenSession, by: Principal): Promise<SessionView> {
    demand(by, 'operate');
    const agent = this.#agents.find(command.agent ?? 'default');
    demandOpening(this.#agents.begin(agent.runtime).capabilities, command);
    const { effort, model } = { effort: agent.effort, model: agent.model, ...command };
    await this.#efforts.demand(this.#agents.begin(agent.runtime), agent, { effort, model });
    return openSession(this.#opening(agent.runtime), agent, command, by);
  }

  async listSessions(query: SessionQuery, by: Principal): Promise<Page<SessionView>> {
    demand(by, 'view');
    // What is awake may have changed since its snapshot; a filter must not miss it.
    for (const { session } of this.#awake.list()) session.save();
    const { items, next } = await this.#parts.snapshots.list(query);
    // The snapshot of a session that is awake may be behind: what the session itself says counts.
    return { items: items.map((one) => this.#live(one.stream) ?? (JSON.parse(one.summary.row) as SessionView)), next };
  }

  #live(id: string): SessionView | undefined {
    const awake = this.#awake.peek(id);
    return awake === undefined ? undefined : sessionView(awake.session.state);
  }

  async session(id: string, by: Principal): Promise<SessionView> {
    demand(by, 'view');
    const { session } = await this.#session(id);
    return sessionView(session.state);
  }

  async archiveSession(id: string, by: Principal): Promise<SessionView> {
    const { session, worker } = await this.#operate(id, by);
    const done = (): Promise<null> => Promise.resolve(null);
    await session.command(undefined, (state, at) => ({ events: decideArchive(state, by.name, at), answer: () => null }), done);
    worker.tell('archive', (thread) => thread.archive());
    return sessionView(session.state);
  }

  async updateSession(id: string, { title }: UpdateSession, by: Principal): Promise<SessionView> {
    const { session, worker } = await this.#operate(id, by);
    const done = (): Promise<null> => Promise.resolve(null);
    await session.command(undefined, (state, at) => ({ events: decideRename(state, title, at), answer: () => null }), done);
    worker.tell('rename', (thread) => thread.rename(title));
    session.save();
    return sessionView(session.state);
  }

  async forkSession(id: string, command: ForkSession, by: Principal): Promise<SessionView> {
    const { session } = await this.#operate(id, by);
    this.#agents.find(session.state.agent);
    demandFeature(this.#agents.runtime(session.state.runtime).capabilities, 'fork', true);
    return forkSession(this.#opening(session.state.runtime), session.state, command, by);
  }

  async requestTurn(id: string, command: RequestTurn, by: Principal): Promise<TurnAccepted> {
    const { session } = await this.#operate(id, by);
    const { runtime, agent, model, defaults } = session.state;
    const wish = { effort: command.effort, model: command.model ?? model ?? defaults.model ?? undefined };
    if (wish.effort !== undefined) await this.#efforts.demand(this.#agents.runtime(runtime), this.#agents.find(agent), wish);
    return this.#turns.request(session, command, by);
  }

  async listTurns(id: string, query: { limit: number; cursor?: string | undefined }, by: Principal): Promise<Page<Turn>> {
    await this.head(id, by);
    return this.#turns.list(id, query);
  }

  async turn(id: string, turnId: string, by: Principal): Promise<Turn> {
    demand(by, 'view');
    const { session } = await this.#session(id);
    return this.#turns.get(session, turnId);
  }

  async interrupt(id: string, command: InterruptSession, by: Principal): Promise<InterruptAccepted> {
    const { session } = await this.#operate(id, by);
    return this.#turns.interrupt(session, command, by);
  }

  async compactSession(id: string, { commandId }: CompactSession, by: Principal): Promise<TurnAccepted> {
    const { session } = await this.#operate(id, by);
    return this.#turns.requestAction(session, { type: 'compact' }, commandId, by);
  }

  async reviewSession(id: string, { target, commandId }: ReviewSession, by: Principal): Promise<TurnAccepted> {
    const { session } = await this.#operate(id, by);
    return this.#turns.requestAction(session, { type: 'review', target }, commandId, by);
  }

  readonly openTerminal: Host['openTerminal'] = async (id, command, by) => this.#terminals.open(await this.#operate(id, by), command, by);
  readonly terminalCommand: Host['terminalCommand'] = async (id, by) => this.#terminals.command(await this.#operate(id, by), by);

  async cancelTurn(id: string, turn: string, by: Principal): Promise<Turn> {
    const { session } = await this.#operate(id, by);
    return this.#turns.cancel(session, turn, by);
  }

  async moveTurn(id: string, turn: string, command: MoveTurn, by: Principal): Promise<Turn> {
    const { session } = await this.#operate(id, by);
    return this.#turns.move(session, turn, command, by);
  }

  async messages(id: string, query: { after: number; limit: number }, by: Principal): Promise<MessagePage> {
    await this.head(id, by);
    return readMessages(this.#parts.log, id, query);
  }

  async listFiles(id: string, query: { limit: number; cursor?: string | undefined }, by: Principal): Promise<Page<ProducedFile>> {
    await this.head(id, by);
    return this.#files.list(id, query);
  }

  async openFile(id: string, file: string, by: Principal): Promise<OpenFile> {
    await this.head(id, by);
    return this.#files.open(id, file);
  }

  async listResults(id: string, by: Principal): ReturnType<Host['listResults']> {
    demand(by, 'view');
    return this.#results.list(await this.#session(id));
  }

  readonly consumeResults: Host['consumeResults'] = async (id, command, by) =>
    this.#results.consume(await this.#operate(id, by), command, by);
  readonly restoreResults: Host['restoreResults'] = async (id, command, by) =>
    this.#results.restore(await this.#operate(id, by), command, by);

  async listApprovals(query: { session?: string | undefined }, by: Principal): Promise<Page<Approval>> {
    demand(by, 'view');
    await this.#recovered;
    if (query.session !== undefined) await this.#session(query.session);
    return this.#approvals.pending(this.#awake, query.session);
  }

  async approval(id: string, by: Principal): Promise<Approval> {
    demand(by, 'view');
    const { session } = await this.#sessionOf(id);
    return this.#approvals.get(session, id);
  }

  async answerApproval(id: string, command: AnswerApproval, by: Principal): Promise<Approval> {
    demand(by, 'operate');
    const { session } = await this.#sessionOf(id);
    return this.#approvals.answer(session, id, command, by);
  }

  readonly listAgents: Host['listAgents'] = (by) => this.#agents.list(by);
  readonly agent: Host['agent'] = (alias, by) => this.#agents.get(alias, by);
  readonly createAgent: Host['createAgent'] = (command, by) => this.#agents.create(command, by);
  readonly updateAgent: Host['updateAgent'] = (alias, command, by) => this.#agents.update(alias, command, by);
  readonly removeAgent: Host['removeAgent'] = (alias, by) => this.#agents.remove(alias, by);
  readonly models: Host['models'] = (alias, by) => this.#agents.models(alias, by);
  readonly prompt: Host['prompt'] = (alias, query, by) => this.#agents.prompt(alias, query, by);

  async events(
    id: string,
    query: { after: number; limit: number },
    by: Principal,
  ): Promise<{ events: readonly Event[]; next: number | null }> {
    demand(by, 'view');
    return this.#events.page(id, query);
  }

  async head(id: string, by: Principal): Promise<number> {
    demand(by, 'view');
    return this.#events.head(id);
  }

  async *follow(query: { session?: string | undefined; after: number; signal: AbortSignal }, by: Principal): AsyncIterable<LogRecord> {
    demand(by, 'view');
    yield* this.#events.follow({ ...query, signal: AbortSignal.any([query.signal, this.#stopping.signal]) });
  }

  readonly listTools: Host['listTools'] = ({ agent }, by) => this.#tools.list(agent, by);
  readonly callTool: Host['callTool'] = (command, by) => this.#tools.call(command, by);
  readonly onToolsChanged: Host['onToolsChanged'] = (listener) => this.#tools.onChange(listener);

  status(): Promise<HostStatus> {
    return hostStatus(this.#parts, this.#awake, this.#startedAt);
  }

  capabilities(): HostCapabilities {
    const runtimes = [...this.#parts.runtimes.values()].map((runtime) => runtime.capabilities);
    return { contract: 1, version: this.version, runtimes, eventTypes: [...EVENT_TYPES, ...TASK_EVENT_TYPES] };
  }

  async ready(): Promise<void> {
    if (this.#stopping.signal.aborted) throw new SpoolError('unavailable', 'the host is stopping');
    await this.#parts.log.head();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await this.#parts.retire?.();
    this.#stopping.abort();
    try {
      await this.#tools[Symbol.asyncDispose]();
      await this.#terminals[Symbol.asyncDispose]();
      await this.#reviews[Symbol.asyncDispose]();
      await this.#awake[Symbol.asyncDispose]();
      await this.#recovered;
    } finally {
      await this.#parts.release?.();
    }
  }
}
