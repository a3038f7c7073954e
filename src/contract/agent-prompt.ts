/** What an agent is told before anybody has said anything, as its runtime puts it together. */

import { z } from 'zod';

export const AgentPrompt = z
  .object({
    cwd: z.string().describe('the working folder that was asked about'),
    version: z.string().describe('of the runtime'),
    messages: z.array(
      z.object({ role: z.string(), parts: z.array(z.string()).describe('texts, in the order in which the model is shown them') }),
    ),
  })
  .meta({ id: 'AgentPrompt' });
export type AgentPrompt = z.infer<typeof AgentPrompt>;
