/** What a host says of itself: status, capabilities, its agents. */

import { z } from 'zod';
import { ApprovalPolicy } from './approval-policy.js';
import { Budget } from './budget.js';
import { Limits } from './limits.js';
import { McpServer } from './mcp-server.js';
import { ReviewLoop } from './review-loop.js';
import { Permissions } from './session.js';
import { Effort, Runtime } from './words.js';

/** What to do when another process has the conversation open: say so, wait for it, or go on in a copy. */
export const WhenTaken = z.enum(['refuse', 'wait', 'fork']);
export type WhenTaken = z.infer<typeof WhenTaken>;

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
  })
  .meta({ id: 'Agent' });
export type AgentInfo = z.infer<typeof AgentInfo>;

export const RuntimeStatus = z
  .object({
    runtime: Runtime,
    home: z.string(),
    pid: z.number().int().nullable(),
    version: z.string(),
    transport: z.enum(['unix', 'websocket', 'stdio']),
    threads: z.number().int(),
    memoryBytes: z.number().int().nullable().describe('resident memory of the process and all that it started; null where unknown'),
    processes: z.number().int().nullable().describe('how many processes it is, itself included'),
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

export const RuntimeCapabilities = z
  .object({
    runtime: Runtime,
    steer: z.boolean(),
    interrupt: z.boolean(),
    approvals: z.boolean(),
    deltas: z.boolean(),
    outlivesHost: z.boolean().describe('a running turn goes on while the host is restarted'),
  })
  .meta({ id: 'RuntimeCapabilities' });
export type RuntimeCapabilities = z.infer<typeof RuntimeCapabilities>;

export const HostCapabilities = z
  .object({ contract: z.literal(1), version: z.string(), runtimes: z.array(RuntimeCapabilities), eventTypes: z.array(z.string()) })
  .meta({ id: 'HostCapabilities' });
export type HostCapabilities = z.infer<typeof HostCapabilities>;
