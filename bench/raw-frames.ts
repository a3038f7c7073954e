/** The frames of one event stream byte for byte, by position. */

import { request } from 'node:http';

export interface RawFrames extends Disposable {
  readonly frames: ReadonlyMap<number, string>;
  /** Resolves as soon as the frames so far are enough. Rejects when the stream ends before. */
  until(enough: (frames: ReadonlyMap<number, string>) => boolean): Promise<void>;
}

/** Opens a stream. Rejects when nobody listens, or with any status but 200. */
export function rawFrames(host: { readonly url: string; readonly token: string }, path: string): Promise<RawFrames> {
  return new Promise((resolve, reject) => {
    const frames = new Map<number, string>();
    let rest = '';
    let over = false;
    let changed = (): void => undefined;
    const asking = request(host.url + path, {
      agent: false,
      headers: { authorization: `Bearer ${host.token}`, accept: 'text/event-stream' },
    });
    asking.once('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`the host answered with ${response.statusCode}`));
        return;
      }
      response.setEncoding('utf8').on('data', (text: string) => {
        rest += text;
        for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
          const frame = rest.slice(0, end + 2);
          rest = rest.slice(end + 2);
          const id = /^id: (\d+)\n/.exec(frame)?.[1];
          if (id !== undefined) frames.set(Number(id), frame);
        }
        changed();
      });
      response.once('error', () => undefined);
      response.once('close', () => {
        over = true;
        changed();
      });
      resolve({ frames, until: untilEnough, [Symbol.dispose]: () => void asking.destroy() });
    });
    asking.on('error', reject).end();

    function untilEnough(enough: (frames: ReadonlyMap<number, string>) => boolean): Promise<void> {
      return new Promise((done, fail) => {
        changed = () => {
          if (enough(frames)) done();
          else if (over) fail(new Error('the stream ended too early'));
        };
        changed();
      });
    }
  });
}
