/**
 * An agent as its file `agents/<alias>/config.json` holds it. Unknown keys are refused: a misspelt one must not be ignored in silence.
 */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { Budget } from './budget.js';
import { Limits } from './limits.js';
import { McpServer } from './mcp-server.js';
import { ReviewLoop } from './review-loop.js';
import { RuntimeOptions } from './runtime-options.js';
import { Permissions } from './session.js';
import { TaskSettings } from './task.js';
import { Alias, Effort, Runtime } from './words.js';

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
    instructions: z.string().min(1).optional().describe('what the agent is told before every conversation'),
    memory: z
      .union([z.literal(true), z.string().min(1)])
      .optional()
      .describe('a folder whose index.md is put into the instructions: true for one of the host, or an absolute path'),
    mcpServers: z.record(z.string().min(1), McpServer).optional(),
    hostTools: z
      .array(z.string().min(1))
      .optional()
      .describe('which tools of the host, and of the program that it is in, the agent sees; default: all that are offered to it'),
    archive: z
      .union([z.literal(true), z.string().min(1)])
      .optional()
      .describe('write each exchange as a markdown file: true for a folder of the host, or an absolute path'),
    skills: z.array(z.string().min(1)).optional().describe('absolute paths of folders, each with a SKILL.md'),
    env: z.record(z.string().min(1), z.string()).optional().describe('variables for the commands that the agent runs; no place for keys'),
    credential: z
      .enum(['home', 'vault'])
      .optional()
      .describe(
        'whose login the model is asked with: that of the CODEX_HOME, or the one of "spool login"; default: the home\'s, where it has one',
      ),
    budget: Budget.optional(),
    reviewLoop: ReviewLoop.optional(),
    tasks: TaskSettings.optional().describe('how it takes part in tasks; without it only people send it any'),
    runtimeOptions: RuntimeOptions.optional(),
  })
  .meta({ id: 'AgentConfig' });
export type AgentConfig = z.infer<typeof AgentConfig>;

/** What the API takes to make an agent; a runtime that is not named is `codex-app-server`. */
export const CreateAgent = AgentConfig.extend({ runtime: Runtime.default('codex-app-server') }).meta({ id: 'CreateAgent' });
export type CreateAgent = z.input<typeof CreateAgent>;

/** What is absent stays as it is; null takes a field away. */
export const UpdateAgent = z
  .strictObject(
    Object.fromEntries(Object.entries(AgentConfig.omit({ alias: true }).shape).map(([name, schema]) => [name, nullable(schema)])) as {
      [K in Exclude<keyof AgentConfig, 'alias'>]: z.ZodOptional<z.ZodNullable<(typeof AgentConfig)['shape'][K]>>;
    },
  )
  .meta({ id: 'UpdateAgent' });
export type UpdateAgent = z.input<typeof UpdateAgent>;

/** Without its default: a field that is not named must not be set to one. */
function nullable(schema: z.ZodType): z.ZodType {
  const bare = schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
  return bare.nullable().optional();
}
