import { describe, expect, test } from 'vitest';
import { commandsOf } from './shell-line.js';

const words = (line: string): string[][] | null => commandsOf(line)?.map((command) => command.map(({ text }) => text)) ?? null;

describe('a line of plain commands', () => {
  test.each<[string, string[][]]>([
    ['git status -s', [['git', 'status', '-s']]],
    ['  ls\t-l  ', [['ls', '-l']]],
    ['a && b || c; d | e\nf', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    ['a&&b', [['a'], ['b']]],
    ['ls;', [['ls']]],
    ["echo 'a && b; $(c)'", [['echo', 'a && b; $(c)']]],
    ['echo "a | b > c"', [['echo', 'a | b > c']]],
    ['echo "say \\"hi\\" for \\$5 \\n"', [['echo', 'say "hi" for $5 \\n']]],
    ['g\'i\'t sta"tu"s', [['git', 'status']]],
    ['g\\it sta\\\ntus', [['git', 'status']]],
    ['echo "" \'\'', [['echo', '', '']]],
    ['echo a\\ b\\;c', [['echo', 'a b;c']]],
    ['git log HEAD~3 a#b', [['git', 'log', 'HEAD~3', 'a#b']]],
    [
      'npm test 2>&1 | tail -5',
      [
        ['npm', 'test'],
        ['tail', '-5'],
      ],
    ],
    ['make >/dev/null 2>&1 && ls 2> /dev/null </dev/null', [['make'], ['ls']]],
    ['', []],
  ])('%j is read', (line, commands) => {
    expect(words(line)).toEqual(commands);
  });
});

describe('a line that could run or write something else', () => {
  test.each([
    'echo $(rm x)',
    'echo `rm x`',
    'echo "$(rm x)"',
    'echo "`rm x`"',
    'echo $HOME',
    `echo "\${x:=$(rm y)}"`,
    "echo $'\\x72m'",
    'sleep 1 & rm x',
    'ls &',
    'a |& b',
    '(rm x)',
    'git() { rm x; }; git status',
    'diff <(a) <(b)',
    'echo hi > out',
    'echo hi >> out',
    'echo hi 2>err',
    'echo hi >&out',
    'echo hi 2>&1out',
    'echo hi >/dev/nullx',
    'echo hi 21>/dev/null',
    'cat < secret',
    'cat <<EOF\nrm x\nEOF',
    'cat <<< text',
    'ls # and then',
    "echo 'not closed",
    'echo "not closed',
    'echo \\',
    'ls *(e:rm:)',
    'echo hi\rrm x',
    'echo hi\u00a0there',
    'echo \u202egnp.exe',
    'echo hi\u2028rm x',
    'echo \u0000',
    `echo ${'x'.repeat(40_000)}`,
  ])('%j is left unread', (line) => {
    expect(commandsOf(line)).toBeNull();
  });
});

test('what the shell makes something else of is marked from where it does', () => {
  const open = (line: string): (number | undefined)[] | undefined => commandsOf(line)?.[0]?.map((word) => word.open);
  expect(open('ls src/*.ts ~/x a=~/b a:~/c =ls {a,b} \'*\' "?" \\* HEAD~1 x~')).toEqual([
    undefined,
    4,
    0,
    2,
    2,
    0,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
