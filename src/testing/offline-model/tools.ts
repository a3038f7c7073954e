/**
 * Which tool a scripted call goes through. Codex advertises other tools per model and version (a plain function, a freeform
 * tool, JavaScript in code mode), so the choice is made from the request and scripts stay the same for all of them.
 */

import type { Call } from './reply.js';
import { callIdOf, type InputItem, type RequestBody } from './request.js';

/** An output item of the Responses API, ready to be written. */
export type CallItem = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

type ShellCall = Extract<Call, { type: 'shell' }>;

/** The output item for the `index`-th call of the reply tagged `reply`. */
export function callItem(call: Call, body: RequestBody, reply: string, index: number): CallItem {
  const kinds = advertised(body);
  const ids = { id: `fc_${reply}_${index}`, callId: callIdOf(reply, index) };
  const inCode = kinds.get('exec') === 'custom';
  if (call.type === 'tool') {
    if (typeof call.args === 'string') return freeform(call.name, call.args, ids);
    // In code mode tools that are advertised go the usual way, all others are reached from the code.
    return inCode && !kinds.has(call.name) ? freeform('exec', script(call), ids) : func(call.name, call.args, ids);
  }
  if (inCode) return freeform('exec', script(call), ids);
  if (call.type === 'patch') {
    if (kinds.get('apply_patch') === 'custom') return freeform('apply_patch', call.patch, ids);
    if (kinds.has('apply_patch')) return func('apply_patch', { input: call.patch }, ids);
    // Codex intercepts this heredoc in its shell tools and treats it as a file change.
    return shellItem({ type: 'shell', command: `apply_patch <<'EOF'\n${call.patch}\nEOF` }, kinds, ids);
  }
  if (call.type === 'image') return { ...func('imagegen', { prompt: call.prompt }, ids), namespace: 'image_gen' };
  if (call.type === 'mcp') return { ...func(call.tool, call.args, ids), namespace: namespaceOf(call.server, body) };
  return shellItem(call, kinds, ids);
}

/** Tool names and their kinds (`function`, `custom`, ...), namespaces opened; code mode hides them in an input item. */
export function advertised(body: RequestBody): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  const add = (tools: readonly unknown[]): void => {
    for (const tool of tools) {
      if (!isTool(tool)) continue;
      if (tool.type === 'namespace' && Array.isArray(tool['tools'])) add(tool['tools']);
      else kinds.set(typeof tool['name'] === 'string' ? tool['name'] : tool.type, tool.type);
    }
  };
  add(body.tools);
  for (const item of body.input) if (item.type === 'additional_tools' && Array.isArray(item['tools'])) add(item['tools']);
  return kinds;
}

/** Up to Codex 0.130 the namespace of a server ends with underscores, and is always advertised. */
function namespaceOf(server: string, body: RequestBody): string {
  const older = `mcp__${server}__`;
  return body.tools.some((tool) => tool.type === 'namespace' && tool['name'] === older) ? older : `mcp__${server}`;
}

interface Ids {
  readonly id: string;
  readonly callId: string;
}

function func(name: string, args: Readonly<Record<string, unknown>>, ids: Ids): CallItem {
  return { type: 'function_call', id: ids.id, call_id: ids.callId, name, arguments: JSON.stringify(args) };
}

function freeform(name: string, input: string, ids: Ids): CallItem {
  return { type: 'custom_tool_call', id: ids.id, call_id: ids.callId, name, input };
}

function shellItem(call: ShellCall, kinds: ReadonlyMap<string, string>, ids: Ids): CallItem {
  const words = ['bash', '-lc', call.command];
  if (kinds.has('shell_command')) return func('shell_command', { command: call.command, ...shellOptions(call) }, ids);
  if (kinds.has('shell')) return func('shell', { command: words, ...shellOptions(call) }, ids);
  if (kinds.has('local_shell')) {
    const action = { type: 'exec', command: words, env: {}, ...(call.workdir === undefined ? {} : { working_directory: call.workdir }) };
    return { type: 'local_shell_call', id: ids.id, call_id: ids.callId, status: 'completed', action };
  }
  return func('exec_command', { cmd: call.command, ...shellOptions(call) }, ids);
}

function shellOptions(call: ShellCall): Record<string, unknown> {
  return {
    ...(call.workdir === undefined ? {} : { workdir: call.workdir }),
    ...(call.escalate === true
      ? { sandbox_permissions: 'require_escalated', justification: call.justification ?? 'May I run this outside the sandbox?' }
      : {}),
  };
}

// Without the pragma the script yields after 30 s, and a person who takes longer to approve would find the turn gone on without them.
const WAIT_AS_LONG_AS_IT_TAKES = '// @exec: {"yield_time_ms": 3600000}';

/** The JavaScript of code mode for a call. */
function script(call: Call): string {
  return `${WAIT_AS_LONG_AS_IT_TAKES}\nconst result = await ${nested(call)};\ntext(typeof result === 'string' ? result : JSON.stringify(result));`;
}

function nested(call: Call): string {
  if (call.type === 'tool') return `tools.${identifier(call.name)}(${JSON.stringify(call.args)})`;
  if (call.type === 'patch') return `tools.apply_patch(${JSON.stringify(call.patch)})`;
  if (call.type === 'image') return `tools.image_gen__imagegen(${JSON.stringify({ prompt: call.prompt })})`;
  if (call.type === 'mcp') {
    return `tools.${identifier(`mcp__${call.server}__${call.tool}`)}(${JSON.stringify(call.args)})`;
  }
  return `tools.exec_command(${JSON.stringify({ cmd: call.command, ...shellOptions(call) })})`;
}

function identifier(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}

function isTool(value: unknown): value is InputItem {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
