/** The flags that say how an agent takes part in tasks, and the settings that they become. */

import type { TaskSettings } from '../contract/task.js';
import type { Args } from './command.js';
import { wholeNumber } from './whole-number.js';

const SESSIONS: ('new' | 'pair')[] = ['new', 'pair'];

/** Of every agent that takes part, this host's and others. */
export const SETTING_FLAGS = {
  role: { type: 'string', valueHint: 'text', description: 'in tasks: what it is for, in a line that other agents read' },
  'tasks-from': { type: 'string', valueHint: 'alias,…', description: 'only these agents may send it tasks; "" is none' },
  'tasks-to': { type: 'string', valueHint: 'alias,…', description: 'it may send tasks only to these; "" is none' },
  'at-once': { type: 'string', valueHint: 'n', description: 'how many tasks it works on at once (default: 1)' },
  'tasks-hold': { type: 'boolean', description: 'a person lets each task from another agent go first' },
  'tasks-permissions': { type: 'string', valueHint: 'profile', description: 'what the tasks that it sends may do at most' },
  public: { type: 'boolean', description: 'clients of other systems can reach it, by A2A' },
} as const;

/** Of agents of this host, where `--skill` is a folder. */
export const TASK_FLAGS = {
  tasks: { type: 'boolean', description: 'it takes part in tasks: other agents see it and send it some; each flag below means this too' },
  ...SETTING_FLAGS,
  'task-skill': { type: 'string', valueHint: 'word,…', description: 'what it can do, in words that other agents look for' },
  'task-session': { type: 'enum', options: SESSIONS, description: 'where it works: in a session for each task, or in one for each sender' },
  'any-permissions': {
    type: 'boolean',
    description: 'takes tasks of agents that may do less than it, where its runtime keeps to no permissions',
  },
} as const;

type SettingArgs = Args<typeof SETTING_FLAGS>;

/** What the flags set, put over what is there; undefined when none was given. */
export function settingsOf(args: Args<typeof TASK_FLAGS>, now: TaskSettings | undefined): TaskSettings | undefined {
  const parts: TaskSettings = {
    ...commonOf(args, now),
    ...(args['task-skill'].length === 0 ? {} : { skills: words(args['task-skill']) }),
    ...(args['task-session'] === undefined ? {} : { session: args['task-session'] }),
    ...(args['any-permissions'] ? { anyPermissions: true } : {}),
  };
  return args.tasks || Object.keys(parts).length > 0 ? { ...now, ...parts } : undefined;
}

export function commonOf(args: SettingArgs, now?: TaskSettings): TaskSettings {
  const atOnce = wholeNumber('--at-once', args['at-once'], 1);
  const profile = args['tasks-permissions'];
  return {
    ...(args.role === undefined ? {} : { role: args.role }),
    ...(args['tasks-from'].length === 0 ? {} : { from: words(args['tasks-from']) }),
    ...(args['tasks-to'].length === 0 ? {} : { to: words(args['tasks-to']) }),
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(args['tasks-hold'] ? { hold: true } : {}),
    ...(profile === undefined ? {} : { permissions: { ...now?.permissions, profile } }),
    ...(args.public ? { public: true } : {}),
  };
}

/** `""` names none. */
function words(list: readonly string[]): string[] {
  return list.filter((word) => word !== '');
}
