/** `spool send` */

import type { Limits } from '../../contract/limits.js';
import type { RequestTurn } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, EFFORTS, HOST_FLAGS } from '../connect.js';
import { inputText } from '../input-text.js';
import { pickSession } from '../pick.js';
import { INPUT_FLAGS, turnBody } from '../turn-flags.js';
import { wholeNumber } from '../whole-number.js';

export const send = command({
  about:
    'Asks a session for a turn and prints its id. It is recorded durably once the id is there; `spool wait S --turn ID` waits for its end.',
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    text: { type: 'positional', description: 'what to do; - reads it from stdin' },
    mode: {
      type: 'enum',
      options: ['auto', 'steer', 'queue', 'reject'],
      description: 'what to do while another turn runs (default: auto)',
    },
    model: { type: 'string', valueHint: 'name', description: 'the model of this turn; `spool models` lists them' },
    effort: { type: 'enum', options: EFFORTS, description: 'how hard it thinks in this turn' },
    sticky: { type: 'boolean', description: 'keep model and effort for the turns after this one' },
    ...INPUT_FLAGS,
    timeout: { type: 'string', valueHint: 'seconds', description: 'how long the turn may take; the host interrupts it then' },
    idle: { type: 'string', valueHint: 'seconds', description: 'how long it may give no sign of life (default: 900)' },
    'queue-timeout': { type: 'string', valueHint: 'seconds', description: 'how long it may wait for its turn' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const body = { ...(await turnBody(await inputText(args.text, io), args, client.url)), ...wishesOf(args) };
    const { id } = await pickSession(client, args.session);
    const accepted = await client.turns.request(id, body);
    if (args.json) io.json(accepted);
    else {
      io.data(accepted.turn.id);
      const [session, turn] = [id.slice(-6), accepted.turn.id.slice(-6)];
      const next = `\`spool wait ${session} --turn ${turn}\` waits for its end, \`spool attach ${session}\` shows it`;
      io.note(io.ink(io.stderr).dim(`${accepted.disposition}; ${next}`));
    }
    return 0;
  },
});

interface Wishes {
  readonly mode: RequestTurn['mode'];
  readonly model: string | undefined;
  readonly effort: RequestTurn['effort'];
  readonly sticky: boolean;
  readonly timeout: string | undefined;
  readonly idle: string | undefined;
  readonly 'queue-timeout': string | undefined;
}

function wishesOf({ mode, model, effort, sticky, ...times }: Wishes): Omit<RequestTurn, 'input'> {
  const limits = limitsOf(times);
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(sticky ? { sticky } : {}),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

function limitsOf(times: Pick<Wishes, 'timeout' | 'idle' | 'queue-timeout'>): Limits {
  const turnSeconds = wholeNumber('--timeout', times.timeout, 1);
  const idleSeconds = wholeNumber('--idle', times.idle, 1);
  const queueSeconds = wholeNumber('--queue-timeout', times['queue-timeout'], 1);
  return {
    ...(turnSeconds === undefined ? {} : { turnSeconds }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(queueSeconds === undefined ? {} : { queueSeconds }),
  };
}
