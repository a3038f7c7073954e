/** An agent for people to read: a line for each thing that is set. */

import type { RouteResult } from '../../contract/routes.js';
import type { OutsideAgent } from '../../contract/task.js';
import type { Ink } from '../output.js';
import { oneLine } from './printable.js';
import { settingsRows } from './settings-rows.js';
import { age } from './words.js';

type Agent = RouteResult<'agent'>;

type Row = readonly [name: string, value: string | undefined];

export function agentLines(agent: Agent, ink: Ink): string {
  return linesOf(rowsOf(agent), ink);
}

/** One whose process is none of this host. */
export function outsideAgentLines({ alias, tasks, createdAt, online, seenAt }: OutsideAgent, ink: Ink, now: number): string {
  const seen = seenAt === undefined ? 'not heard of since the host was started' : `last heard of ${ago(seenAt, now)}`;
  return linesOf(
    [
      ['agent', alias],
      ['runtime', 'none of this host: it comes with a token of its own'],
      ['online', `${online ? 'yes' : 'no'}, ${seen}`],
      ['admitted', ago(createdAt, now)],
      ...settingsRows(tasks),
    ],
    ink,
  );
}

function ago(at: string, now: number): string {
  const words = age(at, now);
  return words === 'just now' ? words : `${words} ago`;
}

function linesOf(all: readonly Row[], ink: Ink): string {
  const rows = all.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '');
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${ink.dim(name.padEnd(width))}  ${oneLine(value)}`).join('\n');
}

function rowsOf(agent: Agent): readonly Row[] {
  const { permissions = {}, approvals, limits, mcpServers = {}, env = {}, skills = [], hostTools } = agent;
  return [
    ['agent', agent.alias],
    ['runtime', agent.runtime],
    ['online', 'yes'],
    ['model', [agent.model, agent.effort].filter((word) => word !== undefined).join(', ')],
    ['cwd', agent.cwd],
    ['CODEX_HOME', agent.codexHome],
    ['permissions', [permissions.profile, permissions.approvalPolicy].filter((word) => word !== undefined).join(', ')],
    ['answers', approvals === undefined ? undefined : JSON.stringify(approvals)],
    ['limits', limits === undefined ? undefined : JSON.stringify(limits)],
    ['instructions', agent.instructions],
    ['composed in', agent.instructionsFile],
    ['memory', agent.memory],
    ['archive', agent.archive],
    ...skills.map((folder, at) => [at === 0 ? 'skills' : '', folder] as const),
    ...Object.entries(mcpServers).map(([name, server], at) => [at === 0 ? 'MCP servers' : '', `${name}: ${reached(server)}`] as const),
    ['host tools', hostTools?.join(', ')],
    ['variables', Object.keys(env).join(', ')],
    ['credential', agent.credential],
    ['budget', agent.budget === undefined ? undefined : JSON.stringify(agent.budget)],
    ['review loop', agent.reviewLoop === undefined ? undefined : JSON.stringify(agent.reviewLoop)],
    ...settingsRows(agent.tasks),
    ['when taken', agent.whenTaken],
    ...Object.entries(agent.runtimeOptions ?? {}).map(
      ([name, value], at) => [at === 0 ? 'options' : '', `${name}: ${written(value)}`] as const,
    ),
  ];
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function reached({ command, args = [], url, enabled }: NonNullable<Agent['mcpServers']>[string]): string {
  return `${command === undefined ? url : [command, ...args].join(' ')}${enabled === false ? ' (off)' : ''}`;
}
