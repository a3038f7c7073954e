/** Refuses what a runtime cannot do, before anything of it is recorded: dropped in silence it would be a surprise later. */

import { SpoolError } from '../base/errors.js';
import type { CreateAgent, UpdateAgent } from '../contract/agent-config.js';
import type { RuntimeCapabilities } from '../contract/host.js';
import type { OpenSession, RequestTurn, TurnAction } from '../contract/session.js';

type Feature = { readonly [K in keyof RuntimeCapabilities]: RuntimeCapabilities[K] extends boolean ? K : never }[keyof RuntimeCapabilities];

/** What is said of each where it is missing. */
const CANNOT: Readonly<Partial<Record<Feature, string>>> = {
  steer: 'take a message into a running turn',
  interrupt: 'interrupt a turn',
  adopt: 'go on with a conversation that was begun elsewhere',
  fork: 'copy a conversation',
  compact: 'compact a conversation',
  review: 'review changes',
  models: 'be told which model to use',
  efforts: 'be told how hard to think',
  outputSchema: 'hold an answer to a schema',
  images: 'take images',
  sessionTools: "call tools of a session's clients",
  permissions: 'keep to permissions',
  mcpServers: 'be given MCP servers',
  instructions: 'be given instructions',
  terminal: 'be joined from a terminal',
};

/** Throws `unsupported`. */
export function demandFeature(capabilities: RuntimeCapabilities, feature: Feature, wanted: unknown): void {
  if (wanted === undefined || wanted === null || wanted === false || capabilities[feature]) return;
  throw new SpoolError('unsupported', `the runtime ${capabilities.runtime} cannot ${CANNOT[feature] ?? `do this (${feature})`}`, {
    hint: 'GET /v1/capabilities tells what each runtime can do',
    details: { runtime: capabilities.runtime, feature },
  });
}

export function demandTurn(capabilities: RuntimeCapabilities, command: RequestTurn): void {
  const { model, effort, outputSchema, input, mode } = command;
  demandFeature(capabilities, 'models', model);
  demandFeature(capabilities, 'efforts', effort);
  demandFeature(capabilities, 'outputSchema', outputSchema);
  demandFeature(capabilities, 'images', typeof input !== 'string' && input.some(({ type }) => type !== 'text'));
  demandFeature(capabilities, 'steer', mode === 'steer');
}

export function demandAction(capabilities: RuntimeCapabilities, { type }: TurnAction): void {
  demandFeature(capabilities, type, true);
}

export function demandOpening(capabilities: RuntimeCapabilities, command: OpenSession): void {
  const { model, effort, permissions, tools, threadId } = command;
  demandFeature(capabilities, 'models', model);
  demandFeature(capabilities, 'efforts', effort);
  demandFeature(capabilities, 'permissions', permissions);
  demandFeature(capabilities, 'sessionTools', tools !== undefined && tools.length > 0);
  demandFeature(capabilities, 'adopt', threadId);
}

export function demandAgent(capabilities: RuntimeCapabilities, config: CreateAgent | UpdateAgent): void {
  const { model, effort, permissions, mcpServers, instructions } = config;
  demandFeature(capabilities, 'models', model);
  demandFeature(capabilities, 'efforts', effort);
  demandFeature(capabilities, 'permissions', permissions);
  demandFeature(capabilities, 'mcpServers', mcpServers);
  demandFeature(capabilities, 'instructions', instructions);
}
