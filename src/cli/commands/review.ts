/** `spool review` */

import { SpoolError } from '../../base/errors.js';
import type { ReviewTarget } from '../../contract/session.js';
import { command } from '../command.js';
import { clientOf, HOST_FLAGS } from '../connect.js';
import { driveTurn } from '../drive-turn.js';
import { pickSession } from '../pick.js';
import { wholeNumber } from '../whole-number.js';

export const review = command({
  about:
    "Has changes in a session's folder reviewed, and streams it; the review goes to stdout. Without a flag it is about what is not committed. Behind other turns it waits its turn; Ctrl-C takes it back.",
  args: {
    session: { type: 'positional', description: 'the session, or a part of its id' },
    base: { type: 'string', valueHint: 'branch', description: 'what differs from this branch' },
    commit: { type: 'string', valueHint: 'sha', description: 'this commit' },
    instructions: { type: 'string', valueHint: 'text', description: 'what this text says' },
    timeout: { type: 'string', valueHint: 'seconds', description: 'interrupts the review after so long, with exit status 124' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    const seconds = wholeNumber('--timeout', args.timeout, 1);
    const target = targetOf(args);
    const client = clientOf(args, io);
    const session = await pickSession(client, args.session);
    return await driveTurn({
      client,
      io,
      session,
      begin: (signal) => client.call('reviewSession', { params: { id: session.id }, body: { target }, signal }),
      approve: 'ask',
      json: args.json,
      timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    });
  },
});

interface Wishes {
  readonly base: string | undefined;
  readonly commit: string | undefined;
  readonly instructions: string | undefined;
}

function targetOf({ base, commit, instructions }: Wishes): ReviewTarget {
  const targets: ReviewTarget[] = [
    ...(base === undefined ? [] : [{ type: 'baseBranch' as const, branch: base }]),
    ...(commit === undefined ? [] : [{ type: 'commit' as const, sha: commit }]),
    ...(instructions === undefined ? [] : [{ type: 'custom' as const, instructions }]),
  ];
  if (targets.length > 1)
    throw new SpoolError('invalid-input', 'a review is about one thing', { hint: 'give one of --base, --commit, --instructions' });
  return targets[0] ?? { type: 'uncommittedChanges' };
}
