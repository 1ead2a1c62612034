/** What is below /tables: from a request to the table in the format that was asked for. */
import type { Collector } from '../../collectors/collector.ts';
import { inNamespace } from '../../snapshot/outcome.ts';
import type { Scraper } from '../../snapshot/scraper.ts';
import { tableAsHtml } from './as-html.ts';
import { tableAsJson } from './as-json.ts';
import { notesAsText, pageAsText, statisticsAsText } from './as-text.ts';
import { askOf, type Format, type Parameters, type TableAsk, type View } from './ask.ts';
import { pageShown, statisticsShown, type TableShown } from './shown.ts';

export interface TableSettings {
  readonly version: string;
  /** The network namespace that is read, '' where the kernel does not tell; undefined where several are. */
  readonly netns: string | undefined;
  readonly collectors: readonly Collector<string, unknown>[];
  readonly enabled: readonly string[];
}

export interface TableAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type AnswerTable = (view: View, parameters: Parameters, limitSeconds: number) => Promise<TableAnswer>;

/**
 * Of the moment, and nobody else's business. A page needs nothing but its own style, and leads nowhere else; a browser gives the
 * others a style of its own, and would ask for their icon.
 */
const headers = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
};

const contentTypes: Readonly<Record<Format, string>> = {
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** What netstat -s shows is read as for a scrape. */
const statisticCollectors: readonly string[] = ['snmp', 'netstat', 'snmp6', 'sctp_snmp'];

export const createTableAnswers =
  (settings: TableSettings, { table, scrape }: Pick<Scraper, 'table' | 'scrape'>): AnswerTable =>
  async (view, parameters, limitSeconds) => {
    const { collectors, enabled, netns } = settings;
    const ask = askOf(view, parameters, settings);
    if (typeof ask === 'string') return sentence(400, ask);
    if (ask.where.program !== undefined && !enabled.includes('programs'))
      return sentence(400, 'The collector programs is switched off, so nobody knows whose the sockets are.');

    if (view === 'statistics') {
      const names = enabled.filter(name => statisticCollectors.includes(name));
      const { snapshot: everywhere, namespaces } = await scrape(names, limitSeconds);
      const all = namespaces && [namespaces.home, ...namespaces.others].map(each => each.netns);
      const read = ask.netns ?? all?.[0] ?? netns ?? '';
      if (all?.includes(read) === false) return noNamespace(read);
      const snapshot = inNamespace(everywhere, read);
      const shown = statisticsShown(ask, { netns: read, namespaces: all }, snapshot, collectors);
      return inFormat(ask, settings, shown, () => statisticsAsText(ask, snapshot, collectors));
    }

    const { where, netns: asked, sort, limit } = ask;
    const query = { table: view, where, ...(asked !== undefined && { netns: asked }), sort, limit };
    const { snapshot, page, failure } = await table(enabled, query, limitSeconds);
    if (page === undefined) {
      if (failure?.reason === 'absent') return noNamespace(ask.netns ?? '');
      return failure === undefined || failure.reason === 'deadline'
        ? sentence(504, `The table could not be read in ${limitSeconds} s.`)
        : sentence(500, `The table could not be read: ${failure.message}.`);
    }
    const shown = pageShown(ask, netns ?? '', snapshot, page);
    return inFormat(ask, settings, shown, () => pageAsText(ask, page));
  };

/** It may have been there when the alert was sent. */
const noNamespace = (netns: string): TableAnswer =>
  sentence(404, `There is no network namespace ${JSON.stringify(netns)}, or it is not read.`);

const sentence = (status: number, text: string): TableAnswer => ({
  status,
  contentType: contentTypes.text,
  headers,
  body: `${text}\n`,
});

const inFormat = (
  { format }: TableAsk,
  settings: TableSettings,
  shown: TableShown,
  asText: () => readonly string[],
): TableAnswer => {
  const answer = { status: 200, contentType: contentTypes[format], headers };
  switch (format) {
    case 'html':
      return {
        ...answer,
        body: tableAsHtml(shown, { version: settings.version, domains: settings }),
      };
    case 'json':
      return { ...answer, body: tableAsJson(shown) };
    case 'text':
      return {
        ...answer,
        body: [...asText(), ...notesAsText(shown)].map(line => `${line}\n`).join(''),
      };
  }
};
