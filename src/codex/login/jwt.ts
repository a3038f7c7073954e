/** What a JSON web token says of itself. Nothing is verified: whoever gave it to us is trusted, and whoever takes it verifies it. */

type Claims = Readonly<Record<string, unknown>>;

const OPENAI = 'https://api.openai.com/auth';

/** Empty for what is no such token. */
export function claimsOf(token: string): Claims {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : {};
  } catch {
    // An opaque token says nothing of itself, which is its right.
    return {};
  }
}

/** A claim that OpenAI makes of the account, like `chatgpt_account_id`. */
export function accountClaim(token: string, name: string): string | undefined {
  const account: unknown = claimsOf(token)[OPENAI];
  const value: unknown = typeof account === 'object' && account !== null ? Reflect.get(account, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** When it ends, in milliseconds since 1970; undefined when it does not say. */
export function endOf(token: string): number | undefined {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? exp * 1000 : undefined;
}
