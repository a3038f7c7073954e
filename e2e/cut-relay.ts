/**
 * Stands in for `codex` and is it, but for the line to it: where Codex is to listen on a loopback port this relays to it, and on SIGUSR2 tears
 * every connection. Arguments: the real executable, then its own.
 */

import { spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const [codex = '', ...args] = process.argv.slice(2);
const listens = args.includes('ws://127.0.0.1:0');
const child = spawn(codex, args, { stdio: ['inherit', 'inherit', listens ? 'pipe' : 'inherit'] });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));

const lines = new Set<Socket>();
process.on('SIGUSR2', () => {
  for (const line of lines) line.destroy();
});

let said = '';
let relaying = false;
child.stderr?.setEncoding('utf8').on('data', (text: string) => {
  said += text;
  const port = /ws:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
  if (relaying || port === undefined || !said.endsWith('\n')) return;
  relaying = true;
  relay(Number(port), (ours) => process.stderr.write(said.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${ours}`)));
});

function relay(port: number, ready: (ours: number) => void): void {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      lines.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        lines.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port));
}
