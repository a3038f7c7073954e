import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '../../contract/message.js';
import { messageLines, messageMarkdown } from './message-text.js';

const STYLE = { ink: createColors(false), columns: 60 };
const AT = '2026-01-01T00:00:02.000Z';

const message = (role: ChatMessage['role'], content: string | null, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: 'msg_1',
  role,
  content,
  turn: 't',
  position: 1,
  at: AT,
  ...more,
});

const call = (name: string, given: string): ChatMessage =>
  message('assistant', null, { toolCalls: [{ id: 'call_1', name, arguments: given }] });

const CONVERSATION = [
  message('user', 'Run the\ntests.'),
  message('assistant', 'I run them.', { reasoning: '**Looking** at\nthe tests' }),
  call('exec_command', '{"command":"/bin/bash -lc \'npm test\'","cwd":"/w"}'),
  message('tool', '[exit 1]\nzero\none\ntwo\nthree\nfour\nfive\nsix\n'),
  call('apply_patch', '{"changes":[]}'),
  message('tool', ''),
  message('user', 'And?'),
  message('assistant', 'They', { partial: true }),
];

const terminal = (messages: readonly ChatMessage[]): string =>
  messages.flatMap((one, index) => messageLines(one, messages[index - 1], STYLE)).join('\n');
const markdown = (messages: readonly ChatMessage[]): string =>
  messages.map((one, index) => messageMarkdown(one, messages[index - 1])).join('');

test('a conversation on a terminal names who speaks once, and shows of a result the end', () => {
  expect(terminal(CONVERSATION)).toBe(`User 2026-01-01 00:00:02
Run the
tests.

Assistant 2026-01-01 00:00:02
∴ Looking at …
I run them.
→ exec_command npm test
  │ [exit 1]
  │ … 2 lines more above
  │ two
  │ three
  │ four
  │ five
  │ six
→ apply_patch {"changes":[]}

User 2026-01-01 00:00:02
And?

Assistant 2026-01-01 00:00:02
They
… it was cut off here`);
});

test('a conversation in markdown is whole', () => {
  expect(markdown(CONVERSATION)).toBe(`## User

Run the
tests.

## Assistant

> **Looking** at
> the tests

I run them.

### exec_command

\`\`\`json
{"command":"/bin/bash -lc 'npm test'","cwd":"/w"}
\`\`\`

\`\`\`text
[exit 1]
zero
one
two
three
four
five
six
\`\`\`

### apply_patch

\`\`\`json
{"changes":[]}
\`\`\`

## User

And?

## Assistant

They

*It was cut off here.*

`);
});

describe('what others say', () => {
  test('cannot leave its fence', () => {
    expect(markdown([message('tool', 'a\n````\n# b\n```')])).toContain('`````text\na\n````\n# b\n```\n`````');
  });

  test('cannot move the cursor', () => {
    const hostile = [message('user', 'a\u001b[2Jb'), message('tool', 'c\u001b]0;d\u0007'), call('x\u001b[1m', '{}')];
    expect(terminal(hostile) + markdown(hostile)).not.toContain('\u001b');
  });

  test('is kept to the width where lines matter', () => {
    for (const line of messageLines(call('apply_patch', 'x'.repeat(200)), message('user', ''), STYLE))
      expect(line.length).toBeLessThanOrEqual(60);
  });
});
