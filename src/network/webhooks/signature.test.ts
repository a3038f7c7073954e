import { expect, test } from 'vitest';
import { secretOf, secretText, signedHeaders } from './signature.js';

test('a message is signed as the example of the standard is', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
  expect(signedHeaders(message, secret, 1_614_265_330_999)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('each webhook of each host has a secret of its own, which is always the same', () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const texts = [secretOf(one, 'whk_a'), secretOf(one, 'whk_b'), secretOf(other, 'whk_a')].map(secretText);
  expect(new Set(texts).size).toBe(3);
  expect(secretText(secretOf(one, 'whk_a'))).toBe(texts[0]);
  expect(texts[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});
