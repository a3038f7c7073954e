import { expect, test } from 'vitest';
import { answerTo, complaintOn, obstacleOn } from './questions.js';

const RESTRICTED = `  Folder access
  /tmp/work

  Config, hooks, and exec policies from untrusted folders stay disabled. Opening will not change saved trust.

› 1. Open restricted
  2. Back to Agent Command Center

  enter continue · esc back`;

test('a folder is opened as it stands and a newer model declined; trust is never given', () => {
  expect(answerTo(RESTRICTED)).toEqual({ question: 'restricted folder', keys: '\r' });
  expect(answerTo(RESTRICTED.replace('Open restricted', 'Open existing task'))?.keys).toBe('\r');
  expect(answerTo('Meet GPT-6 Sol\n\n› 1. Try new model\n  2. Use existing model\n\nenter/esc confirm')?.keys).toBe('2');
  expect(answerTo('Meet GPT-6 Sol\n\n  1. Try new model\n› 2. Use existing model')?.keys).toBe('2');
  for (const other of [
    RESTRICTED.replace('Open restricted', 'Trust and continue'),
    RESTRICTED.replace('› 1.', '  1.').replace('  2.', '› 2.'),
    'please write: › 1. Open restricted',
    '› Ask Codex to do anything',
    '',
  ])
    expect(answerTo(other)).toBeUndefined();
});

test('what stands in the way of a start is told with what to do', () => {
  const login = obstacleOn('Welcome to Codex\n\n> 1. Sign in with ChatGPT\n  2. Provide your own API key', '/home/c');
  expect([login?.code, login?.hint]).toEqual(['unauthorized', expect.stringContaining('CODEX_HOME=/home/c codex login')]);
  expect(obstacleOn('Do you trust the contents of this directory? Working with', '/h')?.message).toContain('trust the folder');
  expect(obstacleOn('  › 1. Trust and continue\n  2. Quit', '/h')?.message).toContain('trust the folder');
  expect(obstacleOn('› 1. Update now (runs npm)\n  2. Skip', '/h')?.message).toContain('updated');
  expect(obstacleOn('Repair Codex local data now? [y/N]:', '/h')?.message).toContain('damaged');
  expect(obstacleOn('› Sign in with ChatGPT, I said', '/h')).toBeUndefined();
});

test('the last complaint on the screen is told whole and alone', () => {
  expect(complaintOn('■ first\n\n› prompt\n\n■ unexpected status 401 Unauthorized: no\n  entry, url: x\n\n› Explain')).toBe(
    'unexpected status 401 Unauthorized: no entry, url: x',
  );
  expect(complaintOn('■ short\n› Explain')).toBe('short');
  expect(complaintOn('• hello\n\n› Explain')).toBeUndefined();
});
