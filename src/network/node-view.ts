/** This host as others see it: its agents, who of them is there, and how much they have to do. */

import type { Node, NodeAgent } from '../contract/task.js';
import type { Dispatch } from './dispatch.js';
import type { Member, Members } from './members.js';
import type { Presences } from './presence.js';

export interface NodeParts {
  readonly members: Members;
  readonly presences: Presences;
  readonly dispatch: Dispatch;
  readonly version: string;
  readonly node: { readonly id: string; readonly name: string; readonly startedAt: string };
}

export function nodeOf({ members, presences, dispatch, version, node }: NodeParts): Node {
  const agents = members
    .list()
    .flatMap((member) => (member.kind === 'person' ? [] : [nodeAgent(member, { members, presences, dispatch })]));
  const sum = (what: 'running' | 'queued'): number => agents.reduce((total, { load }) => total + load[what], 0);
  return { ...node, version, online: true, load: { running: sum('running'), queued: sum('queued') }, agents };
}

export function nodeAgent(
  member: Member,
  { members, presences, dispatch }: Pick<NodeParts, 'members' | 'presences' | 'dispatch'>,
): NodeAgent {
  const { alias, settings } = member;
  const box = dispatch.box(alias);
  const seenAt = presences.seenAt(alias);
  return {
    alias,
    runtime: member.kind === 'local' ? member.agent.runtime : null,
    ...(settings?.role === undefined ? {} : { role: settings.role }),
    skills: [...(settings?.skills ?? [])],
    online: members.isOnline(member),
    ...(seenAt === undefined ? {} : { seenAt }),
    takesTasks: members.party(member).takesPart,
    load: { running: box.working, queued: box.queued, atOnce: members.atOnce(member) },
  };
}
