/** The flags that say how a task is to be sent, and the request that they make. */

import type { SendTask, TaskBudget } from '../contract/task.js';
import type { Args } from './command.js';
import { INPUT_FLAGS, turnBody } from './turn-flags.js';
import { wholeNumber } from './whole-number.js';

const SESSIONS: ('new' | 'pair')[] = ['new', 'pair'];

export const SEND_FLAGS = {
  from: { type: 'string', valueHint: 'alias', description: 'in whose name (default: your own)' },
  deadline: { type: 'string', valueHint: 'seconds', description: 'from now until it is done; then it expires' },
  queue: { type: 'string', valueHint: 'seconds', description: 'from now until it is begun; then it expires' },
  session: {
    type: 'enum',
    options: SESSIONS,
    description: 'a session of its own, or the standing one of sender and agent, which remembers',
  },
  context: { type: 'string', valueHint: 'name', description: 'with --session pair: tasks of the same name share a session of their own' },
  hold: { type: 'boolean', description: 'let it go yourself first, with `spool task approve`' },
  attempts: { type: 'string', valueHint: 'n', description: 'how often it may be begun while nothing was done yet (default: 3)' },
  permissions: { type: 'string', valueHint: 'profile', description: 'at most these: :read-only, :workspace, …' },
  'max-tasks': { type: 'string', valueHint: 'n', description: 'how many tasks may come of it, this one included (default: 100)' },
  'max-tokens': { type: 'string', valueHint: 'n', description: 'after so many tokens nothing more is sent' },
  ...INPUT_FLAGS,
} as const;

type SendArgs = Args<typeof SEND_FLAGS>;

/** What is sent to `to` at the host at `url`. */
export async function taskBody(to: string, text: string, args: SendArgs, url: string): Promise<Omit<SendTask, 'commandId' | 'parent'>> {
  const { from, session, context, hold, permissions } = args;
  const deadlineSeconds = wholeNumber('--deadline', args.deadline, 1);
  const queueSeconds = wholeNumber('--queue', args.queue, 1);
  const attempts = wholeNumber('--attempts', args.attempts, 1);
  const budget = budgetOf(args);
  return {
    to,
    ...(await turnBody(text, args, url)),
    ...(from === undefined ? {} : { from }),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
    ...(queueSeconds === undefined ? {} : { queueSeconds }),
    ...(session === undefined ? {} : { session }),
    ...(context === undefined ? {} : { context }),
    ...(hold ? { hold } : {}),
    ...(attempts === undefined ? {} : { attempts }),
    ...(permissions === undefined ? {} : { permissions: { profile: permissions } }),
    ...(budget === undefined ? {} : { budget }),
  };
}

function budgetOf(args: SendArgs): TaskBudget | undefined {
  const tasks = wholeNumber('--max-tasks', args['max-tasks'], 1);
  const tokens = wholeNumber('--max-tokens', args['max-tokens'], 1);
  if (tasks === undefined && tokens === undefined) return undefined;
  return { ...(tasks === undefined ? {} : { tasks }), ...(tokens === undefined ? {} : { tokens }) };
}
