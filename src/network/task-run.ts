/**
 * One attempt of a task by an agent of this host: a turn in a session, and what is heard of it brought home to the task. Nothing of it is
 * lost when the host dies: session and turn are opened under names that follow from the attempt, so whoever begins it again finds them.
 */

import { createHash } from 'node:crypto';
import { type Clock, isoTime } from '../base/clock.js';
import { messageOf, SpoolError } from '../base/errors.js';
import { parseEvent } from '../contract/event-text.js';
import type { Event } from '../contract/events.js';
import type { Session } from '../contract/session.js';
import { decideFailure, decideProgress, decideReply, type Failure } from '../domain/tasks/decide.js';
import { effectOf } from '../domain/tasks/effects.js';
import { HUB, hasEnded, isBegun, type TaskState } from '../domain/tasks/state.js';
import type { Host, Principal } from '../host/face.js';
import type { Logger } from '../ports/logger.js';
import type { Member } from './members.js';
import { ProgressBatch } from './progress-batch.js';
import type { Grant } from './rights.js';
import type { TaskWriter } from './task-writer.js';

export interface RunParts {
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The agent as it is configured now, and what it is given. Throws `not-found` or `forbidden`. */
  readonly member: (state: TaskState) => { readonly member: Extract<Member, { kind: 'local' }>; readonly grant: Grant };
  /** Whether nobody can tell what its agent did while the host was away: its process goes with the host, and does not tell it afterwards. */
  readonly unheard: (state: TaskState) => boolean;
  /** When this host began, as ISO time. */
  readonly hostSince: string;
  /** Standing sessions that were found before. They are found again without it, only later. */
  readonly standing: Map<string, string>;
  /** Called with session and turn as soon as they are known. */
  readonly onTurn: (id: string, session: string, turn: string) => void;
}

/** Standing sessions that were put away or have failed are followed by others. */
const MOST_SESSIONS = 16;
/** Before what could not be heard or written down is tried again. */
const AGAIN_MS = 1000;
const VOICE = { by: HUB, agent: true } as const;

interface Place {
  readonly session: string;
  readonly turn: string;
  readonly after: number;
}

export class TaskRun {
  readonly #parts: RunParts;
  readonly #writer: TaskWriter;
  readonly #signal: AbortSignal;
  readonly #batch: ProgressBatch;
  readonly #messages: string[] = [];
  readonly #effects = new Set<string>();
  /** Those that nobody has answered yet, with what they ask. */
  readonly #asked = new Map<string, string>();
  /** All that were asked so far, answered or not. */
  readonly #questions = new Set<string>();
  #writing = '';
  /** How much of what is heard was told before a restart, after which the turn is heard from its start. */
  #told: number;
  #cwd = '';
  /** The turn was asked for by an earlier host. */
  #found = false;

  /** `signal`: the host stops. The turn goes on, or is found again. */
  constructor(parts: RunParts, writer: TaskWriter, signal: AbortSignal) {
    this.#parts = parts;
    this.#writer = writer;
    this.#signal = signal;
    this.#told = writer.state.written;
    this.#batch = new ProgressBatch(parts.clock, (text) => this.#tell(text));
  }

  /** What the agent has said so far. */
  get text(): string {
    return [...this.#messages, this.#writing].filter((text) => text !== '').join('\n\n');
  }

  /** Resolves when the turn is over and the task knows, or the host stops. Never rejects. */
  async run(): Promise<void> {
    try {
      const place = await this.#begin();
      if (place !== undefined) await this.#listen(place);
    } catch (error) {
      if (!this.#signal.aborted) await this.#broke(error);
    } finally {
      this.#batch[Symbol.dispose]();
    }
  }

  /**
   * Only what keeps a turn from being asked for is a failure of the attempt. Of a turn that there is, what cannot be heard or written down
   * now is heard again in a while: the task is still begun, and so is looked at anew.
   */
  async #broke(error: unknown): Promise<void> {
    const { logger, clock } = this.#parts;
    const { id, turn } = this.#writer.state;
    const { code } = SpoolError.from(error);
    try {
      if (code === 'storage-full' || (turn !== null && code !== 'not-found')) throw error;
      await this.#fail(failureOf(error));
    } catch (second) {
      logger.error({ task: id, err: second }, 'what became of a task could not be recorded yet');
      await passed(clock, AGAIN_MS, this.#signal);
    }
  }

  /**
   * Nobody calls the task off between its turn's being asked for and its knowing that: when the host died just then, the turn would be
   * nobody's and would run.
   */
  async #begin(): Promise<Place | undefined> {
    let place: Place | undefined;
    await this.#writer.change(async (state) => {
      if (!isBegun(state)) return [];
      if (state.session !== null && state.turn !== null) {
        place = { session: state.session, turn: state.turn, after: state.after };
        this.#found = true;
        return [];
      }
      const { permissions, ...asked } = await this.#ask(state);
      place = asked;
      const at = isoTime(this.#parts.clock);
      return [{ type: 'task.started', at, data: { ...asked, attempt: state.attempt, permissions } }];
    });
    return place === undefined ? undefined : this.#at(place);
  }

  async #ask(state: TaskState): Promise<Place & { readonly permissions: Session['permissions'] }> {
    const { member, grant } = this.#parts.member(state);
    const by: Principal = { name: state.from, role: 'operator' };
    const pair = (state.sessionMode ?? member.settings?.session) === 'pair';
    const { id: session, permissions } = await this.#open(pair, state, grant, by);
    const accepted = await this.#parts.host.requestTurn(
      session,
      {
        input: state.input,
        mode: 'queue',
        ...(state.limits === null ? {} : { limits: state.limits }),
        ...(state.outputSchema === null ? {} : { outputSchema: { ...state.outputSchema } }),
        commandId: `turn of ${state.id} ${state.attempt}`,
      },
      by,
    );
    return { session, turn: accepted.turn.id, after: accepted.position, permissions };
  }

  async #at(place: Place): Promise<Place> {
    const { session, turn } = place;
    this.#cwd = (await this.#parts.host.session(session, { name: HUB, role: 'owner' })).cwd;
    this.#parts.onTurn(this.#writer.state.id, session, turn);
    return place;
  }

  async #open(pair: boolean, state: TaskState, { permissions, approvals }: Grant, by: Principal): Promise<Session> {
    const what = { ...(permissions === undefined ? {} : { permissions }), ...(approvals === undefined ? {} : { approvals }) };
    const agent = state.to;
    if (!pair) {
      const title = `task from ${state.from}`;
      return await this.#parts.host.openSession({ agent, title, ...what, commandId: `session of ${state.id} ${state.attempt}` }, by);
    }
    const title = `tasks from ${state.from}`;
    // With other rights it is another conversation: what was learnt under more must not be used under less.
    const which = state.context === null ? what : { ...what, context: state.context };
    const name = `pair ${agent} ${createHash('sha256').update(JSON.stringify(which)).digest('hex')}`;
    const { host, standing } = this.#parts;
    const known = standing.get(`${state.from} ${name}`);
    if (known !== undefined) {
      const now = await host.session(known, by);
      if (isOpen(now)) return now;
    }
    for (let n = 1; n <= MOST_SESSIONS; n++) {
      const { id } = await host.openSession({ agent, title, ...what, commandId: `${name} ${n}` }, by);
      const now = await host.session(id, by);
      if (!isOpen(now)) continue;
      standing.set(`${state.from} ${name}`, id);
      return now;
    }
    throw new SpoolError('conflict', `the ${MOST_SESSIONS} standing sessions of ${state.from} and ${agent} are archived or have failed`);
  }

  async #listen({ session, turn, after }: Place): Promise<void> {
    const by: Principal = { name: HUB, role: 'owner' };
    for await (const record of this.#parts.host.follow({ session, after: after - 1, signal: this.#signal }, by)) {
      for (const { position, body } of record.events) {
        const event = parseEvent(session, position, body);
        if (event.turn === turn && (await this.#hear(event))) return;
      }
    }
  }

  /** True when it was the turn's end. */
  async #hear(event: Event): Promise<boolean> {
    switch (event.type) {
      case 'item.delta':
        if (event.data.kind === 'text') await this.#written(event.data.text);
        return false;
      case 'item.started':
      case 'item.completed':
        this.#item(event);
        return false;
      case 'approval.asked':
        await this.#asks(event.data.approval.id, event.data.approval.title);
        return false;
      case 'approval.answered':
      case 'approval.expired':
        await this.#answered(event.data.approval);
        return false;
      case 'turn.completed': {
        const { finalText, usage } = event.data;
        await this.#end((state, at) => decideReply(state, this.text === '' ? (finalText ?? '') : this.text, VOICE, at, usage));
        return true;
      }
      case 'turn.failed': {
        const { message, retryable, usage, code } = event.data;
        if (this.#isUnheard(event)) this.#effects.add('what it did while the host was away is not known');
        await this.#fail({ code: 'turn-failed', message: `${message} (${code})`, retryable, usage, text: this.text, effects: [] });
        return true;
      }
      case 'turn.interrupted': {
        const message = event.data.reason ?? 'its turn was interrupted';
        await this.#fail({ code: 'interrupted', message, retryable: false, usage: event.data.usage, text: this.text, effects: [] });
        return true;
      }
      default:
        return false;
    }
  }

  /** A process that died with the host may have done something that the host was no longer told. */
  #isUnheard({ at, data }: Event<'turn.failed'>): boolean {
    const { hostSince, unheard } = this.#parts;
    return this.#found && data.code === 'runtime-exited' && at >= hostSince && unheard(this.#writer.state);
  }

  async #written(text: string): Promise<void> {
    // As the reply will have it: an empty line parts two messages.
    const piece = this.#writing === '' && this.#messages.length > 0 ? `\n\n${text}` : text;
    this.#writing += text;
    const news = piece.slice(this.#told);
    this.#told = Math.max(0, this.#told - piece.length);
    if (news !== '') await this.#batch.push(news);
  }

  #item({ type, data: { item } }: Event<'item.started' | 'item.completed'>): void {
    const effect = effectOf(item, this.#cwd);
    if (effect !== undefined) this.#effects.add(effect);
    // A command that was declined has done nothing, and its start did not know that yet.
    else if (type === 'item.completed' && 'status' in item)
      this.#effects.delete(effectOf({ ...item, status: 'completed' }, this.#cwd) ?? '');
    if (type !== 'item.completed' || item.kind !== 'agentMessage') return;
    this.#writing = '';
    if (item.text !== '') this.#messages.push(item.text);
  }

  async #asks(approval: string, title: string): Promise<void> {
    this.#asked.set(approval, title);
    this.#questions.add(approval);
    // After a restart it is heard again, and may have been answered since.
    const commandId = `asks ${approval}`;
    await this.#end((_, at) => [{ type: 'task.waiting', at, data: { for: 'approval', reason: title, id: approval, by: HUB } }], commandId);
  }

  async #answered(approval: string): Promise<void> {
    this.#asked.delete(approval);
    const [next] = this.#asked;
    if (next !== undefined) {
      const [id, reason] = next;
      await this.#writer.change((state, at) =>
        state.waiting?.id === approval ? [{ type: 'task.waiting', at, data: { for: 'approval', reason, id, by: HUB } }] : [],
      );
      return;
    }
    await this.#writer.change((state, at) =>
      // It may wait for one that was asked later, and of which nothing was heard yet since the restart.
      state.waiting?.for === 'approval' && this.#questions.has(state.waiting.id ?? '')
        ? [{ type: 'task.resumed', at, data: { by: HUB, reason: 'the question was answered' } }]
        : [],
    );
  }

  async #tell(text: string): Promise<void> {
    await this.#end((state, at) => decideProgress(state, { text, kind: 'message' }, VOICE, at));
  }

  #fail(failure: Failure): Promise<void> {
    return this.#end((state, at) => decideFailure(state, { ...failure, effects: [...this.#effects] }, VOICE, at));
  }

  /** What is said of a task that has ended already, by its agent's own reply for one, is not news. */
  async #end(decide: (state: TaskState, at: string) => ReturnType<typeof decideReply>, commandId?: string): Promise<void> {
    await this.#writer.change((state, at) => (hasEnded(state) ? [] : decide(state, at)), commandId);
  }
}

function isOpen({ status }: Session): boolean {
  return status !== 'archived' && status !== 'failed';
}

/** What keeps a turn from being asked for: a wrong wish stays wrong, everything else may pass. */
function failureOf(error: unknown): Failure {
  const { code, hint } = SpoolError.from(error);
  const message = hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`;
  if (code === 'not-found') return { code: 'gone', message, retryable: false, effects: [] };
  if (code === 'forbidden') return { code: 'refused', message, retryable: false, effects: [] };
  const lasting = ['invalid-input', 'unsupported', 'conflict', 'too-large'].includes(code);
  return { code: 'turn-failed', message, retryable: !lasting, effects: [] };
}

async function passed(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
