import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codexBinary } from '../codex-binary.js';
import { type PlayedTurn, read, StdioCodex } from '../stdio-codex.js';
import { type TempHome, tempHome } from '../temp-home.js';
import { prepareOfflineHome } from './home.js';
import { cut, deltas, shell, stall, text, together } from './reply.js';
import { attempts, sequence } from './script.js';
import { type OfflineModel, startOfflineModel } from './server.js';

function textOf(turn: PlayedTurn): unknown[] {
  return turn.items.filter((item) => item.type === 'agentMessage').map((item) => item['text']);
}

function typesOf(turn: PlayedTurn): string[] {
  return turn.items.map((item) => item.type);
}

interface Stage extends AsyncDisposable {
  readonly home: TempHome;
  readonly work: string;
  readonly model: OfflineModel;
  readonly codex: StdioCodex;
  play(prompt: string): Promise<PlayedTurn>;
}

// An MCP server of one line, so that no file has to lie around.
const ADDER = `require('readline').createInterface({input:process.stdin}).on('line',(line)=>{
  const {id,method,params}=JSON.parse(line); if(id===undefined)return;
  const result=method==='initialize'?{protocolVersion:params.protocolVersion,capabilities:{tools:{}},serverInfo:{name:'adder',version:'1'}}
    :method==='tools/list'?{tools:[{name:'add',inputSchema:{type:'object'}}]}
    :method==='tools/call'?{content:[{type:'text',text:String(params.arguments.a+params.arguments.b)}]}:{};
  process.stdout.write(JSON.stringify({jsonrpc:'2.0',id,result})+'\\n');
})`;
const MCP = `[mcp_servers.adder]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ["-e", ${JSON.stringify(ADDER)}]`;

async function stage(name: string, options: Parameters<typeof startOfflineModel>[0] = {}): Promise<Stage> {
  const home = await tempHome();
  const work = home.join('work');
  await mkdir(work);
  const model = await startOfflineModel(options);
  const codexHome = await prepareOfflineHome(home.join('codex'), model, { model: name, trust: [work], images: true, more: MCP });
  const codex = await new StdioCodex(codexBinary(), { PATH: '/usr/bin:/bin', HOME: codexHome, CODEX_HOME: codexHome }).initialize();
  return {
    home,
    work,
    model,
    codex,
    play: async (prompt) => codex.turn(await codex.thread(work), prompt),
    async [Symbol.asyncDispose]() {
      await codex[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe.each(['gpt-5.5', 'gpt-6.1-sol'])('The real Codex with %s on the offline model', (name) => {
  let on: Stage;
  beforeAll(async () => {
    on = await stage(name);
  });
  afterAll(() => on[Symbol.asyncDispose]());

  test('echoes a prompt without directives in deltas, and finds no fault with its config', async () => {
    const turn = await on.play('good morning');
    expect(turn.status).toBe('completed');
    expect(textOf(turn)).toEqual([expect.stringContaining('You said: good morning')]);
    expect(turn.deltas.length).toBeGreaterThan(3);
    expect(turn.deltas.join('')).toBe(textOf(turn)[0]);
    const warnings = on.codex.seen.filter((message) => message.method === 'configWarning');
    // The one about bubblewrap is about the machine, not about the config.
    expect(warnings.map((message) => read(message.params, 'summary')).filter((text) => !String(text).includes('bubblewrap'))).toEqual([]);
  });

  test('gets timed deltas one by one, no faster than asked', async () => {
    const began = Date.now();
    const turn = await on.play('[[deltas:10:20]]');
    expect(turn.deltas).toEqual(['1 ', '2 ', '3 ', '4 ', '5 ', '6 ', '7 ', '8 ', '9 ', '10 ']);
    expect(Date.now() - began).toBeGreaterThanOrEqual(200);
  });

  test('runs a command and a file change one after the other, then ends the turn with a text', async () => {
    const turn = await on.play('please [[sh:echo made > a.txt && echo said]] [[patch:b.txt=one\\ntwo]]');
    expect(typesOf(turn)).toEqual(['commandExecution', 'fileChange', 'agentMessage']);
    expect(turn.items[0]).toMatchObject({ status: 'completed', exitCode: 0, aggregatedOutput: 'said\n' });
    expect(readFileSync(`${on.work}/a.txt`, 'utf8')).toBe('made\n');
    expect(readFileSync(`${on.work}/b.txt`, 'utf8')).toBe('one\ntwo\n');
    expect(textOf(turn)).toEqual(['Done.']);
    expect(on.model.requests.at(-1)?.outputs).toHaveLength(2);
  });

  test('asks before an escalated command and runs it when accepted', async () => {
    const outside = on.home.join(`outside-${name}`);
    const turn = await on.play(`[[sh!:touch ${outside}]]`);
    expect(turn.asked).toEqual(['item/commandExecution/requestApproval']);
    expect(existsSync(outside)).toBe(true);
  });

  test('calls a tool of an MCP server, and asks before', async () => {
    const turn = await on.play('[[mcp:adder.add:{"a":2,"b":3}]]');
    expect(turn.asked).toEqual(['mcpServer/elicitation/request']);
    expect(turn.items[0]).toMatchObject({ type: 'mcpToolCall', server: 'adder', tool: 'add', status: 'completed' });
    expect(turn.items[0]?.['result']).toMatchObject({ content: [{ type: 'text', text: '5' }] });
  });

  test('makes a picture where the home allows it, and Codex saves what it gets', async () => {
    const turn = await on.play('[[image:a red square]] [[text:there]]');
    const picture = turn.items.find((item) => item.type === 'imageGeneration');
    expect(readFileSync(String(picture?.['savedPath'])).subarray(1, 4).toString()).toBe('PNG');
    expect(textOf(turn)).toEqual(['there']);
  });

  test('shows reasoning before the text', async () => {
    const turn = await on.play('[[reason:let me think]] [[text:so be it]]');
    expect(typesOf(turn)).toEqual(['reasoning', 'agentMessage']);
    expect(turn.items[0]).toMatchObject({ summary: ['let me think'] });
    expect(textOf(turn)).toEqual(['so be it']);
  });
});

describe('Failures the offline model plays to the real Codex', () => {
  let on: Stage;
  beforeAll(async () => {
    on = await stage('gpt-5.5');
  });
  afterAll(() => on[Symbol.asyncDispose]());

  test('a 429 fails the turn at once', async () => {
    const turn = await on.play('[[http:429]]');
    expect(turn.status).toBe('failed');
    expect(turn.error).toMatchObject({ codexErrorInfo: { responseTooManyFailedAttempts: { httpStatusCode: 429 } } });
  });

  test('a 503 that happens once is repeated and leaves no trace in the turn', async () => {
    const turn = await on.play('[[http:503:1]] [[text:up again]]');
    expect(textOf(turn)).toEqual(['up again']);
    expect(on.model.requests.at(-1)?.attempt).toBe(2);
  });

  test('a stream cut once is retried and the turn completes with the second answer', async () => {
    const turn = await on.play('[[cut:3:1]] [[text:whole]]');
    expect(turn.retries).toBe(1);
    expect(turn.deltas).toEqual(['1 ', '2 ', '3 ', 'whole']);
    expect(textOf(turn)).toEqual(['whole']);
    expect(turn.status).toBe('completed');
  });

  test('a stream that is always cut fails the turn', async () => {
    const turn = await on.play('[[cut:1]]');
    expect([turn.status, turn.retries, textOf(turn)]).toEqual(['failed', 2, []]);
  });

  test.each([
    ['context_length_exceeded', 'contextWindowExceeded'],
    ['insufficient_quota', 'usageLimitExceeded'],
    ['server_is_overloaded', 'serverOverloaded'],
    ['rate_limit_exceeded', 'rateLimitExceeded'],
  ])('response.failed with %s fails the turn with %s', async (code, codexErrorInfo) => {
    const turn = await on.play(`[[failed:${code}]]`);
    expect(turn.status).toBe('failed');
    expect(turn.error).toMatchObject({ codexErrorInfo });
  });

  test.each(['[[stall]]', '[[stall:silent]]'])('%s hangs until the turn is interrupted', async (prompt) => {
    const arrived = on.model.request(on.model.requests.length + 1);
    const threadId = await on.codex.thread(on.work);
    const turn = await on.codex.turn(threadId, prompt, async (turnId) => {
      await arrived;
      await on.codex.call('turn/interrupt', { threadId, turnId });
    });
    expect(turn.status).toBe('interrupted');
  });
});

describe('Scripts in code', () => {
  test('several calls in one reply are one step of the turn', async () => {
    const script = sequence(together(text('both'), shell('echo one'), shell('echo two')), text('after both'));
    await using on = await stage('gpt-5.5', { script });
    const turn = await on.play('go');
    expect(typesOf(turn).filter((type) => type === 'commandExecution')).toHaveLength(2);
    expect(textOf(turn)).toEqual(['both', 'after both']);
    expect(on.model.requests.map((request) => request.step)).toEqual([0, 1]);
  });

  test('many threads share one model without mixing their turns', async () => {
    await using on = await stage('gpt-5.5', { script: sequence(attempts(cut(1), shell('echo hi')), deltas(3)) });
    const turns = await Promise.all(Array.from({ length: 6 }, (_, i) => on.play(`thread ${i}`)));
    for (const turn of turns) {
      expect(typesOf(turn)).toEqual(['commandExecution', 'agentMessage']);
      expect(textOf(turn)).toEqual(['1 2 3 ']);
    }
    expect(on.model.requests).toHaveLength(18);
  });

  test('a model that is disposed while it stalls lets go at once', async () => {
    const model = await startOfflineModel({ script: () => stall({ headers: false }) });
    const answer = expect(fetch(`${model.url}/responses`, { method: 'POST', body: '{"model":"x","input":[]}' })).rejects.toThrow();
    await model.request(1);
    const second = expect(model.request(2)).rejects.toMatchObject({ code: 'cancelled' });
    await model[Symbol.asyncDispose]();
    await Promise.all([answer, second]);
  });
});
