/** `spool logout codex` */

import { command } from '../command.js';

export const logoutCodex = command({
  about: "Takes the login of this home out of its vault. Your own Codex's login is another one and stays.",
  args: { json: { type: 'boolean', description: 'print JSON for programs' } },
  async run(args, io) {
    const daemon = await import('../../daemon/login.js');
    const gone = await daemon.logoutCodex(io.places, io.env);
    if (args.json) io.json({ removed: gone !== undefined, ended: gone?.ended ?? false });
    else if (gone === undefined) io.data('there was no login');
    else {
      io.data('the login is gone from the vault');
      io.note(whatIsLeft(gone));
    }
    return 0;
  },
});

function whatIsLeft({ kind, ended }: { readonly kind: 'apiKey' | 'chatgpt'; readonly ended: boolean }): string {
  if (kind === 'apiKey') return 'the key itself still works: revoke it where you made it, as at https://platform.openai.com/api-keys';
  if (ended) return 'OpenAI was told, and the login is good for nothing any more';
  return 'OpenAI could not be told: end the login at https://chatgpt.com under Settings, Security';
}
