/**
 * Which names a tool of the host may have. Codex runs shells and changes files itself, inside of its sandbox and with its own questions;
 * a tool of the same kind in the host's process would be a way around both, and so would one that passes for a part of Codex's own loop.
 */

import { SpoolError } from '../../base/errors.js';

const FORM = /^[A-Za-z0-9_-]{1,64}$/;

/** Without case and separators, so that `read_file`, `read-file` and `readFile` are one. */
const TAKEN = new Set(
  [
    ...['shell', 'local_shell', 'shell_command', 'run_shell', 'shell_exec', 'bash', 'sh', 'zsh', 'cmd', 'powershell', 'terminal'],
    ...['exec', 'exec_command', 'execute_command', 'run_command', 'run_terminal_cmd', 'run_terminal_command', 'container_exec'],
    ...['unified_exec', 'write_stdin', 'kill_shell', 'bash_output', 'wait'],
    ...['apply_patch', 'patch', 'edit', 'edit_file', 'multi_edit', 'str_replace', 'str_replace_editor', 'str_replace_based_edit_tool'],
    ...['read', 'read_file', 'view_file', 'open_file', 'cat', 'write', 'write_file', 'create_file', 'save_file', 'append_file'],
    ...['delete_file', 'remove_file', 'rm', 'move_file', 'rename_file', 'copy_file', 'mkdir', 'create_directory', 'delete_directory'],
    ...['ls', 'list_dir', 'list_directory', 'list_files', 'glob', 'grep', 'grep_files', 'find_files', 'search_files', 'view_image'],
    ...[
      'update_plan',
      'request_user_input',
      'request_permissions',
      'tool_search',
      'spawn_agent',
      'send_input',
      'wait_agent',
      'close_agent',
    ],
  ].map(plain),
);

/** Throws `invalid-input`. */
export function checkToolName(name: string): void {
  if (!FORM.test(name)) {
    throw new SpoolError('invalid-input', `a tool cannot be called ${JSON.stringify(name)}`, {
      hint: 'a name is 1 to 64 letters, digits, _ and -',
    });
  }
  if (!TAKEN.has(plain(name))) return;
  throw new SpoolError('invalid-input', `a tool of the host cannot be called ${name}`, {
    hint: 'agents have tools of that kind already, in their sandbox; if yours does something else, give it a name that says what',
  });
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}
