/** What is said of the account, the configuration and the whole process. It names no thread; the threads that are open hear the warnings. */

import type { Family } from './family.js';

function withDetails({ summary, details }: { summary: string; details: string | null }): string {
  return details === null || details === undefined || details === '' ? summary : `${summary} ${details}`;
}

export const ACCOUNT_NOTIFICATIONS = {
  configWarning: (notice) => [{ type: 'warning', message: withDetails(notice) }],
  deprecationNotice: (notice) => [{ type: 'warning', message: withDetails(notice) }],
  'account/updated': 'silent',
  'account/rateLimits/updated': 'silent',
  'account/login/completed': 'silent',
  'account/gatewayOAuth/changed': 'silent',
  'modelProvider/authRecoveryStarted': 'silent',
  'modelProvider/authRecoveryCompleted': 'silent',
  'skills/changed': 'silent',
  'project/changed': 'silent',
  'app/list/updated': 'silent',
  'remoteControl/status/changed': 'silent',
  'externalAgentConfig/import/progress': 'silent',
  'externalAgentConfig/import/completed': 'silent',
  'mcpServer/oauthLogin/completed': 'silent',
  'mcpServer/startupStatus/updated': 'silent',
  'mcpServer/event/stream/notification': 'silent',
  'command/exec/outputDelta': 'silent',
  'process/outputDelta': 'silent',
  'process/exited': 'silent',
  'fs/changed': 'silent',
  'fuzzyFileSearch/sessionUpdated': 'silent',
  'fuzzyFileSearch/sessionCompleted': 'silent',
  'windows/worldWritableWarning': 'silent',
  'windowsSandbox/setupCompleted': 'silent',
} satisfies Family;
