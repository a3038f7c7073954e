/** What holds for the newest Codex holds for the older ones that Spool supports. */

import { describe, expect, test } from 'vitest';
import { findCodex } from '../../src/codex/binary.js';
import type { Event } from '../../src/contract/events.js';
import { agentAcceptance } from '../../src/testing/index.js';
import { eventOf, world } from '../stories/rig.js';
import { codexUnderTest } from '../support/codex-under-test.js';
import { OLDER_VERSIONS, olderCodex } from './install.js';

for (const version of OLDER_VERSIONS) {
  const binary = async (): Promise<string> => findCodex({ explicit: olderCodex(version), path: undefined });

  agentAcceptance(`Codex ${version}`, async () => codexUnderTest(await binary()), { describe, test, expect });

  describe(`a host with Codex ${version}`, () => {
    test('is killed in mid-turn, and the turn goes on in the next one', async () => {
      await using w = await world();
      w.env['SPOOL_CODEX_BIN'] = await binary();
      const first = await w.serve();
      const session = await first.client.sessions.open({ cwd: w.work });
      const { turn } = await first.client.turns.request(session.id, { input: '[[deltas:60:40]]' });
      await eventOf(first.client, session.id, (event) => event.type === 'item.delta');
      await first.kill('SIGKILL');
      const second = await w.serve();
      const ended = await second.client.wait(session.id, turn.id);
      expect(ended).toMatchObject({ status: 'completed' });
      expect(ended.finalText).toMatch(/^1 2 3 .* 60 ?$/);
    });

    test('is killed while a question waits, and the question comes back as the same approval', async () => {
      await using w = await world();
      w.env['SPOOL_CODEX_BIN'] = await binary();
      const first = await w.serve();
      const session = await first.client.sessions.open({ cwd: w.work, permissions: { approvalPolicy: 'untrusted' } });
      const { turn } = await first.client.turns.request(session.id, { input: '[[sh:touch asked.txt]] [[text:done]]' });
      const asked = await eventOf(first.client, session.id, (event): event is Event<'approval.asked'> => event.type === 'approval.asked');
      await first.kill('SIGKILL');
      const second = await w.serve();
      await second.client.approvals.answer(asked.data.approval.id, { decision: 'accept' });
      expect(await second.client.wait(session.id, turn.id)).toMatchObject({ status: 'completed', finalText: 'done' });
    });
  });
}
