/** A runtime that is loaded when its first conversation is opened: a host starts faster without those that nobody uses. */

import { SpoolError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import type { RuntimeCapabilities } from '../../contract/host.js';
import type { Agent } from '../../ports/agent.js';

/** Disposing it disposes the runtime, where there is one by then; nothing is loaded afterwards. */
export function lazyAgent(capabilities: RuntimeCapabilities, load: () => Promise<Agent>): Agent {
  const agent = lazily(load);
  let disposed = false;
  const loaded = async (): Promise<Agent> => {
    if (disposed) throw new SpoolError('unavailable', 'this runtime was closed');
    return await agent.get();
  };
  return {
    capabilities,
    status: async () => (await (await agent.current)?.status()) ?? [],
    models: async (home, options) => await (await loaded()).models(home, options),
    open: async (thread, signal) => await (await loaded()).open(thread, signal),
    async [Symbol.asyncDispose]() {
      disposed = true;
      await (await agent.current)?.[Symbol.asyncDispose]();
    },
  };
}
