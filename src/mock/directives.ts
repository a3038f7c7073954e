/**
 * What a mock without a script does: it echoes its input, or does what directives in it say, which are those of the offline model as
 * far as a mock can do them: `[[text:Done.]] [[deltas:20:50]]`.
 */

import type { Step } from './steps.js';

const DIRECTIVE = /\[\[(text|reason|deltas|sh!?|patch|stall|failed)(?::([\s\S]*?))?\]\]/g;

/** One of what a directive of the model streams. */
const PIECE = 'word ';

export function stepsOf(input: string): readonly Step[] {
  const steps = [...input.matchAll(DIRECTIVE)].map(([, name = '', args = '']) => stepOf(name, args));
  return steps.length > 0 ? steps : [say(input)];
}

function stepOf(name: string, args: string): Step {
  switch (name) {
    case 'text':
      return say(unescaped(args));
    case 'reason':
      return { name: 'think', value: { text: unescaped(args), pieces: 1, everyMs: 0 } };
    case 'deltas': {
      const [pieces = 1, everyMs = 0] = args.split(':').map(Number);
      return { name: 'say', value: { text: PIECE.repeat(pieces), pieces, everyMs } };
    }
    case 'sh':
      return { name: 'command', value: commandOf(args) };
    case 'sh!':
      return { name: 'ask', value: { command: commandOf(args), accept: [], decline: [] } };
    case 'patch': {
      const [path = '', ...content] = args.split('=');
      return { name: 'fileChange', value: { path: path.trim(), content: unescaped(content.join('=')) } };
    }
    case 'stall':
      return { name: 'wait', value: 'interrupt' };
    default:
      return { name: 'fail', value: { message: args, code: 'model', retryable: false } };
  }
}

function say(text: string): Step {
  return { name: 'say', value: { text, pieces: 1, everyMs: 0 } };
}

function commandOf(command: string): Extract<Step, { name: 'command' }>['value'] {
  return { command, output: '', exitCode: 0, takesMs: 0 };
}

function unescaped(args: string): string {
  return args.replaceAll('\\n', '\n');
}
