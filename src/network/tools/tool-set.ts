/** The tools themselves: what a model reads of each, what it takes, and what of the hub it calls. An answer comes at once, or after a short while. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import { PERSON, type SendTask, type Task, TaskSession } from '../../contract/task.js';
import { hasEnded } from '../../domain/tasks/state.js';
import type { HostTool, Principal, ToolCall, ToolSchema } from '../../host/face.js';
import type { Hub, Speaking } from '../face.js';
import { SendOnce } from './send-once.js';
import { afterSending, afterWaiting, ownOf, type Told, toldOf } from './told.js';

export interface ToolSetOptions {
  /** For agents from elsewhere, which name the task that they work on. */
  readonly outside: boolean;
}

const WAIT_SECONDS = 20;
/** Models and their runtimes give up on calls that take about a minute. */
const MOST_SECONDS = 45;

const HANDLE = z.string().describe('the handle that send_task or ask_person answered with: tsk_…');
const DEADLINE = z.number().positive().max(31_536_000).optional().describe('after so many seconds it is over, done or not');
const WHICH = z.string().optional().describe('which of your tasks; needed only while you have several');
const READS = { readOnlyHint: true, openWorldHint: false } as const;
const ACTS = { readOnlyHint: false, destructiveHint: false, openWorldHint: false } as const;

export function toolSet(hub: () => Hub, { outside }: ToolSetOptions): readonly HostTool[] {
  const set = new ToolSet(hub, outside);
  return [set.listAgents(), set.send(), set.wait(), set.get(), set.report(), set.reply(), set.ask(), set.cancel()];
}

/** Who calls, and from where. */
interface Caller {
  readonly by: Principal;
  readonly speaking: Speaking;
}

class ToolSet {
  readonly #hub: () => Hub;
  readonly #once: SendOnce;
  /** An argument that says which of its tasks an agent means, for those of whom no turn tells it. */
  readonly #named: { readonly task: typeof WHICH };
  readonly #parent: { readonly parent: typeof WHICH };

  constructor(hub: () => Hub, outside: boolean) {
    this.#hub = hub;
    this.#once = new SendOnce(hub);
    this.#named = optional({ task: WHICH }, outside);
    this.#parent = optional({ parent: WHICH }, outside);
  }

  listAgents(): HostTool {
    return tool({
      name: 'list_agents',
      description:
        'Lists the other agents that may be able to help: alias, role, skills, whether they are online, how busy they are, and whether you ' +
        'may send them a task. Look here before send_task, when you do not know an alias.',
      inputSchema: z.strictObject({ ...this.#parent }),
      annotations: READS,
      handler: async ({ parent }, call) => {
        const { by, speaking } = callerOf(call);
        const peers = await this.#hub().peers(by, speaking, parent);
        return {
          agents: peers.map(({ agent: { alias, role, skills, runtime, online, load }, refusal }) => ({
            ...{ alias, role, skills, runtime, online, load, maySend: refusal === undefined },
            ...(refusal === undefined ? {} : { why: refusal }),
          })),
        };
      },
    });
  }

  send(): HostTool {
    return tool({
      name: 'send_task',
      description:
        'Gives a task to another agent and answers at once with its handle; wait_for_task then brings the reply. The other agent sees only ' +
        'the text of the task, so put everything into it. Never use it to answer whoever gave you your own task: that is what reply does.',
      inputSchema: z.strictObject({
        to: z.string().min(1).describe('alias of the agent'),
        task: z.string().min(1).describe('what is to be done, with all that the other one has to know'),
        deadline_seconds: DEADLINE,
        session: TaskSession.optional(),
        ...this.#parent,
      }),
      annotations: ACTS,
      handler: ({ to, task, deadline_seconds, session, parent }, call) =>
        this.#send({ to, input: task, ...given('deadlineSeconds', deadline_seconds), ...given('session', session) }, call, parent),
    });
  }

  ask(): HostTool {
    return tool({
      name: 'ask_person',
      description:
        'Asks a person, for what only a person may decide or can know. Answers at once with a handle; wait_for_task then brings the answer, ' +
        'which may take hours.',
      inputSchema: z.strictObject({
        question: z.string().min(1),
        choices: z
          .array(z.string().min(1))
          .min(2)
          .max(20)
          .optional()
          .describe('answers to choose from; the person may still say something else'),
        deadline_seconds: DEADLINE,
        ...this.#parent,
      }),
      annotations: ACTS,
      handler: ({ question, choices = [], deadline_seconds, parent }, call) => {
        const input = choices.length === 0 ? question : `${question}\n\n${choices.map((choice) => `- ${choice}`).join('\n')}`;
        return this.#send({ to: PERSON, input, ...given('deadlineSeconds', deadline_seconds) }, call, parent);
      },
    });
  }

  wait(): HostTool {
    return tool({
      name: 'wait_for_task',
      description:
        `Waits until a task that you have sent has ended, but at most ${MOST_SECONDS} seconds, and answers with its state: the reply when there ` +
        'is one, else how far it is. Call it again while it has not ended.',
      inputSchema: z.strictObject({
        task: HANDLE,
        seconds: z.number().min(0).max(MOST_SECONDS).default(WAIT_SECONDS).describe(`how long; default ${WAIT_SECONDS}`),
      }),
      annotations: READS,
      handler: async ({ task: id, seconds }, call) => {
        const { by } = callerOf(call);
        const now = await this.#hub().task(id, by);
        if (now.to === by.name) {
          throw new SpoolError('invalid-input', `task ${id} is your own: it ends when you answer it`, {
            hint: 'reply answers it, report_progress says how far you are',
          });
        }
        const task = await this.#hub().waitTask(id, { seconds, signal: call.signal }, by);
        if (!call.signal.aborted) this.#once.told(id);
        return toldOf(task, afterWaiting(task));
      },
    });
  }

  get(): HostTool {
    return tool({
      name: 'get_task',
      description:
        'Tells how a task is, without waiting. Without a handle: the task that you work on, who gave it to you, and those that you have sent ' +
        'in its course.',
      inputSchema: z.strictObject({ task: HANDLE.optional() }),
      annotations: READS,
      handler: async ({ task: id }, call) => {
        const { by, speaking } = callerOf(call);
        const own = id ?? (await this.#hub().taskOf(by, speaking));
        if (own === undefined) return { task: null, next: NO_TASK };
        const task = await this.#hub().task(own, by);
        if (task.to !== by.name) {
          this.#once.told(own);
          return toldOf(task);
        }
        const { items } = await this.#hub().listTasks({ root: task.root, limit: MOST_LISTED }, by);
        return { ...ownOf(task), sent: items.filter(({ parent }) => parent === own).map((one) => toldOf(one)) };
      },
    });
  }

  report(): HostTool {
    return tool({
      name: 'report_progress',
      description: 'Says how far you are with the task that you work on, to whoever gave it to you. It does not answer the task.',
      inputSchema: z.strictObject({ text: z.string().min(1).max(100_000), ...this.#named }),
      annotations: ACTS,
      handler: async ({ text, task }, call) => {
        const { by } = callerOf(call);
        const id = await this.#own(call, task);
        await closing(this.#hub().reportProgress(id, { text }, by));
        return { task: id, next: 'It was told. Go on.' };
      },
    });
  }

  reply(): HostTool {
    return tool({
      name: 'reply',
      description:
        'Answers the task that you work on and closes it: whoever gave it to you gets this text as the result. Call it once, when you are done. ' +
        'Without it, what you write in this turn is the answer. With failed: true it says why the task cannot be done.',
      inputSchema: z.strictObject({
        text: z.string().min(1).max(1_000_000).describe('the whole answer'),
        failed: z.boolean().optional().describe('true: it could not be done, and text says why'),
        ...this.#named,
      }),
      annotations: ACTS,
      handler: async ({ text, failed = false, task }, call) => {
        const { by } = callerOf(call);
        const id = await this.#own(call, task);
        // One that is said again because nothing was heard of the first is the same.
        const commandId = `reply ${createHash('sha256')
          .update(JSON.stringify([failed, text]))
          .digest('base64url')}`;
        const said = failed
          ? this.#hub().failTask(id, { message: text.slice(0, MOST_REASON), commandId }, by)
          : this.#hub().replyTask(id, { text, commandId }, by);
        const { status } = await closing(said);
        return {
          task: id,
          status,
          next: 'The task is closed. Nothing that you write from now on reaches whoever gave it to you: end your turn.',
        };
      },
    });
  }

  cancel(): HostTool {
    return tool({
      name: 'cancel_task',
      description: 'Calls a task off that you have sent, and all that was sent in its course. Its agent is stopped.',
      inputSchema: z.strictObject({ task: HANDLE, reason: z.string().min(1).max(1000).optional() }),
      annotations: { ...ACTS, destructiveHint: true },
      handler: async ({ task: id, reason }, call) => toldOf(await this.#hub().cancelTask(id, given('reason', reason), callerOf(call).by)),
    });
  }

  async #send(command: SendTask, call: ToolCall, parent: string | undefined): Promise<Told> {
    const { by, speaking } = callerOf(call);
    const { session, turn } = speaking;
    const place = turn === undefined ? await this.#hub().taskOf(by, speaking, parent) : `${session} ${turn}`;
    const { task, again } = await this.#once.send({ ...command, ...given('parent', parent) }, by, speaking, place);
    return toldOf(task, afterSending(task, again));
  }

  async #own(call: ToolCall, named: string | undefined): Promise<string> {
    const { by, speaking } = callerOf(call);
    const id = await this.#hub().taskOf(by, speaking, named);
    if (id !== undefined) return id;
    throw new SpoolError('conflict', 'you work on no task in this turn', { hint: NO_TASK });
  }
}

const NO_TASK = 'nobody has given you a task here: what you write is read by whoever speaks with you';
const MOST_LISTED = 200;
const MOST_REASON = 10_000;

/** The types of the arguments are checked where the tool is written down; in the list they do not matter. */
function tool<S extends ToolSchema>(one: HostTool<S>): HostTool {
  return one as HostTool;
}

/** Arguments that may be left out anyway: where they are not there at all they are undefined too. */
function optional<T extends Readonly<Record<string, z.ZodOptional>>>(shape: T, there: boolean): T {
  return there ? shape : ({} as T);
}

function callerOf({ agent = '', session, turn }: ToolCall): Caller {
  return { by: { name: agent, role: 'agent' }, speaking: { session, turn } };
}

/** What is said of a task that has ended already: the agent can do nothing more about it. */
async function closing(said: Promise<Task>): Promise<Task> {
  try {
    return await said;
  } catch (error) {
    const { code, message, details } = SpoolError.from(error);
    const task = details?.['task'] as Task | undefined;
    if (code !== 'conflict' || task === undefined || !hasEnded(task)) throw error;
    throw new SpoolError('conflict', message, { hint: 'nothing more can be said of it: end your turn', cause: error });
  }
}

function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}
