/** A real browser, headless, spoken to over its debugging socket: open a page, run a script in it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { tempHome } from '../../src/testing/index.js';

const NAMES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser extends AsyncDisposable {
  /** Opens the URL and runs `script` (an expression that may be a promise) in the page; resolves with its JSON value. */
  run(url: string, script: string): Promise<unknown>;
}

export async function startChromium(): Promise<Browser> {
  const profile = await tempHome();
  const flags = ['--headless=new', '--no-sandbox', ...QUIET, '--remote-debugging-port=0', `--user-data-dir=${profile.path}`, 'about:blank'];
  const child = spawn(executable(), flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let endpoint: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    endpoint = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
    if (endpoint !== undefined) break;
  }
  if (endpoint === undefined) throw new Error('chromium did not start');
  child.stderr.resume();
  const { origin } = new URL(endpoint.replace('ws:', 'http:'));
  return {
    run: (url, script) => runInPage(origin, url, script),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await profile[Symbol.asyncDispose]();
    },
  };
}

function executable(): string {
  const found = NAMES.find((name) => {
    try {
      accessSync(name, constants.X_OK);
      return true;
    } catch {
      // Not this one.
      return false;
    }
  });
  if (found === undefined) throw new Error(`this test needs chromium: apt-get install chromium (looked for ${NAMES.join(', ')})`);
  return found;
}

interface Evaluated {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: {
    readonly result: { readonly value: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

async function runInPage(origin: string, url: string, script: string): Promise<unknown> {
  const opened = await fetch(`${origin}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
  const { webSocketDebuggerUrl } = (await opened.json()) as { webSocketDebuggerUrl: string };
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, 'open');
  // A page that has just been asked for may still be the empty one, whose scripts belong to no origin.
  const whenThere = `(async () => { while (location.href === 'about:blank' || document.readyState !== 'complete') await new Promise(requestAnimationFrame); return await (${script}); })()`;
  const params = { expression: whenThere, awaitPromise: true, returnByValue: true };
  const evaluate = (): void => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
  evaluate();
  try {
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      const message = JSON.parse(String(data)) as Evaluated;
      if (message.id !== 1) continue;
      // The empty page went away under the script, as it should.
      if (message.error !== undefined) {
        evaluate();
        continue;
      }
      if (message.result?.exceptionDetails !== undefined)
        throw new Error(message.result.exceptionDetails.exception?.description ?? 'the script failed');
      return message.result?.result.value;
    }
  } finally {
    socket.close();
  }
}
