/** The program with tools (fixtures/tool-host.mjs) over a story's world. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '../../src/client/index.js';
import type { World } from '../stories/rig.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/tool-host.mjs', import.meta.url));

export interface ToolHost extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly client: Client;
  /** Resolves when the program has said this, from now on. */
  says(line: string): Promise<void>;
  /** Has the tool `late` offered, or withdrawn. */
  toggleLate(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** `port`: 0 for any free one. Disposing it kills it; its Codex is the world's to stop. */
export async function startToolHost({ env }: World, port = 0): Promise<ToolHost> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    env: { ...env, PORT: String(port) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [ready] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])])) as [string];
  if (ready === '') throw new Error('the program did not start');
  const { url, token } = JSON.parse(ready) as { url: string; token: string };
  const said = (fits: (line: string) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (line: string): void => {
        if (!fits(line)) return;
        lines.off('line', look);
        resolve();
      };
      lines.on('line', look);
    });
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    ...{ url, token, kill },
    client: connect({ url, token }),
    says: (line) => said((one) => one === line),
    async toggleLate() {
      const done = said((line) => line === 'offered' || line === 'withdrawn');
      child.stdin?.write('\n');
      await done;
    },
    [Symbol.asyncDispose]: () => kill('SIGKILL'),
  };
}
