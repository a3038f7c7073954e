/**
 * An agent on the agent side of the protocol's own library, as its example agent: it has no model and does what the lines of the prompt
 * say. What it can do and where it keeps its conversations is in its environment, so that one program plays many agents.
 */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { agent, methods, ndJsonStream, PROTOCOL_VERSION, RequestError } from '@agentclientprotocol/sdk';

const { EXAMPLE_STATE: folder, EXAMPLE_ABILITIES: abilities, EXAMPLE_LOGIN: login } = process.env;
const sessions = new Map();

const fileOf = (id) => join(folder, `${id}.json`);
const remember = (session) => (folder === undefined ? undefined : writeFile(fileOf(session.id), JSON.stringify(session.said)));

async function open(id, said, { mcpServers = [], additionalDirectories, cwd }) {
  const session = { id, said, mcpServers, additionalDirectories, cwd, running: undefined };
  sessions.set(id, session);
  await remember(session);
  return session;
}

async function load(params) {
  const text = await readFile(fileOf(params.sessionId), 'utf8').catch(() => undefined);
  if (text === undefined) throw RequestError.sessionNotFound(params.sessionId);
  return open(params.sessionId, JSON.parse(text), params);
}

/** What one line of a prompt does. `turn` speaks, and ends when it is cancelled. */
const WORDS = {
  say: (turn, text) => turn.say(text),
  think: (turn, text) => turn.update({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } }),
  message: (turn, rest) => {
    const [messageId, ...words] = rest.split(' ');
    return turn.update({ sessionUpdate: 'agent_message_chunk', messageId, content: { type: 'text', text: words.join(' ') } });
  },
  async count(turn, rest) {
    const [most, ms] = rest.split(' ').map(Number);
    for (let n = 1; n <= most; n += 1) {
      await turn.say(`${n} `);
      await wait(ms, undefined, { signal: turn.signal });
    }
  },
  async run(turn, command) {
    const call = { toolCallId: `call_${++turn.calls}`, title: command, kind: 'execute', rawInput: { command, cwd: turn.session.cwd } };
    await turn.update({ sessionUpdate: 'tool_call', ...call, status: 'pending' });
    if (!(await turn.allowed(call))) {
      return turn.update({ sessionUpdate: 'tool_call_update', toolCallId: call.toolCallId, status: 'failed', content: [text('refused')] });
    }
    await turn.update({ sessionUpdate: 'tool_call_update', toolCallId: call.toolCallId, status: 'in_progress' });
    const { code, stdout } = await ran(command, turn);
    const end = { status: code === 0 ? 'completed' : 'failed', content: [text(stdout)], rawOutput: { exitCode: code } };
    return turn.update({ sessionUpdate: 'tool_call_update', toolCallId: call.toolCallId, ...end });
  },
  async edit(turn, rest) {
    const [path, ...words] = rest.split(' ');
    const newText = `${words.join(' ')}\n`;
    const oldText = await readFile(path, 'utf8').catch(() => null);
    const content = [{ type: 'diff', path, oldText, newText }];
    const call = { toolCallId: `call_${++turn.calls}`, title: `Write ${path}`, kind: 'edit', locations: [{ path }], content };
    await turn.update({ sessionUpdate: 'tool_call', ...call, status: 'pending' });
    const allowed = await turn.allowed(call);
    if (allowed) await writeFile(path, newText);
    return turn.update({ sessionUpdate: 'tool_call_update', toolCallId: call.toolCallId, status: allowed ? 'completed' : 'failed' });
  },
  async ask(turn, title) {
    const call = { toolCallId: `call_${++turn.calls}`, title, kind: 'fetch', rawInput: { url: title } };
    return turn.say((await turn.allowed(call)) ? 'yes' : 'no');
  },
  async form(turn, message) {
    const requestedSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    const request = { mode: 'form', sessionId: turn.session.id, message, requestedSchema };
    return turn.say(JSON.stringify(await turn.client.request(methods.client.elicitation.create, request)));
  },
  plan: (turn, rest) => {
    const entries = rest.split('|').map((content, n) => ({ content, priority: 'high', status: n === 0 ? 'in_progress' : 'pending' }));
    return turn.update({ sessionUpdate: 'plan', entries });
  },
  update: (turn, json) => turn.update(JSON.parse(json)),
  recall: (turn) => turn.say(turn.session.said.join(' / ')),
  given: (turn) => turn.say(JSON.stringify([turn.session.mcpServers, turn.session.additionalDirectories ?? null])),
  variable: (turn, name) => turn.say(process.env[name] ?? 'unset'),
  where: (turn) => turn.say(`${process.cwd()} ${turn.session.cwd}`),
  print: (_, line) => void process.stdout.write(`${line}\n`),
  flood: (_, bytes) => void process.stdout.write('x'.repeat(Number(bytes))),
  child: (turn) => turn.say(String(execFile('sleep', ['300']).pid)),
  exit: (_, code) => process.exit(Number(code)),
  login: () => Promise.reject(RequestError.authRequired()),
  refuse: (_, message) => Promise.reject(RequestError.internalError({ details: message })),
  // Never hears that it is cancelled.
  deaf: () => new Promise(() => undefined),
};

const text = (words) => ({ type: 'content', content: { type: 'text', text: words } });

function ran(command, { session, signal }) {
  return new Promise((resolve) => {
    const options = { cwd: session.cwd, signal };
    execFile('sh', ['-c', command], options, (error, stdout) => resolve({ code: error?.code ?? 0, stdout }));
  });
}

class Turn {
  calls = 0;
  stopReason = 'end_turn';

  constructor(session, client, signal) {
    Object.assign(this, { session, client, signal });
  }

  update(update) {
    return this.client.notify(methods.client.session.update, { sessionId: this.session.id, update });
  }

  say(words) {
    return this.update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: words } });
  }

  async allowed(toolCall) {
    const options = [
      { optionId: 'yes', kind: 'allow_once', name: 'Allow' },
      { optionId: 'always', kind: 'allow_always', name: 'Always allow' },
      { optionId: 'no', kind: 'reject_once', name: 'Reject' },
    ];
    const request = { sessionId: this.session.id, toolCall, options };
    const { outcome } = await this.client.request(methods.client.session.requestPermission, request);
    if (outcome.outcome === 'cancelled') this.signal.throwIfAborted();
    return outcome.optionId === 'yes' || outcome.optionId === 'always';
  }
}

async function play(turn, prompt) {
  for (const line of prompt.split('\n')) {
    const [word, rest] = [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)];
    if (word === 'stop') turn.stopReason = rest;
    else if (Object.hasOwn(WORDS, word)) await WORDS[word](turn, rest);
    turn.signal.throwIfAborted();
  }
}

agent({ name: 'example' })
  .onRequest(methods.agent.initialize, () => ({
    protocolVersion: PROTOCOL_VERSION,
    agentInfo: { name: 'Example', version: '1.2.3' },
    authMethods: [{ id: 'browser', name: 'Log in with a browser', description: 'Opens a page' }],
    agentCapabilities: abilities === undefined ? { loadSession: folder !== undefined } : JSON.parse(abilities),
  }))
  .onRequest(methods.agent.session.new, async ({ params }) => {
    if (login !== undefined) throw RequestError.authRequired();
    return { sessionId: (await open(randomUUID(), [], params)).id };
  })
  .onRequest(methods.agent.session.load, async ({ params, client }) => {
    const session = await load(params);
    // As the protocol wants it: the whole conversation is told again.
    for (const words of session.said) {
      for (const sessionUpdate of ['user_message_chunk', 'agent_message_chunk']) {
        const update = { sessionUpdate, content: { type: 'text', text: words } };
        await client.notify(methods.client.session.update, { sessionId: session.id, update });
      }
    }
    return {};
  })
  .onRequest(methods.agent.session.resume, async ({ params }) => {
    await load(params);
    return {};
  })
  .onRequest(methods.agent.session.list, () => ({ sessions: [...sessions.values()].map(({ id, cwd }) => ({ sessionId: id, cwd })) }))
  .onRequest(methods.agent.session.close, async ({ params }) => {
    // Whoever does not wait for the answer finds it gone a moment later.
    await wait(100);
    sessions.delete(params.sessionId);
  })
  .onRequest(methods.agent.session.prompt, async ({ params, client }) => {
    const session = sessions.get(params.sessionId);
    if (session === undefined) throw RequestError.sessionNotFound(params.sessionId);
    const stop = new AbortController();
    session.running = stop;
    const prompt = params.prompt.map((block) => block.text ?? `[${block.type}]`).join('\n');
    session.said.push(prompt);
    await remember(session);
    const turn = new Turn(session, client, stop.signal);
    try {
      await play(turn, prompt);
      return { stopReason: turn.stopReason };
    } catch (error) {
      if (stop.signal.aborted) return { stopReason: 'cancelled' };
      throw error;
    }
  })
  .onNotification(methods.agent.session.cancel, ({ params }) => {
    sessions.get(params.sessionId)?.running?.abort();
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
