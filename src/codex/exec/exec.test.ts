import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execStage, of, saidIn } from '../../../test/support/exec-stage.js';
import { SpoolError } from '../../base/errors.js';
import type { Item } from '../../contract/item.js';
import type { Fact } from '../../ports/agent.js';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const failure = (work: Promise<unknown>): Promise<SpoolError> =>
  work.then(
    () => new SpoolError('internal', 'nothing went wrong'),
    (error: unknown) => SpoolError.from(error),
  );

const commandIn = (facts: readonly Fact[]): Item | undefined =>
  of(facts, 'item.completed')
    .map(({ item }) => item)
    .find(({ kind }) => kind === 'command');

test('what Codex does in a turn comes out as items, with ids of the turn', async () => {
  await using on = await execStage();
  const talk = await on.open();
  const facts = await talk.play('[[reason:hmm]] [[text:first]] [[sh:echo hi; exit 3]] [[patch:a.txt=one]] [[text:last]]');
  expect(of(facts, 'item.completed').map(({ item }) => item)).toEqual([
    { id: 'trn_1.item_0', kind: 'reasoning', text: 'hmm' },
    { id: 'trn_1.message_0', kind: 'agentMessage', text: 'first' },
    expect.objectContaining({ id: 'trn_1.item_2', kind: 'command', status: 'failed', exitCode: 3, output: 'hi\n' }),
    expect.objectContaining({ kind: 'fileChange', status: 'completed', changes: [{ path: join(on.thread.cwd, 'a.txt'), kind: 'add' }] }),
    { id: 'trn_1.message_1', kind: 'agentMessage', text: 'last' },
  ]);
  const started = of(facts, 'item.started').map(({ item }) => item);
  expect(started.map(({ id }) => id)).toEqual(['trn_1.item_2', 'trn_1.item_3']);
  expect(started[0]).toMatchObject({ kind: 'command', status: 'inProgress' });
  expect(started[0]).not.toHaveProperty('output');
  const second = await talk.play('[[sh:echo again]]');
  expect(of(second, 'item.completed').map(({ item }) => item.id)).toEqual(['trn_2.item_0', 'trn_2.message_0']);
});

test('the second turn goes on with the conversation of the first, is given its own input only, and counts its own tokens', async () => {
  await using on = await execStage();
  const talk = await on.open();
  const first = await talk.play('remember the word amber [[text:noted]]');
  const second = await talk.play('which word was it? [[sh:true]] [[text:amber]]');
  const asked = JSON.stringify(on.model.requests.at(-1)?.body.input);
  expect(asked).toContain('remember the word amber');
  expect(asked).toContain('noted');
  expect(asked.split('remember the word amber')).toHaveLength(2);
  const one = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20, reasoningTokens: 0, totalTokens: 120 };
  const two = { ...one, inputTokens: 200, outputTokens: 40, totalTokens: 240 };
  const three = { ...one, inputTokens: 300, outputTokens: 60, totalTokens: 360 };
  expect(of(first, 'usage')).toMatchObject([{ turn: 'trn_1', total: one, last: one, contextWindow: 258_400 }]);
  expect(of(second, 'usage')).toMatchObject([{ turn: 'trn_2', total: three, last: two }]);
  expect(second.at(-1)).toEqual({ type: 'turn.completed', turn: 'trn_2', usage: two });
});

test.each([
  ['that begins with a dash', '--help [[text:seen]]'],
  ['that is a dash', '-'],
  ['that names a command', 'resume --last'],
  ['with blanks around it', '  spaced [[text:seen]] \n\n'],
  ['of blanks', ' \n '],
  ['with a NUL', 'a\0b [[text:seen]]'],
  ['that is longer than an argument may be', `${'y'.repeat(200_000)} [[text:seen]]`],
])('a prompt %s is said as it is, in the first turn and in the next', async (_what, prompt) => {
  await using on = await execStage();
  const talk = await on.open();
  for (const _turn of [1, 2]) {
    await talk.play(prompt);
    expect(on.model.requests.at(-1)?.prompt).toBe(prompt);
  }
});

test('pictures are handed over as files: those that are some, also with a comma, and those in a data URL; others are refused', async () => {
  await using on = await execStage();
  const file = on.place.join('one, two.png');
  writeFileSync(file, Buffer.from(PIXEL, 'base64'));
  const talk = await on.open();
  const shown = (): number =>
    JSON.stringify(on.model.requests.at(-1)?.body.input.at(-1)).split(`data:image/png;base64,${PIXEL}`).length - 1;
  await talk.play([
    { type: 'text', text: 'look' },
    { type: 'localImage', path: file },
    { type: 'image', url: `data:image/png;base64,${PIXEL}` },
  ]);
  expect(shown()).toBe(2);
  await talk.play([{ type: 'localImage', path: file }]);
  expect(shown()).toBe(1);
  expect((await failure(talk.start([{ type: 'image', url: 'https://example.com/a.png' }]))).code).toBe('unsupported');
  expect((await failure(talk.start([{ type: 'localImage', path: on.place.join('none.png') }]))).code).toBe('invalid-input');
});

test('an answer is held to a schema, in later turns too, and no file of a turn stays', async () => {
  await using on = await execStage();
  const talk = await on.open();
  const outputSchema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
  for (const turn of [1, 2]) {
    await talk.start('[[deltas:400:50]]', { outputSchema });
    const request = await on.model.request(turn);
    expect(request.body['text']).toMatchObject({ format: { type: 'json_schema', schema: outputSchema } });
    const [folder = ''] = readdirSync(on.place.join('run'));
    expect(readdirSync(on.place.join('run', folder)).toSorted()).toEqual(['process.json', 'schema.json']);
    expect(statSync(on.place.join('run', folder)).mode & 0o777).toBe(0o700);
    expect(statSync(on.place.join('run', folder, 'schema.json')).mode & 0o777).toBe(0o600);
    await talk.thread.interrupt(`trn_${turn}`);
    await talk.until(({ type }) => type === 'turn.interrupted');
  }
  expect(readdirSync(on.place.join('run'))).toEqual([]);
});

test('model and effort are those of the turn, else of the conversation, whatever the turn before had', async () => {
  await using on = await execStage();
  const talk = await on.open({ model: 'gpt-5.4', effort: 'low' });
  const asked = (): unknown[] => [on.model.requests.at(-1)?.body.model, on.model.requests.at(-1)?.body['reasoning']];
  await talk.play('a');
  expect(asked()).toEqual(['gpt-5.4', expect.objectContaining({ effort: 'low' })]);
  await talk.play('b', { model: 'gpt-5.5', effort: 'high' });
  expect(asked()).toEqual(['gpt-5.5', expect.objectContaining({ effort: 'high' })]);
  await talk.play('c', { effort: null });
  expect(asked()).toEqual(['gpt-5.4', expect.not.objectContaining({ effort: expect.anything() })]);
  expect((await failure(talk.start('d', { serviceTier: 'fast' }))).code).toBe('unsupported');
});

test('where models are listed, they are offered under their names, and others are refused', async () => {
  await using on = await execStage();
  const options = { models: { codex: '', fast: 'gpt-5.4' } };
  expect(await on.agent.models(on.thread.home, options)).toMatchObject([
    { id: 'codex', default: true },
    { id: 'fast', description: 'gpt-5.4', default: false },
  ]);
  expect(await on.agent.models(on.thread.home)).toEqual([]);
  const refused = await failure(on.open({ options, model: 'gpt-5.4' }));
  expect([refused.code, refused.hint]).toEqual(['invalid-input', 'use one of codex, fast']);
  const talk = await on.open({ options, model: 'fast' });
  await talk.play('a');
  expect(on.model.requests.at(-1)?.body.model).toBe('gpt-5.4');
  await talk.play('b', { model: 'codex' });
  expect(on.model.requests.at(-1)?.body.model).toBe('gpt-5.5');
  expect((await failure(talk.start('c', { model: 'toString' }))).code).toBe('invalid-input');
});

test('what is not allowed is refused to the agent, and nobody is asked', async () => {
  await using on = await execStage({ home: { more: 'approval_policy = "untrusted"' } });
  const talk = await on.open({ permissions: { profile: ':read-only', approvalPolicy: 'on-request' } });
  const facts = await talk.play(`[[sh:echo x > made.txt; echo tried]] [[sh!:touch ${on.place.join('outside')}]] [[text:done]]`);
  expect(of(facts, 'ask')).toEqual([]);
  expect(saidIn(facts)).toEqual(['done']);
  expect(readdirSync(on.thread.cwd)).toEqual([]);
  expect(readdirSync(on.place.path)).not.toContain('outside');
});

test('what is hidden from the agent cannot be read by its commands, and a folder that is given to it can be written', async () => {
  await using on = await execStage();
  const hidden = on.place.join('vault');
  mkdirSync(hidden);
  writeFileSync(join(hidden, 'key'), 'k3y');
  const given = mkdtempSync('/var/tmp/spool-exec-');
  try {
    const talk = await on.open({ setup: { unreadable: [hidden], writableRoots: [given] } });
    for (const _turn of [1, 2]) {
      const facts = await talk.play(`[[sh:cat ${hidden}/key; touch ${given}/made && rm ${given}/made && echo could]]`);
      expect(commandIn(facts)).toMatchObject({ output: expect.stringMatching(/could\n$/) });
      expect(JSON.stringify(facts)).not.toContain('k3y');
    }
  } finally {
    rmSync(given, { recursive: true });
  }
});

test('no secret stands on the command line: tokens lie in the environment, where the commands of the agent do not see them', async () => {
  await using on = await execStage();
  const setup = {
    gateway: { url: on.model.url, token: 'gate-s3cret' },
    mcpServers: { hub: { url: 'http://127.0.0.1:9/mcp', headers: { authorization: 'Bearer hub-s3cret' }, ours: true as const } },
    env: { GREETING: 'hello' },
  };
  const talk = await on.open({ setup, permissions: { profile: ':danger-full-access' } });
  await talk.start('[[sh:env | grep -e SPOOL -e GREETING; sleep 60]]');
  await talk.until(({ type }) => type === 'item.started');
  const pid = (await on.agent.status())[0]?.pid;
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  expect(read('cmdline')).toContain('mcp_servers.hub.url');
  expect(read('cmdline')).not.toContain('s3cret');
  expect(read('environ')).toContain('gate-s3cret');
  expect(read('environ')).toContain('hub-s3cret');
  expect(on.model.requests.at(-1)?.headers.authorization).toBe('Bearer gate-s3cret');
  await talk.thread.interrupt('trn_1');
  await talk.until(({ type }) => type === 'turn.interrupted');
  const seen = await talk.play('[[sh:env | grep -e SPOOL -e GREETING]]');
  expect(commandIn(seen)).toMatchObject({ output: 'GREETING=hello\n' });
});

test("tools of a server are called, and the host's own are told whose session it is", async () => {
  await using on = await execStage();
  const adder = `require('readline').createInterface({input:process.stdin}).on('line',(line)=>{
    const {id,method,params}=JSON.parse(line); if(id===undefined)return;
    const result=method==='initialize'?{protocolVersion:params.protocolVersion,capabilities:{tools:{}},serverInfo:{name:'adder',version:'1'}}
      :method==='tools/list'?{tools:[{name:'add',inputSchema:{type:'object'}}]}
      :method==='tools/call'?{content:[{type:'text',text:String(params.arguments.a+params.arguments.b)}]}:{};
    process.stdout.write(JSON.stringify({jsonrpc:'2.0',id,result})+'\\n'); })`;
  const mcpServers = { adder: { command: process.execPath, args: ['-e', adder], ours: true as const } };
  const talk = await on.open({ setup: { mcpServers } });
  const facts = await talk.play('[[mcp:adder.add:{"a":2,"b":3}]] [[text:there]]');
  expect(of(facts, 'item.completed')[0]?.item).toMatchObject({
    ...{ kind: 'toolCall', server: 'adder', tool: 'add', status: 'completed', arguments: { a: 2, b: 3 } },
    result: { content: [{ type: 'text', text: '5' }] },
  });
});

test("without the user's configuration only what Spool says counts", async () => {
  await using on = await execStage({ home: { model: 'gpt-5.4' } });
  const setup = { gateway: { url: on.model.url, token: 'gate' } };
  await (await on.open({ setup })).play('a');
  expect(on.model.requests.at(-1)?.body.model).toBe('gpt-5.4');
  const bare = await on.open({ setup, options: { useUserConfig: false, config: { model: 'gpt-5.5' } } });
  for (const _turn of [1, 2]) {
    await bare.play('b');
    expect(on.model.requests.at(-1)?.body.model).toBe('gpt-5.5');
    expect(on.model.requests.at(-1)?.headers.authorization).toBe('Bearer gate');
  }
});

test('arguments of the agent stand behind ours, in every turn', async () => {
  await using on = await execStage();
  const outside = '/var/tmp';
  const talk = await on.open({ options: { extraArgs: ['--add-dir', outside] } });
  const mark = `${outside}/spool-${on.place.path.split('-').at(-1)}`;
  for (const _turn of [1, 2]) {
    const facts = await talk.play(`[[sh:touch ${mark} && rm ${mark} && echo could]]`);
    expect(commandIn(facts)).toMatchObject({ output: 'could\n' });
  }
});

test('a turn works in the folder of its session', async () => {
  await using on = await execStage();
  const cwd = on.place.join('elsewhere');
  mkdirSync(cwd);
  const facts = await (await on.open({ cwd })).play('[[sh:pwd]]');
  expect(commandIn(facts)).toMatchObject({ output: `${cwd}\n` });
  const gone = await on.open({ cwd: on.place.join('gone') });
  expect((await failure(gone.start('x'))).code).toBe('invalid-input');
});

test.each([
  ['[[http:429]]', { code: 'quota', retryable: true }],
  ['[[failed:insufficient_quota]]', { code: 'quota', retryable: false }],
  ['[[http:401]]', { code: 'auth', retryable: false }],
])('%s fails the turn with its reason, once', async (prompt, error) => {
  await using on = await execStage();
  const talk = await on.open();
  const facts = await talk.play(prompt);
  expect(facts.at(-1)).toMatchObject({ type: 'turn.failed', turn: 'trn_1', error });
  expect(of(facts, 'warning')).toEqual([]);
  expect(saidIn(await talk.play('[[text:well again]]'))).toEqual(['well again']);
});

test('a connection that breaks is told while Codex tries again', async () => {
  await using on = await execStage();
  const facts = await (await on.open()).play('[[cut:1:1]] [[text:whole]]');
  expect(of(facts, 'turn.retrying')).toMatchObject([{ message: expect.stringMatching(/^Reconnecting/) }]);
  expect(saidIn(facts)).toEqual(['whole']);
});

test('what Codex finds worth a warning is one', async () => {
  await using on = await execStage();
  const facts = await (await on.open({ model: 'no-such-model' })).play('[[text:x]]');
  expect(of(facts, 'warning')).toMatchObject([{ message: expect.stringContaining('no-such-model') }]);
});
