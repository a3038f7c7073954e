/** Setup at a terminal, with menus; and in a pipe, where every question has the answer that changes nothing. Draws on stderr only. */

import { type CANCEL_SYMBOL, confirm, isCancel, log, select, spinner, text } from '@clack/prompts';
import { SpoolError } from '../base/errors.js';
import type { Talk } from '../daemon/setup/talk.js';
import type { Io } from './output.js';

export function setupTalk(io: Io, options: { readonly ask: boolean }): Talk {
  return io.canAsk && options.ask ? atTheTerminal(io) : inAPipe(io);
}

function atTheTerminal(io: Io): Talk {
  const common = { output: io.stderr, input: io.stdin };
  const ink = io.ink(io.stderr);
  return {
    canAsk: true,
    step: (title) => log.step(ink.bold(title), common),
    say: (words) => log.message(words, common),
    warn: (words) => log.warn(words, common),
    choose: async (message, choices, initialValue) =>
      answered(await select<string>({ ...common, message, options: [...choices], initialValue })) as (typeof choices)[number]['value'],
    confirm: async (message, initialValue) => answered(await confirm({ ...common, message, initialValue })),
    line: async (message, { initial, wrong }) =>
      answered(
        await text({
          ...common,
          message,
          ...(initial === undefined ? {} : { initialValue: initial }),
          validate: (line) => wrong?.(line ?? ''),
        }),
      ),
    async during(what, work) {
      const turning = spinner({ output: io.stderr });
      turning.start(what);
      try {
        const result = await work();
        turning.stop(what);
        return result;
      } catch (error) {
        turning.error(what);
        throw error;
      }
    },
  };
}

function inAPipe(io: Io): Talk {
  return {
    canAsk: false,
    step: (title) => io.note(`${title}:`),
    say: (words) => io.note(`  ${words}`),
    warn: (words) => io.note(`  ${words.replaceAll('\n', '\n  ')}`),
    choose: (_question, _choices, initial) => Promise.resolve(initial),
    confirm: (_question, initial) => Promise.resolve(initial),
    line: (question, { initial }) =>
      initial === undefined
        ? Promise.reject(new SpoolError('invalid-input', `nobody is there to answer: ${question}`))
        : Promise.resolve(initial),
    async during(what, work) {
      io.note(`  ${what}`);
      return await work();
    },
  };
}

function answered<T>(answer: T | typeof CANCEL_SYMBOL): T {
  if (isCancel(answer)) throw new SpoolError('cancelled', 'setup was left; what was done so far stays');
  return answer;
}
