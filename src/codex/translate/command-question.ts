/** What Codex asks about commands: to run one, to type into one, to let one out to the network. */

import type { Amendment, ApprovalAnswer, Ask } from '../../contract/approval.js';
import type * as Codex from '../generated/protocol.js';
import { text } from './unknown.js';

type Params = Codex.CommandExecutionRequestApprovalParams;
type Decision = Codex.CommandExecutionApprovalDecision;

/** A rule that Codex offers to write down, as we show it and as Codex wants it back. */
interface Offer {
  readonly amendment: Amendment;
  readonly decision: Decision;
}

export function commandAsk(params: Params): Ask {
  const network = params.networkApprovalContext ?? undefined;
  const amendments = offersOf(params).map((offer) => offer.amendment);
  return {
    kind: 'command',
    title: titleOf(params),
    item: params.itemId,
    ...text('reason', params.reason),
    ...text('command', params.command),
    ...text('cwd', params.cwd),
    // So that a rule about the command, which was asked about when it started, does not mean what is typed into it.
    ...(params.kind === 'writeStdin' ? { tool: 'write_stdin' } : {}),
    ...(network === undefined ? {} : { network: { host: network.host, protocol: network.protocol } }),
    ...(params.additionalPermissions == null ? {} : { permissions: params.additionalPermissions }),
    ...(amendments.length === 0 ? {} : { amendments }),
    effect: effectOf(params),
    // All four are understood by every version, although `availableDecisions` names only some of them.
    decisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
  };
}

export function commandReply(params: Params, answer: ApprovalAnswer): Codex.CommandExecutionRequestApprovalResponse {
  const { decision, amendment } = answer;
  const offer = decision === 'accept' ? offersOf(params).find((one) => one.amendment.id === amendment) : undefined;
  return { decision: offer?.decision ?? decision };
}

function titleOf({ networkApprovalContext, kind, command }: Params): string {
  if (networkApprovalContext != null) return `Allow network access to ${networkApprovalContext.host}?`;
  if (kind === 'writeStdin') return command == null ? 'Type into a running command?' : `Type into the running command ${command}?`;
  return command == null ? 'Run a command?' : `Run ${command}?`;
}

const OUTSIDE = 'what the sandbox denies is run again outside of it, without another question';

function effectOf({ networkApprovalContext, kind, additionalPermissions }: Params): string {
  if (networkApprovalContext != null) return `A yes lets what waits connect to ${networkApprovalContext.host}.`;
  if (kind === 'writeStdin') return 'A yes hands the text to a command that already runs, with whatever rights that command has.';
  const granted = additionalPermissions == null ? '' : 'gives the command the permissions that it asks for, and ';
  return `A yes ${granted}does not keep the command in the sandbox: ${OUTSIDE}.`;
}

const FOR_GOOD = 'in every session of this CODEX_HOME (written to its rules/default.rules)';

/** Only what Codex says may be answered: some questions come with a rule that it does not offer. */
function offersOf({ proposedExecpolicyAmendment, proposedNetworkPolicyAmendments, availableDecisions }: Params): readonly Offer[] {
  const offers: Offer[] = [];
  if (proposedExecpolicyAmendment != null && offered(availableDecisions, 'acceptWithExecpolicyAmendment')) {
    offers.push(commandOffer(proposedExecpolicyAmendment));
  }
  if (proposedNetworkPolicyAmendments != null && offered(availableDecisions, 'applyNetworkPolicyAmendment')) {
    offers.push(...proposedNetworkPolicyAmendments.map(networkOffer));
  }
  return offers;
}

function offered(available: Params['availableDecisions'], name: string): boolean {
  return available == null || available.some((decision) => typeof decision === 'object' && name in decision);
}

function commandOffer(prefix: Codex.ExecPolicyAmendment): Offer {
  const words = prefix.map((word) => (/^[^\s'"]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return {
    amendment: {
      id: 'command',
      kind: 'command',
      title: `From now on run commands that begin with \`${words}\` without asking and outside of the sandbox, ${FOR_GOOD}`,
      prefix: [...prefix],
      action: 'allow',
      permanent: true,
    },
    decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: prefix } },
  };
}

function networkOffer({ host, action }: Codex.NetworkPolicyAmendment): Offer {
  const rule =
    action === 'allow' ? `let commands connect to ${host} without asking` : `refuse commands that connect to ${host}, this one too`;
  return {
    amendment: {
      id: `network:${host}:${action}`,
      kind: 'network',
      title: `From now on ${rule}, ${FOR_GOOD}`,
      host,
      action,
      permanent: true,
    },
    decision: { applyNetworkPolicyAmendment: { network_policy_amendment: { host, action } } },
  };
}
