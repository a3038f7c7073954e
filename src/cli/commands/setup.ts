/** `spool setup` */

import { systemClock } from '../../base/clock.js';
import { SpoolError } from '../../base/errors.js';
import type { LoginMethod, SetupParts, SetupWishes } from '../../daemon/setup/setup.js';
import { command } from '../command.js';
import { HOST_FLAGS, type HostArgs } from '../connect.js';
import type { Io } from '../output.js';
import { setupTalk } from '../setup-talk.js';
import { reach } from '../start-host.js';

const HELLO = 'Say hello in one short sentence. Use no tools.';
/** Codex tries on for as long as it takes where nobody answers; whoever sets up wants to know. */
const HELLO_SECONDS = 90;

export const setup = command({
  about:
    'The first run: finds Codex, chooses a login, makes an agent, says hello. May be run again at any time: what is done already is kept. Without a terminal, or with --yes, what no flag decides is left as it is.',
  args: {
    'install-codex': { type: 'boolean', description: 'install Codex into this home if there is none' },
    login: {
      type: 'enum',
      options: ['home', 'browser', 'device', 'api-key', 'skip'],
      description: 'whose login agents use: the one that Codex has, one of their own, none',
    },
    agent: { type: 'string', valueHint: 'alias', description: 'make this agent; "default" for none beside the one that always exists' },
    hello: { type: 'boolean', description: 'say hello to the agent without asking first' },
    'skip-hello': { type: 'boolean', description: 'do not say hello' },
    'skip-assist': { type: 'boolean', description: 'do not offer to open Codex on a step that failed' },
    yes: { type: 'boolean', description: 'ask nothing' },
    ...HOST_FLAGS,
  },
  async run(args, io) {
    if (args.hello && args['skip-hello']) throw new SpoolError('invalid-input', '--hello and --skip-hello contradict each other');
    const { runSetup } = await import('../../daemon/setup/setup.js');
    const talk = setupTalk(io, { ask: !args.yes && !args.json });
    const wishes: SetupWishes = {
      installCodex: args['install-codex'] ? true : undefined,
      login: args.login,
      agent: args.agent === 'default' ? null : args.agent,
      hello: args.hello ? true : args['skip-hello'] ? false : undefined,
    };
    const result = await runSetup({ ...(await machine(args, io)), talk, wishes, assist: !args['skip-assist'] && talk.canAsk });
    if (args.json) io.json(result);
    else if (result.ok) io.data(`ready: spool run --agent ${result.agent} "…" asks for a turn, spool daemon install keeps a host running`);
    return result.ok ? 0 : 1;
  },
});

/** What the steps do, on this machine. */
async function machine(args: HostArgs & { readonly json: boolean }, io: Io): Promise<Omit<SetupParts, 'talk' | 'wishes' | 'assist'>> {
  const { SetupLog } = await import('../../daemon/setup/setup-log.js');
  const { storedLogin } = await import('../../daemon/login.js');
  return {
    env: io.env,
    log: new SetupLog(io.places.setupLog, systemClock),
    login: async (method: LoginMethod) => {
      const { logInBy } = await import('./login-codex.js');
      return await logInBy(method, io);
    },
    vaultLabel: async () => (await storedLogin(io.places))?.label,
    async makeAgent(alias, codexHome) {
      await using reached = await reach(args, io);
      try {
        await reached.client.agents.create({ alias, codexHome });
        return true;
      } catch (error) {
        if (SpoolError.from(error).code === 'conflict') return false;
        throw error;
      }
    },
    async hello(agent) {
      await using reached = await reach(args, io);
      const { client } = reached;
      const limits = { turnSeconds: HELLO_SECONDS };
      const session = await client.sessions.open({ agent, title: 'Hello', cwd: process.cwd(), approvals: { mode: 'deny' }, limits });
      const { turn } = await client.turns.request(session.id, { input: HELLO });
      const ended = await client.wait(session.id, turn.id);
      if (ended.status === 'completed') return ended.finalText ?? '(nothing)';
      throw new SpoolError('runtime-failed', `the turn ${ended.status}: ${ended.error?.message ?? ''}`, {
        hint: `spool doctor looks for the reason; spool logs ${session.id} shows what happened`,
      });
    },
  };
}
