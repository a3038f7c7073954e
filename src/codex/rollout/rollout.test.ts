/** Rollouts as files: found, read, and changed in their places. What the real Codex makes of them is tried in test/stories. */

import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SpoolError } from '../../base/errors.js';
import { type Backup, Backups, changesOf } from './backups.js';
import { canBeResumed, findRollout, findRollouts } from './find.js';
import { linesOf } from './lines.js';
import { chosen, linesWithout } from './plan.js';
import { retold } from './retold.js';
import { rewrite, standOf } from './rewrite.js';
import { surveyOf } from './survey.js';

const place = mkdtempSync(join(tmpdir(), 'spool-rollout-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const V7 = '01a1fe3d-1bb4-7882-b9e4-796ba114aa6c';
const HEAVY = 'x'.repeat(3000);
let files = 0;

function written(text: string | Buffer): string {
  const file = join(place, `${++files}`, 'rollout-1.jsonl');
  mkdirSync(dirname(file));
  writeFileSync(file, text);
  return file;
}

const line = (type: string, payload: object, ordinal?: number): string =>
  `${JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', ...(ordinal === undefined ? {} : { ordinal }), type, payload })}\n`;
const begins = (turn: string, ordinal?: number): string => line('event_msg', { type: 'task_started', turn_id: turn }, ordinal);
const call = (id: string, more: object = {}, ordinal?: number): string =>
  line('response_item', { type: 'function_call', name: 'exec_command', arguments: `{"cmd":"cat ${id}"}`, call_id: id, ...more }, ordinal);
const output = (id: string, value: unknown, ordinal?: number): string =>
  line('response_item', { type: 'function_call_output', call_id: id, output: value }, ordinal);
const item = (fields: object, ordinal?: number): string => line('event_msg', { type: 'item_completed', item: fields }, ordinal);

/** Takes results out of the file as the runtime does, and says what was changed. */
async function takeOut(file: string, which: Parameters<typeof chosen>[1], given = false): Promise<Backup> {
  const survey = await surveyOf(file);
  const lines = await linesWithout(file, chosen(survey, which), given);
  const backup: Backup = { format: 1, undo: 'und_1', home: place, thread: 't', at: '', results: [], lines };
  const texts = lines.map(({ after }) => after);
  await rewrite(file, changesOf(backup), retold(texts, survey));
  return backup;
}

function entries(file: string): { type: string; ordinal?: number; payload: Record<string, unknown> }[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((text) => JSON.parse(text) as { type: string; ordinal?: number; payload: Record<string, unknown> });
}

describe('finding', () => {
  test('a thread of any id is found where it runs and where it was put away', () => {
    const home = join(place, 'home');
    const named = (folder: string, id: string): string => {
      mkdirSync(join(home, folder), { recursive: true });
      const file = join(home, folder, `rollout-2026-11-21T13-13-00-${id}.jsonl`);
      writeFileSync(file, '');
      return file;
    };
    const began = new Date(Number.parseInt(V7.replaceAll('-', '').slice(0, 12), 16)).toISOString().slice(0, 10).replaceAll('-', '/');
    const running = named(join('sessions', began), V7);
    const older = named('sessions/2024/02/03', 'a-name-of-its-own');
    const away = named('archived_sessions', V7);
    writeFileSync(join(home, 'archived_sessions', `.spool-rollout-1-${V7}.jsonl`), '');
    expect(findRollout(home, V7)).toBe(running);
    expect(findRollout(home, 'a-name-of-its-own')).toBe(older);
    expect(findRollouts(home, V7)).toEqual([running, away]);
    expect(findRollouts(home, 'own')).toEqual([older]);
    expect(findRollouts(home, 'nobody')).toEqual([]);
    expect(findRollout(join(place, 'nowhere'), V7)).toBeUndefined();
  });

  test('cannot be gone on with where it is not there, or nothing is in it because its process was killed at once', () => {
    const home = join(place, 'killed');
    mkdirSync(join(home, 'sessions'), { recursive: true });
    const file = join(home, 'sessions', 'rollout-2026-11-21T20-55-02-short.jsonl');
    expect(canBeResumed(home, 'short')).toBe(false);
    writeFileSync(file, '');
    expect(canBeResumed(home, 'short')).toBe(false);
    writeFileSync(file, '{}\n');
    expect(canBeResumed(home, 'short')).toBe(true);
  });
});

describe('lines', () => {
  test('put together they are the file, byte for byte, however long and whatever they hold', async () => {
    const bytes = Buffer.concat([Buffer.from(`${'é'.repeat(300_000)}\n\n`), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('{"half')]);
    const file = written(bytes);
    const parts: Buffer[] = [];
    const offsets: number[] = [];
    for await (const { offset, bytes: part, whole } of linesOf(file)) {
      offsets.push(offset);
      parts.push(part, Buffer.from(whole ? '\n' : ''));
    }
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    expect(offsets).toEqual([0, 600_001, 600_002, 600_005]);
  });
});

describe('what a conversation carries', () => {
  test('each answered call is told with its weight and its age; what is no entry is passed over', async () => {
    const file = written(
      [
        begins('a', 0),
        'no json at all\n',
        call('call_1', {}, 1),
        output('call_1', HEAVY, 2),
        call('call_2', { name: 'note', namespace: 'mcp__notes' }, 3),
        output('call_2', [{ type: 'input_text', text: 'noted' }], 4),
        line('response_item', { type: 'reasoning' }, 5),
        begins('b', 6),
        line('turn_context', { turn_id: 'b' }, 7),
        call('call_3', {}, 8),
        '{"timestamp":"2026","ordinal":9,"type":"response_item","payl',
      ].join(''),
    );
    const { results, nextOrdinal, torn } = await surveyOf(file);
    expect(results).toMatchObject([
      { call: 'call_1', items: ['call_1'], tool: 'exec_command', input: '{"cmd":"cat call_1"}', bytes: 3000, turnsAgo: 1, small: false },
      { call: 'call_2', tool: 'mcp__notes.note', turnsAgo: 1, small: true },
    ]);
    expect({ nextOrdinal, torn }).toEqual({ nextOrdinal: 9, torn: true });
  });

  test('in code mode all that the code did belongs to its call, also when it is told again later', async () => {
    const code = (id: string, ordinal: number): string =>
      line('response_item', { type: 'custom_tool_call', name: 'exec', input: 'await tools.x()', call_id: id }, ordinal);
    const answer = (id: string, ordinal: number): string =>
      line('response_item', { type: 'custom_tool_call_output', call_id: id, output: [{ type: 'input_text', text: HEAVY }] }, ordinal);
    const file = written(
      [
        code('call_1', 1),
        item({ type: 'CommandExecution', id: 'exec-a', aggregated_output: HEAVY }, 2),
        item({ type: 'DynamicToolCall', id: 'exec-b', content_items: [{ type: 'inputText', text: HEAVY }] }, 3),
        answer('call_1', 4),
        code('call_2', 5),
        item({ type: 'FileChange', id: 'exec-c', stdout: HEAVY, stderr: '' }, 6),
        answer('call_2', 7),
        item({ type: 'CommandExecution', id: 'exec-a', aggregated_output: HEAVY }, 8),
      ].join(''),
    );
    const { results } = await surveyOf(file);
    expect(results.map(({ items }) => items)).toEqual([['exec-a', 'exec-b'], ['exec-c']]);
    await takeOut(file, { items: ['exec-b'] });
    expect(readFileSync(file, 'utf8').split(HEAVY)).toHaveLength(3);
    expect(entries(file).slice(8)).toMatchObject([
      { ordinal: 9, payload: { item: { id: 'exec-a' } } },
      { ordinal: 10, payload: { item: { id: 'exec-b', content_items: [{ type: 'inputText' }] } } },
    ]);
  });
});

describe('taking out', () => {
  test('every line keeps its length and its place; only the result gives way, and what people see is told anew', async () => {
    const odd = `{"timestamp":"2026","ordinal":2,"type":"response_item","payload":{"type":"function_call_output","call_id":"call_1", "n":1.50, "big":12345678901234567890,"output":"${HEAVY}"},"metadata":{"x":1e2}}\n`;
    const shown = item({ type: 'CommandExecution', id: 'call_1', command: ['bash', 'x'], aggregated_output: HEAVY, exit_code: 0 }, 3);
    const text = [call('call_1', {}, 1), odd, shown, call('call_2', {}, 4), output('call_2', `${HEAVY}y`, 5)].join('');
    const file = written(text);
    chmodSync(file, 0o640);
    const { mtimeMs } = statSync(file);
    const { lines } = await takeOut(file, { items: ['call_1'] });
    const now = readFileSync(file, 'utf8');
    const marker = '[this result of 3000 bytes was taken out of the conversation by its owner]';
    expect(
      now
        .slice(0, text.length)
        .split('\n')
        .map((one) => one.length),
    ).toEqual(text.split('\n').map((one) => one.length));
    expect(now.split('\n')[1]?.trimEnd()).toBe(odd.trimEnd().replace(HEAVY, marker));
    expect(now.split('\n')[2]?.trimEnd()).toBe(shown.trimEnd().replace(HEAVY, marker));
    expect(now).toContain(`${HEAVY}y`);
    expect(now.slice(text.length)).toBe(shown.replace(HEAVY, marker).replace('"ordinal":3', '"ordinal":6'));
    expect(lines.map(({ offset }) => offset)).toEqual([call('call_1', {}, 1).length, call('call_1', {}, 1).length + odd.length]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(statSync(file).mtimeMs).toBeCloseTo(mtimeMs, 0);
    expect(readdirSync(dirname(file))).toEqual(['rollout-1.jsonl']);
  });

  test('the older form is not told anew; its ends of calls and its shortened histories are covered too', async () => {
    const ends = [
      line('event_msg', { type: 'mcp_tool_call_end', call_id: 'c', result: { Ok: { content: [{ type: 'text', text: HEAVY }] } } }),
      line('event_msg', { type: 'exec_command_end', call_id: 'c', stdout: HEAVY, stderr: '', aggregated_output: HEAVY, exit_code: 0 }),
      line('event_msg', { type: 'mcp_tool_call_end', call_id: 'c', result: { Err: HEAVY } }),
      line('compacted', { message: 'short', replacement_history: [{ type: 'function_call_output', call_id: 'c', output: HEAVY }] }),
    ];
    const text = [call('c'), output('c', HEAVY), ...ends].join('');
    const file = written(text);
    await takeOut(file, { largerThanBytes: 1000, olderThanTurns: 0 });
    const now = readFileSync(file, 'utf8');
    expect(now).toHaveLength(text.length);
    expect(now).not.toContain(HEAVY);
    expect(entries(file)[2]?.payload).toMatchObject({ result: { Ok: { content: [{ type: 'text' }] } } });
    expect(entries(file)[3]?.payload).toMatchObject({ stderr: '', exit_code: 0, stdout: expect.stringContaining('taken out') as string });
    expect(entries(file)[4]?.payload).toMatchObject({ result: { Err: expect.stringContaining('taken out') as string } });
  });

  test('what the tool was given goes only when that is asked for', async () => {
    const text = [
      call('c', { arguments: JSON.stringify({ cmd: 'print secret' }) }, 1),
      item(
        { type: 'CommandExecution', id: 'c', command: ['bash', 'print secret'], parsed_cmd: ['print secret'], aggregated_output: HEAVY },
        2,
      ),
      output('c', HEAVY, 3),
    ].join('');
    const kept = written(text);
    await takeOut(kept, { items: ['c'] });
    expect(readFileSync(kept, 'utf8').split('print secret')).toHaveLength(6);
    const gone = written(text);
    await takeOut(gone, { items: ['c'] }, true);
    expect(readFileSync(gone, 'utf8')).not.toContain('print secret');
    expect(entries(gone)[0]?.payload).toMatchObject({ arguments: '{}', call_id: 'c' });
    expect(entries(gone)[3]?.payload).toMatchObject({ item: { command: ['[taken out]'], parsed_cmd: [] } });
  });

  test('an item without a result, or with one too small to gain by, is refused by name', async () => {
    const file = written([call('c'), output('c', 'ok'), call('heavy'), output('heavy', HEAVY)].join(''));
    const survey = await surveyOf(file);
    expect(() => chosen(survey, { items: ['nobody'] })).toThrow(/carries no result of an item nobody/);
    expect(() => chosen(survey, { items: ['heavy', 'c'] })).toThrow(/item c has 2 bytes/);
    expect(chosen(survey, { largerThanBytes: 0, olderThanTurns: 0 })).toMatchObject([{ call: 'heavy' }]);
    expect(chosen(survey, { largerThanBytes: 0, olderThanTurns: 1 })).toEqual([]);
    await takeOut(file, { items: ['heavy'] });
    expect(chosen(await surveyOf(file), { items: ['heavy'] })).toEqual([]);
  });

  test('a last line that was cut off stays as it is, and what is told anew begins on a line of its own', async () => {
    const half = '{"timestamp":"2026","ordinal":4,"ty';
    const text = [
      call('c', {}, 1),
      output('c', HEAVY, 2),
      item({ type: 'McpToolCall', id: 'c', result: { content: [HEAVY] } }, 3),
      half,
    ].join('');
    const file = written(text);
    const { lines } = await takeOut(file, { items: ['c'] });
    expect(lines).toHaveLength(2);
    const now = readFileSync(file, 'utf8').slice(text.length - half.length);
    expect(now.startsWith(`${half}\n{`)).toBe(true);
    expect(JSON.parse(now.slice(half.length + 1))).toMatchObject({ ordinal: 4, payload: { item: { result: { content: [{}] } } } });
  });
});

describe('putting back', () => {
  test('the lines are as they were, whatever was written behind them since; one that was changed by others is noticed', async () => {
    const text = [call('c', {}, 1), output('c', `${HEAVY}é`, 2)].join('');
    const file = written(text);
    const changes = changesOf(await takeOut(file, { items: ['c'] }));
    expect(await standOf(file, changes)).toBe('after');
    appendFileSync(file, begins('later', 3));
    const back = changes.map(({ offset, before, after }) => ({ offset, before: after, after: before }));
    await rewrite(file, back, Buffer.alloc(0));
    expect(await standOf(file, changes)).toBe('before');
    expect(readFileSync(file, 'utf8')).toBe(text + begins('later', 3));
    writeFileSync(file, readFileSync(file, 'utf8').replace('xx', 'yy'));
    expect(await standOf(file, changes)).toBe('otherwise');
    writeFileSync(file, '');
    expect(await standOf(file, changes)).toBe('otherwise');
  });

  test('a record that cannot be changed is left as it was, and that is said', async () => {
    const file = written('{}\n');
    const missing = `${file}.gone`;
    await expect(rewrite(missing, [], Buffer.from('x'))).rejects.toThrow(/could not be changed, and is as it was/);
    mkdirSync(join(dirname(file), `.spool-rollout-1.jsonl`));
    await expect(rewrite(file, [], Buffer.from('x'))).rejects.toBeInstanceOf(SpoolError);
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
  });
});

describe('backups', () => {
  const backup: Backup = {
    ...{ format: 1, undo: 'und_1', home: '/h', thread: 't', at: '2026-01-02', results: [{ call: 'c', item: 'c', bytes: 3 }] },
    lines: [{ offset: 0, before: 'é long', after: 'short' }],
  };

  test('are private to the user, and found by thread and name', () => {
    const folder = join(place, 'taken');
    const backups = new Backups(folder);
    expect(backups.of('t')).toEqual([]);
    backups.write(backup);
    backups.write({ ...backup, undo: 'und_2', at: '2026-01-01' });
    backups.write({ ...backup, thread: 'other' });
    expect(backups.of('t').map(({ undo }) => undo)).toEqual(['und_2', 'und_1']);
    expect(backups.get('t', 'und_1')).toEqual(backup);
    expect(backups.get('t', 'und_3')).toBeUndefined();
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    expect(changesOf(backup)).toEqual([{ offset: 0, before: Buffer.from('é long'), after: Buffer.from('short  ') }]);
  });

  test('a name leads nowhere else, and one that cannot be read says where it lies', () => {
    const backups = new Backups(join(place, 'taken'));
    expect(() => backups.get('t', '../../secret')).toThrow(/no name of something that was taken out/);
    writeFileSync(join(place, 'taken', 't.und_9.json'), '{');
    expect(() => backups.get('t', 'und_9')).toThrow(/t\.und_9\.json/);
  });

  test('a thread that is set aside is so until it is brought back', () => {
    const backups = new Backups(join(place, 'aside'));
    expect(backups.isAside('t')).toBe(false);
    backups.setAside('t');
    expect(new Backups(join(place, 'aside')).isAside('t')).toBe(true);
    backups.broughtBack('t');
    backups.broughtBack('t');
    expect(backups.isAside('t')).toBe(false);
  });
});
