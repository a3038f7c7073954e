/** The runtime codex-exec over a Codex binary (the installed one, or a program that plays one) and the offline model, for tests of one thing at a time. */

import { mkdir, writeFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../../src/base/clock.js';
import { SpoolError } from '../../src/base/errors.js';
import { Stack } from '../../src/base/stack.js';
import { CodexExec, type CodexExecOptions } from '../../src/codex/exec/agent.js';
import type { AgentThread, Fact, OpenThread, StartTurn } from '../../src/ports/agent.js';
import { silentLogger } from '../../src/ports/logger.js';
import { codexBinary } from '../../src/testing/codex-binary.js';
import { type OfflineConfigOptions, prepareOfflineHome } from '../../src/testing/offline-model/home.js';
import { type OfflineModel, startOfflineModel } from '../../src/testing/offline-model/server.js';
import { type TempHome, tempHome } from '../../src/testing/temp-home.js';

export interface ExecStage extends AsyncDisposable {
  readonly place: TempHome;
  readonly model: OfflineModel;
  readonly agent: CodexExec;
  readonly thread: OpenThread;
  /** Another runtime over the same folders, as behind a restart of the host. */
  again(): CodexExec;
  open(more?: Partial<OpenThread>): Promise<Talk>;
}

export interface ExecStageOptions {
  readonly binary?: string;
  readonly home?: OfflineConfigOptions;
  readonly account?: CodexExecOptions['account'];
  readonly clock?: Clock;
}

export async function execStage({
  binary = codexBinary(),
  home = {},
  account,
  clock = systemClock,
}: ExecStageOptions = {}): Promise<ExecStage> {
  const stack = new Stack();
  const place = stack.use(await tempHome());
  const cwd = place.join('work');
  await mkdir(cwd);
  const model = stack.use(await startOfflineModel());
  const again = (): CodexExec =>
    stack.use(
      new CodexExec({
        ...{ binary: () => binary, runDir: place.join('run'), bookDir: place.join('book'), clock, logger: silentLogger },
        env: { PATH: process.env['PATH'], HOME: place.path },
        ...(account === undefined ? {} : { account }),
      }),
    );
  const agent = again();
  const thread: OpenThread = {
    session: 'ses_1',
    home: await prepareOfflineHome(place.join('codex'), model, { trust: [cwd], ...home }),
    cwd,
    model: undefined,
    effort: undefined,
    permissions: { profile: ':workspace' },
    resume: undefined,
    hadTurns: false,
    unsettled: undefined,
  };
  return {
    ...{ place, model, agent, thread, again },
    open: async (more = {}) => new Talk(await agent.open({ ...thread, ...more })),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;

/** A thread whose facts are read as they are wanted. */
export class Talk {
  readonly thread: AgentThread;
  readonly #facts: AsyncIterator<Fact>;
  #turns = 0;

  constructor(thread: AgentThread) {
    this.thread = thread;
    this.#facts = thread.facts[Symbol.asyncIterator]();
  }

  start(input: string | StartTurn['input'], more: Partial<StartTurn> = {}): Promise<string> {
    this.#turns += 1;
    const items = typeof input === 'string' ? [{ type: 'text' as const, text: input }] : input;
    return this.thread.startTurn({
      ...{ turn: `trn_${this.#turns}`, input: items, model: undefined, effort: undefined, outputSchema: undefined },
      ...more,
    });
  }

  /** All facts up to the first that fits, that one included. */
  async until(fits: (fact: Fact) => boolean): Promise<Fact[]> {
    const heard: Fact[] = [];
    for (;;) {
      const { done, value } = await this.#facts.next();
      if (done === true) throw new SpoolError('internal', `it did not come, only: ${heard.map(({ type }) => type).join(' ')}`);
      heard.push(value);
      if (fits(value)) return heard;
    }
  }

  /** A turn from its start to its end. */
  async play(input: string | StartTurn['input'], more: Partial<StartTurn> = {}): Promise<Fact[]> {
    await this.start(input, more);
    return await this.until(isEnd);
  }
}

export function isEnd({ type }: Fact): boolean {
  return type === 'turn.completed' || type === 'turn.failed' || type === 'turn.interrupted' || type === 'ended';
}

export function of<T extends Fact['type']>(facts: readonly Fact[], type: T): FactOf<T>[] {
  return facts.filter((fact): fact is FactOf<T> => fact.type === type);
}

/** What the agent said, the items of these facts, one text for each message. */
export function saidIn(facts: readonly Fact[]): string[] {
  return of(facts, 'item.completed').flatMap(({ item }) => (item.kind === 'agentMessage' ? [item.text] : []));
}

/** A program in the place of Codex, for what the real one will not do; `script` is what its `exec` does, in the words of a shell. */
export async function playedCodex(place: Pick<TempHome, 'join'>, script: string, version = '0.169.0'): Promise<string> {
  const path = place.join('codex-played');
  await writeFile(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo "codex-cli ${version}"; exit 0; fi\n${script}\n`, { mode: 0o700 });
  return path;
}
