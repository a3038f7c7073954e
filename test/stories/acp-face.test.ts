/** `spool acp`: a host as an agent for editors, driven by the protocol's own client, with the real Codex behind it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import {
  type ClientContext,
  type CreateElicitationRequest,
  client as editorApp,
  methods,
  ndJsonStream,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { MAIN } from '../support/spool.js';
import { nextQuestion } from './audit.js';
import { eventOf, type World, world } from './rig.js';

interface Editor extends AsyncDisposable {
  readonly agent: ClientContext;
  readonly process: ChildProcess;
  readonly updates: SessionUpdate[];
  /** What was asked and taken back again. */
  readonly takenBack: RequestPermissionRequest[];
  readonly forms: CreateElicitationRequest[];
  /** How the person at the editor answers; a promise that never settles is one who does not. */
  person: (request: RequestPermissionRequest) => Promise<string>;
  /** Resolves with the next update that fits. */
  heard(fits: (update: SessionUpdate) => boolean): Promise<SessionUpdate>;
  text(kind: SessionUpdate['sessionUpdate']): string;
}

/** `form`: what the person fills in; without it the editor shows no forms. */
async function editor({ env }: World, flags: readonly string[] = [], form?: Record<string, string>): Promise<Editor> {
  const child = spawn(process.execPath, [MAIN, 'acp', ...flags], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Set<{ fits: (update: SessionUpdate) => boolean; resolve: (update: SessionUpdate) => void }>();
  const streams = [Writable.toWeb(child.stdin), Readable.toWeb(child.stdout)] as [WritableStream<Uint8Array>, ReadableStream<Uint8Array>];
  const connection = editorApp({ name: 'editor' })
    .onNotification(methods.client.session.update, ({ params: { update } }) => {
      self.updates.push(update);
      for (const one of waiting) if (one.fits(update) && waiting.delete(one)) one.resolve(update);
    })
    .onRequest(methods.client.session.requestPermission, async ({ params, signal }): Promise<RequestPermissionResponse> => {
      const back = once(signal, 'abort').then(() => {
        self.takenBack.push(params);
        return undefined;
      });
      const optionId = await Promise.race([self.person(params), back]);
      return optionId === undefined ? { outcome: { outcome: 'cancelled' } } : { outcome: { outcome: 'selected', optionId } };
    })
    .onRequest(methods.client.elicitation.create, ({ params }) => {
      self.forms.push(params);
      return form === undefined ? { action: 'decline' } : { action: 'accept', content: form };
    })
    .connect(ndJsonStream(...streams));
  const self: Editor = {
    agent: connection.agent,
    process: child,
    updates: [],
    takenBack: [],
    forms: [],
    person: () => Promise.reject(new Error('nobody was to be asked')),
    heard: (fits) => new Promise((resolve) => waiting.add({ fits, resolve })),
    text: (kind) =>
      self.updates
        .flatMap((update) => (update.sessionUpdate === kind && 'content' in update && isText(update.content) ? [update.content.text] : []))
        .join(''),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
  const hello = await self.agent.request(methods.agent.initialize, {
    protocolVersion: 1,
    clientCapabilities: form === undefined ? {} : { elicitation: { form: {} } },
  });
  expect(hello).toMatchObject({ agentInfo: { name: 'spool' }, agentCapabilities: { loadSession: true } });
  return self;
}

function isText(content: unknown): content is { text: string } {
  return typeof content === 'object' && content !== null && 'text' in content;
}

const prompt = (text: string) => [{ type: 'text' as const, text }];

test('an editor works in a session of the host, is asked, and may be answered for', { timeout: 60_000 }, async () => {
  await using w = await world();
  const { client } = await w.serve();
  await using at = await editor(w);
  const { sessionId } = await at.agent.request(methods.agent.session.new, { cwd: w.work, mcpServers: [] });
  expect(await client.sessions.get(sessionId)).toMatchObject({ agent: 'default', cwd: w.work });

  const asked: RequestPermissionRequest[] = [];
  at.person = (request) => {
    asked.push(request);
    return Promise.resolve('accept');
  };
  const outside = w.home.join('outside');
  const first = { sessionId, prompt: prompt(`[[reason:Hm.]] [[sh!:echo seen; touch ${outside}]] [[text:all done]]`) };
  expect(await at.agent.request(methods.agent.session.prompt, first)).toEqual({ stopReason: 'end_turn' });
  expect(existsSync(outside)).toBe(true);
  expect(asked).toMatchObject([{ sessionId, toolCall: { kind: 'execute', rawInput: { command: `echo seen; touch ${outside}` } } }]);
  expect(asked[0]?.options.map(({ kind }) => kind)).toContain('reject_once');
  expect([at.text('agent_thought_chunk'), at.text('agent_message_chunk')]).toEqual([expect.stringContaining('Hm.'), 'all done']);
  const call = asked[0]?.toolCall.toolCallId;
  expect(at.updates).toContainEqual(expect.objectContaining({ sessionUpdate: 'tool_call', toolCallId: call, status: 'in_progress' }));
  const end = at.updates.find((update) => update.sessionUpdate === 'tool_call_update' && update.status === 'completed');
  expect(end).toMatchObject({ toolCallId: call, rawOutput: { exitCode: 0 } });
  expect(JSON.stringify(end)).toContain('seen');

  // Somebody else is quicker than the person at the editor.
  at.person = () => new Promise(() => undefined);
  const second = at.agent.request(methods.agent.session.prompt, { sessionId, prompt: prompt(`[[sh!:touch ${outside}2]] [[text:second]]`) });
  const started = await eventOf(client, sessionId, (event) => event.type === 'turn.started' && event.position > 10);
  const question = await nextQuestion(client, sessionId, started.turn ?? '');
  await client.approvals.answer(question.id, { decision: 'decline' });
  expect(await second).toEqual({ stopReason: 'end_turn' });
  expect(existsSync(`${outside}2`)).toBe(false);
  expect(at.takenBack.map(({ toolCall }) => toolCall.toolCallId)).toEqual([question.item]);
});

test('a turn is cancelled, a failure is told, and another editor goes on with what was said', { timeout: 60_000 }, async () => {
  await using w = await world();
  const host = await w.serve();
  await host.client.agents.create({ alias: 'echo', runtime: 'mock' });
  await using at = await editor(w, ['--agent', 'echo']);
  const { sessionId } = await at.agent.request(methods.agent.session.new, { cwd: w.work, mcpServers: [] });
  const talking = at.heard(({ sessionUpdate }) => sessionUpdate === 'agent_message_chunk');
  const long = at.agent.request(methods.agent.session.prompt, { sessionId, prompt: prompt('[[deltas:400:50]]') });
  await talking;
  await at.agent.notify(methods.agent.session.cancel, { sessionId });
  expect(await long).toEqual({ stopReason: 'cancelled' });
  const failing = at.agent.request(methods.agent.session.prompt, { sessionId, prompt: prompt('[[failed:no more]]') });
  await expect(failing).rejects.toMatchObject({ code: -32_603, message: expect.stringContaining('no more') });
  const unknown = at.agent.request(methods.agent.session.load, { sessionId: 'ses_unknown', cwd: w.work, mcpServers: [] });
  await expect(unknown).rejects.toMatchObject({ code: -32_002 });
  const link = { type: 'resource_link' as const, name: 'a.ts', uri: 'file:///a.ts' };
  const named = { sessionId, prompt: [...prompt('[[text:read it]]'), link] };
  expect(await at.agent.request(methods.agent.session.prompt, named)).toEqual({ stopReason: 'end_turn' });

  await using other = await editor(w, ['--agent', 'echo']);
  const { sessions } = await other.agent.request(methods.agent.session.list, {});
  expect(sessions).toMatchObject([{ sessionId, cwd: w.work }]);
  await other.agent.request(methods.agent.session.load, { sessionId, cwd: w.work, mcpServers: [] });
  expect(other.text('user_message_chunk')).toContain('[a.ts](file:///a.ts)');
  expect(other.text('agent_message_chunk')).toMatch(/^word .*read it$/s);
  other.updates.splice(0);
  const again = { sessionId, prompt: prompt('[[text:and on]]') };
  expect(await other.agent.request(methods.agent.session.prompt, again)).toEqual({ stopReason: 'end_turn' });
  expect(other.text('agent_message_chunk')).toBe('and on');

  // The editor leaves in the middle: the turn is the host's, and goes on.
  const begun = other.heard(({ sessionUpdate }) => sessionUpdate === 'agent_message_chunk');
  other.agent
    .request(methods.agent.session.prompt, { sessionId, prompt: prompt('[[deltas:20:20]] [[text:at last]]') })
    .catch(() => undefined);
  await begun;
  await other[Symbol.asyncDispose]();
  expect(other.process.exitCode).toBe(0);
  const { currentTurn } = await host.client.sessions.get(sessionId);
  expect(currentTurn).not.toBeNull();
  expect(await host.client.wait(sessionId, currentTurn ?? '')).toMatchObject({
    status: 'completed',
    finalText: expect.stringContaining('at last'),
  });
});

test('a plan, a change and a form come to the editor; what it cannot show waits for an answer from elsewhere', {
  timeout: 60_000,
}, async () => {
  await using w = await world();
  const { client } = await w.serve();
  const questions = [{ id: 'colour', header: 'Colour', question: 'Which one?', options: [{ label: 'red' }, { label: 'blue' }] }];
  const script = [
    { plan: [{ step: 'look', status: 'inProgress' }, 'paint'] },
    { fileChange: { path: 'a.txt', content: 'one\n' } },
    { toolCall: { server: 'shop', tool: 'buy', arguments: { what: 'paint' }, result: 'bought' } },
    { ask: { questions, accept: [{ say: 'It is {{colour}}.' }], decline: [{ say: 'None.' }] } },
  ];
  await client.agents.create({ alias: 'painter', runtime: 'mock', runtimeOptions: { script } });
  const paint = async (at: Editor) => {
    const { sessionId } = await at.agent.request(methods.agent.session.new, { cwd: w.work, mcpServers: [] });
    return { sessionId, done: at.agent.request(methods.agent.session.prompt, { sessionId, prompt: prompt('paint') }) };
  };
  await using showing = await editor(w, ['--agent', 'painter'], { colour: 'blue' });
  expect(await (await paint(showing)).done).toEqual({ stopReason: 'end_turn' });
  expect(showing.forms).toMatchObject([
    { requestedSchema: { properties: { colour: { title: 'Colour', enum: ['red', 'blue'] } }, required: ['colour'] } },
  ]);
  expect(showing.text('agent_message_chunk')).toBe('It is blue.');
  const plan = showing.updates.find(({ sessionUpdate }) => sessionUpdate === 'plan');
  expect(plan).toMatchObject({
    entries: [
      { content: 'look', status: 'in_progress' },
      { content: 'paint', status: 'pending' },
    ],
  });
  const calls = showing.updates.filter(({ sessionUpdate }) => sessionUpdate === 'tool_call_update');
  const diff = { type: 'diff', path: `${w.work}/a.txt`, oldText: null, newText: 'one\n' };
  expect(calls).toMatchObject([
    { status: 'completed', content: [diff], locations: [{ path: diff.path }] },
    { status: 'completed', rawOutput: 'bought' },
  ]);

  await using plain = await editor(w, ['--agent', 'painter']);
  const { sessionId, done } = await paint(plain);
  const asked = await eventOf(client, sessionId, (event): event is Event<'approval.asked'> => event.type === 'approval.asked');
  await client.approvals.answer(asked.data.approval.id, { decision: 'accept', value: { colour: 'red' } });
  expect(await done).toEqual({ stopReason: 'end_turn' });
  expect([plain.forms, plain.text('agent_message_chunk')]).toEqual([[], 'It is red.']);
});
