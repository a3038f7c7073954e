/** Finding a conversation again, or beginning one. An agent tells in many ways that it does not know one, and in some not at all. */

import { type McpServer, methods } from '@agentclientprotocol/sdk';
import type { OpenThread } from '../ports/agent.js';
import { Conversation } from './conversation.js';
import { saysUnknown } from './failures.js';
import type { Link } from './link.js';

type AcpLink = Link<Conversation>;

/** Where a conversation works and what it is given. */
export interface Place {
  readonly cwd: string;
  readonly mcpServers: McpServer[];
  readonly additionalDirectories?: string[];
}

export interface Found {
  readonly conversation: Conversation;
  /** It comes from what the agent has kept, and not from its memory. */
  readonly loaded: boolean;
}

/** How many pages of its list an agent is asked for. */
const MOST_PAGES = 50;

/** Undefined when the agent does not know it. Rejects with the agent's own error otherwise. */
export async function findConversation(
  link: AcpLink,
  { resume }: { readonly resume: NonNullable<OpenThread['resume']> },
  place: Place,
): Promise<Found | undefined> {
  const { receivers, closing } = link;
  await closing.get(resume);
  closing.delete(resume);
  const there = receivers.get(resume);
  if (there !== undefined && (there.busy || !link.returns)) return { conversation: there, loaded: false };
  if (!link.returns) return undefined;
  try {
    await load(link, resume, place);
  } catch (error) {
    if (!link.usable || !(saysUnknown(error) || (await isUnlisted(link, resume)))) throw error;
    return undefined;
  }
  const conversation = there ?? new Conversation(resume, link);
  receivers.set(resume, conversation);
  return { conversation, loaded: true };
}

/** To resume is cheaper: nothing is told again. */
async function load(link: AcpLink, sessionId: string, place: Place): Promise<void> {
  const { resume } = link.abilities.sessionCapabilities ?? {};
  const method = resume === undefined || resume === null ? methods.agent.session.load : methods.agent.session.resume;
  await link.ask(method, { sessionId, ...place });
}

/** Whether the agent keeps a list, and the conversation is not on it. */
async function isUnlisted(link: AcpLink, sessionId: string): Promise<boolean> {
  const { list } = link.abilities.sessionCapabilities ?? {};
  if (list === undefined || list === null) return false;
  let cursor: string | null | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { sessions, nextCursor } = await link.ask(methods.agent.session.list, cursor === undefined ? {} : { cursor });
    if (sessions.some((session) => session.sessionId === sessionId)) return false;
    if (nextCursor === undefined || nextCursor === null) return true;
    cursor = nextCursor;
  }
  return false;
}

export async function newConversation(link: AcpLink, place: Place): Promise<Conversation> {
  const { sessionId } = await link.ask(methods.agent.session.new, place);
  const conversation = new Conversation(sessionId, link);
  link.receivers.set(sessionId, conversation);
  return conversation;
}
