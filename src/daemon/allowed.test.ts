import { describe, expect, test } from 'vitest';
import { allowedHosts, allowedOrigins } from './allowed.js';

describe('names for the Host header', () => {
  test('are taken as names and addresses, with and without a port', () => {
    const names = ['box', 'box.example:8080', '192.0.2.7', '[2001:db8::7]', '[::1]:80', 'my_box'];
    expect(allowedHosts(names)).toEqual(names);
  });

  test.each(['', 'http://box', 'box/', '*.example', 'a b', 'box:', 'box:port', '2001:db8::7'])(
    '%j can never match and is refused',
    (name) => {
      expect(() => allowedHosts(['box', name])).toThrow(
        expect.objectContaining({ code: 'invalid-input', message: expect.stringContaining(JSON.stringify(name)) }),
      );
    },
  );
});

describe('origins', () => {
  test('are taken as browsers send them', () => {
    expect(allowedOrigins(['https://Console.example/', 'http://localhost:5173', 'https://a.example:443'])).toEqual([
      'https://console.example',
      'http://localhost:5173',
      'https://a.example',
    ]);
  });

  test.each(['', '*', 'null', 'console.example', 'https://a/b', 'https://a?b', 'https://u@a', 'file:///x'])(
    '%j is none and is refused',
    (text) => {
      expect(() => allowedOrigins([text])).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    },
  );
});
