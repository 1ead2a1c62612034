/** What else of a table can be asked for: a form of its filters, and links to the values that are frequent. */
import type { FilterName } from '../../snapshot/tables.ts';
import { NOBODY } from '../../snapshot/tables.ts';
import { escapeFieldValue, escapeHtml } from '../html.ts';
import { shown as spelledOut } from '../netstat/shown.ts';
import { countText } from './amounts.ts';
import { filtersOf, rowsDefault, valuesOf, type Domains, type TableAsk } from './ask.ts';
import { NOBODY_TITLE } from './html-columns.ts';
import { appliedFilters, filteredBy, hrefOf, tablePath } from './links.ts';
import type { TableShown } from './shown.ts';

const labels: Readonly<Record<FilterName, string>> = {
  state: 'State',
  family: 'Family',
  protocol: 'Protocol',
  program: 'Program',
  user: 'User',
  port: 'Port',
  device: 'Interface',
  age: 'Seen for (seconds)',
};

/** What the field of a filter takes, where it is no list. */
const fields: Partial<Record<FilterName, string>> = {
  program: `type="text" placeholder="${NOBODY} for nobody&#39;s" title="${NOBODY} asks for what nobody is known to hold"`,
  user: 'type="text" placeholder="name or UID"',
  port: 'type="number" min="0" max="65535" placeholder="of either end"',
  age: 'type="number" min="0" max="999999999" placeholder="at least" title="How long it has been seen in CLOSE_WAIT, at least"',
};

export const formHtml = ({ ask, rows, netns, namespaces }: TableShown, domains: Domains): string => {
  const { view, where, sort, limit } = ask;
  const clear =
    appliedFilters(where).length === 0
      ? ''
      : ` <a href="${escapeHtml(hrefOf({ ...ask, where: {} }))}">clear</a>`;
  const kept = [
    sort === undefined ? '' : hiddenHtml('sort', `${sort.descending ? '-' : ''}${sort.by}`),
    limit === rowsDefault(view) ? '' : hiddenHtml('limit', String(limit)),
  ].join('');
  return `<details class="filters"${rows.length === 0 ? ' open=""' : ''}>
<summary>Filter</summary>
<form action="${tablePath(view)}" method="get">${kept}
${namespaceHtml(netns, namespaces)}${filtersOf(view)
    .map(name => `<label>${labels[name]} ${fieldHtml(ask, name, domains)}</label>`)
    .join('\n')}
<span class="send"><button>Show</button>${clear}</span>
</form>
</details>`;
};

const namespaceHtml = (netns: string, namespaces: TableShown['namespaces']): string =>
  namespaces === undefined
    ? ''
    : `<label>Network namespace <select name="netns">${namespaces.map(each => optionHtml(each, each === netns)).join('')}</select></label>\n`;

const optionHtml = (value: string, isSelected: boolean): string =>
  `<option value="${escapeFieldValue(value)}"${isSelected ? ' selected=""' : ''}>${escapeHtml(value)}</option>`;

const hiddenHtml = (name: string, value: string): string =>
  `<input type="hidden" name="${name}" value="${escapeFieldValue(value)}">`;

const fieldHtml = (ask: TableAsk, name: FilterName, domains: Domains): string => {
  const { view, where } = ask;
  const applied = where[name];
  const values = valuesOf(view, name, domains);
  if (values.length === 0) {
    if (applied !== undefined && spelledOut(applied) !== applied) return fixedHtml(ask, name, applied);
    const value = applied === undefined ? '' : ` value="${escapeFieldValue(applied)}"`;
    return `<input name="${name}" ${fields[name] ?? 'type="text"'}${value} autocomplete="off" autocapitalize="off" spellcheck="false">`;
  }
  const options = values.map(value => optionHtml(value, value === applied));
  return `<select name="${name}"><option value="">any</option>${options.join('')}</select>`;
};

/** A field would show such marks as they are, or drop them: the value is sent again, or not at all. */
const fixedHtml = (ask: TableAsk, name: FilterName, value: string): string =>
  `${hiddenHtml(name, value)}<a href="${escapeHtml(hrefOf(filteredBy(ask, name, undefined)))}" title="ask for any ${name}">${escapeHtml(value)} ×</a>`;

/** Values that are shown at once; the others are shown by a click. */
const SHOWN_AT_ONCE = 10;

/** How many rows have which value. */
export const countsHtml = (shown: TableShown): string =>
  filtersOf(shown.ask.view)
    .map(name => countsOfHtml(shown, name, shown.counts[name] ?? []))
    .join('');

const countsOfHtml = (
  { ask, matched }: TableShown,
  name: FilterName,
  counts: readonly (readonly [value: string, rows: number])[],
): string => {
  if (counts.length === 0) return '';
  const items = counts.map(([value, rows]) => `<li>${countHtml(ask, name, value, rows)}</li>`);
  const others = matched - counts.reduce((sum, [, rows]) => sum + rows, 0);
  if (others > 0)
    items.push(
      `<li><span title="with other values, or where it is not known">others <b>${countText(others)}</b></span></li>`,
    );
  const isLong = items.length > SHOWN_AT_ONCE + 1;
  const first = isLong ? items.slice(0, SHOWN_AT_ONCE) : items;
  const rest = isLong
    ? `<li><details><summary>${items.length - SHOWN_AT_ONCE} more</summary><ul>${items.slice(SHOWN_AT_ONCE).join('')}</ul></details></li>`
    : '';
  return `<div class="counts"><h2>${labels[name]}</h2><ul>${first.join('')}${rest}</ul></div>\n`;
};

const countHtml = (ask: TableAsk, name: FilterName, value: string, rows: number): string => {
  const count = `<b>${countText(rows)}</b>`;
  if (value === '' && name !== 'program') return `<span>(none) ${count}</span>`;
  const wanted = value === '' ? NOBODY : value;
  const text = `<span>${escapeHtml(wanted)}</span> ${count}`;
  const isApplied = ask.where[name] === wanted;
  const href = escapeHtml(hrefOf(filteredBy(ask, name, isApplied ? undefined : wanted)));
  if (isApplied) return `<a class="applied" href="${href}" title="ask for any ${name}">${text} ×</a>`;
  return `<a href="${href}"${value === '' ? ` title="${NOBODY_TITLE}"` : ''}>${text}</a>`;
};
