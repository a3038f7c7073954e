/**
 * How long a question takes its way: asked at the app-server, recorded and shown by the host, answered over HTTP at once, and back at the
 * app-server. A bare client listens to the same app-server and sees both ends; beside it the same questions are answered by a bare client
 * itself, which is what the way costs without a host.
 */

import { BareClient } from './bare-codex.js';
import type { BenchOptions, BenchResult } from './figures.js';
import { dataOf, HostSession } from './host-session.js';
import { HttpClient } from './http-client.js';
import { keptCodex } from './served-host.js';
import { median, pause, quantile } from './stats.js';
import { openWorld } from './world.js';

/** Questions in one turn. */
const EACH = 20;

export async function benchApproval({ quick, cli }: BenchOptions): Promise<BenchResult> {
  await using world = await openWorld(cli);
  const rounds = quick ? 2 : 8;
  const served = await world.serve();
  const { client } = await world.bare();
  const http = new HttpClient(served.url, served.token);
  const { session, threadId } = await HostSession.open(http, world.work, { permissions: { approvalPolicy: 'untrusted' } });
  using _session = session;
  const thread = await client.startThread(world.work, { approvalPolicy: 'untrusted' });
  // Codex writes a conversation down with its first turn, and only then lets a second client join it.
  await session.turn('warm up');
  await using listener = await BareClient.connect(keptCodex(world.home)[0]?.address ?? '');
  await listener.joinThread(threadId);

  const times = { host: [] as number[], bare: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const byHost = await overHost(session, http, listener);
    await pause(30);
    const byBare = await overBare(client, thread);
    await pause(30);
    if (round < 0) continue;
    times.host.push(...byHost);
    times.bare.push(...byBare);
  }
  http.close();
  const { host, bare } = times;
  return {
    figures: [
      { name: 'approval, asked until back at Codex, host − bare: medians', value: median(host) - median(bare), unit: 'ms', floor: 5 },
      { name: 'approval, asked until back at Codex, host: median', value: median(host), unit: 'ms' },
      { name: 'approval, asked until back at Codex, host: p95', value: quantile(host, 0.95), unit: 'ms' },
      { name: 'approval, asked until back at Codex, bare: median', value: median(bare), unit: 'ms' },
    ],
    notes: [
      `${host.length} questions each, ${EACH} to a turn, in turns; both ends seen by a client of the app-server, the answer sent at once`,
    ],
  };
}

async function overHost(session: HostSession, http: HttpClient, listener: BareClient): Promise<number[]> {
  using witness = listener.questions();
  const answers: Promise<unknown>[] = [];
  using _answering = session.watch((frame) => {
    if (frame.event !== 'approval.asked') return;
    const { id } = dataOf(frame)['approval'] as { id: string };
    answers.push(http.post(`/v1/approvals/${id}`, { decision: 'accept' }));
  });
  await session.turn(`asks:${EACH}`);
  await Promise.all(answers);
  return complete(witness.times);
}

async function overBare(client: BareClient, thread: string): Promise<number[]> {
  using answering = client.questions((request) => request.result({ decision: 'accept' }));
  await client.turn(thread, `asks:${EACH}`);
  return complete(answering.times);
}

function complete(times: readonly number[]): number[] {
  if (times.length !== EACH) throw new Error(`${times.length} of ${EACH} questions were asked and answered`);
  return [...times];
}
