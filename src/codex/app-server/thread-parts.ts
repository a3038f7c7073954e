/** What a live Codex thread is made of. */

import type { AgentThread, Opened, OpenThread } from '../../ports/agent.js';
import type { Link } from './link.js';

export interface ThreadParts {
  readonly link: Link;
  readonly id: string;
  readonly opened: Opened;
  readonly defaults: AgentThread['defaults'];
  /** Tools that the host runs in this thread. */
  readonly tools?: OpenThread['tools'];
  /** Whether turns that other clients begin are told as ours. */
  readonly withGuests?: boolean | undefined;
  readonly now: () => number;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Stops the routing of frames to this thread. */
  readonly leave: () => void;
  readonly debug: (fields: object, message: string) => void;
}
