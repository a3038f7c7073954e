/** The runtime `mock`, as a host has it. */

import { join } from 'node:path';
import { MOCK_CAPABILITIES } from '../../mock/capabilities.js';
import type { RuntimeEntry } from './runtime-parts.js';

export const mock: RuntimeEntry = {
  capabilities: () => MOCK_CAPABILITIES,
  async load({ paths, clock }) {
    const { MockAgent } = await import('../../mock/agent.js');
    return new MockAgent({ folder: join(paths.data, 'mock'), clock });
  },
};
