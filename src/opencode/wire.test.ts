import { expect, test } from 'vitest';
import { fits } from './asks.js';
import { readEvent, readPart } from './wire.js';

function frame(type: string, properties: unknown): string {
  return JSON.stringify({ directory: '/w', payload: { type, properties } });
}

test('what is about no conversation, or says nothing, is passed over; signs of life are no activity', () => {
  expect(readEvent('no json')).toBeUndefined();
  expect(readEvent(frame('server.heartbeat', {}))).toBeUndefined();
  expect(readEvent(frame('server.connected', {}))).toBeUndefined();
  expect(readEvent(frame('session.updated', { sessionID: 'ses_1' }))).toBeUndefined();
  expect(readEvent(frame('file.edited', { file: '/w/a' }))).toBeUndefined();
});

test('what is about a conversation and not known, or not as it should be, is kept', () => {
  expect(readEvent(frame('session.sang', { sessionID: 'ses_1', song: 'la' }))).toEqual({
    ...{ type: 'unknown', session: 'ses_1', method: 'session.sang' },
    params: { sessionID: 'ses_1', song: 'la' },
  });
  expect(readEvent(frame('session.status', { sessionID: 'ses_1', status: 'busy' }))?.type).toBe('unknown');
});

test('parts that frame the work say nothing, unknown ones are kept', () => {
  const part = { id: 'prt_1', messageID: 'msg_1', sessionID: 'ses_1' };
  expect(readPart({ ...part, type: 'step-start' })).toBeUndefined();
  expect(readPart({ ...part, type: 'song' })).toMatchObject({ type: 'unknown', messageID: 'msg_1' });
  expect(readPart('nothing')).toBeUndefined();
});

test("patterns are read as OpenCode reads them: the end of a command's may be nothing", () => {
  expect(['git', 'git status', 'gitk'].map((text) => fits('git *', text))).toEqual([true, true, false]);
  expect(['/etc/a', '/etc/a/b', '/etcetera'].map((text) => fits('/etc/*', text))).toEqual([true, true, false]);
  expect([fits('a?c', 'abc'), fits('a.c', 'abc'), fits('*', 'x\ny')]).toEqual([true, false, true]);
});
