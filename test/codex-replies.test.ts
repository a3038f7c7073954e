/** Every request that Codex can make of its client has a verdict, and whatever is answered is what the installed Codex wants to read. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { installedCodex } from '../scripts/codex-schema/generate.js';
import { SERVER_REQUEST_METHODS } from '../src/codex/generated/methods.js';
import { type RequestMethod, type Verdict, verdictOf } from '../src/codex/translate/approvals.js';
import type { ApprovalAnswer, Ask } from '../src/contract/approval.js';
import { tempHome } from '../src/testing/index.js';
import { CODEX_QUESTIONS, CONTEXT, question } from './support/codex-questions.js';

/** The requests of the older versions that are supported. */
const OLDER: Readonly<Record<string, readonly string[]>> = {
  '0.138.0': [
    'item/commandExecution/requestApproval',
    'item/fileChange/requestApproval',
    'item/tool/requestUserInput',
    'mcpServer/elicitation/request',
    'item/permissions/requestApproval',
    'item/tool/call',
    'account/chatgptAuthTokens/refresh',
    'attestation/generate',
    'applyPatchApproval',
    'execCommandApproval',
  ],
  '0.130.0': [
    'item/commandExecution/requestApproval',
    'item/fileChange/requestApproval',
    'item/tool/requestUserInput',
    'mcpServer/elicitation/request',
    'item/permissions/requestApproval',
    'item/tool/call',
    'account/chatgptAuthTokens/refresh',
    'applyPatchApproval',
    'execCommandApproval',
  ],
};

const RESPONSES: Readonly<Record<RequestMethod, string>> = {
  'item/commandExecution/requestApproval': 'CommandExecutionRequestApprovalResponse',
  'item/fileChange/requestApproval': 'FileChangeRequestApprovalResponse',
  'item/tool/requestUserInput': 'ToolRequestUserInputResponse',
  'mcpServer/elicitation/request': 'McpServerElicitationRequestResponse',
  'item/permissions/requestApproval': 'PermissionsRequestApprovalResponse',
  'item/tool/call': 'DynamicToolCallResponse',
  'account/chatgptAuthTokens/refresh': 'ChatgptAuthTokensRefreshResponse',
  'attestation/generate': 'AttestationGenerateResponse',
  'currentTime/read': 'CurrentTimeReadResponse',
  applyPatchApproval: 'ApplyPatchApprovalResponse',
  execCommandApproval: 'ExecCommandApprovalResponse',
};

/** Requests that are never recorded from a real Codex, with what the verdict looks at. */
const OTHERS: Partial<Record<RequestMethod, unknown>> = {
  'account/chatgptAuthTokens/refresh': { reason: 'unauthorized' },
  'attestation/generate': {},
  'currentTime/read': { threadId: 't' },
  applyPatchApproval: { conversationId: 't', callId: 'c', fileChanges: {} },
  execCommandApproval: { conversationId: 't', callId: 'c', command: ['ls'] },
};

const NETWORK = {
  ...question('0.169.0', 'item/commandExecution/requestApproval').params,
  networkApprovalContext: { host: 'example.com', protocol: 'https' },
  proposedNetworkPolicyAmendments: [{ host: 'example.com', action: 'deny' }],
  availableDecisions: null,
};
const VERIFICATION = { threadId: 't', turnId: 'u', serverName: 's', mode: 'openai/userVerification' };

const REQUESTS: readonly (readonly [method: string, params: unknown])[] = [
  ...CODEX_QUESTIONS.map(({ method, params }) => [method, params] as const),
  ...Object.entries(OTHERS),
  ['item/commandExecution/requestApproval', NETWORK],
  ['mcpServer/elicitation/request', VERIFICATION],
  ['item/tool/call', { turnId: 'u', callId: 'c', namespace: null, tool: 'nobody_has_it', arguments: {} }],
];

test('every request of every version has a verdict of its own', () => {
  for (const methods of [SERVER_REQUEST_METHODS, ...Object.values(OLDER)]) {
    for (const method of methods) {
      const known = REQUESTS.find(([name]) => name === method);
      expect(known, `no request ${method} to judge`).toBeDefined();
      expect(verdictOf(method, known?.[1], CONTEXT)).not.toMatchObject({ message: expect.stringMatching(/does not know|could not read/) });
    }
  }
});

describe('every answer that can be given is one that Codex can read', async () => {
  const schemas = await schemasOf(installedCodex(resolve(import.meta.dirname, '..')));
  for (const [at, [method, params]] of REQUESTS.entries()) {
    const verdict = verdictOf(method, params, CONTEXT);
    const replies = repliesOf(verdict);
    test(`${method} ${at + 1}: ${verdict.kind}, ${replies.length} replies`, () => {
      const schema = schemas.get(method as RequestMethod);
      // A refusal is an error of the protocol and has no shape of its own.
      expect(replies.length > 0).toBe(verdict.kind !== 'refuse');
      for (const reply of replies) expect(schema?.safeParse(reply), JSON.stringify(reply)).toMatchObject({ success: true });
      expect(schema?.safeParse({ decision: 'bogus' }).success).toBe(false);
    });
  }
});

function repliesOf(verdict: Verdict): unknown[] {
  if (verdict.kind === 'refuse') return [];
  if (verdict.kind === 'reply') return [verdict.result];
  return answersTo(verdict.ask).map((answer) => verdict.reply(answer));
}

function answersTo({ decisions, amendments = [], kind, permissions }: Ask): ApprovalAnswer[] {
  const values: Partial<Record<Ask['kind'], unknown[]>> = {
    permissions: [{ network: { enabled: true } }, permissions],
    userInput: ['B', { q1: ['A', 'B'] }],
    elicitation: [{ name: 'Bob' }],
    dynamicTool: ['42', [{ type: 'inputImage', imageUrl: 'data:,' }]],
  };
  return [
    ...decisions.map((decision) => ({ decision })),
    ...amendments.map(({ id }) => ({ decision: 'accept' as const, amendment: id })),
    ...(values[kind] ?? []).flatMap((value) => decisions.map((decision) => ({ decision, value }))),
  ];
}

async function schemasOf(codex: string): Promise<ReadonlyMap<RequestMethod, z.ZodType>> {
  await using folder = await tempHome();
  execFileSync(codex, ['app-server', 'generate-json-schema', '--experimental', '--out', folder.path], { stdio: 'ignore' });
  const entries = Object.entries(RESPONSES) as [RequestMethod, string][];
  return new Map(
    entries.map(([method, name]) => {
      const schema: unknown = JSON.parse(readFileSync(folder.join(`${name}.json`), 'utf8'));
      return [method, z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])];
    }),
  );
}
