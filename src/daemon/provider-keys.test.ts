import { expect, test } from 'vitest';
import { ownProvider, providerKeys } from './provider-keys.js';

test('env_key is found in tables, dotted keys and inline tables, each variable once', () => {
  const toml = `
model_provider = "a" # which one
model_providers.d.env_key='D_KEY'
model_providers.b = { name = "B", base_url = "http://127.0.0.1:1", env_key = "B_KEY" }
[model_providers.a]
name = "A # of many"
env_key = "A_KEY"   # the key
[model_providers.c]
"env_key" = "A_KEY"
`;
  expect(providerKeys(toml)).toEqual(['D_KEY', 'B_KEY', 'A_KEY']);
});

test('comments, strings and other keys do not count', () => {
  const toml = `
# env_key = "COMMENT"
developer_instructions = """
write
env_key = "TEXT"
"""
note = 'it is no env_key = "STRING"'
other = "say \\" env_key = 'ESCAPED'"
more = '''
env_key = "LITERAL"
'''
[model_providers.a]
#env_key = "OUT"
env_key_instructions = "env_key = 'WORDS'"
my-env_key = "OTHER"
env_key = ""
`;
  expect(providerKeys(toml)).toEqual([]);
});

test('the provider is the one at the top, by any spelling; OpenAI is none of one’s own', () => {
  expect(ownProvider('model_provider = "mine" # yes\n[profiles.x]\nmodel_provider = "other"')).toBe('mine');
  expect(ownProvider(`"model_provider"='mine'`)).toBe('mine');
  expect(ownProvider('[profiles.x]\nmodel_provider = "other"')).toBeUndefined();
  expect(ownProvider('profile = "x"\n[profiles.x]\nmodel_provider = "other"')).toBe('other');
  expect(ownProvider('note = """\nmodel_provider = "text"\n"""\nmodel_provider = "openai"')).toBeUndefined();
});

test('of what is not TOML nothing is known', () => {
  for (const toml of ['x = = 1', 'model_provider = "a"\nmodel_provider = "a"', 'model_providers = 1\nmodel_provider = 2'])
    expect([providerKeys(toml), ownProvider(toml)]).toEqual([[], undefined]);
});
