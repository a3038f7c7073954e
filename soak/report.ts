/** What a soak prints, and the page that is kept of it. */

import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { codexVersion } from '../src/codex/binary.js';
import { inputText } from '../src/contract/task.js';
import { codexBinary } from '../src/testing/index.js';
import { endsByRuntime, latencies, restartSpans, type Span, spanOf } from './figures.js';
import { isModelTag, tagIn } from './local-work.js';
import type { SoakResult } from './run.js';

type Rows = readonly (readonly string[])[];

const STATUSES = ['replied', 'failed', 'cancelled', 'expired'] as const;

function countRows(result: SoakResult): Rows {
  const { tasks, plan, events, repeats, retries, refused, kills, deaths, decisions } = result;
  const died = [...deaths.values()].reduce((sum, count) => sum + count, 0);
  const killed = [...kills].reduce((sum, [kind, count]) => (kind.endsWith('killed') ? sum + count : sum), 0);
  const rows: [string, number | string][] = [
    ['agents', plan.agents.filter(({ kind }) => kind !== 'person').length],
    ['tasks', tasks.length],
    ['sent by agents', tasks.filter(({ parent }) => parent !== undefined).length],
    ['of these by the real Codex, with its tool', tasks.filter(({ input }) => isModelTag(tagIn(inputText(input)) ?? '')).length],
    // Had there been one, the soak would have broken.
    ['lost', 0],
    ['run twice behind a recorded side effect', 0],
    ['done again, as a person decided', repeats.decided],
    ['done again, nothing of the first time was recorded', repeats.unrecorded.length],
    ...unrecordedRows(result),
    ['events', events],
    ['attempts behind the first', retries],
    ['refused by a rule', refused],
    ['called off by the sender', result.cancels],
    ['requests sent twice on purpose', result.repeatedRequests],
    ['answers lost, and asked for again', result.lostAnswers],
    ['kills', killed + died],
    ...kills,
    ...[...deaths].map(([point, count]): [string, number] => [`agent from elsewhere killed itself: ${point}`, count]),
    ...[...decisions].map(([what, count]): [string, number] => [`person: ${what}`, count]),
    ['processes left by killed hosts at the end', result.strays],
    ['seconds of work', result.workSeconds.toFixed(0)],
    ['tasks per second', (tasks.length / result.workSeconds).toFixed(2)],
    ['seconds in all', result.seconds.toFixed(0)],
  ];
  return rows.map(([what, count]) => [what, String(count)]);
}

/** By runtime; an agent from elsewhere that reports behind what it does may die in between. */
function unrecordedRows({ repeats, plan }: SoakResult): [string, number][] {
  const counts = new Map<string, number>();
  for (const alias of repeats.unrecorded) {
    const runtime = plan.agents.find((agent) => agent.alias === alias)?.runtime ?? 'unknown';
    counts.set(runtime, (counts.get(runtime) ?? 0) + 1);
  }
  return [...counts].map(([runtime, count]) => [`of these by ${runtime}`, count]);
}

function latencyRows({ tasks, plan }: SoakResult): Rows {
  const ends = endsByRuntime(tasks, plan.agents);
  const spans = latencies(tasks, plan.agents);
  return [...ends].map(([runtime, counts]) => {
    const span = spans.get(runtime);
    return [
      runtime,
      ...STATUSES.map((status) => String(counts.get(status) ?? 0)),
      seconds(span?.median),
      seconds(span?.p95),
      seconds(span?.most),
    ];
  });
}

function restartRows({ restarts, stops }: SoakResult): Rows {
  const { ready, whole } = restartSpans(restarts);
  const row = (what: string, span: Span): string[] => [
    what,
    String(span.count),
    seconds(span.median),
    seconds(span.p95),
    seconds(span.most),
  ];
  return [row('takes requests', ready), row('every agent is there', whole), row('a polite stop is over', spanOf(stops))];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : (ms / 1000).toFixed(2);
}

const LATENCY_HEAD = ['runtime', ...STATUSES, 'median s', 'p95 s', 'most s'];
const RESTART_HEAD = ['until', 'times', 'median s', 'p95 s', 'most s'];

export function summaryText(result: SoakResult): string {
  const plain = (rows: Rows): string =>
    rows.map(([what = '', ...cells]) => `  ${what.padEnd(58)} ${cells.map((cell) => cell.padStart(9)).join(' ')}`).join('\n');
  return [
    plain(countRows(result)),
    '',
    plain([LATENCY_HEAD, ...latencyRows(result)]),
    '',
    plain([RESTART_HEAD, ...restartRows(result)]),
  ].join('\n');
}

/** The page, in Markdown. */
export async function resultsPage(result: SoakResult): Promise<string> {
  const [processor] = cpus();
  const table = (head: readonly string[], rows: Rows): string =>
    [head, ['---', ...head.slice(1).map(() => '---:')], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return [
    '# What the soak said',
    '',
    'Made by `npm run soak -- --write`: one host with agents of several runtimes, whose processes are killed all along. A task counts from its sending to its reply, with all',
    'restarts and waits in between.',
    '',
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- load at the end: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
    `- Node ${process.versions.node}, Codex ${await codexVersion(codexBinary())}`,
    `- seed ${result.plan.seed}; 0 invariants broken`,
    '',
    table(['what', 'count'], countRows(result)),
    '',
    '## By runtime',
    '',
    table(LATENCY_HEAD, latencyRows(result)),
    '',
    '## Restarts of the host',
    '',
    table(RESTART_HEAD, restartRows(result)),
    '',
  ].join('\n');
}
