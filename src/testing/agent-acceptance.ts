/**
 * The proof that something is an agent: the promises of ports/agent.ts that every runtime can be asked to keep. Every runtime of
 * ours runs it, and whoever writes another one can.
 */

import { SpoolError } from '../base/errors.js';
import type { Agent, AgentThread, Fact, OpenThread, StartTurn } from '../ports/agent.js';
import type { TestRunner } from './test-runner.js';

/** An agent to try. `await using` ends it after each test. */
export interface AgentUnderTest extends AsyncDisposable {
  readonly agent: Agent;
  /** What a session opens; the suite adds what it changes. */
  readonly thread: OpenThread;
  /** Prompts that make the runtime do something known. */
  readonly prompts: {
    /** Answers with exactly this text. */
    says(text: string): string;
    /** Streams for at least ten seconds unless it is stopped. */
    readonly lasting: string;
    /** Asks a question first, and ends whatever the answer is; absent where the runtime never asks. */
    readonly asking?: string;
  };
}

type Open = () => Promise<AgentUnderTest>;
type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;

/** Registers the suite. `open` makes a new agent for each test. */
export function agentAcceptance(name: string, open: Open, runner: TestRunner): void {
  runner.describe(`${name} keeps the agent's contract`, () => {
    registerTurns(open, runner);
    registerRefusals(open, runner);
    registerQuestions(open, runner);
    registerEnds(open, runner);
    registerDeaths(open, runner);
    registerDeclared(open, runner);
  });
}

function registerTurns(open: Open, { test, expect }: TestRunner): void {
  test('a turn starts, says its text and ends, in this order and each once', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    expect([ear.thread.opened, ear.thread.unsettled]).toEqual(['started', undefined]);
    const ref = await ear.thread.startTurn(startOf('trn_1', under.prompts.says('hello')));
    await ear.until('turn.completed');
    expect(ear.of('turn.started')).toEqual([{ type: 'turn.started', turn: 'trn_1', ref }]);
    const last = ear.heard.findLast((fact) => fact.type === 'item.completed' && fact.item.kind === 'agentMessage');
    expect(last?.type === 'item.completed' && last.item.kind === 'agentMessage' ? last.item.text : undefined).toBe('hello');
    expect(new Set(ear.heard.flatMap((fact) => ('turn' in fact ? [fact.turn] : [])))).toEqual(new Set(['trn_1']));
  });

  test('one turn follows the other, and a finished one frees the thread at once', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    for (const turn of ['trn_1', 'trn_2']) {
      await ear.thread.startTurn(startOf(turn, under.prompts.says(turn)));
      expect((await ear.until('turn.completed')).turn).toBe(turn);
    }
  });

  test('two threads do not mix', async () => {
    await using under = await open();
    const { agent, thread, prompts } = under;
    const [one, two] = await Promise.all([agent.open(thread), agent.open({ ...thread, session: 'ses_2' })]);
    const ears = [new Ear(one), new Ear(two)];
    await Promise.all(ears.map((ear, i) => ear.thread.startTurn(startOf(`trn_${i}`, prompts.says(`${i}`)))));
    await Promise.all(ears.map((ear) => ear.until('turn.completed')));
    for (const [i, ear] of ears.entries()) expect(ear.of('turn.completed').map(({ turn }) => turn)).toEqual([`trn_${i}`]);
  });

  test('a conversation that is let go of is resumed by its id', async () => {
    await using under = await open();
    const first = new Ear(await under.agent.open(under.thread));
    await first.thread.startTurn(startOf('trn_1', under.prompts.says('one')));
    await first.until('turn.completed');
    await first.thread[Symbol.asyncDispose]();
    expect((await first.until('ended')).how).toBe('closed');
    const again = new Ear(await under.agent.open({ ...under.thread, resume: first.thread.id, hadTurns: true }));
    expect([again.thread.id, again.thread.opened]).toEqual([first.thread.id, 'resumed']);
    await again.thread.startTurn(startOf('trn_2', under.prompts.says('two')));
    await again.until('turn.completed');
  });
}

function registerRefusals(open: Open, { test, expect }: TestRunner): void {
  test('a second turn waits for the end of the first; a message to no turn is a conflict, to interrupt what is over is none', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    expect(await codeOf(ear.thread.steer('trn_1', startOf('trn_2', 'x')))).toBe('conflict');
    await ear.thread.startTurn(startOf('trn_1', under.prompts.lasting));
    const waiting = ear.thread.startTurn(startOf('trn_2', under.prompts.says('after')));
    await ear.until('turn.started');
    await ear.thread.interrupt('trn_1');
    expect((await ear.until('turn.interrupted')).turn).toBe('trn_1');
    await ear.thread.interrupt('trn_1');
    expect(await codeOf(ear.thread.steer('trn_1', startOf('trn_3', 'x')))).toBe('conflict');
    await waiting;
    expect((await ear.until('turn.completed')).turn).toBe('trn_2');
  });

  test('a cancelled opening rejects as cancelled', async () => {
    await using under = await open();
    const cancel = new AbortController();
    const opening = under.agent.open(under.thread, cancel.signal);
    cancel.abort();
    expect(await codeOf(opening)).toBe('cancelled');
  });
}

function registerQuestions(open: Open, { test, expect }: TestRunner): void {
  test('a question waits for its answer, is closed by it, and a second answer is ignored', async () => {
    await using under = await open();
    const { asking } = under.prompts;
    if (asking === undefined) return;
    const ear = new Ear(await under.agent.open(under.thread));
    await ear.thread.startTurn(startOf('trn_1', asking));
    const { ref, turn } = await ear.until('ask');
    expect(turn).toBe('trn_1');
    await ear.thread.answer(ref, { decision: 'decline' });
    await ear.thread.answer(ref, { decision: 'accept' });
    expect((await ear.until('ask.closed')).ref).toBe(ref);
    await ear.until('turn.completed');
    expect(ear.of('ask').length).toBe(1);
  });
}

function registerEnds(open: Open, { test, expect }: TestRunner): void {
  test('letting go of a thread in the middle of a turn ends its facts, and its turn is found again', async () => {
    await using under = await open();
    const first = new Ear(await under.agent.open(under.thread));
    const ref = await first.thread.startTurn(startOf('trn_1', under.prompts.lasting));
    await first.until('turn.started');
    await first.thread[Symbol.asyncDispose]();
    expect((await first.until('ended')).how).toBe('closed');
    expect(await first.drained()).toBe(true);
    const unsettled = { turn: 'trn_1', ref };
    const again = new Ear(await under.agent.open({ ...under.thread, resume: first.thread.id, hadTurns: true, unsettled }));
    expect(again.thread.unsettled).toBe('running');
    await again.thread.interrupt('trn_1');
    await again.until('turn.interrupted');
  });

  test('disposing the agent ends all threads, stops its processes, and may be done twice', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    await ear.thread.startTurn(startOf('trn_1', under.prompts.lasting));
    await ear.until('turn.started');
    expect((await under.agent.status()).length).toBe(under.agent.capabilities.program === null ? 0 : 1);
    await Promise.all([under.agent[Symbol.asyncDispose](), under.agent[Symbol.asyncDispose]()]);
    expect((await ear.until('ended')).how).toBe('closed');
    expect((await under.agent.status()).length).toBe(0);
    expect(await codeOf(under.agent.open(under.thread))).toBe('unavailable');
  });
}

function registerDeaths(open: Open, { test, expect }: TestRunner): void {
  test('a process that is killed in the middle of a turn is told, and the conversation goes on in another one', async () => {
    await using under = await open();
    const { agent, thread, prompts } = under;
    const first = new Ear(await agent.open(thread));
    const ref = await first.thread.startTurn(startOf('trn_1', prompts.lasting));
    await first.until('turn.started');
    const pids = (await agent.status()).flatMap(({ pid }) => (pid === null ? [] : [pid]));
    // A runtime without a program has nothing that can be killed.
    expect(pids.length > 0).toBe(agent.capabilities.program !== null);
    if (pids.length === 0) return;
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect(await first.death()).toBe('told');
    const unsettled = { turn: 'trn_1', ref };
    const again = new Ear(await agent.open({ ...thread, resume: first.thread.id, hadTurns: true, unsettled }));
    expect(again.thread.unsettled === 'ended' || again.thread.unsettled === 'unknown').toBe(true);
    await again.thread.startTurn(startOf('trn_2', prompts.says('alive')));
    expect((await again.until('turn.completed', 'trn_2')).turn).toBe('trn_2');
  });
}

/** What is declared is so, and what is not is refused. */
function registerDeclared(open: Open, { test, expect }: TestRunner): void {
  test('text comes while it is written where that is declared, and whole in any case', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    await ear.thread.startTurn(startOf('trn_1', under.prompts.says('one two three')));
    await ear.until('turn.completed');
    const messages = ear.of('item.completed').flatMap(({ item }) => (item.kind === 'agentMessage' ? [item] : []));
    expect(messages.map(({ text }) => text)).toEqual(['one two three']);
    const deltas = ear.of('item.delta').filter(({ kind, item }) => kind === 'text' && item === messages[0]?.id);
    expect(deltas.map(({ text }) => text).join('')).toBe(under.agent.capabilities.deltas ? 'one two three' : '');
  });

  test('a message is taken into the running turn where that is declared, and refused as a conflict elsewhere', async () => {
    await using under = await open();
    const ear = new Ear(await under.agent.open(under.thread));
    await ear.thread.startTurn(startOf('trn_1', under.prompts.lasting));
    await ear.until('turn.started');
    const steered = await codeOf(ear.thread.steer('trn_1', startOf('trn_2', under.prompts.says('more'))));
    expect(steered).toBe(under.agent.capabilities.steer ? 'no error' : 'conflict');
    await ear.thread.interrupt('trn_1');
    await ear.until('turn.interrupted');
  });

  test('a conversation that is not known is replaced and that is told, or not found where nothing may take its place', async () => {
    await using under = await open();
    const { agent, thread } = under;
    const resume = UNKNOWN;
    const replaced = await agent.open({ ...thread, resume, hadTurns: true });
    expect([replaced.opened, replaced.id === resume]).toEqual(['replaced', false]);
    if (agent.capabilities.adopt) expect(await codeOf(agent.open({ ...thread, resume, hadTurns: true, adopted: true }))).toBe('not-found');
  });

  test('a question is asked where that is declared', async () => {
    await using under = await open();
    expect(under.prompts.asking !== undefined).toBe(under.agent.capabilities.approvals);
  });
}

/** Of the form of Codex's ids, which others take as well. */
const UNKNOWN = '01990000-0000-7000-8000-000000000000';

function startOf(turn: string, text: string): StartTurn {
  return { turn, input: [{ type: 'text', text }], model: undefined, effort: undefined, outputSchema: undefined };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return SpoolError.from(error).code;
  }
}

/** Reads a thread's facts, keeping all of them. */
class Ear {
  readonly heard: Fact[] = [];
  readonly thread: AgentThread;
  readonly #facts: AsyncIterator<Fact>;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  of<T extends Fact['type']>(type: T): FactOf<T>[] {
    return this.heard.filter((fact): fact is FactOf<T> => fact.type === type);
  }

  /** The next fact of a type; rejects when the facts end without it, or the turn fails. */
  async until<T extends Fact['type']>(type: T, turn?: string): Promise<FactOf<T>> {
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) throw new SpoolError('internal', `no ${type} came, only: ${this.heard.map((fact) => fact.type).join(' ')}`);
      this.heard.push(value);
      // What became of a turn that died may still be told.
      if (turn !== undefined && 'turn' in value && value.turn !== turn) continue;
      if (value.type === type) return value as FactOf<T>;
      if (value.type === 'turn.failed') throw new SpoolError('internal', `the turn failed: ${value.error.message}`);
    }
  }

  /** Waits for the word that the process is gone: of the thread, or of the one turn where each has a process of its own. */
  async death(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) return 'nothing came';
      if (value.type === 'ended') return value.how === 'exited' ? 'told' : value.how;
      if (value.type === 'turn.failed') return value.error.code === 'runtime-exited' ? 'told' : value.error.code;
    }
  }

  /** True when nothing comes any more. */
  async drained(): Promise<boolean> {
    return (await this.#facts.next()).done === true;
  }
}
