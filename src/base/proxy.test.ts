import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { tempHome } from '../testing/index.js';
import { proxyFor, TunnelAgent } from './proxy.js';
import { Stack } from './stack.js';

test('the proxy is the one that the environment names for https, in whichever case, but for the names that are excepted', () => {
  const of = (env: Record<string, string>): string | undefined => proxyFor('api.model.example', env)?.href;
  expect(of({})).toBeUndefined();
  expect(of({ HTTP_PROXY: 'http://p:1' })).toBeUndefined();
  expect(of({ HTTPS_PROXY: 'http://p:1' })).toBe('http://p:1/');
  expect(of({ https_proxy: 'p:1' })).toBe('http://p:1/');
  expect(of({ ALL_PROXY: 'http://p:1', HTTPS_PROXY: '' })).toBe('http://p:1/');
  for (const excepted of ['*', 'api.model.example', 'other.example, .model.example', 'EXAMPLE', '*.model.example'])
    expect([excepted, of({ HTTPS_PROXY: 'http://p:1', NO_PROXY: excepted })]).toEqual([excepted, undefined]);
  expect(of({ HTTPS_PROXY: 'http://p:1', no_proxy: 'del.example,pi.model.example' })).toBe('http://p:1/');
  expect(() => of({ ALL_PROXY: 'socks5://p:1' })).toThrow('none that speaks HTTP');
});

/** A proxy that opens every tunnel to the one server there is, and a server with a certificate of its own. */
async function stage(status = '200 OK') {
  const stack = new Stack();
  const home = stack.use(await tempHome());
  const [key, cert] = [home.join('key.pem'), home.join('cert.pem')];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=api.model.example', '-addext', 'subjectAltName=DNS:api.model.example'];
  execFileSync('openssl', [...made, ...named, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => response.end('hello'));
  const proxy = createServer();
  const asked: (string | undefined)[][] = [];
  proxy.on('connect', (message: IncomingMessage, socket) => {
    asked.push([message.url, message.headers['proxy-authorization']]);
    socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
    const there = connect((server.address() as AddressInfo).port, '127.0.0.1');
    there.pipe(socket).pipe(there);
    for (const end of [there, socket]) end.on('error', () => undefined);
  });
  for (const one of [server, proxy]) {
    await once(one.listen(0, '127.0.0.1'), 'listening');
    stack.defer(() => {
      one.close();
      one.closeAllConnections();
    });
  }
  const address = new URL(`http://me:a%40b@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const agent = new TunnelAgent(address, { keepAlive: true, ca: readFileSync(cert) });
  stack.defer(() => agent.destroy());
  const ask = async (host: string): Promise<string> => {
    const asking = request({ host, path: '/', agent });
    asking.end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    return await text(response);
  };
  return { asked, ask, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

test('calls go through one tunnel, encrypted to the server itself', async () => {
  await using on = await stage();
  expect([await on.ask('api.model.example'), await on.ask('api.model.example')]).toEqual(['hello', 'hello']);
  expect(on.asked).toEqual([['api.model.example:443', `Basic ${Buffer.from('me:a@b').toString('base64')}`]]);
});

test('a server that cannot show who it is gets nothing, also behind a tunnel', async () => {
  await using on = await stage();
  await expect(on.ask('other.example')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('a proxy that refuses is named', async () => {
  await using on = await stage('407 Proxy Authentication Required');
  await expect(on.ask('api.model.example')).rejects.toThrow('the proxy 127.0.0.1 answered 407');
});
