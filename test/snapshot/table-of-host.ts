/** Tables of a captured host, read as the reading thread reads them, one after the other by the same exporter. */
import { collectors } from '../../src/collectors/index.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { Snapshot } from '../../src/snapshot/outcome.ts';
import { PAGE } from '../../src/snapshot/page-reading.ts';
import { createReading, type ReadAll, type ReaderSettings } from '../../src/snapshot/reading.ts';
import type { TablePage, TableQuery } from '../../src/snapshot/table-page.ts';
import { hostFolder, machineOf, readingSettings } from '../hosts.ts';

export interface TableRead {
  /** Of the collectors. */
  readonly snapshot: Snapshot;
  /** Undefined where it failed. */
  readonly page: TablePage | undefined;
}

export interface HostReader {
  readonly readAll: ReadAll;
  /** @param proceed as that of a reading: throws to end it */
  readonly table: (query: TableQuery, proceed?: () => void) => TableRead;
  readonly page: (table: TableQuery['table'], asked?: Partial<TableQuery>) => TablePage;
}

export const settingsOf = (host: string): ReaderSettings => ({
  places: { procfs: `${hostFolder(host)}/proc`, sysfs: `${hostFolder(host)}/sys` },
  machine: machineOf(host),
  ...readingSettings,
});

export const readerOfHost = (settings: ReaderSettings): HostReader => {
  const readAll = createReading(settings);
  const table: HostReader['table'] = (query, proceed) => {
    const tables = query.table === 'routes' ? ['routes', 'neighbours'] : [query.table];
    const asked = collectors.filter(({ rows }: Collector<string, unknown>) =>
      tables.includes(rows?.of ?? ''),
    );
    const names = asked.map(({ name }) => name).filter(name => settings.enabled.includes(name));
    const outcomes = new Map(readAll(names, proceed, query));
    const page = outcomes.get(PAGE);
    outcomes.delete(PAGE);
    return { snapshot: outcomes, page: page?.status === 'ok' ? (page.data as TablePage) : undefined };
  };
  return {
    readAll,
    table,
    page(name, asked = {}) {
      const { page } = table({ table: name, where: {}, sort: undefined, limit: 2000, ...asked });
      if (page === undefined) throw new Error(`no page of ${name}`);
      return page;
    },
  };
};
