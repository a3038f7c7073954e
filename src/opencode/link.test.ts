/** The stream of events of a server that breaks, and one that never comes back: what the real one does not do when it is asked to. */

import { expect, test } from 'vitest';
import { FactEar } from '../../test/support/fact-ear.js';
import { Pipe } from '../base/pipe.js';
import type { ProcessExit } from '../base/process.js';
import { silentLogger } from '../ports/logger.js';
import { ManualClock } from '../testing/manual-clock.js';
import type { Api } from './api.js';
import { Link } from './link.js';
import type { Server } from './server.js';
import { settingsOf } from './settings.js';
import { OpencodeThread } from './thread.js';
import type { Messages, ServerEvent } from './wire.js';

const SESSION = 'ses_1';

/** A server of which a test writes the events, and what is in its conversation. */
class StagedServer implements Server {
  readonly pid = 1;
  readonly version = '1.18.33';
  readonly prompts: { readonly messageID: string }[] = [];
  messages: Messages = [];
  busy = true;
  stopped = false;
  exit: ProcessExit | undefined;
  exited: Promise<ProcessExit>;
  /** The stream that is open, and all that were. */
  stream = new Pipe<ServerEvent | 'open'>();
  streams = 0;
  refusing = false;
  #end: (exit: ProcessExit) => void = () => undefined;

  constructor() {
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get api(): Api {
    const part: Partial<Record<keyof Api, unknown>> = {
      events: () => this.#open(),
      prompt: (_id: string, _directory: string, body: { readonly messageID: string }) => {
        this.prompts.push(body);
        return Promise.resolve();
      },
      messages: () => Promise.resolve(this.messages),
      pending: () => Promise.resolve({ permissions: [], questions: [] }),
      isBusy: () => Promise.resolve(this.busy),
    };
    return part as unknown as Api;
  }

  #open(): AsyncIterable<ServerEvent | 'open'> {
    this.streams += 1;
    this.stream = new Pipe();
    if (this.refusing) this.stream.end(new Error('refused'));
    else this.stream.push('open');
    return this.stream;
  }

  stderrTail(): string {
    return 'last words';
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.exit = { code: null, signal: 'SIGTERM' };
    this.#end(this.exit);
    return Promise.resolve();
  }
}

async function staged(): Promise<{ server: StagedServer; clock: ManualClock; ear: FactEar }> {
  const server = new StagedServer();
  const clock = new ManualClock();
  const thread = {
    ...{ session: 'ses_s', home: '/h', cwd: '/w', model: 'a/b', effort: undefined, permissions: {}, setup: undefined, options: undefined },
    ...{ resume: undefined, hadTurns: false, unsettled: undefined },
  };
  const link = await Link.open({ server, settings: settingsOf(thread), clock, logger: silentLogger });
  const conversation = link.conversation({ id: SESSION, directory: '/w' }, { directory: '/w', servers: [] });
  const parts = { link, conversation, opened: 'started', thread, taken: undefined, clock, left: () => undefined } as const;
  return { server, clock, ear: new FactEar(new OpencodeThread(parts)) };
}

function busy(): ServerEvent {
  return { type: 'session.status', properties: { sessionID: SESSION, status: { type: 'busy' } } };
}

/** The messages of a turn whose answer is whole. */
function answered(ref: string, text: string): Messages {
  const part = { sessionID: SESSION, type: 'text', text };
  const time = { start: 1, end: 2 };
  return [
    {
      info: { role: 'user', id: ref, sessionID: SESSION },
      parts: [{ ...part, id: 'prt_1', messageID: ref, metadata: { spoolTurn: 'trn_1' } }],
    },
    {
      info: {
        ...{ role: 'assistant', id: 'msg_2', sessionID: SESSION, parentID: ref, providerID: 'a', modelID: 'b' },
        ...{ finish: 'stop', time: { completed: 2 } },
      },
      parts: [{ ...part, id: 'prt_2', messageID: 'msg_2', text, time }],
    },
  ];
}

test('when the events break off the turn is read again, and what was missed is told once', async () => {
  const { server, clock, ear } = await staged();
  const turn = await ear.start('say it');
  const ref = server.prompts[0]?.messageID ?? '';
  server.stream.push(busy());
  await ear.until('turn.started');
  server.messages = answered(ref, 'missed');
  server.busy = false;
  server.stream.end(new Error('torn'));
  expect(await clock.passUntil(ear.ended(turn))).toMatchObject({ type: 'turn.completed' });
  expect(ear.said(turn)).toEqual(['missed']);
  expect([server.streams, ear.of('turn.started').length, server.stopped]).toEqual([2, 1, false]);
});

test('a server that tells nothing any more is stopped, and its conversations end with it', async () => {
  const { server, clock, ear } = await staged();
  await ear.start('say it');
  server.refusing = true;
  server.stream.end(new Error('torn'));
  const ended = await clock.passUntil(ear.until('ended'));
  expect(ended).toMatchObject({ how: 'exited', message: 'the OpenCode server told nothing any more', stderrTail: 'last words' });
  expect(server.stopped).toBe(true);
});

test('an error that names no conversation fails the turn that runs', async () => {
  const { server, ear } = await staged();
  const turn = await ear.start('say it');
  server.stream.push({ type: 'session.error', properties: { error: { name: 'UnknownError', data: { message: 'all is lost' } } } });
  expect(await ear.ended(turn)).toMatchObject({ type: 'turn.failed', error: { code: 'internal', message: 'all is lost' } });
});

test('rest that is told late, of the turn before, does not end the next one', async () => {
  const { server, ear } = await staged();
  const turn = await ear.start('say it');
  server.stream.push({ type: 'session.idle', properties: { sessionID: SESSION } });
  server.stream.push(busy());
  server.stream.push({
    type: 'message.updated',
    properties: { sessionID: SESSION, info: { role: 'user', id: server.prompts[0]?.messageID ?? '', sessionID: SESSION } },
  });
  for (const { info, parts } of answered(server.prompts[0]?.messageID ?? '', 'said').slice(1)) {
    server.stream.push({ type: 'message.updated', properties: { sessionID: SESSION, info } });
    for (const part of parts) server.stream.push({ type: 'message.part.updated', properties: { sessionID: SESSION, part } });
  }
  server.stream.push({ type: 'session.idle', properties: { sessionID: SESSION } });
  await ear.ended(turn);
  expect(ear.said(turn)).toEqual(['said']);
});

test('what is not known of a conversation is kept', async () => {
  const { server, ear } = await staged();
  await ear.start('say it');
  server.stream.push({ type: 'unknown', session: SESSION, method: 'session.sang', params: { song: 'la' } });
  expect(await ear.until('raw')).toMatchObject({ turn: 'trn_1', method: 'session.sang', params: { song: 'la' } });
});
