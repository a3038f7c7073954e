/** Answers what the agent asks: one command is allowed, another declined; then two answer at once, and the first one wins. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'spool/client';
import { withOfflineHost } from './offline-host.mjs';

/** What a careful program would do here is up to you: this one lets the agent make files called `good`. */
const decide = ({ kind, command }) => (kind === 'command' && command?.includes('touch good') ? 'accept' : 'decline');

await withOfflineHost(async ({ url, token, work }) => {
  const client = connect({ url, token });
  const session = await client.sessions.open({ cwd: work, permissions: { profile: ':workspace', approvalPolicy: 'on-request' } });

  // `[[sh!:...]]` makes the offline model ask to run a command outside of the sandbox.
  const answers = [];
  let end;
  for await (const event of client.run(session.id, { input: 'Make two files. [[sh!:touch good]] [[sh!:touch bad]] [[text:Thank you.]]' })) {
    end = event;
    if (event.type !== 'approval.asked') continue;
    const { approval } = event.data;
    const { answer } = await client.approvals.answer(approval.id, { decision: decide(approval) });
    answers.push(answer.decision);
    console.log(`${approval.title} ${answer.decision}`);
  }
  assert.deepEqual(answers, ['accept', 'decline']);
  assert.deepEqual([existsSync(join(work, 'good')), existsSync(join(work, 'bad'))], [true, false]);
  assert.equal(end.data.finalText, 'Thank you.', 'a turn goes on after a no');

  // Two answer at the same time.
  const outcomes = [];
  for await (const event of client.run(session.id, { input: '[[sh!:touch shared]]' })) {
    if (event.type !== 'approval.asked') continue;
    const { id } = event.data.approval;
    const both = ['accept', 'decline'].map((decision) => client.approvals.answer(id, { decision }));
    outcomes.push(...(await Promise.allSettled(both)));
  }
  const lost = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  assert.equal(lost.length, 1, 'one of the two is told that somebody was faster');
  assert.equal(lost[0].code, 'conflict');
  assert.equal(lost[0].details.approval.answeredBy, 'owner');
  console.log(lost[0].message);
});
