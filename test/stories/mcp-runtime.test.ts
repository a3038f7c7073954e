/** An agent of the runtime codex-cli-mcp in a real host with a Codex that has no MCP server any more. */

import { expect, test } from 'vitest';
import type { HostCapabilities } from '../../src/contract/host.js';
import { world } from './rig.js';

test('with the newest Codex each turn fails with the reason, and what the runtime cannot do is refused', async () => {
  await using w = await world();
  const { client, url, token } = await w.serve();
  await client.agents.create({ alias: 'old', runtime: 'codex-cli-mcp', codexHome: w.home.join('codex'), cwd: w.work });
  const capabilities = await fetch(`${url}/v1/capabilities`, { headers: { authorization: `Bearer ${token}` } });
  const declared = ((await capabilities.json()) as HostCapabilities).runtimes.find(({ runtime }) => runtime === 'codex-cli-mcp');
  expect(declared).toMatchObject({
    steer: false,
    resume: false,
    deltas: true,
    program: { name: 'codex', from: '0.130.0', below: '0.154.0' },
  });
  const { id } = await client.sessions.open({ agent: 'old' });
  const { turn } = await client.turns.request(id, { input: '[[text:hello]]' });
  expect(await client.wait(id, turn.id)).toMatchObject({
    status: 'failed',
    error: { message: expect.stringMatching(/no "codex mcp-server" any more: it is gone since 0\.154\.0/), retryable: false },
  });
  expect(w.model.requests).toEqual([]);
  await expect(client.turns.request(id, { input: 'x', mode: 'steer' })).rejects.toMatchObject({ code: 'unsupported' });
  await expect(client.sessions.compact(id)).rejects.toMatchObject({ code: 'unsupported' });
}, 60_000);
