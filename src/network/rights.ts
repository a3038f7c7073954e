/** What a task that somebody sends may do: the ceiling that goes along with it, and what its agent is then given. */

import { SpoolError } from '../base/errors.js';
import { type ApprovalPolicy, ASK_EVERYTHING } from '../contract/approval-policy.js';
import type { AgentInfo } from '../contract/host.js';
import type { Permissions, Session } from '../contract/session.js';
import type { TaskCeiling } from '../contract/task.js';
import { isUnlimited, meetCeilings, meetPermissions, meetPolicies } from '../domain/tasks/ceiling.js';
import type { Member, Members } from './members.js';

const READ_ONLY: Permissions = { profile: ':read-only' };

/** What the agent may do in the conversation in which it sends; without one, what its configuration says. */
export function ceilingOf(member: Member, session: Session | undefined, members: Members): TaskCeiling {
  const { settings } = member;
  const approvals = session?.approvals ?? (member.kind === 'local' ? member.agent.approvals : undefined) ?? ASK_EVERYTHING;
  return { permissions: settings?.permissions ?? ownPermissions(member, session, members), approvals };
}

function ownPermissions(member: Member, session: Session | undefined, members: Members): Permissions {
  if (member.kind !== 'local' || members.capabilities(member.agent.runtime)?.permissions !== true) return READ_ONLY;
  return named(session?.permissions ?? member.agent.permissions ?? {}, member.agent);
}

/** A profile that is not named is that of the home, and the same for all who use it. */
function named(permissions: Permissions, { codexHome }: AgentInfo): Permissions {
  return { ...permissions, profile: permissions.profile ?? defaultOf(codexHome) };
}

function defaultOf(codexHome: string): string {
  return `(the default of ${codexHome})`;
}

export interface Grant {
  readonly permissions: Permissions | undefined;
  readonly approvals: ApprovalPolicy | undefined;
}

/** What the agent is given for a task under this ceiling. Throws `forbidden` where its runtime could not be held to that. */
export function grantFor(member: Extract<Member, { kind: 'local' }>, ceiling: TaskCeiling | null, members: Members): Grant {
  const { agent, settings } = member;
  if (ceiling === null) return { permissions: undefined, approvals: undefined };
  if (members.capabilities(agent.runtime)?.permissions !== true) {
    if (isUnlimited(ceiling) || settings?.anyPermissions === true) return { permissions: undefined, approvals: undefined };
    throw new SpoolError(
      'forbidden',
      `${agent.alias} could do more than the sender of the task: the runtime ${agent.runtime} keeps to no permissions`,
      {
        hint: `set tasks.anyPermissions of ${agent.alias}, if it may all the same`,
      },
    );
  }
  const { profile, ...rest } = meetPermissions(named(agent.permissions ?? {}, agent), ceiling.permissions);
  const permissions = profile === undefined || profile === defaultOf(agent.codexHome) ? rest : { ...rest, profile };
  return { permissions, approvals: meetPolicies(agent.approvals ?? ASK_EVERYTHING, ceiling.approvals) };
}

/** The ceiling of a task: what its sender may do, lowered by what the sender wishes. */
export function ceilingFor(sender: TaskCeiling | null, wish: Permissions | undefined): TaskCeiling | null {
  if (wish === undefined) return sender;
  return meetCeilings(sender, { permissions: wish, approvals: sender?.approvals ?? { mode: 'auto' } });
}
