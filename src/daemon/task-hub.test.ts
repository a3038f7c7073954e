import { expect, test } from 'vitest';
import { homePaths } from '../base/home-paths.js';
import type { CreateAgent } from '../contract/agent-config.js';
import type { AgentInfo } from '../contract/host.js';
import type { AgentDirectory } from '../ports/agents.js';
import { silentLogger } from '../ports/logger.js';
import { tempHome } from '../testing/index.js';
import { taskParts } from './task-hub.js';

/** Agents that are kept in memory. */
function directory(): AgentDirectory {
  const all = new Map<string, AgentInfo>();
  const put = (agent: CreateAgent): Promise<AgentInfo> => {
    const { alias, tasks } = agent;
    const info: AgentInfo = { alias, runtime: 'mock', codexHome: '/nowhere', online: true, ...(tasks === undefined ? {} : { tasks }) };
    all.set(alias, info);
    return Promise.resolve(info);
  };
  return {
    get: (alias) => all.get(alias),
    list: () => [...all.values()],
    create: put,
    update: (alias, { tasks }) => put({ alias, tasks: tasks ?? undefined }),
    remove: (alias) => Promise.resolve(all.get(alias) ?? expect.fail()),
    prepare: () => Promise.resolve({}),
  };
}

test('an agent that takes part from now on, or no more, is told of once, and no other change', async () => {
  await using home = await tempHome();
  await using parts = taskParts(homePaths({}, home.path, 'linux'), silentLogger, () => expect.fail('no hub is needed'));
  const agents = parts.watched(directory());
  const heard: string[] = [];
  using _listening = parts.tools.onChange((sees) => heard.push(...agents.list().flatMap((agent) => (sees(agent) ? [agent.alias] : []))));
  await agents.create({ alias: 'a' });
  await agents.create({ alias: 'b' });
  await agents.update('a', { tasks: {} });
  await agents.update('a', { tasks: { role: 'reads' } });
  expect(heard).toEqual(['a']);
  expect(parts.tools.tools(agents.get('a')).length).toBeGreaterThan(0);
  await agents.update('a', { tasks: null });
  await agents.update('b', {});
  expect(heard).toEqual(['a', 'a']);
  expect(parts.tools.tools(agents.get('a'))).toEqual([]);
});
