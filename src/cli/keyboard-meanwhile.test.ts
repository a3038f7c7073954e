/** Questions at a terminal while other things happen: another client answers, the next question comes, Ctrl-C, events for programs. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AskingHost, SESSION } from '../../test/support/asking-host.js';
import { Terminal } from '../../test/support/terminal.js';
import type { Amendment } from '../contract/approval.js';

let asking: AskingHost;

/** The last lines of the terminal. */
const tail = (screen: string, lines: number): string[] => screen.split('\n').slice(-lines);
/** A prompt of keys waits at the end of the screen. */
const waits = (screen: string): boolean => /›$/.test(screen);

beforeEach(async () => {
  asking = await new AskingHost().start();
});

afterEach(async () => {
  await asking[Symbol.asyncDispose]();
});

describe('when another client answers first', () => {
  let terminal: Terminal;

  beforeEach(async () => {
    terminal = new Terminal(['attach', SESSION], { env: asking.env });
    await terminal.shows('Ctrl-C leaves');
  });

  afterEach(async () => {
    await terminal[Symbol.asyncDispose]();
  });

  test('the keys go away and a line says who it was', async () => {
    const rule: Amendment = {
      id: 'r',
      kind: 'command',
      title: 'From now on run it without asking. '.repeat(4),
      action: 'allow',
      permanent: true,
    };
    const id = asking.ask({ command: 'npm test', amendments: [rule] });
    await terminal.shows(waits);
    asking.answerElsewhere(id, { decision: 'accept' }, 'ann');
    expect(tail(await terminal.shows('by ann'), 4)).toEqual([
      '? May the agent run this command?',
      '    npm test',
      '✓ allowed by ann',
      '… thinking',
    ]);
  });

  test('a menu goes away with all that was typed into it', async () => {
    const options = Array.from({ length: 4 }, (_, i) => ({
      label: `Option ${i}`,
      description: 'which takes more than one line to tell. '.repeat(3),
    }));
    const questions = [
      { id: 'a', question: 'First?' },
      { id: 'b', question: 'Second?', options },
    ];
    const id = asking.ask({ kind: 'userInput', decisions: ['accept', 'decline'], questions });
    await terminal.shows('First?');
    await terminal.type('something');
    await terminal.press('Enter');
    await terminal.shows('Second?');
    await terminal.press('Down', 'Down');
    await terminal.shows('● Option 2');
    asking.answerElsewhere(id, { decision: 'accept', value: {} }, 'ann');
    expect(tail(await terminal.shows('by ann'), 3)).toEqual([
      '? The agent asks you something. · Esc for no answer',
      '✓ answered by ann',
      '… thinking',
    ]);
  });

  test('the next question is asked', async () => {
    const first = asking.ask({ command: 'one' });
    const second = asking.ask({ command: 'two' });
    await terminal.shows(waits);
    asking.answerElsewhere(first, { decision: 'decline' }, 'ann');
    // What came while the first one was asked stands above the keys of the second one.
    await terminal.shows((screen) => screen.includes('⊘ declined by ann · one') && waits(screen));
    await terminal.press('y');
    await terminal.shows('✓ allowed by owner');
    expect(asking.answerTo(second)).toEqual({ decision: 'accept' });
  });
});

describe('run', () => {
  const turn = `trn_${'1'.padStart(26, '0')}`;
  const session = `ses_${'2'.padStart(26, '0')}`;

  /** Starts `spool run` with these flags, and has its turn ask. */
  async function runs(...flags: string[]): Promise<{ running: Terminal; id: string }> {
    let id = '';
    asking.host.onTurn = () => {
      id = asking.ask({ command: 'rm -rf build', session, turn });
    };
    const running = new Terminal(['run', 'Clean up', ...flags], { env: asking.env });
    await running.shows(waits);
    return { running, id };
  }

  test('with --json shows a person the question beside the events', async () => {
    const { running, id } = await runs('--json');
    await using _ = running;
    expect(await running.screen()).toContain('? May the agent run this command?\n    rm -rf build\n  y yes / n no');
    await running.press('n');
    await running.shows('"decision":"decline"');
    expect(asking.answerTo(id)).toEqual({ decision: 'decline' });
  });

  test('is interrupted by Ctrl-C at a question, and says so at once', async () => {
    const { running, id } = await runs();
    await using _ = running;
    await running.press('C-c');
    await running.shows('› ^C\n· interrupting the turn; Ctrl-C again leaves at once');
    const reason = 'the turn was interrupted';
    asking.host.append(session, { type: 'approval.expired', turn, at: '2026-01-01T00:00:05.000Z', data: { approval: id, reason } });
    asking.host.append(session, { type: 'turn.interrupted', turn, at: '2026-01-01T00:00:05.000Z', data: { finalText: null, usage: null } });
    await running.shows('[exit 130]');
    expect(asking.answerTo(id)).toBeUndefined();
  });

  test('with --approve auto asks only for what the host cannot answer with a yes', async () => {
    asking.host.onTurn = () => {
      asking.ask({ command: 'rm -rf build', session, turn });
      asking.ask({ kind: 'userInput', session, turn, questions: [{ id: 'a', question: 'First?' }], decisions: ['accept', 'decline'] });
    };
    await using running = new Terminal(['run', 'Clean up', '--approve', 'auto'], { env: asking.env });
    expect(await running.shows('First?')).toContain('✓ allowed by the policy: the mode "auto"\n· allowed: --approve auto\n');
    await running.type('here');
    await running.press('Enter');
    await running.shows('✓ answered by owner');
  });
});
