/** What was found, in sentences: how many rows, what was asked of them, which of them are shown, and what their CLOSE_WAIT means. */
import { NOBODY } from '../../snapshot/tables.ts';
import type { FilterName } from '../../snapshot/tables.ts';
import { escapeHtml } from '../html.ts';
import { countText, durationText, listText } from './amounts.ts';
import { ROWS_LIMIT, type View } from './ask.ts';
import { endOfStream } from './html-columns.ts';
import { appliedFilters, filteredBy, hrefOf } from './links.ts';
import type { TableShown } from './shown.ts';

const nouns: Readonly<Record<View, readonly [one: string, many: string]>> = {
  sockets: ['socket', 'sockets'],
  routes: ['route', 'routes'],
  interfaces: ['interface', 'interfaces'],
  groups: ['multicast group', 'multicast groups'],
  nat: ['translated connection', 'translated connections'],
  statistics: ['statistic', 'statistics'],
};

export const foundHtml = (shown: TableShown): string => {
  const { ask, rows, matched, unread } = shown;
  const [one, many] = nouns[ask.view];
  const conditions = conditionsHtml(shown);
  const read = unread.length === 0 ? '' : ' in what could be read';
  if (matched === 0) {
    return conditions === ''
      ? `There is no ${one} now${read}.`
      : `No such ${one} now${read}: none${conditions}. Ask for more: ${listText(widerLinks(shown, many), 'or')}.`;
  }

  const found = `${countText(matched)} ${matched === 1 ? one : many}${conditions}${read}`;
  const order = orderText(shown);
  if (rows.length >= matched) {
    const all = matched === 1 ? 'it is shown' : 'all are shown';
    return `${found}; ${all}${matched === 1 || order === '' ? '' : `,${order}`}.`;
  }
  const limit =
    ask.limit === ROWS_LIMIT
      ? `limit ${countText(ROWS_LIMIT)}, which is the most`
      : `limit ${countText(ask.limit)}; at most ${countText(ROWS_LIMIT)}`;
  return `${found}; the first ${countText(rows.length)}${order} are shown (${limit}).`;
};

/** ` with state <b>CLOSE_WAIT</b> and program <b>leaky-svc</b>` */
const conditionsHtml = ({ ask: { where } }: TableShown): string => {
  const conditions = appliedFilters(where).map(([name, value]) => conditionHtml(name, value));
  return conditions.length === 0 ? '' : ` with ${listText(conditions)}`;
};

const conditionHtml = (name: FilterName, value: string): string => {
  if (name === 'program' && value === NOBODY) return 'no program that is known to hold it';
  if (name === 'age')
    return `an age of <b>${durationText(Number(value))}</b>${secondsText(Number(value))} or more`;
  return `${name} <b>${escapeHtml(value)}</b>`;
};

const widerLinks = ({ ask }: TableShown, many: string): readonly string[] => {
  const applied = appliedFilters(ask.where);
  const without = applied.map(
    ([name]) =>
      `<a href="${escapeHtml(hrefOf(filteredBy(ask, name, undefined)))}">with any ${escapeHtml(name)}</a>`,
  );
  const all = `<a href="${escapeHtml(hrefOf({ ...ask, where: {} }))}">all ${escapeHtml(many)}</a>`;
  return applied.length === 1 ? [all] : [...without, all];
};

const orderText = ({ ask: { sort }, columns }: TableShown): string => {
  if (sort === undefined) return '';
  if (sort.by === 'age_seconds') return ` in ${sort.descending ? 'descending ' : ''}order of age`;
  const heading = columns.find(({ name }) => name === sort.by)?.heading ?? sort.by;
  const stem = sort.by.endsWith('_port') ? sort.by.slice(0, -'_port'.length) : undefined;
  const address = columns.find(({ name }) => stem !== undefined && name === `${stem}_address`);
  const what = address === undefined ? heading : `the port of ${address.heading}`;
  return ` in ${sort.descending ? 'descending ' : ''}order of ${escapeHtml(what)}`;
};

/** Beside a duration in words, where these say less. */
const secondsText = (seconds: number): string =>
  durationText(seconds) === `${seconds} s` ? '' : ` (${seconds} s)`;

/** What the receive queue of sockets in CLOSE_WAIT tells of their program; the legend of the column as well. */
export const closeWaitHtml = (shown: TableShown): string => {
  const { unread, read, longestSeconds } = endOfStream(shown);
  const parts = [
    read > 0 &&
      `<b class="read">${countText(read)} read</b> the program has read the end of stream and never closed: a leaked descriptor`,
    unread > 0 &&
      `<b class="unread">${countText(unread)} unread</b> the program has not read the end of stream: a stuck reader`,
    longestSeconds !== undefined &&
      `the oldest was first seen <b>${durationText(longestSeconds)}</b> ago${secondsText(longestSeconds)} and may be older`,
  ].filter(part => part !== false);
  if (parts.length === 0) return '';
  const which =
    shown.rows.length < shown.matched
      ? 'Of the sockets in CLOSE_WAIT that are shown:'
      : 'Of those in CLOSE_WAIT:';
  return `<div class="told">
<p>${which}</p>
<ul>${parts.map(part => `<li>${part}</li>`).join('')}</ul>
</div>
`;
};
