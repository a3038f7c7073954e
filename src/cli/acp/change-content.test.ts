import { expect, test } from 'vitest';
import { changesShown } from './change-content.js';

test('each piece of a difference is a text before and a text after', () => {
  const diff = '--- a\n+++ b\n@@ -1,2 +1,2 @@\n-one\n+1\n two\n@@ -9 +9,2 @@\n nine\n+ten\n\\ No newline at end of file\n';
  expect(changesShown([{ path: '/a', kind: 'update', movedTo: '/b', diff }])).toEqual({
    content: [
      { type: 'diff', path: '/b', oldText: 'one\ntwo\n', newText: '1\ntwo\n' },
      { type: 'diff', path: '/b', oldText: 'nine\n', newText: 'nine\nten\n' },
    ],
    locations: [{ path: '/b' }],
  });
});

test.each([
  [{ kind: 'add', diff: 'one\n' }, [{ type: 'diff', path: '/a', oldText: null, newText: 'one\n' }]],
  [{ kind: 'add', diff: '@@ -0,0 +1 @@\n+one\n' }, [{ type: 'diff', path: '/a', oldText: null, newText: 'one\n' }]],
  [{ kind: 'delete', diff: 'one\n' }, [{ type: 'diff', path: '/a', oldText: 'one\n', newText: '' }]],
  [{ kind: 'delete' }, [{ type: 'diff', path: '/a', oldText: '', newText: '' }]],
  [{ kind: 'update' }, []],
] as const)('%o', (change, content) => {
  expect(changesShown([{ path: '/a', ...change }]).content).toEqual(content);
});
