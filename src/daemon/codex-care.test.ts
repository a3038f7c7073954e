import { expect, test } from 'vitest';
import { codexCare } from './codex-care.js';

test('the environment says when Codex processes are stopped, and 0 means never', () => {
  expect(codexCare({})).toEqual({});
  expect(codexCare({ SPOOL_CODEX_IDLE_SECONDS: '60', SPOOL_CODEX_MEMORY_MB: '' })).toEqual({ idleMs: 60_000 });
  const never = Number.POSITIVE_INFINITY;
  expect(codexCare({ SPOOL_CODEX_IDLE_SECONDS: '0', SPOOL_CODEX_MEMORY_MB: '0' })).toEqual({ idleMs: never, maxMemoryBytes: never });
  expect(codexCare({ SPOOL_CODEX_MEMORY_MB: '2' })).toEqual({ maxMemoryBytes: 2_097_152 });
});

test('what is no number is refused, with the name of the variable', () => {
  for (const text of ['soon', '-1', '1.5', '1e9999']) {
    expect(() => codexCare({ SPOOL_CODEX_IDLE_SECONDS: text })).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringContaining('SPOOL_CODEX_IDLE_SECONDS') }),
    );
  }
});
