/** What the runtime codex-cli-mcp does with each Codex that has an MCP server, beside what the acceptance suite sees. */

import { existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenThread } from '../../../src/ports/agent.js';
import { FactEar } from '../../support/fact-ear.js';
import { type McpUnderTest, mcpUnderTest } from '../../support/mcp-under-test.js';
import { codexOf, OLDER_VERSIONS } from '../install.js';

const MCP_SERVER = fileURLToPath(new URL('../../fixtures/mcp-server.mjs', import.meta.url));

describe.each(OLDER_VERSIONS)('codex-cli-mcp with Codex %s', (version) => {
  let under: McpUnderTest;
  beforeEach(async () => {
    under = await mcpUnderTest(codexOf(version));
  });
  afterEach(async () => await under[Symbol.asyncDispose]());

  const open = async (more: Partial<OpenThread> = {}): Promise<FactEar> =>
    new FactEar(await under.agent.open({ ...under.thread, ...more }));
  const lastInput = (): string => JSON.stringify(under.model.requests.at(-1)?.body.input);

  test('a failed turn is told with its reason, and the ones behind it are told whole', async () => {
    const ear = await open();
    expect(await ear.run('[[failed:context_length_exceeded]]')).toMatchObject({ type: 'turn.failed', error: { code: 'model' } });
    expect(await ear.run('[[http:400]]')).toMatchObject({ type: 'turn.failed', error: { code: 'model', message: /status 400/ } });
    for (const text of ['one', 'two']) {
      const turn = await ear.start(`[[text:${text}]]`);
      expect(await ear.ended(turn)).toMatchObject({ type: 'turn.completed', turn });
      expect(ear.said(turn)).toEqual([text]);
    }
    expect(ear.of('turn.started').map(({ turn }) => turn)).toEqual(['trn_1', 'trn_2', 'trn_3', 'trn_4']);
    expect(lastInput()).toContain('[[text:one]]');
  });

  test('turns behind an interrupted one end and are told whole, their text as messages only', async () => {
    const ear = await open();
    for (const round of [1, 2]) {
      const turn = await ear.start('[[deltas:400:50]]');
      if (round === 1) await ear.until('item.delta');
      await ear.thread.interrupt(turn);
      expect(await ear.ended(turn)).toEqual({ type: 'turn.interrupted', turn });
    }
    for (const count of [5, 60, 5]) {
      const turn = await ear.start(`[[sh:echo hi]] [[deltas:${count}:0]]`);
      expect(await ear.ended(turn)).toMatchObject({ type: 'turn.completed' });
      expect(ear.said(turn).map((text) => text.trim().split(/\s+/).length)).toEqual([count]);
      expect(ear.of('item.delta').filter((fact) => fact.turn === turn)).toEqual([]);
      expect(ear.of('item.completed').filter((fact) => fact.turn === turn && fact.item.kind === 'command').length).toBe(1);
    }
  });

  test('a failure behind an interrupt is none for what follows', async () => {
    const ear = await open();
    const turn = await ear.start('[[deltas:400:50]]');
    await ear.until('item.delta');
    await ear.thread.interrupt(turn);
    await ear.ended(turn);
    expect(await ear.run('[[http:400]]')).toMatchObject({ type: 'turn.failed' });
    const next = await ear.start('[[text:well]]');
    expect(await ear.ended(next)).toMatchObject({ type: 'turn.completed' });
    expect(ear.said(next)).toEqual(['well']);
  });

  test('what a turn does comes as items, text and output as it is written, plans, diffs and counts', async () => {
    const ear = await open();
    const plan = '[[tool:update_plan:{"explanation":"why","plan":[{"step":"a","status":"in_progress"}]}]]';
    const end = await ear.run(
      `[[reason:thinking]] [[text:before]] ${plan} [[sh:echo one; sleep 1; echo two; exit 3]] [[patch:a.txt=one]] [[text:after]]`,
    );
    expect(end).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 480, inputTokens: 400 } });
    const items = ear.of('item.completed').map(({ item }) => item);
    const kinds = ['userMessage', 'reasoning', 'agentMessage', 'command', 'fileChange', 'agentMessage'];
    expect(items.map(({ kind }) => kind)).toEqual(kinds);
    expect(ear.of('item.started').map(({ item }) => item.id)).toEqual(items.map(({ id }) => id));
    expect(items).toMatchObject([
      { turn: 'trn_1' },
      { text: 'thinking' },
      { text: 'before' },
      { status: 'failed', exitCode: 3, output: expect.stringMatching(/two\n$/), cwd: under.thread.cwd },
      { status: 'completed', changes: [{ path: under.place.join('work', 'a.txt'), kind: 'add', diff: 'one\n' }] },
      { text: 'after' },
    ]);
    expect(ear.of('item.delta').some(({ kind, text }) => kind === 'output' && text === 'two\n')).toBe(true);
    expect(ear.of('plan')).toEqual([{ type: 'plan', turn: 'trn_1', explanation: 'why', steps: [{ step: 'a', status: 'inProgress' }] }]);
    expect(ear.of('diff').map(({ diff }) => diff.includes('+one'))).toEqual([true]);
    expect(ear.of('usage').at(-1)).toMatchObject({ total: { totalTokens: 480 }, last: { totalTokens: 120 } });
    expect(ear.of('raw')).toMatchObject([{ method: 'codex/event/session_configured', params: { model: 'gpt-5.5' } }]);
  });

  test('a broken stream is tried again, and that is told', async () => {
    const ear = await open();
    expect(await ear.run('[[cut:2:1]] [[text:ok]]')).toMatchObject({ type: 'turn.completed' });
    expect(ear.of('turn.retrying')).toMatchObject([{ message: /Reconnecting/ }]);
  });

  test('each answer to a question about a command does what it says', async () => {
    const ear = await open();
    const ask = async (name: string): Promise<{ turn: string; ref: string; path: string }> => {
      const path = under.place.join(name);
      const turn = await ear.start(`[[sh!:touch ${path}]] [[text:after]]`);
      const { ref, ask } = await ear.until('ask');
      expect(ask).toMatchObject({
        kind: 'command',
        command: expect.stringContaining(path),
        reason: /outside the sandbox/,
        cwd: under.thread.cwd,
      });
      return { turn, ref, path };
    };
    const yes = await ask('yes');
    await ear.thread.answer(yes.ref, { decision: 'accept' });
    expect(await ear.ended(yes.turn)).toMatchObject({ type: 'turn.completed' });
    expect(existsSync(yes.path)).toBe(true);
    const no = await ask('no');
    await ear.thread.answer(no.ref, { decision: 'decline' });
    expect(await ear.ended(no.turn)).toMatchObject({ type: 'turn.completed' });
    expect(ear.of('item.completed').find(({ turn, item }) => turn === no.turn && item.kind === 'command')).toMatchObject({
      item: { status: 'declined' },
    });
    const session = await ask('session');
    await ear.thread.answer(session.ref, { decision: 'acceptForSession' });
    await ear.ended(session.turn);
    expect(await ear.run(`[[sh!:touch ${session.path}]] [[text:after]]`)).toMatchObject({ type: 'turn.completed' });
    const stop = await ask('stop');
    await ear.thread.answer(stop.ref, { decision: 'cancel' });
    expect(await ear.ended(stop.turn)).toMatchObject({ type: 'turn.interrupted' });
    expect([no.path, stop.path].map((path) => existsSync(path))).toEqual([false, false]);
    expect(ear.of('ask').map(({ ref }) => ref)).toEqual(ear.of('ask.closed').map(({ ref }) => ref));
  });

  test('a change of files that is not allowed is asked about, and a question goes with its turn', async () => {
    const ear = await open({ permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
    const path = under.place.join('work', 'b.txt');
    const turn = await ear.start(`[[patch:${path}=x]] [[text:after]]`);
    const first = await ear.until('ask');
    expect(first.ask).toMatchObject({ kind: 'fileChange', title: `Change ${path}?`, changes: [{ path, kind: 'add', diff: 'x\n' }] });
    await ear.thread.answer(first.ref, { decision: 'accept' });
    expect(await ear.ended(turn)).toMatchObject({ type: 'turn.completed' });
    expect(readFileSync(path, 'utf8')).toBe('x\n');
    const dropped = await ear.start(`[[patch:${path}2=x]] [[text:after]]`);
    const { ref } = await ear.until('ask');
    await ear.thread.interrupt(dropped);
    expect((await ear.until('ask.closed')).ref).toBe(ref);
    expect(await ear.ended(dropped)).toMatchObject({ type: 'turn.interrupted' });
  });

  test('a question that waits is asked again of who opens the conversation next, and its turn is found', async () => {
    const ear = await open();
    const turn = await ear.start(`[[sh!:touch ${under.place.join('later')}]] [[text:after]]`);
    const { ref } = await ear.until('ask');
    await ear.thread[Symbol.asyncDispose]();
    const again = await open({ resume: ear.thread.id, hadTurns: true, unsettled: { turn, ref: undefined } });
    expect([again.thread.opened, again.thread.unsettled]).toEqual(['resumed', 'running']);
    expect((await again.until('ask')).ref).toBe(ref);
    await again.thread.answer(ref, { decision: 'accept' });
    expect(await again.ended(turn)).toMatchObject({ type: 'turn.completed' });
  });

  test('what happened while nobody listened is told to who asks what became of the turn', async () => {
    const ear = await open();
    const turn = await ear.start('[[sh:echo hi]] [[deltas:20:50]] [[text:said]]');
    await ear.thread[Symbol.asyncDispose]();
    // A turn of another conversation that is longer tells that this one is over.
    const other = await open({ session: 'ses_2' });
    await other.run('[[deltas:60:50]]', { turn: 'trn_other' });
    const again = await open({ resume: ear.thread.id, hadTurns: true, unsettled: { turn, ref: undefined } });
    expect(again.thread.unsettled).toBe('ended');
    expect(await again.ended(turn)).toMatchObject({ type: 'turn.completed' });
    expect(again.of('item.completed').map(({ item }) => item.kind)).toContain('command');
    expect(again.said(turn).at(-1)).toBe('said');
  });

  test('a conversation is given its model, effort, instructions, variables and the gateway, whatever the home says', async () => {
    const gateway = { url: under.model.url, token: 'tok_gateway' };
    const setup = { instructions: 'Speak of herons.', env: { HERON: 'grey' }, gateway };
    const ear = await open({ model: 'gpt-5.4', effort: 'high', setup, options: { config: { model_verbosity: 'low' } } });
    expect(await ear.run('[[sh:echo $HERON]] [[text:ok]]', { model: 'gpt-5.4', effort: 'high' })).toMatchObject({
      type: 'turn.completed',
    });
    const request = under.model.requests.at(-1);
    expect(request?.body).toMatchObject({ model: 'gpt-5.4', reasoning: { effort: 'high' }, text: { verbosity: 'low' } });
    expect(request?.headers.authorization).toBe('Bearer tok_gateway');
    expect(JSON.stringify(request?.body.input)).toContain('Speak of herons.');
    expect(ear.of('item.completed').find(({ item }) => item.kind === 'command')).toMatchObject({ item: { output: 'grey\n' } });
    for (const more of [{ model: 'gpt-5.5' }, { effort: 'low' as const }, { outputSchema: {} }, { action: { type: 'compact' as const } }]) {
      await expect(ear.start('x', more)).rejects.toMatchObject({ code: 'unsupported', hint: /codex-app-server/ });
    }
    expect(await ear.run('[[text:on]]')).toMatchObject({ type: 'turn.completed' });
  });

  test('a sandbox that forbids writing keeps commands from it', async () => {
    const ear = await open({ permissions: { profile: ':read-only', approvalPolicy: 'never' } });
    expect(await ear.run('[[sh:touch written]] [[text:ok]]')).toMatchObject({ type: 'turn.completed' });
    expect(existsSync(under.place.join('work', 'written'))).toBe(false);
  });

  test("the home's MCP servers are there unless they are not wanted, and a question that nobody can answer ends the turn", async () => {
    const notes = under.place.join('notes.txt');
    const server = ['[mcp_servers.notes]', `command = ${JSON.stringify(process.execPath)}`, `args = [${JSON.stringify(MCP_SERVER)}]`];
    await appendFile(
      under.place.join('codex', 'config.toml'),
      `\n${[...server, `env = { NOTES = ${JSON.stringify(notes)} }`].join('\n')}\n`,
    );
    const call = '[[mcp:notes.note:{"text":"hey"}]] [[text:ok]]';

    const asking = await open();
    expect(await asking.run(call)).toMatchObject({
      type: 'turn.failed',
      error: { message: /MCP server notes.*codex-app-server/, retryable: false },
    });
    expect(await asking.run('[[text:on]]')).toMatchObject({ type: 'turn.completed' });

    const approved = { mcp_servers: { notes: { default_tools_approval_mode: 'approve' } } };
    const allowed = await open({ session: 'ses_2', options: { config: approved } });
    expect(await allowed.run(call)).toMatchObject({ type: 'turn.completed' });
    expect(allowed.of('item.completed').find(({ item }) => item.kind === 'toolCall')).toMatchObject({
      item: { server: 'notes', tool: 'note', status: 'completed', arguments: { text: 'hey' } },
    });

    const without = await open({ session: 'ses_3', options: { useUserConfig: false } });
    expect(await without.run(call)).toMatchObject({ type: 'turn.completed' });
    expect(without.of('item.completed').filter(({ item }) => item.kind === 'toolCall')).toEqual([]);
    expect(readFileSync(notes, 'utf8')).toBe('hey\n');
  });
});
