/** A real host (the built `spool serve`), the real Codex binary and the offline model, in a folder that is gone at the end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stopPid } from '../../src/base/process.js';
import { type Client, connect } from '../../src/client/index.js';
import type { Event } from '../../src/contract/events.js';
import { type OfflineModel, prepareOfflineHome, type Script, startOfflineModel, type TempHome, tempHome } from '../../src/testing/index.js';

export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Served {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
  readonly client: Client;
  readonly process: ChildProcess;
  /** Sends the signal and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface World extends AsyncDisposable {
  readonly home: TempHome;
  readonly model: OfflineModel;
  /** Where sessions work. */
  readonly work: string;
  readonly env: NodeJS.ProcessEnv;
  /** Starts a host on this world's home. */
  serve(...flags: string[]): Promise<Served>;
}

/** `script`: what the model answers; directives in the prompts unless given. */
export async function world({ script }: { readonly script?: Script } = {}): Promise<World> {
  const home = await tempHome();
  const model = await startOfflineModel(script === undefined ? {} : { script });
  const work = home.join('work');
  await mkdir(work);
  await prepareOfflineHome(home.join('codex'), model);
  // Codex runs commands in a login shell: a home without a profile makes it the same shell on every machine.
  const env = { ...process.env, HOME: home.path, SPOOL_HOME: home.join('spool'), CODEX_HOME: home.join('codex'), SPOOL_LOG: 'info' };
  const hosts: Served[] = [];
  return {
    home,
    model,
    work,
    env,
    async serve(...flags) {
      const served = await serve(env, flags);
      hosts.push(served);
      return served;
    },
    async [Symbol.asyncDispose]() {
      for (const host of hosts) await host.kill('SIGKILL');
      for (const place of ['codex', 'codex-remote']) await stopChildren(home.join('spool', 'run', place));
      await model[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function serve(env: NodeJS.ProcessEnv, flags: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [CLI, 'serve', '--json', '--port', '0', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [undefined])])) as [string | undefined];
  if (line === undefined) throw new Error(`the host did not start: ${errors.join('')}`);
  const { url, pid, tokenFile } = JSON.parse(line) as { url: string; pid: number; tokenFile: string };
  const token = readFileSync(tokenFile, 'utf8').trim();
  return {
    url,
    pid,
    token,
    client: connect({ url, token }),
    process: child,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

/** The first event of a session that fits, waiting for it if need be. */
export async function eventOf<E extends Event>(client: Client, session: string, fits: (event: Event) => event is E): Promise<E>;
export async function eventOf(client: Client, session: string, fits: (event: Event) => boolean): Promise<Event>;
export async function eventOf(client: Client, session: string, fits: (event: Event) => boolean): Promise<Event> {
  const done = new AbortController();
  try {
    for await (const event of client.follow(session, { signal: done.signal })) if (fits(event)) return event;
  } finally {
    done.abort();
  }
  throw new Error('the stream ended before the event came');
}

/** The raw bytes of a session's event stream from position `after` on, until the event at `last` has come. */
export async function rawEvents(host: Served, session: string, after: number, last: number): Promise<Map<number, string>> {
  const done = new AbortController();
  const response = await fetch(`${host.url}/v1/sessions/${session}/events?after=${after}`, {
    headers: { authorization: `Bearer ${host.token}`, accept: 'text/event-stream' },
    signal: done.signal,
  });
  const frames = new Map<number, string>();
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id !== undefined) frames.set(Number(id), frame);
    }
    if (frames.has(last)) break;
  }
  done.abort();
  return frames;
}

/** Ends Codex processes that a killed host has left for the next one. */
async function stopChildren(runDir: string): Promise<void> {
  for (const state of await childStates(runDir)) await stopPid(state.pid, state.processStart);
}

/** What the Codex processes of a world say of themselves. */
export async function childStates(runDir: string): Promise<{ pid: number; processStart: string }[]> {
  const names = await readdir(runDir).catch(() => []);
  const states = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => readFile(join(runDir, name), 'utf8')));
  return states.map((text) => JSON.parse(text) as { pid: number; processStart: string });
}

/** Resolves when Codex has written down, in its own history of the thread, that a turn has ended. */
export async function turnIsInRollout(codexHome: string, threadId: string): Promise<void> {
  const stop = new AbortController();
  // Watched before the first look, so that an end between look and watch is not missed.
  const changes = watch(codexHome, { recursive: true, signal: stop.signal });
  try {
    if (await hasEnded(codexHome, threadId)) return;
    for await (const _ of changes) if (await hasEnded(codexHome, threadId)) return;
  } finally {
    stop.abort();
  }
}

async function hasEnded(codexHome: string, threadId: string): Promise<boolean> {
  const names = await readdir(join(codexHome, 'sessions'), { recursive: true }).catch(() => []);
  const name = names.find((one) => one.endsWith(`${threadId}.jsonl`));
  return name !== undefined && (await readFile(join(codexHome, 'sessions', name), 'utf8')).includes('"task_complete"');
}
