/** What a host says of itself: status, capabilities, its agents. */

import { z } from 'zod';
import { Permissions } from './session.js';
import { Effort, Runtime } from './words.js';

export const AgentInfo = z
  .object({
    alias: z.string(),
    runtime: Runtime,
    model: z.string().optional(),
    effort: Effort.optional(),
    cwd: z.string().optional(),
    codexHome: z.string().describe('resolved path'),
    permissions: Permissions.optional(),
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
