/** Agents of the runtime mock, as a program that is built on Spool tries itself with: no Codex, no model, no network. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Event } from '../../src/contract/events.js';
import { type OpenHost, OWNER, openHost } from '../../src/index.js';
import { type TempHome, tempHome } from '../../src/testing/index.js';
import { spool, startSpool } from '../support/spool.js';

/** A home in which no Codex can be found, so that nothing can secretly be done by one. */
function bare(home: TempHome): Record<string, string> {
  return { HOME: home.path, SPOOL_HOME: home.join('spool'), SPOOL_CODEX_BIN: home.join('no-codex'), PATH: '' };
}

/** Events of a session from the first on, until one that fits. */
async function until(host: OpenHost, session: string, fits: (event: Event) => boolean): Promise<Event[]> {
  const events: Event[] = [];
  const done = new AbortController();
  for await (const record of host.follow({ session, after: 0, signal: done.signal }, OWNER)) {
    for (const { body } of record.events) {
      const event = JSON.parse(body) as Event;
      events.push(event);
      if (fits(event)) return events;
    }
  }
  throw new Error(`it did not come: ${JSON.stringify(events)}`);
}

async function turn(host: OpenHost, session: string, input: string): Promise<string | null> {
  const asked = await host.requestTurn(session, { input }, OWNER);
  await until(host, session, ({ type, turn: of }) => of === asked.turn.id && /^turn\.(completed|failed|interrupted)$/.test(type));
  const { status, finalText, error } = await host.turn(session, asked.turn.id, OWNER);
  expect([status, error]).toEqual(['completed', null]);
  return finalText;
}

test('a program tries itself with a scripted agent: questions, files, a restart, a copy', async () => {
  await using home = await tempHome();
  const work = home.join('work');
  mkdirSync(work);
  const script = home.join('script.json');
  writeFileSync(
    script,
    JSON.stringify([
      { when: { matches: '^remember (?<what>.+)$' }, do: [{ say: 'noted: {{what}}' }] },
      { when: 'deploy', do: [{ ask: { command: { command: 'make deploy', output: 'deployed' }, accept: [{ say: 'deployed' }] } }] },
      { when: 'write', do: [{ fileChange: { path: 'notes.md', content: '{{previous}}\n' } }, { say: 'written' }] },
      { do: [{ say: 'you said: {{previous}}' }] },
    ]),
  );
  const options = { env: bare(home), keepRunningTurns: false };
  let session: string;
  {
    await using host = await openHost(options);
    await host.createAgent({ alias: 'm', runtime: 'mock', cwd: work, runtimeOptions: { script } }, OWNER);
    session = (await host.open({ agent: 'm' })).id;
    expect(await turn(host, session, 'remember the heron')).toBe('noted: the heron');
    const deploying = turn(host, session, 'deploy');
    await until(host, session, ({ type }) => type === 'approval.asked');
    const [approval = ''] = (await host.session(session, OWNER)).pendingApprovals;
    await host.answerApproval(approval, { decision: 'accept' }, OWNER);
    expect(await deploying).toBe('deployed');
  }
  await using host = await openHost(options);
  expect(await turn(host, session, 'write')).toBe('written');
  expect(readFileSync(home.join('work', 'notes.md'), 'utf8')).toBe('deploy\n');
  const copy = await host.forkSession(session, {}, OWNER);
  expect(await turn(host, copy.id, 'what did I say?')).toBe('you said: write');
  expect((await host.status()).runtimes).toEqual([]);
});

test('a script that is wrong fails the turn, and says which step it is', async () => {
  await using home = await tempHome();
  await using host = await openHost({ env: bare(home), keepRunningTurns: false, logLevel: 'silent' });
  await host.createAgent({ alias: 'm', runtime: 'mock', cwd: home.path, runtimeOptions: { script: [{ sya: 'hi' }] } }, OWNER);
  const { id } = await host.open({ agent: 'm' });
  await host.requestTurn(id, { input: 'hi' }, OWNER);
  const failed = (await until(host, id, ({ type }) => type === 'turn.failed')).at(-1);
  expect(JSON.stringify(failed)).toMatch(/\[0\].*which names the step: say.*this one has sya.*docs\/runtimes\/mock\.md/);
});

test('what a mock cannot do is refused before it is begun', async () => {
  await using home = await tempHome();
  await using host = await openHost({ env: bare(home), keepRunningTurns: false, logLevel: 'silent' });
  const agent = { alias: 'm', runtime: 'mock' as const, cwd: home.path };
  await expect(host.createAgent({ ...agent, mcpServers: { docs: { command: 'docs' } } }, OWNER)).rejects.toMatchObject({
    code: 'unsupported',
  });
  await expect(host.createAgent({ ...agent, runtimeOptions: { extraArgs: ['-x'] } }, OWNER)).rejects.toThrow(/no option .*extraArgs/);
  await host.createAgent(agent, OWNER);
  const { id } = await host.open({ agent: 'm' });
  await expect(host.requestTurn(id, { input: 'hi', outputSchema: {} }, OWNER)).rejects.toMatchObject({ code: 'unsupported' });
});

test('on the command line it says back what it is told, and no process is started for it', async () => {
  await using home = await tempHome();
  const env = bare(home);
  const served = startSpool(['serve', '--port', '0', '--json'], { env, cwd: home.path });
  try {
    const { url } = JSON.parse(await served.says(/^\{[^\n]*\}$/m)) as { url: string };
    const cli = (...args: string[]) => spool(args, { env: { ...env, SPOOL_URL: url }, cwd: home.path });
    expect(await cli('agent', 'create', 'm', '--runtime', 'mock')).toMatchObject({ status: 0, stdout: 'm\n' });
    const wrong = await cli('agent', 'create', 'n', '--runtime', 'mok');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean mock?')]);
    expect(await cli('agent', 'set', 'm', '--option', 'smallModel=x')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it is one of opencode') as string,
    });
    expect((await cli('agent', 'ls')).stdout).toMatch(/^m +mock\b/m);
    expect((await cli('doctor')).stdout).toMatch(/^✓ mock +needs no program \(agent m\)$/m);
    expect(await cli('run', '--agent', 'm', 'hi')).toMatchObject({ status: 0, stdout: 'hi\n' });
    expect(existsSync(home.join('spool', 'run', 'codex'))).toBe(false);
    expect(readdirSync(home.join('spool', 'mock')).length).toBe(1);
  } finally {
    served.child.kill('SIGINT');
    await served.ended;
  }
});
