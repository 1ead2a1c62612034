/** A table as one page, without scripts and without anything to be loaded, that reads on a telephone as well. */
import { escapeHtml } from '../html.ts';
import { countText } from './amounts.ts';
import { ROWS_LIMIT, rowsDefault, views, type Domains, type TableAsk, type View } from './ask.ts';
import { countsHtml, formHtml } from './html-choices.ts';
import { pageColumns, type PageColumn } from './html-columns.ts';
import { closeWaitHtml, foundHtml } from './html-found.ts';
import { columnStyle, pageStyle } from './html-style.ts';
import { appliedFilters, hrefOf, isSortable, sortedBy } from './links.ts';
import type { TableShown, Unread } from './shown.ts';

export interface Page {
  readonly version: string;
  readonly domains: Domains;
}

export const tableAsHtml = (asked: TableShown, { version, domains }: Page): string => {
  // Whatever format was asked for, the links of a page lead to pages.
  const shown: TableShown = { ...asked, ask: { ...asked.ask, format: 'html' } };
  const { ask, netns, rows, unread } = shown;
  const columns = rows.length === 0 ? [] : pageColumns(shown);
  const namespace = netns === '' ? '' : ` <small>in network namespace ${escapeHtml(netns)}</small>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleHtml(shown)}</title>
<style>${pageStyle}${columnStyle(columns)}</style>
</head>
<body>
<header>
<nav><a href="/">netstat-exporter</a> ${views.map(view => viewLink(view, ask)).join(' ')}</nav>
<h1>${titles[ask.view]}${namespace}</h1>
<p class="found">${foundHtml(shown)}</p>
${unreadHtml(unread)}${closeWaitHtml(shown)}<p class="links">${formatLinks(shown)}</p>
${countsHtml(shown)}${formHtml(shown, domains)}
</header>
<main>
${rows.length === 0 ? '' : tableHtml(shown, columns)}</main>
<footer><p>netstat-exporter ${escapeHtml(version)}. The kernel was read for this page; load it again to read again.</p></footer>
</body>
</html>
`;
};

const titles: Readonly<Record<View, string>> = {
  sockets: 'Sockets',
  routes: 'Routes',
  interfaces: 'Interfaces',
  groups: 'Multicast groups',
  nat: 'Translated connections',
  statistics: 'Statistics',
};

/** Of a tab of the browser: what tells it from the others comes first. */
const titleHtml = ({ ask: { view, where } }: TableShown): string =>
  escapeHtml([...appliedFilters(where).map(([, value]) => value), titles[view]].join(' · '));

/** All of another table, of the same namespace. */
const viewLink = (view: View, { view: current, format, netns }: TableAsk): string => {
  const href = hrefOf({ view, format, where: {}, netns, sort: undefined, limit: rowsDefault(view) });
  return `<a href="${escapeHtml(href)}"${view === current ? ' aria-current="page"' : ''}>${view}</a>`;
};

const unreadHtml = (unread: readonly Unread[]): string => {
  if (unread.length === 0) return '';
  const items = unread.map(
    ({ collector, reason, message }) =>
      `<li><b>${escapeHtml(collector)}</b> ${escapeHtml(reason)}: <span>${escapeHtml(message)}</span></li>`,
  );
  const files = unread.length === 1 ? 'One kernel file' : `${countText(unread.length)} kernel files`;
  return `<section class="warning">
<h2>Rows are missing</h2>
<p>${files} could not be read, wholly or in part:</p>
<ul>${items.join('')}</ul>
</section>
`;
};

const formatLinks = ({ ask, rows, matched }: TableShown): string => {
  const links: (readonly [href: string, text: string])[] = [
    [hrefOf({ ...ask, format: 'text' }), 'as text'],
    [hrefOf({ ...ask, format: 'json' }), 'as JSON'],
  ];
  if (rows.length < matched && ask.limit < ROWS_LIMIT)
    links.unshift([hrefOf({ ...ask, limit: ROWS_LIMIT }), `show ${countText(ROWS_LIMIT)}`]);
  return links.map(([href, text]) => `<a href="${escapeHtml(href)}">${text}</a>`).join(' · ');
};

const tableHtml = (shown: TableShown, columns: readonly PageColumn[]): string => {
  const rows = shown.rows.map(row => `<tr>${columns.map(({ cell }) => cell(row)).join('')}</tr>\n`);
  return `<table>
<thead><tr>${columns.map(column => headingHtml(shown, column)).join('')}</tr></thead>
<tbody>
${rows.join('')}</tbody>
</table>
`;
};

const headingHtml = ({ ask }: TableShown, { headings, label, note, isNumeric }: PageColumn): string => {
  const { sort } = ask;
  const links = headings.map(({ name, heading }, i) => {
    const text = escapeHtml(heading);
    if (!isSortable(ask.view, name)) return text;
    // Behind an address stands its port, a number.
    const next = sortedBy(ask, name, isNumeric || i > 0);
    const arrow =
      sort?.by === name ? `<span aria-hidden="true"> ${sort.descending ? '&#9660;' : '&#9650;'}</span>` : '';
    return `<a href="${escapeHtml(hrefOf(next))}">${text}${arrow}</a>`;
  });
  const isSorted = headings.some(({ name }) => name === sort?.by);
  const order = isSorted ? ` aria-sort="${sort?.descending === true ? 'descending' : 'ascending'}"` : '';
  const title = note === undefined ? '' : ` title="${escapeHtml(note)}"`;
  const classNames = [
    headings.some(({ name }) => isSortable(ask.view, name)) ? '' : 'fixed',
    headings.length > 1 || !label.includes(' ') ? 'line' : '',
  ].filter(name => name !== '');
  const className = classNames.length === 0 ? '' : ` class="${classNames.join(' ')}"`;
  return `<th scope="col"${className}${order}${title}>${links.length === 0 ? escapeHtml(label) : links.join(' : ')}</th>`;
};
