/** The runtime codex-cli-remote-control keeps the agent's contract with the older versions too. */

import { describe, expect, test } from 'vitest';
import { agentAcceptance } from '../../../src/testing/index.js';
import { codexUnderTest } from '../../support/codex-under-test.js';
import { codexOf, OLDER_VERSIONS } from '../install.js';

for (const version of OLDER_VERSIONS) {
  const open = () => codexUnderTest(codexOf(version), 'codex-cli-remote-control');
  agentAcceptance(`codex-cli-remote-control on Codex ${version}`, open, { describe, test, expect });
}
