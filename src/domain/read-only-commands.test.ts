import { describe, expect, test } from 'vitest';
import { isReadOnly } from './read-only-commands.js';

const HERE = { cwd: '/repo', session: '/repo' };

describe('known to only read', () => {
  test.each([
    'ls -la src',
    "/bin/bash -lc 'ls src/*.ts'",
    "/bin/bash -lc 'cat a.txt | head -n 20 | wc -l'",
    "sed -n '1,200p' src/main.ts",
    'tail -n +5 log',
    'tail -50 log 2>/dev/null',
    'pwd && whoami; date +%F',
    'grep -rn --include=*.ts "a b" src',
    'grep -A3 -i needle hay',
    "rg -n --hidden -g '*.ts' 'foo|bar' src",
    'rg --files -tts',
    "find . -name '*.ts' -not -path './dist/*' -mtime -7 -print",
    'find src \\( -name a -o -name b \\) -type f',
    'sort -k2 -rn a | uniq -c',
    'git status',
    'git --no-pager log --oneline -n 5 --since=yesterday',
    'git log -10 --format=%H -- src',
    'git diff --stat HEAD~1 -- src/a.ts',
    'git show HEAD@{1}:a.txt',
    'git branch -a && git branch --show-current && git remote -v',
    'git rev-parse --show-toplevel; git ls-files --others --exclude-standard; git blame -L 1,5 a.ts',
  ])('%j', (line) => {
    expect(isReadOnly(line, HERE)).toBe(true);
  });
});

describe('not known to only read', () => {
  test.each([
    '',
    'rm x',
    'ls && rm x',
    'ls > out',
    'ls $(rm x)',
    'cat a | sh',
    'cd sub && ls',
    'LS=1 ls',
    './ls',
    'env ls',
    'xargs cat',
    'tail -f log',
    'find . -delete',
    'find . -exec rm {} +',
    'find . -execdir rm {} +',
    'find . -ok rm {} +',
    'find . -fprint out',
    'find . -fls out',
    'find *',
    'find . {-delete,}',
    'ls *',
    'rg --pre ./evil x',
    'rg --pre=./evil x',
    'rg --hostname-bin ./evil x',
    'rg -z x',
    'rg -nz x',
    'rg --search-zip x',
    "grep --filter='*:./evil' x",
    'grep --colour-me-new x',
    'sort -o out a',
    'sort -no out a',
    'sort --output=out a',
    'sort --compress-program=./evil a',
    'uniq in out',
    'date -s tomorrow',
    'date 01010000',
    'tree -o out',
    'tree -R',
    'file -z a',
    "sed -i 's/a/b/' x",
    "sed -i '1,2p' x",
    'rg -{-pre=x,n} y',
    'git diff --{output=x,stat}',
    "sed -n '1w out' x",
    "sed -n '1e rm x' x",
    "sed -n '1,2p' -i x",
    'awk \'BEGIN{system("rm x")}\'',
    'printf -v PATH /tmp/evil',
    "test -v 'a[$(rm x)]'",
    'git',
    'git commit -m x',
    'git push',
    'git -c core.fsmonitor=./evil status',
    'git -C /elsewhere status',
    'git --git-dir=evil status',
    'git -p log',
    'git diff --output=out',
    'git diff --outp=out',
    'git diff --ext-diff',
    'git log --textconv',
    'git log --show-signature',
    'git branch new',
    'git branch -d old',
    'git remote add o u',
    'git grep -O x',
    'less a',
    'man ls',
  ])('%j', (line) => {
    expect(isReadOnly(line, HERE)).toBe(false);
  });

  test('git elsewhere than in the session’s folder: a repository there may be one that the agent made', () => {
    for (const cwd of ['/repo/sub', '/', undefined]) expect(isReadOnly('git status', { cwd, session: '/repo' })).toBe(false);
    expect(isReadOnly('git status', { cwd: '/repo/./sub/..', session: '/repo/' })).toBe(true);
    expect(isReadOnly('ls', { cwd: undefined, session: '/repo' })).toBe(true);
  });
});
