/**
 * The vault: credentials for models that a person has given to this host, kept where agents cannot read them. It is read anew at every
 * call, because a login is done by another process than the host. Nothing here may be logged.
 */

/** An API key, and where it is good for. */
export interface ApiKeyCredential {
  readonly kind: 'apiKey';
  readonly key: string;
  /** Base URL of the API, without a slash at the end; OpenAI's unless said. */
  readonly baseUrl?: string | undefined;
}

/** A session at OpenAI's login that is this host's alone: refresh tokens rotate, and a second user of one would end it for both. */
export interface ChatgptCredential {
  readonly kind: 'chatgpt';
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accountId: string;
  readonly plan: string | null;
  /** When the tokens were last made, ISO time. */
  readonly refreshedAt: string;
  /** The login service that gave the tokens, and what Codex is called there; OpenAI's unless said. They are never shown to another one. */
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
}

export type Credential = ApiKeyCredential | ChatgptCredential;

export interface CredentialInfo {
  readonly name: string;
  readonly kind: Credential['kind'];
  /** What a person knows it by: an account's mail address, or the ends of a key. Never enough to use it. */
  readonly label: string;
  /** Where the secret lies. */
  readonly store: 'file' | 'keyring';
  readonly createdAt: string;
}

export interface Vault {
  list(): Promise<readonly CredentialInfo[]>;
  /** Undefined when there is none of that name. Rejects with `unavailable` when it cannot be opened, saying what to do. */
  get(name: string): Promise<Credential | undefined>;
  /** Stores under the name, in the place of what was there. */
  put(name: string, credential: Credential, label: string): Promise<CredentialInfo>;
  /**
   * Changes what is there while nobody else does: `change` gets the credential as it is now and gives the new one, or undefined to
   * leave it. For tokens that rotate. Resolves with what is there afterwards.
   */
  change(name: string, change: (now: Credential | undefined) => Promise<Credential | undefined>): Promise<Credential | undefined>;
  /** Whether there was one. */
  remove(name: string): Promise<boolean>;
}
