/** Waiting for facts, with a deadline that says what did not come. */

const LOOK_MS = 20;
const DEADLINE_MS = 30_000;

/** What was waited for in vain. */
export class NotSeen extends Error {}

/** Looks again and again until there is something; rejects when the time is up, with what `seen` tells then. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  { ms = DEADLINE_MS, seen }: { readonly ms?: number; readonly seen?: () => unknown } = {},
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= end) throw new NotSeen(`${what}: not seen within ${ms / 1000} s${tail(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Settles as `act` does, or rejects when that takes too long, or when `stop` is aborted. */
export async function within<T>(ms: number, what: string, act: Promise<T>, stop?: AbortSignal): Promise<T> {
  const done = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new NotSeen(`${what}: not done within ${ms / 1000} s`)), ms);
    done.signal.addEventListener('abort', () => clearTimeout(timer));
    const stopped = (): void => reject(new NotSeen(`${what}: stopped`));
    if (stop?.aborted === true) stopped();
    stop?.addEventListener('abort', stopped, { signal: done.signal });
  });
  try {
    return await Promise.race([act, late]);
  } finally {
    done.abort();
  }
}

function tail(seen: (() => unknown) | undefined): string {
  const what = seen?.();
  return what === undefined ? '' : `; there is ${typeof what === 'string' ? what : JSON.stringify(what)}`;
}
