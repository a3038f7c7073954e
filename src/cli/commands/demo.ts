/** `spool demo` */

import { mkdir } from 'node:fs/promises';
import { Stack } from '../../base/stack.js';
import { connect } from '../../client/connect.js';
import type { RunningHost } from '../../daemon/start-host.js';
import type { Script } from '../../testing/offline-model/script.js';
import { command } from '../command.js';
import { driveTurn } from '../drive-turn.js';
import type { Io } from '../output.js';

const PROMPT = 'Look around, write a haiku about threads into haiku.md, and count its words.';
const HAIKU = 'one thread on the spool\nhosts may fall and rise again\nnot a word is lost\n';

export const demo = command({
  about:
    'Shows the whole thing without an account: a host in a temporary home, the real Codex, an offline model. Runs a turn with a command, a file change and a question, then restarts the host and replays the turn. Leaves nothing behind.',
  args: {
    ask: { type: 'boolean', description: 'let me answer the question of the agent' },
    keep: { type: 'boolean', description: 'keep the host running, and its files after that' },
    json: { type: 'boolean', description: 'print the events as JSON lines' },
  },
  async run(args, io) {
    const { tempHome } = await import('../../testing/temp-home.js');
    const { startOfflineModel } = await import('../../testing/offline-model/server.js');
    const { prepareOfflineHome } = await import('../../testing/offline-model/home.js');
    using held = io.interrupts.hold();
    await using clearing = new Stack();
    const temporary = await tempHome();
    if (!args.keep) clearing.use(temporary);
    const model = clearing.use(await startOfflineModel({ script: await demoScript() }));
    const work = temporary.join('work');
    await mkdir(work);
    const codexHome = await prepareOfflineHome(temporary.join('codex'), model, { trust: [work] });
    const scratch = temporary.join('tmp');
    await mkdir(scratch);
    // Codex leaves folders for its sandbox in TMPDIR; here they go with the rest. Its shell is a login shell: without the user's own
    // profile the demo shows the same everywhere.
    const { startHost } = await import('../../daemon/start-host.js');
    const { codexOf } = await import('../../daemon/codex-binary.js');
    const places = { SPOOL_HOME: temporary.join('spool'), CODEX_HOME: codexHome, TMPDIR: scratch, HOME: temporary.path };
    // The one of this machine may lie in the home of Spool, which the demo does not use.
    const env = { ...io.env, ...places, SPOOL_CODEX_BIN: codexOf(io.env) };
    const start = (): Promise<RunningHost> => startHost({ env, port: 0, logLevel: 'error', keepRunningTurns: false });

    const say = speaker(io, args.json);
    const first = clearing.use(await start());
    say(`a host answers at ${first.url}; it runs the real Codex against an offline model`);
    say(`› ${PROMPT}\n`);
    const client = connect({ url: first.url, token: first.token ?? undefined });
    const session = await client.sessions.open({
      cwd: work,
      title: 'The demo',
      permissions: { profile: ':workspace', approvalPolicy: 'on-request' },
      ...(args.ask ? {} : { approvals: { mode: 'auto' as const } }),
    });
    const status = await driveTurn({
      client,
      io,
      session,
      begin: (signal) => client.call('requestTurn', { params: { id: session.id }, body: { input: PROMPT }, signal }),
      approve: args.ask ? 'ask' : 'auto',
      autoNote: 'the demo allows it (--ask lets you answer)',
      json: args.json,
      giveUpAfterMs: 10_000,
      finalText: () => undefined,
    });
    if (io.interrupts.status !== undefined) return io.interrupts.status;
    const { position } = await client.sessions.get(session.id);
    await first.stop();

    const second = clearing.use(await start());
    const kept = await countEvents(second, session.id, { last: position, signal: held.signal });
    if (io.interrupts.status !== undefined) return io.interrupts.status;
    say(`\nthe host was stopped and started again: all ${kept} of ${position} events are still there, to be replayed from any position`);
    if (args.keep) await stay(io, second, temporary.path, session.id);
    else say('go on with `spool serve`, or `spool run "…"` where you are logged in to Codex; `spool doctor` checks this machine');
    return kept === position ? status : 1;
  },
});

/** What the offline model does: one answer after the other, each ending with at most one tool call. */
async function demoScript(): Promise<Script> {
  const { chunks, patch, shell, together, words } = await import('../../testing/offline-model/reply.js');
  const { sequence } = await import('../../testing/offline-model/script.js');
  const saying = (text: string) => chunks(words(text), 25);
  return sequence(
    together(saying('I look at where I am first.'), shell('pwd && uname -sr')),
    together(saying('An empty place is a good place for a haiku.'), patch('haiku.md', HAIKU)),
    together(
      saying('I count the words outside of the sandbox, so I have to ask.'),
      shell('wc -w haiku.md', { escalate: true, justification: 'to show how a question looks' }),
    ),
    saying(`Here it is, and it is durable:\n\n${HAIKU}`),
  );
}

/** Replays the session up to the event at `last` and tells how many events came. */
async function countEvents(host: RunningHost, session: string, { last, signal }: { last: number; signal: AbortSignal }): Promise<number> {
  const client = connect({ url: host.url, token: host.token ?? undefined });
  let count = 0;
  for await (const { position } of client.follow(session, { giveUpAfterMs: 10_000, signal })) {
    count += 1;
    if (position >= last) break;
  }
  return count;
}

async function stay(io: Io, host: RunningHost, directory: string, session: string): Promise<void> {
  io.note(`\nthe host stays at ${host.url} until Ctrl-C; its files stay in ${directory}`);
  io.note(`in another terminal: SPOOL_HOME=${host.home} spool attach ${session.slice(-6)}`);
  const end = new AbortController();
  using _interrupts = io.interrupts.take(() => end.abort());
  await new Promise((resolve) => end.signal.addEventListener('abort', resolve));
}

function speaker(io: Io, json: boolean): (text: string) => void {
  const ink = io.ink(io.stderr);
  return (text) => {
    if (!json) io.note(ink.dim(text));
  };
}
