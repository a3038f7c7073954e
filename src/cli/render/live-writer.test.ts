import { expect, test } from 'vitest';
import { LiveWriter } from './live-writer.js';

class Paper {
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  readonly columns = 20;
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.writes.push(text);
  }
}

test('on a terminal the status is wiped before the next text, in one write each', () => {
  const paper = new Paper(true);
  let now = 0;
  const writer = new LiveWriter(paper, { now: () => now });
  writer.write({ text: 'a\n', status: 'thinking' });
  now = 2500;
  writer.write({ text: 'b\n', status: 'thinking' });
  writer.write({ text: '', status: 'thinking' });
  writer.write({ text: '', status: '$ a command that is much too long' });
  writer.write({ text: 'c', status: null });
  writer[Symbol.dispose]();
  expect(paper.writes).toEqual(['a\n… thinking', '\r\u001b[Kb\n… thinking 2 s', '\r\u001b[K… $ a command that…', '\r\u001b[Kc']);
});

test('while somebody is asked nothing is written over the question; what came meanwhile follows', () => {
  const paper = new Paper(true);
  const writer = new LiveWriter(paper, { now: () => 0 });
  writer.write({ text: '', status: 'thinking' });
  writer.hold(true);
  writer.write({ text: 'x\n', status: 'thinking' });
  writer.write({ text: 'y\n', status: 'thinking' });
  expect(paper.writes).toEqual(['… thinking', '\r\u001b[K']);
  writer.hold(false);
  writer[Symbol.dispose]();
  expect(paper.writes.slice(2)).toEqual(['x\ny\n… thinking', '\r\u001b[K']);
});

test('a question begins on a line of its own, also behind a message that is not whole yet', () => {
  const paper = new Paper(true);
  const writer = new LiveWriter(paper);
  writer.write({ text: 'half a mess', status: null });
  writer.hold(true);
  writer.hold(false);
  expect(paper.writes.join('')).toBe('half a mess\n');
});

test('what was held is not lost when the watching ends', () => {
  const paper = new Paper(false);
  const writer = new LiveWriter(paper);
  writer.hold(true);
  writer.write({ text: 'late\n', status: null });
  writer[Symbol.dispose]();
  expect(paper.writes).toEqual(['late\n']);
});

test('without a terminal only the text is written', () => {
  const paper = new Paper(false);
  const writer = new LiveWriter(paper);
  writer.write({ text: 'a\n', status: 'thinking' });
  writer.write({ text: '', status: 'thinking more' });
  writer[Symbol.dispose]();
  expect(paper.writes).toEqual(['a\n']);
});
