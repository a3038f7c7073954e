/** `spool permit answer` */

import { messageOf, SpoolError } from '../../base/errors.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { inputText } from '../input-text.js';
import { pickApproval } from '../pick.js';

export const permitAnswer = command({
  about:
    'Answers a question that wants more than yes: a value for each question, the fields of a form, the result of a tool, or the part of the permissions that is granted. `spool permit show ID` tells what is wanted.',
  args: {
    id: { type: 'positional', description: 'the question, or a part of its id' },
    'json-value': { type: 'string', valueHint: 'json', description: 'the answer as JSON; - reads it from stdin' },
    value: { type: 'string', valueHint: 'text', description: 'the answer as a text, where one text is enough; - reads it from stdin' },
    'for-session': { type: 'boolean', description: 'and for the rest of the session, where that may be answered' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const { value: text, 'json-value': json } = args;
    if ((text === undefined) === (json === undefined)) {
      throw new SpoolError('invalid-input', 'one value is wanted', { hint: 'give --json-value JSON or --value TEXT' });
    }
    const value = text === undefined ? parse(await inputText(json ?? '', io)) : await inputText(text, io);
    const client = clientOf(args, io);
    const { id } = await pickApproval(client, args.id);
    const approval = await client.approvals.answer(id, { decision: args['for-session'] ? 'acceptForSession' : 'accept', value });
    if (args.json) io.json(approval);
    else io.note(`answered ${id}`);
    return 0;
  },
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SpoolError('invalid-input', `--json-value is no JSON: ${messageOf(error)}`, {
      hint: 'text goes in double quotes inside of JSON; --value takes it as it is',
      cause: error,
    });
  }
}
