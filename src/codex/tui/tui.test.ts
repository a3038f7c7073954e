import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type CodeCliUnderTest, codeCliUnderTest } from '../../../test/support/code-cli-under-test.js';
import { systemClock } from '../../base/clock.js';
import { processTable } from '../../base/process.js';
import { startInTerminal } from '../../base/terminal-process.js';
import type { AgentThread, Fact, OpenThread, StartTurn } from '../../ports/agent.js';
import { codexBinary } from '../../testing/codex-binary.js';
import { prepareOfflineHome } from '../../testing/offline-model/home.js';
import { findRollout } from '../rollout/find.js';
import { Records } from './record.js';
import { Tail } from './tail.js';

function start(turn: string, text: string, more: Partial<StartTurn> = {}): StartTurn {
  return { turn, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined, ...more };
}

const ENDS: readonly Fact['type'][] = ['turn.completed', 'turn.failed', 'turn.interrupted', 'ended'];

/** The facts of a turn up to its end; another one of that type when it is asked for. */
async function heard(thread: AgentThread, until: (fact: Fact) => boolean = ({ type }) => ENDS.includes(type)): Promise<Fact[]> {
  const facts: Fact[] = [];
  const iterator = thread.facts[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) return facts;
    facts.push(value);
    if (until(value)) return facts;
  }
}

async function play(
  under: CodeCliUnderTest,
  text: string,
  more: Partial<OpenThread> = {},
): Promise<{ thread: AgentThread; facts: Fact[] }> {
  const thread = await under.agent.open({ ...under.thread, ...more });
  await thread.startTurn(start('trn_1', text));
  return { thread, facts: await heard(thread) };
}

function itemsIn(facts: readonly Fact[]) {
  return facts.flatMap((fact) => (fact.type === 'item.completed' ? [fact.item] : []));
}

function answerIn(facts: readonly Fact[]): string | undefined {
  return itemsIn(facts).flatMap((item) => (item.kind === 'agentMessage' ? [item.text] : []))[0];
}

async function runningPid({ agent }: CodeCliUnderTest): Promise<number> {
  return (await agent.status())[0]?.pid ?? 0;
}

async function wordsOf(pid: number, file: 'cmdline' | 'environ'): Promise<string[]> {
  return (await readFile(`/proc/${pid}/${file}`, 'utf8')).split('\0');
}

test('the process is Codex itself with its arguments, not through a shell; tokens are in its environment and nowhere else', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const mcpServers = {
    commhub: { url: 'http://127.0.0.1:9/mcp', headers: { authorization: 'Bearer hub-t0ken-1234' }, ours: true as const },
  };
  const thread = await under.agent.open({ ...under.thread, setup: { mcpServers } });
  const begin = async (turn: string): Promise<string[]> => {
    await thread.startTurn(start(turn, under.prompts.lasting));
    const pid = await runningPid(under);
    const words = await wordsOf(pid, 'cmdline');
    const variables = await wordsOf(pid, 'environ');
    expect(variables.filter((variable) => variable.includes('hub-t0ken-1234'))).toHaveLength(1);
    expect(variables).toContain(`CODEX_HOME=${under.thread.home}`);
    expect(words.join(' ')).not.toContain('hub-t0ken-1234');
    expect(words[0]).toBe(codexBinary());
    expect(words).toContain('mcp_servers.commhub.url="http://127.0.0.1:9/mcp"');
    await thread.interrupt(turn);
    await heard(thread);
    return words;
  };
  const first = await begin('trn_1');
  const later = await begin('trn_2');
  expect(first).not.toContain('resume');
  expect(later[1]).toBe('resume');
  expect(later.slice(-4)).toEqual(['--', nativeOf(under), under.prompts.lasting, '']);
  expect(readFileSync(`${under.thread.home}/config.toml`, 'utf8')).not.toContain('hub');
}, 60_000);

test('commands, changes and plans of a turn are told with what came of them, and what it used of tokens is counted once', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const { thread, facts } = await play(under, '[[reason:hm]] [[sh:echo out; exit 3]] [[patch:a.txt=b]] [[sh!:touch /etc/x]] [[text:done]]');
  expect(itemsIn(facts)).toMatchObject([
    { kind: 'userMessage', turn: 'trn_1' },
    { kind: 'reasoning', text: 'hm' },
    { kind: 'command', command: 'echo out; exit 3', status: 'failed', exitCode: 3, output: 'out\n', cwd: under.thread.cwd },
    { kind: 'fileChange', status: 'completed', changes: [{ path: `${under.thread.cwd}/a.txt`, kind: 'add', diff: 'b\n' }] },
    { kind: 'command', command: 'touch /etc/x', status: 'declined', output: expect.stringContaining('approval policy is Never') },
    { kind: 'agentMessage', text: 'done' },
  ]);
  const begun = facts.flatMap((fact) => (fact.type === 'item.started' ? [fact.item.id] : []));
  expect(new Set(itemsIn(facts).map(({ id }) => id))).toEqual(new Set([...itemsIn(facts).map(({ id }) => id), ...begun]));
  expect(facts.at(-1)).toMatchObject({ type: 'turn.completed', usage: { totalTokens: 480 } });
  await thread.startTurn(start('trn_2', '[[text:more]]'));
  expect((await heard(thread)).at(-1)).toMatchObject({ type: 'turn.completed', turn: 'trn_2', usage: { totalTokens: 120 } });
}, 60_000);

test('a prompt is words, also where it looks like a flag or like a command of the user', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const { thread, facts } = await play(under, '!touch escaped');
  expect(answerIn(facts)).toContain('!touch escaped');
  expect(itemsIn(facts)[0]).toMatchObject({ kind: 'userMessage', text: '!touch escaped' });
  expect(existsSync(`${under.thread.cwd}/escaped`)).toBe(false);
  await thread.startTurn(start('trn_2', '--help\n"quoted" $(touch escaped) [[text:dashed]]'));
  expect(answerIn(await heard(thread))).toBe('dashed');
  expect(existsSync(`${under.thread.cwd}/escaped`)).toBe(false);
}, 60_000);

test('two conversations that begin at the same moment with the same words are two', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const threads = await Promise.all(['ses_1', 'ses_2'].map((session) => under.agent.open({ ...under.thread, session })));
  const refs = await Promise.all(threads.map((thread) => thread.startTurn(start(`trn_${thread.id}`, '[[text:same]]'))));
  expect(new Set(refs).size).toBe(2);
  expect((await Promise.all(threads.map((thread) => heard(thread)))).map(answerIn)).toEqual(['same', 'same']);
  expect(new Set(recordsOf(under).map(({ native }) => native)).size).toBe(2);
}, 60_000);

test('a picture is given as a file that is gone behind the turn', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const thread = await under.agent.open(under.thread);
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const picture = { type: 'image' as const, url: `data:image/png;base64,${pixel}` };
  await thread.startTurn(start('trn_1', 'x', { input: [picture, { type: 'text', text: '[[text:seen]]' }] }));
  expect(answerIn(await heard(thread))).toBe('seen');
  const sent = shownFor(under, '[[text:seen]]');
  expect(sent).toContain(pixel.slice(0, 40));
  await thread.startTurn(start('trn_2', '[[text:next]]'));
  expect(existsSync(under.place.join('run', 'turns', 'trn_1'))).toBe(false);
  const refused = thread.startTurn(start('trn_3', 'x', { input: [{ type: 'image', url: 'https://example.com/a.png' }] }));
  await expect(refused).rejects.toMatchObject({ code: 'unsupported' });
}, 60_000);

test('a turn that the model refuses fails with the reason', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const { facts } = await play(under, '[[http:401]]');
  expect(facts.at(-1)).toMatchObject({ type: 'turn.failed', error: { code: 'auth', message: expect.stringContaining('401') } });
}, 60_000);

test('an interrupt ends the turn, its commands and its process; the conversation goes on', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const thread = await under.agent.open(under.thread);
  await thread.startTurn(start('trn_1', '[[sh:echo $$ > pid; exec sleep 600]]'));
  await heard(thread, ({ type }) => type === 'item.started');
  const pid = await runningPid(under);
  await thread.interrupt('trn_1');
  await thread.interrupt('trn_1');
  const facts = await heard(thread);
  expect(facts.at(-1)).toEqual({ type: 'turn.interrupted', turn: 'trn_1' });
  expect(itemsIn(facts)).toMatchObject([{ kind: 'command', status: 'failed' }]);
  // Codex has ended it itself, and so the model knows of it.
  expect(rolloutOf(under)).toContain('"type":"turn_aborted"');
  await thread.startTurn(start('trn_2', '[[text:on]]'));
  const rows = (await processTable.list()).filter((row) => !row.zombie && [row.pid, row.session, row.parent].includes(pid));
  expect(rows).toEqual([]);
  expect(answerIn(await heard(thread))).toBe('on');
}, 60_000);

test('a turn that is told to stop before it began is refused, and nothing of it is left', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const thread = await under.agent.open(under.thread);
  const starting = thread.startTurn(start('trn_1', under.prompts.lasting));
  await thread.interrupt('trn_1');
  await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
  await thread.startTurn(start('trn_2', '[[text:on]]'));
  expect(answerIn(await heard(thread))).toBe('on');
}, 60_000);

test('what a project brings along does not count where nobody has trusted it, and nothing is written down about trust', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  mkdirSync(`${under.thread.cwd}/.codex`);
  writeFileSync(`${under.thread.cwd}/.codex/config.toml`, 'developer_instructions = "theirs-and-not-ours"\n');
  const { facts } = await play(under, '[[text:hi]]', { permissions: {} });
  expect(answerIn(facts)).toBe('hi');
  expect(shownFor(under, '[[text:hi]]')).not.toContain('theirs-and-not-ours');
  expect(rolloutOf(under)).toContain('"sandbox_policy":{"type":"read-only"');
  const config = readFileSync(`${under.thread.home}/config.toml`, 'utf8');
  expect(config).not.toMatch(/trust|model_migrations|availability/);
}, 60_000);

test("without the user's configuration the conversation knows nothing of it, and lies where the home has its conversations", async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const { thread } = under;
  const config = readFileSync(`${thread.home}/config.toml`, 'utf8');
  writeFileSync(`${thread.home}/config.toml`, `developer_instructions = "of-the-user"\n${config}`);
  const first = await play(under, '[[text:with]]');
  expect(shownFor(under, '[[text:with]]')).toContain('of-the-user');
  await first.thread[Symbol.asyncDispose]();
  const setup = { gateway: { url: under.model.url, token: 'g4te-token' } };
  const options = { useUserConfig: false, config: { model: 'gpt-5.5' } };
  const { facts } = await play(under, '[[text:without]]', { options, setup, session: 'ses_2' });
  expect(answerIn(facts)).toBe('without');
  expect(shownFor(under, '[[text:without]]')).not.toContain('of-the-user');
  expect(recordsOf(under).every(({ native }) => native !== undefined && findRollout(thread.home, native) !== undefined)).toBe(true);
}, 60_000);

test('a person has the conversation open: nothing is written to it until they are gone, and what they said is not ours', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const more = '[notice.model_migrations]\n"gpt-5.5" = "gpt-6-sol"\n[tui]\nshow_tooltips = false';
  await prepareOfflineHome(under.thread.home, under.model, { trust: [under.thread.cwd], more });
  const { thread } = await play(under, '[[text:ours]]');
  const { command, args, env, cwd } = await under.agent.terminal(under.thread, thread.id);
  const person = await startInTerminal({
    ...{ command, args: [...args, '[[text:theirs]]'], env, cwd, columns: 120, rows: 40 },
    onOutput: (text, type) => {
      if (text.includes('\u001b[6n')) type('\u001b[1;1R');
      if (text.includes('\u001b[c')) type('\u001b[?1;2c');
    },
  });
  await isWritten(under, '"text":"theirs"');
  await expect(thread.startTurn(start('trn_2', '[[text:no]]'))).rejects.toMatchObject({
    code: 'conflict',
    details: { pid: person.pid },
  });
  await person.stop();
  await thread.startTurn(start('trn_3', '[[text:ours again]]'));
  const facts = await heard(thread);
  expect(answerIn(facts)).toBe('ours again');
  expect(JSON.stringify(facts)).not.toContain('theirs');
  await expect(under.agent.terminal(under.thread, thread.id)).resolves.toMatchObject({ command: codexBinary() });
}, 60_000);

test('no command for a terminal is given out while a turn runs', async () => {
  await using under = await codeCliUnderTest(codexBinary());
  const thread = await under.agent.open(under.thread);
  await thread.startTurn(start('trn_1', under.prompts.lasting));
  await expect(under.agent.terminal(under.thread, thread.id)).rejects.toMatchObject({ code: 'conflict' });
}, 60_000);

/** What the model was shown with a prompt; newer versions of Codex ask it for a title of the conversation too. */
function shownFor({ model }: CodeCliUnderTest, prompt: string): string {
  const found = model.requests.filter((one) => one.prompt.endsWith(prompt) && !one.prompt.startsWith('Generate'));
  expect(found).not.toEqual([]);
  return JSON.stringify(found.map(({ body }) => body));
}

function recordsOf({ place }: CodeCliUnderTest) {
  return new Records(place.join('data', 'conversations')).all();
}

function nativeOf(under: CodeCliUnderTest): string {
  return recordsOf(under)[0]?.native ?? '';
}

function rolloutOf(under: CodeCliUnderTest): string {
  return readFileSync(findRollout(under.thread.home, nativeOf(under)) ?? '', 'utf8');
}

/** Resolves when the conversation's rollout has a line with this text. */
async function isWritten(under: CodeCliUnderTest, text: string): Promise<void> {
  const file = findRollout(under.thread.home, nativeOf(under)) ?? '';
  let tail: Tail | undefined;
  await new Promise<void>((resolve, reject) => {
    const onLine = (line: string): void => {
      if (line.includes(text)) resolve();
    };
    tail = new Tail({ file, from: 0, clock: systemClock, onLine, onError: reject });
  });
  await tail?.[Symbol.asyncDispose]();
}
