import { describe, expect, test } from 'vitest';
import { maybeBegins, surelyBegins, wordsOf } from './command-prefix.js';

const surely = (prefix: string, line: string): boolean => surelyBegins(line, wordsOf(prefix));
const maybe = (prefix: string, line: string): boolean => maybeBegins(line, wordsOf(prefix));

describe('before a yes', () => {
  test.each([
    ['git status', 'git status'],
    ['git status', 'git status -s'],
    ['git status', "/bin/bash -lc 'git status'"],
    ['git status', 'bash -lc "git status -s"'],
    ['git status', "/usr/bin/zsh -lc 'git status'"],
    ['git status', "sh -c 'git status; git status -s | git status'"],
    ['touch', "/bin/bash -lc 'touch a1 && touch a2'"],
    ['touch', '/bin/bash -lc "touch \\"it\'s\\""'],
    ['npm test', "/bin/bash -lc 'npm test 2>&1'"],
    ['npm test', "/bin/bash -lc 'npm test -- src/*.test.ts'"],
    ['npm run "my task"', "npm run 'my task'"],
    ['ls', '/bin/bash -lc ls'],
    ["ls '*'", "ls '*'"],
    ['bash', "/bin/bash -lc 'bash build.sh'"],
  ])('%j surely begins %j', (prefix, line) => {
    expect(surely(prefix, line)).toBe(true);
  });

  test.each([
    ['git status', 'git statusx'],
    ['git status', 'git'],
    ['git status', 'git -c core.pager=rm status'],
    ['git status', "/bin/bash -lc 'git status && rm -rf /'"],
    ['git status', "/bin/bash -lc 'git status; rm -rf /'"],
    ['git status', "/bin/bash -lc 'git status | sh'"],
    ['git status', "/bin/bash -lc 'git status\nrm -rf /'"],
    ['git status', "/bin/bash -lc 'rm -rf / || git status'"],
    ['git status', "/bin/bash -lc 'git status $(rm -rf /)'"],
    ['git status', "/bin/bash -lc 'git status `rm -rf /`'"],
    ['git status', '/bin/bash -lc "git status \\"\\$(rm -rf /)\\""'],
    ['git status', "/bin/bash -lc 'git status & rm -rf /'"],
    ['git status', "/bin/bash -lc 'git status > ~/.bashrc'"],
    ['git status', "/bin/bash -lc 'PATH=/tmp/x git status'"],
    ['git status', "/bin/bash -lc 'git() { rm -rf /; }\ngit status'"],
    ['git status', "/bin/bash -lc 'alias git=rm; git status'"],
    ['git status', "/bin/bash -lc '(git status)'"],
    ['git status', "/bin/bash -lc 'if git status; then rm x; fi'"],
    ['git status', "/bin/bash -lc './git status'"],
    ['git status', "/bin/bash -lc '{git,status}'"],
    ['git status', "/bin/bash -lc 'git stat*'"],
    ['git status', "/bin/bash -lc 'cat <<EOF | sh\nrm x\nEOF'"],
    ['git status', '/tmp/evil/bash -lc "git status"'],
    ['git status', "./bash -lc 'git status'"],
    ['git status', "/bin/bash -ilc 'git status'"],
    ['git status', "/bin/bash --rcfile evil -lc 'git status'"],
    ['git status', "/bin/bash -lc 'git status' x"],
    ['git status', "/bin/bash -lc 'git status' && rm x"],
    ['git status', '/bin/bash -lc "bash -lc \'git status\'"'],
    ['git status', "/bin/bash -lc 'git status"],
    ['git status', "/bin/bash -lc 'git \u2028status'"],
    ['git status', ''],
    ['git status', "/bin/bash -lc ''"],
    ['bash', "/bin/bash -lc 'rm -rf /'"],
    ['ls *', 'ls *'],
    ["''", 'rm'],
    [' ', 'rm'],
  ])('%j does not surely begin %j', (prefix, line) => {
    expect(surely(prefix, line)).toBe(false);
  });
});

describe('for a no', () => {
  test.each([
    ['rm', 'rm x'],
    ['rm', "/bin/bash -lc 'ls && rm -rf /'"],
    ['rm', "/bin/bash -lc '/bin/rm x'"],
    ['rm', "/bin/bash -lc 'RM x'"],
    ['RM', 'rm x'],
    ['rm -r', 'rm -R x'],
    ['rm', "/bin/bash -lc 'r\\m x'"],
    ['rm', "/bin/bash -lc 'FORCE=1 rm x'"],
    ['rm', "/bin/bash -lc 'sudo -n rm x'"],
    ['rm', "/bin/bash -lc 'find . -exec rm {} +'"],
    ['rm', "/bin/bash -lc 'ls | xargs rm'"],
    ['rm', '/bin/bash -lc "bash -c \'rm x\'"'],
    ['rm', "/bin/bash -lc 'eval rm x'"],
    ['rm', '/bin/bash -lc \'python3 -c "import os; os.system(\\"rm x\\")"\''],
    ['rm', "/bin/bash -lc 'if true; then rm x; fi'"],
    ['rm', "/bin/bash -lc 'for f in a b; do rm $f; done'"],
    ['rm', "/bin/bash -lc 'echo $(rm x)'"],
    ['rm', "/bin/bash -lc '(rm x)'"],
    ['rm', "/bin/bash -lc 'sleep 1 & rm x'"],
    ['rm', "/bin/bash -lc 'rm x"],
    ['rm', "/bin/bash -lc 'cat <<EOF | sh\nrm x\nEOF'"],
    ['rm', "/bin/bash -lc '{rm,-rf,x}'"],
    ['git push', `/bin/bash -lc 'git\${IFS}push'`],
    ['git push', "/bin/bash -lc 'git push --force'"],
    ['git push', '/bin/bash -lc \'"git" "push" $REMOTE\''],
    ['/opt/deploy', "/bin/bash -lc '/opt/deploy now'"],
  ])('%j may begin %j', (prefix, line) => {
    expect(maybe(prefix, line)).toBe(true);
  });

  test.each([
    ['rm', "/bin/bash -lc 'touch rm'"],
    ['rm', "/bin/bash -lc 'rmdir x'"],
    ['rm', "/bin/bash -lc 'npm run rm'"],
    ['rm', "/bin/bash -lc 'FOO=rm'"],
    ['rm', "/bin/bash -lc 'echo $HOME'"],
    ['bash', "/bin/bash -lc 'ls'"],
    ['bash', "/bin/bash -lc 'echo $HOME'"],
    ['git push', "/bin/bash -lc 'git log && echo push'"],
    ['git push', "/bin/bash -lc 'git commit -m push'"],
  ])('%j cannot begin %j', (prefix, line) => {
    expect(maybe(prefix, line)).toBe(false);
  });
});
