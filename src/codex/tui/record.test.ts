import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tempHome } from '../../testing/temp-home.js';
import { FirstStarts } from './first-starts.js';
import { digestOf, isOurs, Records } from './record.js';

test('a conversation is found by its home and name, in a file for its owner alone, and what cannot be read is none', async () => {
  await using place = await tempHome();
  const records = new Records(place.join('data'));
  expect([records.all(), records.read('/h', 'tui-1')]).toEqual([[], undefined]);
  const record = { ...records.make('/h', '/work'), native: 'T1' };
  expect([isOurs(record.id), isOurs('01990000-0000-7000-8000-000000000000')]).toEqual([true, false]);
  records.write(record);
  expect(records.read('/h', record.id)).toEqual(record);
  expect([records.read('/other', record.id), records.read('/h', '../x')]).toEqual([undefined, undefined]);
  const [name] = readdirSync(place.join('data'));
  expect(lstatSync(place.join('data', String(name))).mode & 0o777).toBe(0o600);
  writeFileSync(place.join('data', String(name)), '{"id":');
  expect([records.all(), records.read('/h', record.id)]).toEqual([[], undefined]);
});

test('what was said is known again with other line ends and blanks around it', () => {
  expect(digestOf(' a\r\nb\n')).toBe(digestOf('a\nb'));
  expect(digestOf('a b')).not.toBe(digestOf('a  b'));
});

test('first starts in a home wait for each other until one went well', async () => {
  const starts = new FirstStarts();
  const order: string[] = [];
  const enter = async (name: string, key = '/h') => {
    const leave = await starts.enter(key);
    order.push(name);
    return leave;
  };
  const first = await enter('first');
  const [second, third] = [enter('second'), enter('third')];
  await enter('elsewhere', '/other');
  first(false);
  const leave = await second;
  expect(order).toEqual(['first', 'elsewhere', 'second']);
  leave(true);
  await third;
  await Promise.all([enter('fourth'), enter('fifth')]);
  expect(order.slice(3)).toEqual(['third', 'fourth', 'fifth']);
});
