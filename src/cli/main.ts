#!/usr/bin/env node
/** The entry of the program `spool`. Loads nothing that the command at hand does not need: starting must feel like nothing. */

import { VERSION } from '../base/version.js';
import { COMMANDS, type Entry, isGroup } from './command-list.js';
import { Interrupts } from './interrupts.js';

// A command that is done is done: idle connections and timers must not keep the shell waiting.
process.exit(await main(process.argv.slice(2)));

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === '-v' || first === '--version' || (first === 'version' && rest.length === 0)) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  using interrupts = new Interrupts();
  const { openIo } = await import('./output.js');
  const io = openIo(interrupts);
  // What a command waits for may hang on timers that keep no process alive, as when a host is being stopped.
  const alive = setInterval(() => undefined, 0x7fffffff);
  try {
    const status = await dispatch(argv, io);
    // Whoever has seen enough is not told that something was left undone.
    return interrupts.status === 0 ? 0 : status;
  } catch (error) {
    if (interrupts.status === 0) return 0;
    const { report } = await import('./exit.js');
    return await report(error, io, argv.includes('--json'));
  } finally {
    clearInterval(alive);
    await io.flush();
  }
}

async function dispatch(argv: readonly string[], io: import('./output.js').Io): Promise<number> {
  const [first, ...rest] = argv;
  const { overview, groupOverview } = await import('./help.js');
  if (first === undefined || first === '-h' || first === '--help') {
    io.data(overview(io.ink(io.stdout)));
    return 0;
  }
  // `spool help X` is `spool X --help`.
  if (first === 'help') return await dispatch(rest.length === 0 ? [] : [...rest, '--help'], io);
  const { found, path, args } = await find(argv);
  if (isGroup(found)) {
    const asked = args.length === 0 || args[0] === '--help' || args[0] === '-h';
    if (asked) {
      io.data(groupOverview(path, found, io.ink(io.stdout)));
      return args.length === 0 ? 2 : 0;
    }
    const { unknownCommand } = await import('./suggest.js');
    throw unknownCommand(`${path} ${args[0]}`, args[0] ?? '', Object.keys(found.commands), `spool help ${path}`);
  }
  const { invoke } = await import('./invoke.js');
  return await invoke(path, await found.load(), args, io);
}

/** Walks down the groups as far as the words lead. Throws a usage error for a first word that is no command. */
async function find(argv: readonly string[]): Promise<{ found: Entry; path: string; args: readonly string[] }> {
  const [first = '', second = ''] = argv;
  const entry = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (entry === undefined) {
    const { unknownCommand } = await import('./suggest.js');
    throw unknownCommand(first, first, Object.keys(COMMANDS), 'spool help');
  }
  const inner = isGroup(entry) && Object.hasOwn(entry.commands, second) ? entry.commands[second] : undefined;
  if (inner === undefined) return { found: entry, path: first, args: argv.slice(1) };
  return { found: inner, path: `${first} ${second}`, args: argv.slice(2) };
}
