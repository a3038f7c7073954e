/** Who answers what the real Codex asks: an agent's rules, its mode, the deadline. Everything is asked and answered in the log. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.js';
import type { ApprovalPolicy } from '../../src/contract/approval-policy.js';
import type { Event } from '../../src/contract/events.js';
import type { Turn } from '../../src/contract/session.js';
import { prepareOfflineHome } from '../../src/testing/index.js';
import { type World, world } from './rig.js';

const SERVER = fileURLToPath(new URL('../fixtures/mcp-server.mjs', import.meta.url));

interface Worked {
  readonly turn: Turn;
  /** Each question with how, by whom and why it was answered, in their order. */
  readonly answers: readonly string[];
}

/** Lets an agent with this policy, which has to ask before everything, do one turn to its end. Nobody else is there. */
async function work(w: World, approvals: ApprovalPolicy, input: string): Promise<Worked> {
  const folder = w.home.join('spool', 'agents', 'worker');
  await mkdir(folder, { recursive: true });
  const permissions = { profile: ':workspace', approvalPolicy: 'untrusted' };
  const config = { alias: 'worker', runtime: 'codex-app-server', permissions, approvals };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const { client } = await w.serve();
  const { id } = await client.sessions.open({ agent: 'worker', cwd: w.work });
  const { turn } = await client.turns.request(id, { input });
  return { turn: await client.wait(id, turn.id), answers: await answersOf(client, id) };
}

async function answersOf(client: Client, session: string): Promise<string[]> {
  const { events } = await client.sessions.events(session, { limit: 1000 });
  const asked = events.filter((event): event is Event<'approval.asked'> => event.type === 'approval.asked');
  const answered = events.filter((event): event is Event<'approval.answered'> => event.type === 'approval.answered');
  return asked.map(({ data: { approval } }) => {
    const [answer, ...more] = answered.filter(({ data }) => data.approval === approval.id);
    expect(more).toEqual([]);
    return `${approval.kind}: ${answer?.data.answer.decision} by ${answer?.data.by}: ${answer?.data.why}`;
  });
}

const there = (file: string): Promise<boolean> =>
  readFile(file).then(
    () => true,
    () => false,
  );

test('a command that a rule accepts runs unasked, and what no rule decides is declined when nobody has answered in time', async () => {
  await using w = await world();
  await writeFile(join(w.work, 'kept'), '');
  const policy: ApprovalPolicy = { mode: 'auto', rules: [{ decision: 'accept', command: 'touch' }], deadlineSeconds: 1 };
  const { turn, answers } = await work(w, policy, '[[sh:touch a && touch b]] [[sh:touch c; rm kept]] [[sh:rm kept]] [[text:went on]]');
  expect(turn).toMatchObject({ status: 'completed', finalText: 'went on' });
  expect(answers).toEqual([
    'command: accept by policy: rule 1 (command "touch") accepts',
    'command: decline by deadline: nobody answered within 1 s',
    'command: decline by deadline: nobody answered within 1 s',
  ]);
  expect(await Promise.all(['a', 'b', 'c', 'kept'].map((name) => there(join(w.work, name))))).toEqual([true, true, false, true]);
});

test('"deny" declines at once and the turn goes on', async () => {
  await using w = await world();
  const { turn, answers } = await work(w, { mode: 'deny' }, '[[sh:touch never]] [[patch:never=x]] [[text:fine]]');
  expect(turn).toMatchObject({ status: 'completed', finalText: 'fine' });
  expect(answers).toEqual([
    'command: decline by policy: the mode "deny" declines',
    'fileChange: decline by policy: the mode "deny" declines',
  ]);
  expect(await there(join(w.work, 'never'))).toBe(false);
});

test('a file change inside the folder is accepted by its rule, one that leaves it is not', async () => {
  await using w = await world();
  await writeFile(join(w.work, 'here'), 'text\n');
  const policy: ApprovalPolicy = { mode: 'deny', rules: [{ decision: 'accept', kind: 'fileChange', inside: 'cwd' }] };
  const patch = ['*** Begin Patch', '*** Update File: here', '*** Move to: ../gone', '@@', '-text', '+more', '*** End Patch'].join('\n');
  const input = `[[patch:made=x]] [[patch:../outside=x]] [[sh:apply_patch <<'EOF'\n${patch}\nEOF]] [[text:done]]`;
  const { turn, answers } = await work(w, policy, input);
  expect(turn).toMatchObject({ status: 'completed', finalText: 'done' });
  expect(answers).toEqual([
    'fileChange: accept by policy: rule 1 (kind "fileChange", inside "cwd") accepts',
    'fileChange: decline by policy: no rule fits, and the mode "deny" declines',
    'fileChange: decline by policy: no rule fits, and the mode "deny" declines',
  ]);
  expect(await there(join(w.work, 'made'))).toBe(true);
  expect(await Promise.all(['outside', 'gone'].map((name) => there(w.home.join(name))))).toEqual([false, false]);
});

test('a rule accepts a tool of an MCP server, and never what takes more than a yes', async () => {
  await using w = await world();
  const notes = w.home.join('notes.txt');
  const command = `command = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(SERVER)}]`;
  const more = `[mcp_servers.notes]\n${command}\nenv = { NOTES = ${JSON.stringify(notes)} }`;
  await prepareOfflineHome(w.home.join('codex'), w.model, { more });
  const policy: ApprovalPolicy = { mode: 'auto', rules: [{ decision: 'accept', server: 'notes' }], deadlineSeconds: 1 };
  const { turn, answers } = await work(
    w,
    policy,
    '[[mcp:notes.note:{"text":"one"}]] [[mcp:notes.survey]] [[mcp:notes.page]] [[text:done]]',
  );
  expect(turn).toMatchObject({ status: 'completed', finalText: 'done' });
  const accepted = 'elicitation: accept by policy: rule 1 (server "notes") accepts';
  const late = 'elicitation: decline by deadline: nobody answered within 1 s';
  expect(answers).toEqual([accepted, late, late]);
  expect(await readFile(notes, 'utf8')).toContain('one');
});
