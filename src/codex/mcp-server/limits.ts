/** What `codex mcp-server` cannot do, said where it is asked for. */

import { SpoolError } from '../../base/errors.js';
import type { InputItem, TurnError } from '../../contract/session.js';
import type { OpenThread, StartTurn } from '../../ports/agent.js';
import { type Fields, fieldsOf, textIn } from '../rollout/entry.js';

const INSTEAD = 'use the runtime codex-app-server for it';

/** Throws `unsupported` for a turn that is to be anything but a message to the conversation as it is. */
export function refuseOthers({ action, model, effort, serviceTier, outputSchema }: StartTurn, thread: OpenThread): void {
  if (action !== undefined) throw cannot(`do this: ${action.type}`);
  if (outputSchema !== undefined) throw cannot('hold an answer to a schema');
  if (typeof serviceTier === 'string') throw cannot('be told the service tier of a turn');
  const chosen = 'of one turn: it is that of the conversation, from its first message on';
  if (model !== undefined && model !== thread.model) throw cannot(`change the model ${chosen}`);
  if (effort !== undefined && effort !== (thread.effort ?? null)) throw cannot(`change the effort ${chosen}`);
}

/** Throws `unsupported` for a conversation that it cannot hold. */
export function refuseThread({ fork, tools = [] }: OpenThread): void {
  if (fork !== undefined) throw cannot('copy a conversation');
  if (tools.length > 0) throw cannot("call tools of a session's clients");
}

/** What is said, as one text. */
export function promptOf(input: readonly InputItem[]): string {
  const texts = input.map((item) => {
    if (item.type !== 'text') throw cannot('take images');
    return item.text;
  });
  return texts.join('\n');
}

function cannot(what: string): SpoolError {
  return new SpoolError('unsupported', `codex mcp-server cannot ${what}`, { hint: INSTEAD });
}

/** Questions that Codex tells of and takes no answer to: the turn would wait for ever. Undefined for all other events. */
export function unanswerable(kind: string, msg: Fields): TurnError | undefined {
  const what = QUESTIONS[kind];
  if (what === undefined) return undefined;
  const asked = textIn(fieldsOf(msg['request']), 'message');
  const who = textIn(msg, 'server_name');
  const said = [who === undefined ? '' : ` of the MCP server ${who}`, asked === undefined ? '' : ` ("${asked}")`].join('');
  return {
    code: 'internal',
    message: `codex mcp-server passes on no answer to ${what}${said}, so the turn was stopped; ${INSTEAD}, or let the tool run unasked (default_tools_approval_mode)`,
    retryable: false,
  };
}

const QUESTIONS: Readonly<Record<string, string>> = {
  elicitation_request: 'a question',
  request_user_input: 'questions to the user',
  request_permissions: 'a request for permissions',
  dynamic_tool_call_request: 'a call of a tool',
};
