import { expect, test } from 'vitest';
import { redact } from './redact.js';

test.each([
  ['a key in a sentence', 'the key sk-proj-abcdefgh12345678 was refused', 'sk-proj-abcdefgh12345678'],
  ['a bearer header', 'Authorization: Bearer abcdefgh.ijklmnop', 'abcdefgh.ijklmnop'],
  ['an assignment', 'OPENAI_API_KEY=verysecretvalue next', 'verysecretvalue'],
  ['a JSON field', '{"access_token":"verysecretvalue"}', 'verysecretvalue'],
  ['a web token', 'sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc along', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc'],
])('%s loses its secret and keeps the rest', (_, text, secret) => {
  const clean = redact(text);
  expect(clean).not.toContain(secret);
  expect(clean).toContain('[redacted]');
});

test('a text without secrets stays as it is', () => {
  const text = 'turn trn_01jd failed: 429 Too Many Requests, 120 tokens used';
  expect(redact(text)).toBe(text);
});
