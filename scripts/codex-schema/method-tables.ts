/**
 * Works out the four method tables from the four unions of the export. The unions name the params of a request but not its
 * result; that is found by Codex's naming (`TurnStartParams` -> `TurnStartResponse`), else here.
 */

import type { Declaration } from './read-export.js';
import { propertiesOf, unionMembers } from './type-text.js';

/** Requests whose result type does not follow from the name of their params, mostly because they have none. */
const RESULTS: Readonly<Record<string, string>> = {
  'account/gatewayOAuth/cancel': 'GatewayOAuthCancelResponse',
  'account/logout': 'LogoutAccountResponse',
  'account/securitySetup/read': 'GetAccountSecuritySetupResponse',
  'account/workspaceMessages/read': 'GetWorkspaceMessagesResponse',
  'accountSession/list': 'AccountSessionsResponse',
  'config/batchWrite': 'ConfigWriteResponse',
  'config/mcpServer/reload': 'McpServerRefreshResponse',
  'config/value/write': 'ConfigWriteResponse',
  'configRequirements/read': 'ConfigRequirementsReadResponse',
  'externalAgentConfig/import/readHistories': 'ExternalAgentConfigImportHistoriesReadResponse',
  'memory/reset': 'MemoryResetResponse',
  'remoteControl/status/read': 'RemoteControlStatusReadResponse',
  'rollout/compress': 'RolloutCompressResponse',
  'windowsSandbox/readiness': 'WindowsSandboxReadinessResponse',
};

export interface Method {
  readonly method: string;
  /** As TypeScript text. */
  readonly params: string;
  /** As TypeScript text; undefined for a notification. */
  readonly result: string | undefined;
}

export interface MethodTables {
  readonly clientRequests: readonly Method[];
  readonly clientNotifications: readonly Method[];
  readonly serverRequests: readonly Method[];
  readonly serverNotifications: readonly Method[];
}

/** Throws, naming every method whose result type is not known, so that a new Codex cannot slip by. */
export function methodTables(declarations: ReadonlyMap<string, Declaration>): MethodTables {
  const tables = {
    clientRequests: requestsIn('ClientRequest', declarations),
    clientNotifications: notificationsIn('ClientNotification', declarations),
    serverRequests: requestsIn('ServerRequest', declarations),
    serverNotifications: notificationsIn('ServerNotification', declarations),
  };
  const requests = [...tables.clientRequests, ...tables.serverRequests];
  const open = requests.filter(({ result }) => result === undefined).map(({ method, params }) => `${method} (${params})`);
  if (open.length > 0) throw new Error(`add to RESULTS in scripts/codex-schema/method-tables.ts the result type of: ${open.join(', ')}`);
  const idle = Object.keys(RESULTS).filter((method) => !requests.some((request) => request.method === method));
  if (idle.length > 0)
    throw new Error(`RESULTS in scripts/codex-schema/method-tables.ts names what Codex no longer has: ${idle.join(', ')}`);
  return tables;
}

function requestsIn(union: string, declarations: ReadonlyMap<string, Declaration>): Method[] {
  return membersOf(union, declarations).map(({ method, params }) => {
    const byName = `${/^(\w+)Params\b/.exec(params)?.[1] ?? ''}Response`;
    const result = RESULTS[method] ?? byName;
    return { method, params, result: declarations.has(result) ? result : undefined };
  });
}

function notificationsIn(union: string, declarations: ReadonlyMap<string, Declaration>): Method[] {
  return membersOf(union, declarations).map(({ method, params }) => ({ method, params, result: undefined }));
}

function membersOf(union: string, declarations: ReadonlyMap<string, Declaration>): { method: string; params: string }[] {
  const type = declarations.get(union)?.type;
  if (type === undefined) throw new Error(`the export has no ${union}`);
  const members = unionMembers(type).map((member) => {
    const properties = propertiesOf(member);
    const method = /^"(.+)"$/.exec(properties.get('method') ?? '')?.[1];
    if (method === undefined) throw new Error(`a member of ${union} has no method: ${member}`);
    return { method, params: properties.get('params') ?? 'undefined' };
  });
  return members.sort((a, b) => (a.method < b.method ? -1 : 1));
}
