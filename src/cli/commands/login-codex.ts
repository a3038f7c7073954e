/** `spool login codex` */

import { text as textOf } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { SpoolError } from '../../base/errors.js';
import type { CredentialInfo, LoginMethod } from '../../daemon/login.js';
import { command } from '../command.js';
import { LeftMenu, type Menus } from '../menus.js';
import type { Io } from '../output.js';

const METHODS = ['browser', 'device', 'api-key', 'skip'] as const;
type Wish = (typeof METHODS)[number];

interface Flags {
  readonly 'base-url': string | undefined;
  readonly issuer: string | undefined;
  readonly keep: boolean;
  readonly reconnect: boolean;
}

export const loginCodex = command({
  about:
    'Logs in for agents, apart from your own Codex: with ChatGPT in the browser or by a code, or with an API key that is typed in or piped. The vault of this home keeps it.',
  args: {
    browser: { type: 'boolean', description: 'ChatGPT, in the browser of this machine' },
    device: { type: 'boolean', description: 'ChatGPT, with a code that is typed in on another device' },
    'api-key': { type: 'boolean', description: 'an API key, which is asked for, or read from stdin' },
    'base-url': { type: 'string', valueHint: 'url', description: 'with --api-key: a service other than OpenAI that speaks its API' },
    issuer: { type: 'string', valueHint: 'url', description: "with --device: a login service other than OpenAI's" },
    keep: { type: 'boolean', description: 'keep the login that is there, if there is one' },
    reconnect: { type: 'boolean', description: 'replace the login that is there, once the new one has succeeded' },
    skip: { type: 'boolean', description: 'go on without a login' },
    store: { type: 'enum', options: ['file', 'keyring'], description: 'a private file (default), or the keyring of the system' },
    json: { type: 'boolean', description: 'print JSON for programs' },
  },
  async run(args, io) {
    const wish = wishOf(
      METHODS.filter((method) => args[method]),
      args,
    );
    const { storedLogin } = await import('../../daemon/login.js');
    const there = await storedLogin(io.places);
    const done = (info: CredentialInfo | undefined, says: string): number => {
      if (args.json) io.json({ login: info ?? null });
      else io.data(says);
      return 0;
    };
    if (there !== undefined && (await keeps(args, there, io))) {
      return done(there, `the login that is there stays: ${described(there)}`);
    }
    const method = await methodOf(wish ?? (await asked(io)), args, io);
    if (method === undefined) return done(there, 'no login; agents work once there is one: spool login codex');
    try {
      const info = await login(method, args.store, io);
      return done(info, `logged in: ${described(info)}`);
    } catch (error) {
      if (io.interrupts.status === undefined) throw error;
      io.note('the login was cancelled; what was there before is as it was');
      return io.interrupts.status;
    }
  },
});

/** The same for a way that is chosen already; what the login is known by. */
export async function logInBy(wish: Exclude<Wish, 'skip'>, io: Io): Promise<string> {
  const method = await methodOf(wish, { 'base-url': undefined, issuer: undefined, keep: false, reconnect: false }, io);
  if (method === undefined) throw new SpoolError('cancelled', 'nothing was changed');
  return described(await login(method, undefined, io));
}

function wishOf(wishes: readonly Wish[], { keep, reconnect, ...flags }: Flags): Wish | undefined {
  const [wish, second] = wishes;
  if (second !== undefined) throw contradiction(`--${wish} and --${second}`, 'choose one');
  if (keep && reconnect) throw contradiction('--keep and --reconnect', 'choose one');
  if (flags['base-url'] !== undefined && wish !== 'api-key')
    throw contradiction('--base-url without --api-key', 'it says where the key is good for');
  if (flags.issuer !== undefined && wish !== 'device')
    throw contradiction('--issuer without --device', 'only a login by code can be made elsewhere');
  for (const [flag, url] of [
    ['--base-url', flags['base-url']],
    ['--issuer', flags.issuer],
  ] as const) {
    if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) continue;
    throw new SpoolError('invalid-input', `${flag} is no web address: ${url}`, { hint: 'write it whole, as in https://models.example/v1' });
  }
  return wish;
}

function contradiction(what: string, hint: string): SpoolError {
  return new SpoolError('invalid-input', `${what} cannot be meant`, { hint });
}

/** Where nobody can be asked and nothing is said, what works is not touched. */
async function keeps({ keep, reconnect }: Flags, there: CredentialInfo, io: Io): Promise<boolean> {
  if (keep || reconnect) return keep;
  if (!io.canAsk) {
    io.note('there is a login already, and it is kept; --reconnect replaces it');
    return true;
  }
  return await withMenus(io, async (menus) => {
    const choice = await menus.choose(`There is a login already: ${described(there)}`, [
      { value: 'keep', label: 'Keep it' },
      { value: 'reconnect', label: 'Log in anew', hint: 'it stays until the new one has succeeded' },
    ]);
    return choice === 'keep';
  });
}

async function asked(io: Io): Promise<Wish> {
  if (!io.canAsk) {
    throw new SpoolError('invalid-input', 'how to log in must be said where nobody can be asked', {
      hint: 'add --device, --browser, --api-key with the key on stdin, or --skip',
    });
  }
  return await withMenus(io, (menus) =>
    menus.choose<Wish>('How do agents log in?', [
      { value: 'browser', label: 'ChatGPT, in the browser', hint: 'a browser on this machine' },
      { value: 'device', label: 'ChatGPT, with a code', hint: 'typed in on another device' },
      { value: 'api-key', label: 'An API key' },
      { value: 'skip', label: 'Not now' },
    ]),
  );
}

/** Undefined: without a login, after all. */
async function methodOf(wish: Wish, flags: Flags, io: Io): Promise<LoginMethod | undefined> {
  if (wish === 'browser') return { kind: 'browser' };
  if (wish === 'device') return { kind: 'device', issuer: flags.issuer };
  if (wish === 'api-key')
    return { kind: 'apiKey', key: await keyOf(flags['base-url'], io), baseUrl: flags['base-url']?.replace(/\/+$/, '') };
  if (!io.canAsk || (await withMenus(io, (menus) => menus.yesNo('Really without? Agents cannot work until there is a login.', false)))) {
    return undefined;
  }
  return await methodOf(await asked(io), flags, io);
}

async function keyOf(baseUrl: string | undefined, io: Io): Promise<string> {
  const wrong = (key: string): string | undefined => {
    if (key === '') return 'there is no key';
    if (/\s/.test(key)) return 'a key has no blanks and is one line';
    return baseUrl === undefined && !key.startsWith('sk-')
      ? 'a key of OpenAI begins with sk- (for another service add --base-url)'
      : undefined;
  };
  if (io.stdin.isTTY === true) {
    if (!io.canAsk)
      throw new SpoolError('invalid-input', 'the key cannot be asked for here', { hint: 'pipe it: spool login codex --api-key < FILE' });
    return (await withMenus(io, (menus) => menus.secret('The key', (line) => wrong(line.trim())))).trim();
  }
  const key = (await textOf(io.stdin)).trim();
  const why = wrong(key);
  if (why !== undefined)
    throw new SpoolError('invalid-input', `stdin brought no usable key: ${why}`, { hint: 'pipe it: spool login codex --api-key < FILE' });
  return key;
}

/** Whatever ends it, Codex and its throwaway home are gone then. */
async function login(method: LoginMethod, store: CredentialInfo['store'] | undefined, io: Io): Promise<CredentialInfo> {
  using _hangUp = io.interrupts.withHangUp();
  using held = io.interrupts.hold();
  const plain = io.stderr.isTTY !== true;
  // With a key there is nothing for the person to do.
  const say = (text: string): void => void (method.kind !== 'apiKey' && io.stderr.write(plain ? stripVTControlCharacters(text) : text));
  const daemon = await import('../../daemon/login.js');
  return await daemon.loginCodex({ env: io.env, paths: io.places, method, store, say, signal: held.signal });
}

async function withMenus<T>(io: Io, ask: (menus: Menus) => Promise<T>): Promise<T> {
  const { Menus: Opened } = await import('../menus.js');
  using menus = new Opened(io, new AbortController().signal);
  try {
    return await ask(menus);
  } catch (error) {
    if (error instanceof LeftMenu) throw new SpoolError('cancelled', 'nothing was changed');
    throw error;
  }
}

function described({ kind, label, store }: CredentialInfo): string {
  const where = store === 'keyring' ? 'in the keyring of the system' : 'in a private file';
  return `${kind === 'chatgpt' ? 'ChatGPT' : 'API key'} ${label}, ${where}`;
}
