/** All servers of all sources, each name once. Pure. */

import type { Format } from './format-names.js';
import { type FoundServer, readServers, type SourceFile } from './formats.js';
import { type MappedServer, mapServer } from './map-server.js';
import type { Failed, Skipped, Warning } from './report.js';

export interface CollectOptions {
  readonly format?: Format | undefined;
  readonly project?: string | undefined;
  readonly homedir: string;
}

export interface CollectedServer extends MappedServer {
  readonly from: string;
}

export interface Collected {
  readonly sources: readonly { readonly file: string; readonly format: Format }[];
  readonly servers: readonly CollectedServer[];
  readonly skipped: readonly Skipped[];
  readonly errors: readonly Failed[];
  readonly skippedKeys: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly Warning[];
}

/** Of two servers of one name the first one counts. Throws `invalid-input` for a source in which there are none at all. */
export function collect(files: readonly SourceFile[], options: CollectOptions): Collected {
  const read = files.map((source) => ({ file: source.file, ...readServers(source, options) }));
  const box = new Box();
  for (const { file, format, servers } of read) {
    for (const server of servers) box.put(server, file, format, options.homedir);
  }
  return { sources: read.map(({ file, format }) => ({ file, format })), ...box.contents() };
}

class Box {
  readonly #servers = new Map<string, CollectedServer>();
  readonly #skipped: Skipped[] = [];
  readonly #errors: Failed[] = [];
  readonly #skippedKeys: [string, readonly string[]][] = [];
  readonly #warnings: Warning[] = [];

  put(found: FoundServer, from: string, format: Format, homedir: string): void {
    const mapping = mapServer(found, format, homedir);
    if (mapping.outcome === 'failed') this.#errors.push({ name: mapping.name, message: mapping.message });
    else if (mapping.outcome === 'skipped') this.#skipped.push({ name: mapping.name, reason: mapping.reason });
    else this.#take({ ...mapping, from }, found.project);
  }

  #take(server: CollectedServer, project: string | undefined): void {
    const { name, renamedFrom } = server;
    const there = this.#servers.get(name);
    if (there !== undefined) {
      if (JSON.stringify(there.values) === JSON.stringify(server.values)) return;
      const where = project === undefined ? server.from : `${server.from}, project ${project}`;
      this.#skipped.push({ name: renamedFrom ?? name, reason: `another server is called ${name} already; this one stands in ${where}` });
      return;
    }
    this.#servers.set(name, server);
    if (server.skippedKeys.length > 0) this.#skippedKeys.push([name, server.skippedKeys]);
    if (renamedFrom !== undefined)
      this.#warnings.push({ name, message: `was called ${JSON.stringify(renamedFrom)}, which Codex does not take as a name` });
    for (const message of server.warnings) this.#warnings.push({ name, message });
  }

  contents(): Omit<Collected, 'sources'> {
    return {
      servers: [...this.#servers.values()],
      skipped: this.#skipped,
      errors: this.#errors,
      skippedKeys: Object.fromEntries(this.#skippedKeys),
      warnings: this.#warnings,
    };
  }
}
