import { expect, test } from 'vitest';
import { checkToolName } from './tool-name.js';

const refusal = (name: string): unknown => {
  try {
    checkToolName(name);
    return undefined;
  } catch (error) {
    return error;
  }
};

test.each(['web_search', 'image-generate', 'skillView', 'a', 'kanban_complete', 'x'.repeat(64), 'shell_companies', 'reader'])(
  'a tool may be called %s',
  (name) => expect(refusal(name)).toBeUndefined(),
);

test.each(['', 'two words', 'a.b', 'ünicode', 'x'.repeat(65), 'a/b', 'a\n'])(
  'a tool cannot be called %j, which no model could call',
  (name) => expect(refusal(name)).toMatchObject({ code: 'invalid-input', hint: 'a name is 1 to 64 letters, digits, _ and -' }),
);

test.each([
  ...['shell', 'Shell', 'local_shell', 'bash', 'exec', 'exec_command', 'exec-command', 'execCommand', 'run_command', 'write_stdin'],
  ...[
    'apply_patch',
    'applyPatch',
    'read_file',
    'readFile',
    'READ_FILE',
    'write_file',
    'write-file',
    'edit',
    'list_dir',
    'grep',
    'view_image',
  ],
])('no tool of the host takes the place of the one that agents have in their sandbox: %s', (name) =>
  expect(refusal(name)).toMatchObject({ code: 'invalid-input', message: `a tool of the host cannot be called ${name}` }),
);

test.each(['update_plan', 'request_user_input', 'spawn_agent'])(
  'no tool of the host passes for a part of the loop of the agent: %s',
  (name) => expect(refusal(name)).toMatchObject({ code: 'invalid-input' }),
);
