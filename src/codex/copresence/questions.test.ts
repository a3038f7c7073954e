import { describe, expect, test } from 'vitest';
import { gatewayByHand as setUp } from '../../../test/support/gateway-by-hand.js';
import { SpoolError } from '../../base/errors.js';

const QUESTION = {
  id: 7,
  method: 'item/commandExecution/requestApproval',
  params: { threadId: 'T', turnId: 'U', itemId: 'i', command: 'rm', availableDecisions: ['accept', 'cancel'] },
};

describe('Questions', () => {
  test('are answered by the host, in the name of the person', async () => {
    const { transport, gateway, next, answered } = setUp();
    transport.say(QUESTION);
    expect(await next()).toEqual(QUESTION);
    gateway.send(JSON.stringify({ id: 7, result: { decision: 'accept' } }));
    expect(answered).toEqual([['U/i#7', { decision: 'accept' }]]);
    expect(transport.sent).toEqual([]);
  });

  test('that are settled by now, or that the interface cannot show, are answered by nobody here', async () => {
    const { transport, gateway, next, answered } = setUp();
    transport.say(QUESTION, { method: 'serverRequest/resolved', params: { threadId: 'T', requestId: 7 } });
    await next();
    expect(await next()).toMatchObject({ method: 'serverRequest/resolved' });
    gateway.send(JSON.stringify({ id: 7, result: { decision: 'accept' } }));
    transport.say({ ...QUESTION, id: 8 });
    gateway.send(JSON.stringify({ id: 8, error: { code: -32601, message: 'what is this' } }));
    expect(answered).toEqual([]);
    expect(transport.sent).toEqual([]);
  });

  test('of tools, tokens and the time never reach the interface, whose error would be the first answer', async () => {
    const { transport, next } = setUp();
    transport.say(
      { id: 1, method: 'item/tool/call', params: { threadId: 'T', turnId: 'U', callId: 'c', tool: 'ours', arguments: {} } },
      { id: 2, method: 'currentTime/read', params: { threadId: 'T' } },
      { id: 3, method: 'account/chatgptAuthTokens/refresh', params: {} },
      { method: 'warning', params: { threadId: 'T', message: 'next' } },
    );
    expect(await next()).toMatchObject({ method: 'warning' });
    expect(transport.sent).toEqual([]);
  });

  test('that the host was never asked go to Codex as they were answered; a refused answer may be given again', async () => {
    const unknown = setUp({ seat: { answer: () => Promise.resolve(false) } });
    unknown.transport.say(QUESTION);
    unknown.gateway.send(JSON.stringify({ id: 7, result: { decision: 'accept' } }));
    await Promise.resolve();
    await Promise.resolve();
    expect(unknown.transport.sent).toEqual([{ id: 7, result: { decision: 'accept' } }]);

    const refused = setUp({ seat: { answer: () => Promise.reject(new SpoolError('invalid-input', 'not like this')) } });
    refused.transport.say(QUESTION);
    await refused.next();
    refused.gateway.send(JSON.stringify({ id: 7, result: { decision: 'accept' } }));
    expect(await refused.next()).toMatchObject({
      method: 'error',
      params: { error: { message: expect.stringContaining('not like this') } },
    });
    expect(await refused.next()).toEqual(QUESTION);
    expect(refused.transport.sent).toEqual([]);
  });
});
