/** `spool send` */

import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { inputText } from '../input-text.js';
import { pickSession } from '../pick.js';

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
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const client = clientOf(args, io);
    const input = await inputText(args.text, io);
    const { id } = await pickSession(client, args.session);
    const accepted = await client.turns.request(id, args.mode === undefined ? { input } : { input, mode: args.mode });
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
