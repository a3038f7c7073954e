// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of other programs.

import { describe, expect, test } from 'vitest';
import { type Collected, type CollectOptions, collect } from './collect.js';
import { parseSource } from './source-text.js';

const HOME = '/home/ann';

function read(file: string, text: string, options: Partial<CollectOptions> = {}): Collected {
  return collect([{ file, root: parseSource(text, file) }], { homedir: HOME, ...options });
}

/** What would be written, by name. */
const tables = ({ servers }: Collected): Record<string, unknown> => Object.fromEntries(servers.map(({ name, values }) => [name, values]));
const about = ({ warnings }: Collected, name: string): string =>
  warnings
    .filter((one) => one.name === name)
    .map(({ message }) => message)
    .join('\n');

describe('Hermes', () => {
  const file = '/home/ann/.hermes/config.yaml';
  const text = `
model:
  provider: openai-codex
mcp_servers:
  github:
    command: npx
    args: ["-y", "@modelcontextprotocol/server-github"]
    env:
      GITHUB_PERSONAL_ACCESS_TOKEN: "\${GITHUB_PERSONAL_ACCESS_TOKEN}"
      PORT: 8080
    timeout: 120
    connect_timeout: 60
    sampling:
      enabled: true
    tools:
      include: [list_issues, create_issue]
      resources: false
  stripe:
    url: https://mcp.stripe.com
    headers:
      X-Team: payments
    enabled: false
    tools:
      exclude: ["delete_*"]
  both:
    command: docs-server
    url: https://docs.example.com/mcp
  old:
    url: https://old.example.com/events
    transport: sse
  empty:
    timeout: 30
`;
  const found = read(file, text);

  test('is told by its file, and its servers become tables of Codex', () => {
    expect(found.sources).toEqual([{ file, format: 'hermes' }]);
    expect(tables(found)).toEqual({
      github: {
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-github'],
        env: { PORT: '8080' },
        env_vars: ['GITHUB_PERSONAL_ACCESS_TOKEN'],
        tool_timeout_sec: 120,
        startup_timeout_sec: 60,
        enabled_tools: ['list_issues', 'create_issue'],
      },
      stripe: { url: 'https://mcp.stripe.com', http_headers: { 'X-Team': 'payments' }, enabled: false },
      both: { command: 'docs-server' },
    });
  });

  test('what Codex has nothing for is told by server', () => {
    expect(found.skippedKeys).toEqual({ github: ['sampling', 'tools.resources'], stripe: ['tools.exclude'] });
  });

  test('a command wins over an address, and that is told', () => {
    expect(about(found, 'both')).toContain('the command counts');
  });

  test('a server that speaks only SSE is skipped with the reason, one without command and url is an error', () => {
    expect(found.skipped).toEqual([{ name: 'old', reason: expect.stringContaining('only streamable HTTP') as string }]);
    expect(found.errors).toEqual([{ name: 'empty', message: 'has neither a command nor a url' }]);
  });

  test('a variable is taken from the environment, which hosts keep closed, and that is told', () => {
    expect(about(found, 'github')).toMatch(
      /takes GITHUB_PERSONAL_ACCESS_TOKEN from the environment of Codex, to which a host hands on no keys/,
    );
  });
});

describe('Claude Code', () => {
  const settings = JSON.stringify({
    numStartups: 12,
    mcpServers: {
      sentry: { type: 'http', url: 'https://mcp.sentry.dev/mcp', headers: { Authorization: 'Bearer ${SENTRY_TOKEN}' } },
      notes: { type: 'stdio', command: 'uvx', args: ['notes-mcp'], env: {}, timeout: 90_000 },
      asana: { type: 'sse', url: 'https://mcp.asana.com/sse' },
    },
    projects: {
      '/srv/shop': {
        allowedTools: [],
        mcpServers: {
          db: { type: 'stdio', command: './tools/db-mcp', args: ['--read-only'] },
          notes: { type: 'stdio', command: 'other-notes' },
        },
      },
      '/srv/empty': { mcpServers: {} },
    },
  });

  test("the user's servers and those of all projects are taken; of one name the user's own counts", () => {
    const found = read('/home/ann/.claude.json', settings);
    expect(found.sources[0]?.format).toBe('claude');
    expect(tables(found)).toEqual({
      sentry: { url: 'https://mcp.sentry.dev/mcp', bearer_token_env_var: 'SENTRY_TOKEN' },
      notes: { command: 'uvx', args: ['notes-mcp'], tool_timeout_sec: 90 },
      // It counts from the project's folder, where Claude Code starts it.
      db: { command: './tools/db-mcp', args: ['--read-only'], cwd: '/srv/shop' },
    });
    expect(found.skipped.map(({ name }) => name)).toEqual(['asana', 'notes']);
    expect(found.skipped[1]?.reason).toContain('project /srv/shop');
  });

  test('a project that is named comes first, and others are left out', () => {
    const found = read('/home/ann/.claude.json', settings, { project: '/srv/shop' });
    expect(tables(found)).toMatchObject({ notes: { command: 'other-notes' }, db: {}, sentry: {} });
    expect(() => read('/home/ann/.claude.json', '{"projects":{"/srv/a":{}}}', { project: '/srv/b' })).toThrow(
      /no servers of the project \/srv\/b/,
    );
  });

  test('what a variable is by default counts, where Codex looks at no variables', () => {
    const found = read(
      '/srv/shop/.mcp.json',
      JSON.stringify({
        mcpServers: {
          api: { type: 'http', url: '${API:-https://api.example.com}/mcp', headers: { 'X-Key': '${KEY}', 'X-Both': 'a-${KEY}' } },
          tool: { command: 'tool', env: { DEBUG: '${DEBUG:-false}', MIXED: 'v${VERSION}', OTHER: '${TOKEN}' } },
          args: { command: 'tool', args: ['--key=${KEY}'] },
        },
      }),
    );
    expect(tables(found)).toEqual({
      api: { url: 'https://api.example.com/mcp', env_http_headers: { 'X-Key': 'KEY' } },
      tool: { command: 'tool', env: { DEBUG: 'false' }, env_vars: ['OTHER'] },
    });
    expect(about(found, 'api')).toContain('headers.X-Both is not carried over');
    expect(about(found, 'tool')).toContain('env.MIXED is not carried over: ${VERSION}');
    expect(about(found, 'tool')).toContain('set OTHER');
    expect(found.skipped).toEqual([{ name: 'args', reason: expect.stringContaining('${KEY}') as string }]);
  });
});

test('Cursor: variables of the editor are put in, a bare $VAR in a bearer header is a variable', () => {
  const text = `{
    "mcpServers": {
      "linear": { "url": "https://mcp.linear.app/mcp", "headers": { "authorization": "Bearer $LINEAR_KEY" } },
      "files": { "command": "npx", "args": ["-y", "files-mcp", "\${workspaceFolder}\${/}docs"], "env": { "CACHE": "\${userHome}/.cache", "K": "\${env:K}" }, "envFile": ".env" }
    }
  }`;
  const found = read('/srv/shop/.cursor/mcp.json', text);
  expect(found.sources[0]?.format).toBe('cursor');
  expect(tables(found)).toEqual({
    linear: { url: 'https://mcp.linear.app/mcp', bearer_token_env_var: 'LINEAR_KEY' },
    files: { command: 'npx', args: ['-y', 'files-mcp', '/srv/shop/docs'], env: { CACHE: '/home/ann/.cache' }, env_vars: ['K'] },
  });
  expect(found.skippedKeys).toEqual({ files: ['envFile'] });
  // In the file for all projects there is no such folder.
  expect(read('/home/ann/.cursor/mcp.json', text).skipped[0]?.reason).toContain('${workspaceFolder}');
});

test('VS Code: comments are read, and what it asks its user for is told as not carried over', () => {
  const text = `{
    // asked for at the first start
    "inputs": [{ "type": "promptString", "id": "api-key", "description": "Key", "password": true }],
    "servers": {
      "search": {
        "type": "stdio",
        "command": "npx",
        "args": ["-y", "search-mcp"],
        "env": { "API_KEY": "\${input:api-key}", "REGION": "eu" }, /* trailing comma */
      },
      "maps": { "type": "http", "url": "https://maps.example.com/mcp", "headers": { "X-Key": "\${input:api-key}" } },
    },
  }`;
  const found = read('/srv/shop/.vscode/mcp.json', text);
  expect(found.sources[0]?.format).toBe('vscode');
  expect(tables(found)).toEqual({
    search: { command: 'npx', args: ['-y', 'search-mcp'], env: { REGION: 'eu' } },
    maps: { url: 'https://maps.example.com/mcp' },
  });
  expect(about(found, 'search')).toContain('env.API_KEY is not carried over: ${input:api-key}');
  expect(about(found, 'maps')).toContain('headers.X-Key is not carried over: ${input:api-key}');
});

test('OpenCode: a command with its arguments, milliseconds, both of its versions', () => {
  const first = {
    $schema: 'https://opencode.ai/config.json',
    mcp: {
      everything: {
        type: 'local',
        command: ['npx', '-y', 'everything-mcp'],
        environment: { LEVEL: 'info', KEY: '{env:KEY}' },
        enabled: true,
        timeout: 15_000,
      },
      jira: {
        type: 'remote',
        url: 'https://jira.example.com/mcp',
        headers: { Authorization: 'Bearer {env:JIRA}' },
        enabled: false,
        oauth: {},
      },
      secret: { type: 'local', command: ['tool', '{file:~/.key}'] },
    },
  };
  const found = read('/home/ann/.config/opencode/opencode.json', JSON.stringify(first));
  expect(found.sources[0]?.format).toBe('opencode');
  expect(tables(found)).toEqual({
    everything: { command: 'npx', args: ['-y', 'everything-mcp'], env: { LEVEL: 'info' }, env_vars: ['KEY'], tool_timeout_sec: 15 },
    jira: { url: 'https://jira.example.com/mcp', bearer_token_env_var: 'JIRA', enabled: false },
  });
  expect(found.skippedKeys).toEqual({ jira: ['oauth'] });
  expect(found.skipped[0]?.reason).toContain('{file:~/.key}');

  const second = {
    mcp: {
      servers: {
        tool: {
          type: 'local',
          command: ['tool'],
          disabled: true,
          cwd: '.',
          timeout: { startup: 20_000, execution: 60_000, catalog: 1_000 },
        },
      },
    },
  };
  expect(tables(read('/srv/shop/opencode.jsonc', JSON.stringify(second)))).toEqual({
    tool: { command: 'tool', cwd: '/srv/shop', enabled: false, startup_timeout_sec: 20, tool_timeout_sec: 60 },
  });
});

describe('any other file', () => {
  const generic = (servers: object, options?: Partial<CollectOptions>): Collected =>
    read('/srv/servers.json', JSON.stringify({ mcpServers: servers }), options);

  test("keys may be spelt in camel case, in snake case, and as Codex's own", () => {
    const found = generic({
      camel: { command: 'a', connectTimeout: 5, timeout: 2.5, disabled: true },
      snake: {
        url: 'https://a.example/mcp',
        connect_timeout: 5,
        tool_timeout_sec: 9,
        http_headers: { A: 'b' },
        env_http_headers: { C: 'D' },
      },
    });
    expect(tables(found)).toEqual({
      camel: { command: 'a', startup_timeout_sec: 5, tool_timeout_sec: 2.5, enabled: false },
      snake: {
        url: 'https://a.example/mcp',
        startup_timeout_sec: 5,
        tool_timeout_sec: 9,
        http_headers: { A: 'b' },
        env_http_headers: { C: 'D' },
      },
    });
    expect(tables(read('/srv/servers.yaml', 'mcp_servers: {a: {command: x}}', { format: 'generic' }))).toEqual({ a: { command: 'x' } });
  });

  test.each([
    ['a number as command', { command: 5 }, 'command is neither a program nor a list of texts'],
    ['an empty command', { command: ' ' }, 'command is neither a program nor a list of texts'],
    ['a text as args', { command: 'a', args: '--fast' }, 'args is not a list'],
    ['an object in args', { command: 'a', args: [{}] }, 'args is not a list of texts'],
    ['a list as env', { command: 'a', env: ['A=b'] }, 'env is not a map of texts'],
    ['a timeout that is none', { command: 'a', timeout: -1 }, 'timeout is not a number above 0'],
    ['a file as url', { url: 'file:///etc/passwd' }, 'url is no address that begins with http:// or https://'],
    ['half of a character', { command: 'a', args: ['\ud800'] }, 'half of a surrogate pair cannot be written into TOML: "\\ud800"'],
    ['no map', 'npx server', 'is no map of settings'],
  ])('%s is an error of that server alone', (_, server, message) => {
    const found = generic({ bad: server, good: { command: 'good' } });
    expect(found.errors).toEqual([{ name: 'bad', message }]);
    expect(tables(found)).toEqual({ good: { command: 'good' } });
  });

  test('a type that Codex does not speak is skipped', () => {
    expect(generic({ a: { type: 'ws', url: 'https://a.example' } }).skipped).toEqual([
      { name: 'a', reason: 'is reached by ws, which Codex does not speak' },
    ]);
  });

  test('a name that Codex cannot take is changed, and that is told', () => {
    const found = generic({ 'My "docs"\n[evil]': { command: 'a' }, '@scope/tool.v2': { command: 'b' }, '»«': { command: 'c' } });
    expect(tables(found)).toEqual({ 'My-docs-evil-': { command: 'a' }, '@scope/tool.v2': { command: 'b' } });
    expect(found.servers[0]?.renamedFrom).toBe('My "docs"\n[evil]');
    expect(found.errors).toEqual([{ name: '»«', message: expect.stringContaining('no name that Codex could take') as string }]);
  });

  test('secrets are carried over as they are and told, without being shown', () => {
    const found = generic({
      a: { command: 'a', env: { GITHUB_TOKEN: 'abcdef', LEVEL: 'info' } },
      b: { url: 'https://u:hidden@b.example/mcp', headers: { Authorization: 'Bearer abc', 'X-Api-Key': 'k', 'X-Team': 't' } },
    });
    expect(found.servers.flatMap(({ secrets }) => secrets)).toEqual(['abcdef', 'https://u:hidden@b.example/mcp', 'Bearer abc', 'k']);
    expect(found.warnings.map(({ message }) => message.split(' ')[0])).toEqual([
      'env.GITHUB_TOKEN',
      'url',
      'headers.Authorization',
      'headers.X-Api-Key',
    ]);
    expect(JSON.stringify(found.warnings)).not.toMatch(/abcdef|hidden|Bearer abc/);
  });

  test('durations that look like the other unit are told', () => {
    expect(about(generic({ a: { command: 'a', timeout: 30_000 } }), 'a')).toContain('30000 seconds');
    const claude = generic({ a: { command: 'a', timeout: 30 } }, { format: 'claude' });
    expect(tables(claude)).toEqual({ a: { command: 'a', tool_timeout_sec: 30 } });
    expect(about(claude, 'a')).toContain('taken as seconds');
  });
});

describe('what is no source', () => {
  test.each([
    ['/a/x.json', '{"mcpServers": {', /not valid JSON: line 1, column \d+/],
    ['/a/x.yaml', 'mcp_servers:\n  a: [1', /not valid YAML: line 2, column/],
    ['/a/x.json', '[]', /holds no object/],
    ['/a/x.json', '{"name": "package"}', /no MCP servers were found/],
    ['/a/x.yaml', 'a: &a [*b]', /not valid YAML/],
  ])('%s with %s is refused', (file, text, message) => {
    expect(() => read(file, text)).toThrow(
      expect.objectContaining({ code: 'invalid-input', message: expect.stringMatching(message) as string }),
    );
  });

  test('a file in another form than the one that was named is refused', () => {
    expect(() => read('/a/x.json', '{"mcpServers": {}}', { format: 'vscode' })).toThrow(/no MCP servers as vscode writes them/);
  });
});

test('of two servers of one name in two files the first counts, and equal ones are one', () => {
  const files = [
    { file: '/a.json', root: { mcpServers: { one: { command: 'a' }, two: { command: 'b' } } } },
    { file: '/b.json', root: { mcpServers: { one: { command: 'other' }, two: { command: 'b' } } } },
  ];
  const found = collect(files, { homedir: HOME });
  expect(tables(found)).toEqual({ one: { command: 'a' }, two: { command: 'b' } });
  expect(found.skipped).toEqual([{ name: 'one', reason: 'another server is called one already; this one stands in /b.json' }]);
});
