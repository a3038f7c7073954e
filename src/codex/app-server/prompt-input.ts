/**
 * What the model would be shown first, as Codex itself puts it together: instructions, AGENTS.md of home and folder, skills, permissions,
 * surroundings. No model is asked and no conversation begins.
 */

import { z } from 'zod';
import { SpoolError } from '../../base/errors.js';
import { runToEnd } from '../../base/process.js';
import type { AgentPrompt } from '../../contract/agent-prompt.js';
import type { FirstPrompt } from '../../ports/agent.js';
import { requireCodex } from '../binary.js';

const TIMEOUT_MS = 30_000;

/** Beside messages stand the tools, for models that are told of them as an item of their own. */
const Items = z.array(
  z.looseObject({ role: z.string().optional(), content: z.array(z.looseObject({ text: z.string().optional() })).optional() }),
);

export interface PromptInput {
  readonly binary: string;
  readonly env: Readonly<Record<string, string>>;
  readonly of: FirstPrompt;
}

/** Rejects with `runtime-missing`, `runtime-too-old`, or `runtime-failed` with Codex's own words. */
export async function promptInput({ binary, env, of }: PromptInput): Promise<AgentPrompt> {
  const version = await requireCodex(binary);
  const { code, stdout, stderr } = await runToEnd({ command: binary, args: argsOf(of), cwd: of.cwd, env, timeoutMs: TIMEOUT_MS });
  const messages = code === 0 ? messagesOf(stdout) : undefined;
  if (messages !== undefined) return { cwd: of.cwd, version, messages };
  const said =
    stderr.split('\n').find((line) => line.trim() !== '' && !line.startsWith('WARNING:')) ?? 'something that is no list of messages';
  throw new SpoolError('runtime-failed', `Codex ${version} does not show what it would send: ${said}`, {
    hint: 'try it yourself: codex debug prompt-input',
  });
}

function argsOf({ cwd, model, effort, permissions, setup = {} }: FirstPrompt): readonly string[] {
  const settings = {
    model,
    model_reasoning_effort: effort,
    default_permissions: permissions.profile,
    developer_instructions: setup.instructions,
    // In a configuration Codex no longer takes this word of its protocol.
    approval_policy: permissions.approvalPolicy === 'untrusted' ? undefined : permissions.approvalPolicy,
  };
  const given = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : ['-c', `${name}=${toml(value)}`]));
  const folders = (setup.writableRoots ?? []).flatMap((folder) => ['--add-dir', folder]);
  return ['-C', cwd, ...folders, ...given, 'debug', 'prompt-input'];
}

/** JSON's strings are TOML's, but for one character. */
function toml(text: string): string {
  return JSON.stringify(text).replaceAll('\u007F', '\\u007F');
}

function messagesOf(stdout: string): AgentPrompt['messages'] | undefined {
  try {
    return Items.parse(JSON.parse(stdout)).flatMap(({ role, content }) =>
      role === undefined || content === undefined
        ? []
        : [{ role, parts: content.flatMap(({ text }) => (text === undefined ? [] : [text])) }],
    );
  } catch {
    // Told by the caller, with what Codex said.
    return undefined;
  }
}
