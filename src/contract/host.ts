/** What a host says of itself: status, capabilities, its agents. */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { Budget } from './budget.js';
import { Limits } from './limits.js';
import { McpServer } from './mcp-server.js';
import { ReviewLoop } from './review-loop.js';
import { RuntimeOptions, WhenTaken } from './runtime-options.js';
import { Permissions } from './session.js';
import { TaskSettings } from './task.js';
import { Effort, Runtime } from './words.js';

/** A model that an agent can be told to use. */
export const ModelInfo = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    default: z.boolean(),
    efforts: z.array(z.string()),
    defaultEffort: z.string().nullable(),
    serviceTiers: z.array(z.string()),
    images: z.boolean().describe('takes images as input'),
  })
  .meta({ id: 'Model' });
export type ModelInfo = z.infer<typeof ModelInfo>;

export const AgentInfo = z
  .object({
    alias: z.string(),
    runtime: Runtime,
    model: z.string().optional(),
    effort: Effort.optional(),
    cwd: z.string().optional(),
    codexHome: z.string().describe('resolved path'),
    permissions: Permissions.optional(),
    approvals: ApprovalPolicy.optional(),
    limits: Limits.optional(),
    whenTaken: WhenTaken.optional(),
    emptyAuthFile: z.boolean().optional().describe('its own CODEX_HOME has an empty auth.json from the start'),
    archive: z.string().optional().describe('folder into which each exchange is written as a markdown file'),
    online: z.literal(true).describe('it can be given work'),
    instructions: z.string().optional(),
    instructionsFile: z.string().optional().describe('path of the composed instructions, where there is something to tell the agent'),
    memory: z.string().optional().describe('folder of its memory'),
    mcpServers: z.record(z.string(), McpServer).optional().describe('values of env and headers are not shown'),
    hostTools: z.array(z.string()).optional(),
    skills: z.array(z.string()).optional(),
    env: z.record(z.string(), z.string()).optional().describe('values are not shown'),
    credential: z.enum(['home', 'vault']).optional(),
    budget: Budget.optional(),
    reviewLoop: ReviewLoop.optional(),
    tasks: TaskSettings.optional(),
    runtimeOptions: RuntimeOptions.omit({ whenTaken: true, emptyAuthFile: true }).optional().describe('the others, as its file has them'),
  })
  .meta({ id: 'Agent' });
export type AgentInfo = z.infer<typeof AgentInfo>;

export const RuntimeStatus = z
  .object({
    runtime: Runtime,
    home: z.string(),
    pid: z.number().int().nullable(),
    version: z.string(),
    transport: z.enum(['unix', 'websocket', 'stdio', 'http']),
    threads: z.number().int(),
    memoryBytes: z.number().int().nullable().describe('resident memory of the process and all that it started; null where unknown'),
    processes: z.number().int().nullable().describe('how many processes it is, itself included'),
    address: z.string().optional().describe('where other clients of the runtime can reach it on this machine'),
    tokenFile: z.string().optional().describe('the private file with the token that they need'),
    outdated: z.boolean().describe('another version is installed by now; it is replaced as soon as nothing runs in it'),
  })
  .meta({ id: 'RuntimeStatus' });
export type RuntimeStatus = z.infer<typeof RuntimeStatus>;

export const HostStatus = z
  .object({
    version: z.string(),
    pid: z.number().int(),
    startedAt: z.iso.datetime(),
    home: z.string(),
    events: z.number().int().describe('records in the log'),
    sessions: z.object({ awake: z.number().int(), running: z.number().int(), waiting: z.number().int() }),
    runtimes: z.array(RuntimeStatus).describe('processes that run now'),
  })
  .meta({ id: 'HostStatus' });
export type HostStatus = z.infer<typeof HostStatus>;

/** What can be expected of a runtime; what it cannot do is refused with `unsupported`, never dropped. */
export const RuntimeCapabilities = z
  .object({
    runtime: Runtime,
    steer: z.boolean().describe('a running turn takes in further messages; without it they wait for their turn'),
    interrupt: z.boolean(),
    approvals: z.boolean().describe('it asks before it does what is not allowed; without it, that is refused to the agent'),
    deltas: z.boolean().describe('text comes while it is written; without it, message by message'),
    outlivesHost: z.boolean().describe('a running turn goes on while the host is restarted'),
    resume: z.boolean().describe('a conversation is remembered over a restart of the runtime'),
    adopt: z.boolean().describe('goes on with a conversation that was begun elsewhere'),
    fork: z.boolean().describe('copies a conversation'),
    compact: z.boolean(),
    review: z.boolean(),
    models: z.boolean().describe('can be told which model to use'),
    efforts: z.boolean().describe('can be told how hard to think'),
    outputSchema: z.boolean().describe('can be held to a JSON schema'),
    images: z.boolean().describe('takes images as input'),
    sessionTools: z.boolean().describe('takes tools that clients run'),
    permissions: z.boolean().describe('keeps to the permissions that it is given'),
    sandbox: z.boolean().describe('its commands run in a sandbox of the operating system'),
    mcpServers: z.boolean().describe('can be given MCP servers, those of the host among them'),
    instructions: z.boolean().describe('can be given instructions'),
    usage: z.boolean().describe('counts tokens'),
    terminal: z.boolean().describe('"spool tui" attaches a terminal to its sessions'),
    program: z
      .object({ name: z.string(), from: z.string().nullable(), below: z.string().nullable() })
      .nullable()
      .describe('the program that it needs, its oldest version that works and the first one that does not any more'),
  })
  .meta({ id: 'RuntimeCapabilities' });
export type RuntimeCapabilities = z.infer<typeof RuntimeCapabilities>;

export const HostCapabilities = z
  .object({ contract: z.literal(1), version: z.string(), runtimes: z.array(RuntimeCapabilities), eventTypes: z.array(z.string()) })
  .meta({ id: 'HostCapabilities' });
export type HostCapabilities = z.infer<typeof HostCapabilities>;
