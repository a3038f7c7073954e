/**
 * An agent from elsewhere: a process of its own that leases tasks over HTTP, does what they say and replies. It keeps nothing; whatever it does
 * in the world it writes into the ledger, and says so to the host before it does it (`first`) or when it has done it (`behind`). Now and then
 * it kills itself, at a point that follows from the seed.
 *
 * usage: outside-agent.mjs SETTINGS.json
 */

import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { alias, port, token, seed, order, leaseSeconds, deaths, atOnce, files } = settings;

/** What the host says to a command that has been superseded or cannot be. */
const REFUSED = new Set([400, 403, 404, 409]);
const PULSE_MS = (leaseSeconds * 1000) / 3;

await Promise.all(Array.from({ length: atOnce }, () => work()));

async function work() {
  for (;;) {
    const { status, body } = await once('POST', '/v1/tasks/lease', { waitSeconds: 10, leaseSeconds });
    if (status === 200 && body.task !== null) await take(body.task);
    else if (status !== 200) await pause(100);
  }
}

async function take(task) {
  const spec = JSON.parse(task.input);
  const job = { task, tag: spec.tag, attempt: task.attempts, notes: [], over: false };
  die(job, 'leased');
  const pulse = setInterval(() => void once('POST', `/v1/tasks/${task.id}/progress`, { text: '', attempt: task.attempts }), PULSE_MS);
  try {
    for (const [nth, step] of spec.steps.entries()) {
      await play(job, step, nth);
      if (job.over) return;
    }
    const text = [`answer ${job.tag}`, ...job.notes].join('\n');
    note(files.given, { tag: job.tag, task: task.id, attempt: job.attempt, text });
    die(job, 'before the reply');
    await say(job, 'reply', { text }, 'reply');
    die(job, 'behind the reply');
  } finally {
    clearInterval(pulse);
  }
}

async function play(job, step, nth) {
  switch (step.do) {
    case 'pause':
      return await pause(step.ms);
    case 'effect':
      return await effect(job);
    case 'progress':
      return await say(job, 'progress', { text: step.text }, `progress-${nth}`);
    case 'fail':
      job.over = true;
      return await say(job, 'fail', { message: `${job.tag} cannot be done`, retryable: step.retryable }, 'fail');
    case 'send':
      return await send(job, step);
  }
}

async function effect(job) {
  if (order === 'first') await say(job, 'progress', { text: 'doing it', effect: true }, 'effect');
  if (job.over) return;
  die(job, 'before the effect');
  appendFileSync(files.ledger, `${job.tag} ${job.attempt} ${Date.now()} ${alias}\n`);
  die(job, 'behind the effect');
  if (order === 'behind') await say(job, 'progress', { text: 'done', effect: true }, 'effect');
  die(job, 'behind the report');
}

/** A task within the task. Its command is the same in each attempt, so that a second attempt meets what the first has sent. */
async function send(job, { tag, to, input, wait, queueSeconds, deadlineSeconds }) {
  const limits = { ...(queueSeconds === undefined ? {} : { queueSeconds }), ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }) };
  const key = `send-${tag}`;
  const answer = await until('POST', '/v1/tasks', { to, input, parent: job.task.id, ...limits }, key);
  note(files.sent, { tag, from: alias, status: answer.status, id: answer.body.id ?? answer.body.task, code: answer.body.code });
  die(job, 'sent');
  if (answer.status !== 202 || wait !== true) return;
  for (;;) {
    const { status, body } = await until('GET', `/v1/tasks/${answer.body.id}?wait=5`);
    if (status !== 200) return;
    if (body.endedAt === undefined) continue;
    job.notes.push(`${tag}: ${body.status}`);
    return;
  }
}

/** Says something of the task until it is heard. A refusal means that somebody else has it, or that it has ended. */
async function say(job, what, body, key) {
  const answer = await until('POST', `/v1/tasks/${job.task.id}/${what}`, { ...body, attempt: job.attempt }, `${key}-${job.attempt}`);
  if (REFUSED.has(answer.status)) job.over = true;
}

async function until(method, path, body, key) {
  for (;;) {
    const answer = await once(method, path, body, key);
    if (answer.status === 200 || answer.status === 202 || REFUSED.has(answer.status)) return answer;
    await pause(100);
  }
}

/** Status 0 where no answer came. */
function once(method, path, body, key) {
  return new Promise((resolve) => {
    const gone = () => resolve({ status: 0, body: {} });
    const headers = { authorization: `Bearer ${token}`, ...(key === undefined ? {} : { 'idempotency-key': key }) };
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) headers['content-type'] = 'application/json';
    const asking = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (part) => {
        said += part;
      });
      response.once('error', gone);
      response.once('close', gone);
      response.once('end', () => resolve({ status: response.statusCode, body: said === '' ? {} : JSON.parse(said) }));
    });
    asking.once('error', gone);
    asking.end(text);
  });
}

function die(job, point) {
  if (chance(job.tag, job.attempt, point) >= deaths) return;
  note(files.deaths, { tag: job.tag, attempt: job.attempt, point });
  process.kill(process.pid, 'SIGKILL');
  // Nothing more is done before the signal is there.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

function chance(...words) {
  return (
    createHash('sha256')
      .update(JSON.stringify([seed, ...words]))
      .digest()
      .readUInt32BE(0) /
    2 ** 32
  );
}

function note(file, entry) {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}
