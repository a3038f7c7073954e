import { expect, test } from 'vitest';
import { serverConfig } from './setup.js';

test('a server of the host is called without a question, and hears of the session', () => {
  expect(serverConfig({ url: 'http://127.0.0.1:1/mcp', headers: { authorization: 'Bearer x' }, timeout: 70, ours: true }, 'ses_1')).toEqual(
    {
      url: 'http://127.0.0.1:1/mcp',
      http_headers: { authorization: 'Bearer x', 'spool-session': 'ses_1' },
      tool_timeout_sec: 70,
      default_tools_approval_mode: 'approve',
    },
  );
});

test('a server of anybody else hears nothing of the session, and is asked about as always', () => {
  expect(serverConfig({ url: 'https://example.com/mcp' }, 'ses_1')).toEqual({ url: 'https://example.com/mcp' });
  expect(serverConfig({ command: 'x', args: ['y'], env: { A: 'b' }, cwd: '/w', connectTimeout: 3 }, 'ses_1')).toEqual({
    ...{ command: 'x', args: ['y'], env: { A: 'b' }, cwd: '/w', startup_timeout_sec: 3 },
  });
});

test('one of the configuration is switched off without a word about where it is', () => {
  expect(serverConfig({ enabled: false }, 'ses_1')).toEqual({ enabled: false });
});
