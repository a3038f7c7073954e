/** `spool permit show` */

import type { Approval } from '../../contract/approval.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { columnsOf } from '../output.js';
import { pickApproval } from '../pick.js';
import { amendmentLines, answerLine, questionLines } from '../render/approval-lines.js';
import type { LineStyle } from '../render/item-lines.js';
import { printable } from '../render/printable.js';
import { age } from '../render/words.js';

export const permitShow = command({
  about:
    'Shows one question in full: what would happen, the changes line by line, what may be answered; and the answer, once there is one.',
  args: { id: { type: 'positional', description: 'the question, or a part of its id' }, ...HOST_FLAGS },
  async run(args, io) {
    const client = clientOf(args, io);
    const approval = await pickApproval(client, args.id);
    const style = { ink: io.ink(io.stdout), columns: columnsOf(io.stdout) };
    if (args.json) io.json(approval);
    else for (const line of linesOf(approval, style)) io.data(line);
    return 0;
  },
});

function linesOf(approval: Approval, style: LineStyle): string[] {
  const { id, kind, session, askedAt, status, changes = [], schema, amendments = [], decisions } = approval;
  const { ink } = style;
  return [
    `${ink.bold(id)} ${ink.dim(`${kind} · ${status} · ${age(askedAt, Date.now())} · session …${session.slice(-6)}`)}`,
    ...questionLines(approval, style),
    ...changes.flatMap(({ path, diff }) => (diff === undefined ? [] : ['', printable(path), ...printable(diff).trimEnd().split('\n')])),
    ...(schema === undefined
      ? []
      : ['', ink.dim('the form, as a JSON schema:'), ...printable(JSON.stringify(schema, null, 2)).split('\n')]),
    ...(amendments.length === 0 ? [] : ['', ...amendmentLines(amendments, (one) => `${one.action} --rule ${one.id}`, style)]),
    '',
    ...answered(approval, style),
    ...(status === 'pending' ? [ink.dim(`may be answered: ${decisions.join(', ')}`)] : []),
  ];
}

function answered(approval: Approval, style: LineStyle): string[] {
  const { answer, answeredBy: by = 'somebody', answeredWhy: why, id } = approval;
  if (answer === undefined) return [];
  return [answerLine({ approval: id, answer, by, ...(why === undefined ? {} : { why }) }, approval, { ...style, named: false })];
}
