/** Sending a task: who asks whom, with which rights, within which chain; and the first event, which is all that there is of a task at first. */

import { type Clock, isoTime, laterThan } from '../base/clock.js';
import { SpoolError } from '../base/errors.js';
import { idMadeFrom } from '../base/made-id.js';
import type { Session } from '../contract/session.js';
import type { SendTask, Task, TaskCeiling } from '../contract/task.js';
import type { UnplacedTaskEvent } from '../contract/task-events.js';
import { meetCeilings } from '../domain/tasks/ceiling.js';
import { type ChainWish, hintOf, refusalOf } from '../domain/tasks/chain.js';
import { decideLease } from '../domain/tasks/decide.js';
import { HUB, initialTask, isBegun, type TaskState, taskView, wasCalledOff } from '../domain/tasks/state.js';
import type { Host, Principal } from '../host/face.js';
import type { Dispatch } from './dispatch.js';
import type { Ends } from './ends.js';
import type { Speaking } from './face.js';
import { HUB_PRINCIPAL, type Member, type Members } from './members.js';
import { ceilingFor, ceilingOf, grantFor } from './rights.js';
import type { Shelf } from './shelf.js';
import { beginTask, type TaskStore } from './task-writer.js';

export interface SendParts {
  readonly host: Host;
  readonly members: Members;
  readonly shelf: Shelf;
  readonly dispatch: Dispatch;
  readonly ends: Ends;
  readonly store: TaskStore;
  readonly clock: Clock;
}

const ATTEMPTS = 3;

/** Who sends, and from where. */
interface Sender {
  readonly name: string;
  /** Undefined: somebody who operates the host. */
  readonly member: Member | undefined;
  readonly session: Session | undefined;
  readonly parent: TaskState | undefined;
}

interface Ready {
  readonly command: SendTask;
  readonly id: string;
  readonly by: Principal;
  readonly sender: Sender;
  readonly target: Member;
  readonly root: TaskState | undefined;
}

export class SendDesk {
  readonly #parts: SendParts;
  /** Requests that are being answered, by the id that their task has. */
  readonly #under = new Map<string, Promise<unknown>>();

  constructor(parts: SendParts) {
    this.#parts = parts;
  }

  /** `check` is called when it is no repeat; what it throws refuses the task before it is recorded. */
  async send(command: SendTask, by: Principal, speaking: Speaking | undefined, check?: () => void): Promise<Task> {
    const { commandId } = command;
    const id = idMadeFrom('tsk', commandId === undefined ? undefined : [by.name, commandId], this.#parts.clock.now());
    // A repeat that comes while the first one is still being answered meets what that one has made.
    const before = this.#under.get(id) ?? Promise.resolve();
    const once = (): Promise<Task> => this.#once(id, command, by, speaking, check);
    const sending = before.then(once, once);
    this.#under.set(id, sending);
    try {
      return await sending;
    } finally {
      if (this.#under.get(id) === sending) this.#under.delete(id);
    }
  }

  async #once(id: string, command: SendTask, by: Principal, speaking: Speaking | undefined, check?: () => void): Promise<Task> {
    const { store, shelf, members } = this.#parts;
    if (command.commandId !== undefined && (await store.log.head(id)).version !== 'none') return this.#again(id, command);
    check?.();
    const target = members.find(command.to);
    const sender = await this.#sender(command, by, speaking);
    const root = sender.parent === undefined ? undefined : (await shelf.get(sender.parent.root)).state;
    return await this.#record({ command, id, by, sender, target, root });
  }

  async #again(id: string, command: SendTask): Promise<Task> {
    const { state } = await this.#parts.shelf.get(id);
    if (state.to !== command.to || JSON.stringify(state.input) !== JSON.stringify(command.input)) {
      throw new SpoolError('conflict', 'this Idempotency-Key was used for another task', {
        hint: 'use a new key for a new task',
        details: { task: id },
      });
    }
    if (state.error?.code === 'refused') throw refused(state);
    return taskView(state);
  }

  async #sender(command: SendTask, by: Principal, speaking: Speaking | undefined): Promise<Sender> {
    const { host, members } = this.#parts;
    const agent = by.role === 'agent';
    if (agent && command.from !== undefined && command.from !== by.name) {
      throw new SpoolError('forbidden', `${by.name} may send tasks in its own name only, not in that of ${command.from}`);
    }
    const name = command.from ?? by.name;
    const member = agent || command.from !== undefined ? members.get(name) : undefined;
    if (agent && member === undefined) throw new SpoolError('forbidden', `${name} is no agent of this host any more`);
    const session = speaking?.session === undefined ? undefined : await host.session(speaking.session, HUB_PRINCIPAL);
    const parent = await this.#parent(command, by, speaking);
    return { name, member: member?.kind === 'person' ? undefined : member, session, parent };
  }

  /** The task that somebody works on, in the turn in which they speak; rejects with `invalid-input` where it cannot be told which. */
  async taskOf(by: Principal, speaking: Speaking | undefined, named: string | undefined): Promise<string | undefined> {
    return (await this.#parent({ parent: named }, by, speaking))?.id;
  }

  /** Why each of these may not be sent a task from here; undefined where it may. */
  async refusals(
    targets: readonly Member[],
    by: Principal,
    speaking: Speaking | undefined,
    named: string | undefined,
  ): Promise<(string | undefined)[]> {
    const command: SendTask = { to: by.name, input: '', parent: named };
    const sender = await this.#sender(command, by, speaking);
    const root = sender.parent === undefined ? undefined : (await this.#parts.shelf.get(sender.parent.root)).state;
    const at = isoTime(this.#parts.clock);
    return targets.map((target) => this.#decide({ command, id: '', by, sender, target, root }, at).refusal?.message);
  }

  /** The task in whose course it is sent. An agent cannot leave it out to get rid of the chain's limits. */
  async #parent({ parent }: Pick<SendTask, 'parent'>, by: Principal, speaking: Speaking | undefined): Promise<TaskState | undefined> {
    const { shelf } = this.#parts;
    const known = this.#ofTurn(speaking);
    const inTurn = speaking?.turn !== undefined;
    const id = known ?? parent ?? (by.role === 'agent' ? this.#onlyLease(by.name, inTurn) : undefined);
    if (id === undefined) return undefined;
    const { state } = await shelf.get(id);
    if (by.role === 'agent' && known === undefined && (state.to !== by.name || !isBegun(state))) {
      throw new SpoolError('forbidden', `${by.name} does not work on task ${id}`, { hint: '"parent" is a task that you have leased' });
    }
    if (wasCalledOff(state)) throw new SpoolError('forbidden', `task ${id} is ${state.status}: nothing more is sent in its course`);
    return state;
  }

  #ofTurn({ session, turn }: Speaking = { session: undefined, turn: undefined }): string | undefined {
    const { shelf, dispatch } = this.#parts;
    if (session === undefined || turn === undefined) return undefined;
    const running = dispatch.taskOf(session, turn);
    if (running !== undefined) return running;
    // After a restart a turn that went on may speak before its task is listened to again.
    return [...shelf.list()].find(({ state }) => state.session === session && state.turn === turn)?.state.id;
  }

  /** `inTurn`: somebody speaks in a turn that is no task's as far as it is known. It may be that of one which is just being begun. */
  #onlyLease(alias: string, inTurn: boolean): string | undefined {
    const own = [...this.#parts.shelf.list()].filter(
      ({ state }) => state.to === alias && isBegun(state) && !(inTurn && state.turn !== null),
    );
    if (own.length < 2) return own[0]?.state.id;
    throw new SpoolError('invalid-input', `${alias} works on ${own.length} tasks: "parent" says from which one this is sent`, {
      details: { tasks: own.map(({ state }) => state.id) },
    });
  }

  async #record(ready: Ready): Promise<Task> {
    const { dispatch, ends, clock, store, shelf } = this.#parts;
    const { command, id, target, sender, root } = ready;
    const at = isoTime(clock);
    const { event, wish, refusal: first } = this.#decide(ready, at);
    const refusal = first ?? (root === undefined ? undefined : await this.#branch(ready, root.id, wish));
    const begins = refusal === undefined && event.data.hold === undefined && dispatch.mayBegin(target, id);
    try {
      const more: readonly UnplacedTaskEvent[] =
        refusal !== undefined
          ? [{ type: 'task.failed', at, data: { code: 'refused', message: refusal.message, retryable: false, by: HUB } }]
          : begins
            ? decideLease(initialTask({ position: 1, task: id, ...event }), HUB, at)
            : [];
      const writer = shelf.add(await beginTask(store, id, [event, ...more], command.commandId));
      if (refusal !== undefined) {
        writer.save();
        throw refused(writer.state, refusal.hint);
      }
      if (target.kind === 'person' && sender.parent !== undefined) await this.#wait(sender.parent.id, id, command);
      dispatch.look(writer);
      await ends.sent(writer.state);
      return taskView(writer.state);
    } catch (error) {
      if (begins) dispatch.release(target.alias, id);
      throw error;
    }
  }

  #decide({ command, id, by, sender, target, root }: Ready, at: string): Decided {
    const { members } = this.#parts;
    const { parent } = sender;
    const chain = parent === undefined ? [sender.name] : parent.chain;
    const budget = root?.budget ?? parent?.budget ?? command.budget;
    const wish: ChainWish = {
      chain,
      sender: sender.member === undefined ? undefined : members.party(sender.member),
      target: members.party(target),
      spent: root?.spent ?? { tasks: 0, tokens: 0 },
      budget: budget ?? null,
    };
    const ceiling = this.#ceiling(sender, command);
    const why = refusalOf(wish);
    const refusal = why === undefined ? this.#confined(target, ceiling) : { message: why, hint: hintOf(wish) };
    const hold = this.#hold(command, sender, target, by);
    const note = this.#note(target);
    const deadline = earliest(
      command.deadlineSeconds === undefined ? undefined : laterThan(at, command.deadlineSeconds * 1000),
      parent?.deadline,
    );
    const data: UnplacedTaskEvent<'task.sent'>['data'] = {
      ...{ to: target.alias, from: sender.name, input: command.input, by: by.name, root: parent?.root ?? id },
      chain: [...chain, target.alias],
      attempts: command.attempts ?? ATTEMPTS,
      ...(parent === undefined ? {} : { parent: parent.id }),
      ...(deadline === undefined ? {} : { deadline }),
      ...(command.queueSeconds === undefined ? {} : { queueDeadline: laterThan(at, command.queueSeconds * 1000) }),
      ...(command.limits === undefined ? {} : { limits: command.limits }),
      ...(command.session === undefined ? {} : { session: command.session }),
      ...(command.context === undefined ? {} : { context: command.context }),
      ...(hold === undefined ? {} : { hold }),
      ...(ceiling === null ? {} : { ceiling }),
      ...(parent !== undefined || command.budget === undefined ? {} : { budget: command.budget }),
      ...(command.outputSchema === undefined ? {} : { outputSchema: command.outputSchema }),
      ...(note === undefined ? {} : { note }),
    };
    return { event: { type: 'task.sent', at, data }, wish, refusal };
  }

  /** An agent's task goes with what the agent may do; one that an operator sends within a chain with what that chain may. */
  #ceiling({ member, session, parent }: Sender, { permissions }: SendTask): TaskCeiling | null {
    const own = member === undefined ? null : ceilingOf(member, session, this.#parts.members);
    // An agent from elsewhere has no session here that could say what it may do within its task.
    const above = member?.kind === 'outside' && parent !== undefined ? meetCeilings(parent.ceiling, own) : own;
    return ceilingFor(above, permissions);
  }

  #confined(target: Member, ceiling: TaskCeiling | null): Refusal | undefined {
    if (target.kind !== 'local') return undefined;
    try {
      grantFor(target, ceiling, this.#parts.members);
      return undefined;
    } catch (error) {
      const { message, hint } = SpoolError.from(error);
      return { message, ...(hint === undefined ? {} : { hint }) };
    }
  }

  #hold({ hold }: SendTask, { member, name }: Sender, target: Member, by: Principal): string | undefined {
    if (hold === true) return `${by.name} wants a person to let it go first`;
    if (member !== undefined && target.settings?.hold === true)
      return `a person lets each task for ${target.alias} go first, and ${name} is none`;
    return undefined;
  }

  #note(target: Member): string | undefined {
    if (target.kind === 'person') return 'it waits until a person replies';
    if (this.#parts.members.isOnline(target)) return undefined;
    return `${target.alias} is offline: the task waits until it is back`;
  }

  /** Counted in the first task of the chain before it is sent, so that a host which dies in between has spent too much, never too little. */
  async #branch({ id, target, sender }: Ready, root: string, wish: ChainWish): Promise<Refusal | undefined> {
    const writer = await this.#parts.shelf.get(root);
    let refusal: Refusal | undefined;
    await writer.change(({ spent }, at) => {
      // Others of the chain may have sent some meanwhile.
      const why = refusalOf({ ...wish, spent });
      if (why !== undefined) refusal = { message: why, hint: hintOf(wish) };
      return why === undefined ? [{ type: 'task.branched', at, data: { task: id, to: target.alias, from: sender.name } }] : [];
    }, `branch ${id}`);
    return refusal;
  }

  async #wait(parent: string, task: string, { input }: SendTask): Promise<void> {
    const writer = await this.#parts.shelf.get(parent);
    const reason = typeof input === 'string' ? input.slice(0, 500) : 'a person was asked';
    await writer.change((state, at) =>
      state.status === 'leased' || state.status === 'running'
        ? [{ type: 'task.waiting', at, data: { for: 'person', reason, id: task, by: HUB } }]
        : [],
    );
  }
}

interface Decided {
  readonly event: UnplacedTaskEvent<'task.sent'>;
  readonly wish: ChainWish;
  readonly refusal: Refusal | undefined;
}

interface Refusal {
  readonly message: string;
  readonly hint?: string;
}

function refused(state: TaskState, hint?: string): SpoolError {
  const message = state.error?.message ?? 'the task was refused';
  return new SpoolError('forbidden', message, {
    ...(hint === undefined ? {} : { hint }),
    details: { task: state.id, chain: [...state.chain] },
  });
}

function earliest(one: string | undefined, other: string | null | undefined): string | undefined {
  return [one, other ?? undefined].filter((time) => time !== undefined).sort()[0];
}
