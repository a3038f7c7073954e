import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { AgentInfo } from '../contract/host.js';
import type { AgentAccess } from '../doors/agent-listener.js';
import type { Host, ToolInfo } from '../host/face.js';
import { tempHome } from '../testing/index.js';
import { hostToolServer, serverName } from './host-tools.js';

const TOOL: ToolInfo = { name: 'lookup', description: 'looks up', inputSchema: { type: 'object' }, timeoutMs: 90_000 };

/** What an agent of this CODEX_HOME is given, and who was admitted. */
async function given(codexHome: string, tools: readonly ToolInfo[]) {
  const admitted: string[] = [];
  const admit = async (alias: string) => {
    admitted.push(alias);
    return { url: 'http://127.0.0.1:1', token: 'secret' };
  };
  const access: AgentAccess = { admit, mount: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const host = { listTools: () => tools } as unknown as Host;
  const info: AgentInfo = { alias: 'a-b', runtime: 'codex-app-server', codexHome, online: true };
  const config = { alias: 'a-b', runtime: 'codex-app-server', codexHome: 'shared' } as const;
  let warmed = 0;
  const warm = (): void => {
    warmed += 1;
  };
  return { setup: await hostToolServer({ access, host: () => host, warm })({ config, info }), admitted, warmed };
}

describe('the conversations of an agent', () => {
  test('have a server of the host when it sees a tool, which waits a little longer than the tools do', async () => {
    const { setup, admitted, warmed } = await given('/nowhere', [TOOL, { ...TOOL, name: 'quick', timeoutMs: 10 }]);
    expect(setup).toEqual({
      mcpServers: {
        spool_a_b: {
          url: 'http://127.0.0.1:1/mcp',
          headers: { authorization: 'Bearer secret', 'spool-tools': expect.stringMatching(/^[0-9a-f]{8}$/) },
          timeout: 100,
          ours: true,
        },
      },
    });
    expect(admitted).toEqual(['a-b']);
    // Before anybody asks: the first answer would be too late for the first turn.
    expect(warmed).toBe(1);
    expect((await given('/nowhere', [])).warmed).toBe(0);
  });

  test('have another one when the list is another', async () => {
    const headers = async (tools: readonly ToolInfo[]) => (await given('/nowhere', tools)).setup.mcpServers?.['spool_a_b']?.headers;
    expect(await headers([TOOL])).toEqual(await headers([TOOL]));
    expect(await headers([TOOL])).not.toEqual(await headers([{ ...TOOL, description: 'looks further' }]));
  });

  test('have none when it sees no tool, and nobody listens for it', async () => {
    const { setup, admitted } = await given('/nowhere', []);
    expect(setup).toEqual({ mcpServers: {} });
    expect(admitted).toEqual([]);
  });

  test('leave out the server that speaks as the owner, which its home has for the Codex of its user', async () => {
    await using home = await tempHome();
    await mkdir(home.join('codex'));
    const config = (text: string): Promise<void> => writeFile(home.join('codex', 'config.toml'), text);
    const servers = async (): Promise<unknown> => (await given(home.join('codex'), [])).setup.mcpServers;
    await config('[mcp_servers.spool]\ncommand = "spool"\nargs = ["mcp"]\n');
    expect(await servers()).toEqual({ spool: { enabled: false } });
    await config('[mcp_servers.other]\ncommand = "spool"\nargs = ["mcp"]\n');
    expect(await servers()).toEqual({});
    await config('[mcp_servers.spool]\ncommand = "thread-counter"\n');
    expect(await servers()).toEqual({});
    await config('[mcp_servers.spool\n');
    expect(await servers()).toEqual({});
  });
});

test('the name of a server has only letters that stay the same in names of tools, and is no longer than those allow', () => {
  expect(serverName('default')).toBe('spool_default');
  expect(serverName('a-b')).toBe('spool_a_b');
  const [one, other] = [serverName(`x${'y'.repeat(61)}1`), serverName(`x${'y'.repeat(61)}2`)];
  expect(one).toMatch(/^spool_xy+_[0-9a-f]{8}$/);
  expect(one).toHaveLength(32);
  expect(one).not.toBe(other);
});
