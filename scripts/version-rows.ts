/** From the results of the version stories to the tables of docs/codex-versions.md. */

import { z } from 'zod';

/** Vitest's JSON report, as far as it is read. */
const Report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          meta: z
            .object({
              codexVersion: z
                .object({ version: z.string(), support: z.enum(['works', 'lesser', 'cannot']), note: z.string().optional() })
                .optional(),
            })
            .optional(),
        }),
      ),
    }),
  ),
});

/** What one story has shown of one version. */
export interface Seen {
  readonly group: string;
  readonly promise: string;
  readonly version: string;
  readonly support: 'works' | 'lesser' | 'cannot';
  readonly note: string | undefined;
}

/** What a run has shown. Throws when a story did not pass: then nothing is known of its row. */
export function seenIn(report: unknown): Seen[] {
  const results = Report.parse(report).testResults.flatMap(({ assertionResults }) => assertionResults);
  return results.flatMap(({ ancestorTitles, title, status, meta }) => {
    if (meta?.codexVersion === undefined) return [];
    const { version, support, note } = meta.codexVersion;
    if (status !== 'passed') throw new Error(`"${title}" ${status} with Codex ${version}`);
    return [{ group: ancestorTitles.at(-1) ?? '', promise: title, version, support, note }];
  });
}

/** One table for each group of stories, the newest version first, and the notes below. Throws when a version lacks a row. */
export function tablesOf(seen: readonly Seen[]): string {
  if (seen.length === 0) throw new Error('the run has no results of version stories');
  const versions = [...new Set(seen.map(({ version }) => version))].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const groups = [...new Set(seen.map(({ group }) => group))];
  const rows = groups.map((group) => ({
    group,
    promises: [...new Set(seen.filter((one) => one.group === group).map((one) => one.promise))],
  }));
  const notes: string[] = [];
  const tables = rows.map(({ group, promises }) => {
    const head = `| | ${versions.join(' | ')} |\n| --- |${' --- |'.repeat(versions.length)}\n`;
    const lines = promises.map(
      (promise) => `| ${promise} | ${versions.map((one) => cellOf(find(seen, promise, one), notes)).join(' | ')} |\n`,
    );
    return `### ${group}\n\n${head}${lines.join('')}`;
  });
  const list = notes.map((note, index) => `${index + 1}. ${note}\n`);
  return [...tables, ...(notes.length === 0 ? [] : [`### Notes\n\n${list.join('')}`])].join('\n');
}

function find(seen: readonly Seen[], promise: string, version: string): Seen {
  const found = seen.find((one) => one.promise === promise && one.version === version);
  if (found === undefined) throw new Error(`the run has no result of "${promise}" with Codex ${version}`);
  return found;
}

/** A note that several versions share has one number. */
function cellOf({ support, note }: Seen, notes: string[]): string {
  if (note === undefined) return support;
  if (!notes.includes(note)) notes.push(note);
  return `${support} (${notes.indexOf(note) + 1})`;
}

const BETWEEN = /(<!-- versions -->\n)[\s\S]*?(<!-- \/versions -->)/;

/** The page with these tables between its markers. Throws when it has none. */
export function pageWith(page: string, tables: string): string {
  if (!BETWEEN.test(page)) throw new Error('the page has no <!-- versions --> and <!-- /versions --> to write between');
  return page.replace(BETWEEN, (_, open: string, close: string) => `${open}\n${tables}\n${close}`);
}
