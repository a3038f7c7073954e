import { expect, test } from 'vitest';

import { readDirectives } from './directives.js';

test('text around directives is passed over and their order is kept', () => {
  expect(readDirectives('first [[sh:echo a]] then [[text:b]]!')).toEqual([
    { type: 'shell', command: 'echo a', escalate: false },
    { type: 'text', content: 'b' },
  ]);
});

test.each([
  ['[[sh!:touch /x]]', { type: 'shell', command: 'touch /x', escalate: true }],
  ['[[deltas:20:50]]', { type: 'deltas', count: 20, everyMs: 50, size: 0 }],
  ['[[deltas:20:0:8]]', { type: 'deltas', count: 20, everyMs: 0, size: 8 }],
  ['[[patch:a/b.txt=one\\ntwo=2]]', { type: 'patch', path: 'a/b.txt', content: 'one\ntwo=2' }],
  ['[[reason:because]]', { type: 'reason', content: 'because' }],
  ['[[mcp:files.read:{"path":"a"}]]', { type: 'mcp', server: 'files', tool: 'read', args: { path: 'a' } }],
  ['[[mcp:files.list]]', { type: 'mcp', server: 'files', tool: 'list', args: {} }],
  ['[[tool:exec_command:{"cmd":"ls"}]]', { type: 'tool', name: 'exec_command', args: { cmd: 'ls' } }],
  ['[[tool:lookup]]', { type: 'tool', name: 'lookup', args: {} }],
  ['[[image:a red square]]', { type: 'image', prompt: 'a red square' }],
  ['[[http:429]]', { type: 'http', status: 429 }],
  ['[[http:503:2]]', { type: 'http', status: 503, times: 2 }],
  ['[[cut:3]]', { type: 'cut', afterDeltas: 3 }],
  ['[[stall]]', { type: 'stall', headers: true }],
  ['[[stall:silent]]', { type: 'stall', headers: false }],
  ['[[failed:insufficient_quota]]', { type: 'failed', code: 'insufficient_quota' }],
])('%s is read', (prompt, step) => {
  expect(readDirectives(prompt)).toEqual([step]);
});

test('brackets inside a command or inside JSON do not end the directive', () => {
  expect(readDirectives('[[sh:[[ -f a ]] && echo yes]] [[text:b]]')).toEqual([
    { type: 'shell', command: '[[ -f a ]] && echo yes', escalate: false },
    { type: 'text', content: 'b' },
  ]);
  expect(readDirectives('[[mcp:m.t:{"rows":[[1,2],[3]],"more":[4,[5]]}]]')).toMatchObject([
    { args: { rows: [[1, 2], [3]], more: [4, [5]] } },
  ]);
  expect(readDirectives('[[tool:t:{"rows":[[1,2],[3]]}]] [[text:b]]')).toMatchObject([{ args: { rows: [[1, 2], [3]] } }, { content: 'b' }]);
});

test('unknown names and plain brackets are text', () => {
  expect(readDirectives('see [[wiki:page]] and [[toString:x]] and a[[0]]')).toEqual([]);
});

test.each([
  '[[http:abc]]',
  '[[http:200]]',
  '[[cut:]]',
  '[[patch:no content]]',
  '[[mcp:nothing]]',
  '[[tool:t:nothing]]',
  '[[image:]]',
  '[[deltas:many]]',
  '[[stall:5]]',
])('%s is answered with a sentence instead of being guessed at', (prompt) => {
  expect(readDirectives(prompt)).toEqual([{ type: 'text', content: `I cannot read ${prompt}.` }]);
});

test('a directive that is never closed is text', () => {
  expect(readDirectives('[[sh:echo a')).toEqual([]);
});
