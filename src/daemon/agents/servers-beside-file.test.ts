import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { McpServer } from '../../contract/mcp-server.js';
import { type TempHome, tempHome } from '../../testing/index.js';
import { serversBesideFile } from './servers-beside-file.js';

async function check(home: TempHome, mcpServers: Record<string, McpServer>): Promise<unknown> {
  const config = { alias: 'builder', runtime: 'codex-app-server', codexHome: home.path, mcpServers } as const;
  return await serversBesideFile({ config, info: { alias: 'builder', runtime: 'codex-app-server', codexHome: home.path, online: true } });
}

test('a server that is a command in one place and an address in the other is refused with both places named', async () => {
  await using home = await tempHome();
  await writeFile(home.join('config.toml'), '[mcp_servers.docs]\ncommand = "docs"\n\n[mcp_servers.far]\nurl = "http://far"\n');
  await expect(check(home, { docs: { url: 'http://docs' } })).rejects.toMatchObject({
    code: 'invalid-input',
    message: `the MCP server docs of agent builder has a url, and the one of that name in ${home.join('config.toml')} a command`,
  });
  await expect(check(home, { far: { command: 'far' } })).rejects.toThrow('far');
});

test('the same kind in both places, other names, no file, and one that cannot be read are all fine', async () => {
  await using home = await tempHome();
  expect(await check(home, { docs: { url: 'http://docs' } })).toEqual({});
  await writeFile(home.join('config.toml'), '[mcp_servers.docs]\ncommand = "docs"\n');
  expect(await check(home, { docs: { command: 'other' }, far: { url: 'http://far' } })).toEqual({});
  await writeFile(home.join('config.toml'), '[mcp_servers.docs\n');
  expect(await check(home, { docs: { url: 'http://docs' } })).toEqual({});
});
