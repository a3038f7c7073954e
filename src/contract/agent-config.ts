/**
 * An agent as its file `agents/<alias>/config.json` holds it. Unknown keys are refused: a misspelt one must not be ignored in silence. Nor
 * is a known one that a host does not act on yet: it refuses such an agent (`unsupported`).
 */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { WhenTaken } from './host.js';
import { Limits } from './limits.js';
import { Permissions } from './session.js';
import { Alias, Effort, Runtime } from './words.js';

const McpServer = z.strictObject({
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
  url: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  timeout: z.number().positive().optional(),
  connectTimeout: z.number().positive().optional(),
  enabled: z.boolean().optional(),
  instructions: z.string().optional(),
});

export const AgentConfig = z
  .strictObject({
    alias: Alias,
    runtime: Runtime,
    model: z.string().min(1).optional(),
    effort: Effort.optional(),
    cwd: z.string().min(1).optional(),
    codexHome: z
      .string()
      .min(1)
      .default('shared')
      .describe('"shared" (the host\'s own CODEX_HOME), "own" (one made for this agent), or an absolute path'),
    permissions: Permissions.optional(),
    approvals: ApprovalPolicy.optional(),
    limits: Limits.optional(),
    instructions: z.string().optional(),
    mcpServers: z.record(z.string(), McpServer).optional(),
    archive: z
      .union([z.literal(true), z.string().min(1)])
      .optional()
      .describe('write each exchange as a markdown file: true for a folder of the host, or an absolute path'),
    skills: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional(),
    runtimeOptions: z
      .strictObject({
        whenTaken: WhenTaken.optional().describe(
          'when another process has the conversation open: refuse (default), wait for it, or go on in a copy',
        ),
      })
      .optional(),
  })
  .meta({ id: 'AgentConfig' });
export type AgentConfig = z.infer<typeof AgentConfig>;
