/** Agents from elsewhere that are kept in memory: their tokens are their aliases. */

import { SpoolError } from '../base/errors.js';
import type { AdmittedOutsider, OutsideDirectory } from '../ports/outside-agents.js';

export function memoryOutsideAgents(): OutsideDirectory {
  const agents = new Map<string, AdmittedOutsider>();
  return {
    get: (alias) => agents.get(alias),
    list: () => [...agents.values()],
    byToken: (token) => agents.get(token),
    admit(alias, tasks) {
      if (agents.has(alias)) return Promise.reject(new SpoolError('conflict', `there is ${alias} already`));
      const agent = { alias, tasks, createdAt: '2026-01-01T00:00:00.000Z' };
      agents.set(alias, agent);
      return Promise.resolve({ agent, token: alias });
    },
    dismiss(alias) {
      const agent = agents.get(alias);
      agents.delete(alias);
      return Promise.resolve(agent);
    },
  };
}
