/** The columns of a table as a page has them: what belongs together is in one, and what no row tells has none. */
import type { Cell, FilterName } from '../../snapshot/tables.ts';
import { NOBODY } from '../../snapshot/tables.ts';
import { escapeHtml } from '../html.ts';
import { durationText } from './amounts.ts';
import { filtersOf, type TableAsk } from './ask.ts';
import { detailsBeside } from './html-detail.ts';
import { filteredBy, hrefOf } from './links.ts';
import type { Heading, ShownRow, TableShown } from './shown.ts';

export interface PageColumn {
  /** One for each column of the table that is in this one; none where there is nothing to sort by. */
  readonly headings: readonly Heading[];
  readonly label: string;
  readonly note: string | undefined;
  readonly isNumeric: boolean;
  /** Where each row stands by itself: it comes first there. */
  readonly isLeading: boolean;
  /** A whole `<td>`. */
  readonly cell: (row: ShownRow) => string;
}

export const pageColumns = (shown: TableShown): readonly PageColumn[] => {
  const { ask, columns, rows } = shown;
  const isKnown = columns.map((_, i) => rows.some(({ cells }) => cells[i] !== undefined));
  const indexOf = (name: string): number | undefined => {
    const i = columns.findIndex(column => column.name === name);
    return i === -1 || isKnown[i] !== true ? undefined : i;
  };
  /** By the column that a column is told in. */
  const toldIn = new Map<string, string>();
  for (const { name } of columns) {
    const port = portOf(name);
    if (port !== undefined && indexOf(name) !== undefined) toldIn.set(port, name);
  }
  if (indexOf('user') !== undefined) toldIn.set('uid', 'user');
  if (indexOf('program') !== undefined) toldIn.set('command', 'program');

  const page = columns.flatMap((column, i): readonly PageColumn[] => {
    if (isKnown[i] !== true || toldIn.has(column.name)) return [];
    const at = (name: string | undefined) => (name === undefined ? undefined : indexOf(name));
    const told = columnOf(ask, column, i, at, shown);
    const end = column.name === 'state' ? endOfStreamColumn(shown) : undefined;
    return end === undefined ? [told] : [told, end];
  });
  return rows.some(({ detail }) => detail !== undefined) ? [...page, detailColumn(columns)] : page;
};

type IndexOf = (name: string | undefined) => number | undefined;

const columnOf = (
  ask: TableAsk,
  column: Heading,
  i: number,
  indexOf: IndexOf,
  { columns, rows }: TableShown,
): PageColumn => {
  const plain: PageColumn = {
    headings: [column],
    label: column.heading,
    note: unitOf(column.name),
    isNumeric: isNumeric(rows, i),
    isLeading: leading.includes(column.name),
    cell: ({ cells }) => cellHtml(cells[i]),
  };
  const port = portOf(column.name);
  if (port !== undefined) {
    const portColumn = columns.find(({ name }) => name === port);
    const portAt = indexOf(port);
    if (portColumn === undefined || portAt === undefined) return plain;
    return {
      ...plain,
      headings: [column, portColumn],
      cell: ({ cells }) => cellHtml(endText(cells[i], cells[portAt])),
    };
  }
  if (column.name === 'age_seconds') {
    return {
      ...plain,
      note: 'A lower bound: how long this exporter has seen the socket in CLOSE_WAIT',
      cell: ({ cells }) => ageHtml(cells[i]),
    };
  }
  const filter = linkedFilters.find(name => name === column.name && filtersOf(ask.view).includes(name));
  if (filter === undefined) return plain;
  const beside = besideOf[filter];
  const besideAt = indexOf(beside?.column);
  const linked = linkedText(ask, filter);
  return {
    ...plain,
    cell: ({ cells }) => {
      const cell = cells[i];
      const told = besideAt === undefined ? undefined : cells[besideAt];
      if (cell === '' && filter === 'program') return td(linked(NOBODY), '', NOBODY_TITLE);
      if (typeof cell !== 'string' || cell === '') return cellHtml(cell);
      const title = told === undefined || String(told) === cell ? '' : `${beside?.title ?? ''} ${told}`;
      return longTd(cell.length, linked(cell), title);
    },
  };
};

/** What a socket is looked at for at night. */
const leading: readonly string[] = ['state', 'age_seconds', 'program'];

/** Filters to which their cells lead. */
const linkedFilters: readonly FilterName[] = ['state', 'program', 'user'];

const besideOf: Partial<Record<FilterName, { readonly column: string; readonly title: string }>> = {
  program: { column: 'command', title: 'command' },
  user: { column: 'uid', title: 'UID' },
};

/** Headings are those of netstat, which leave it out. */
const unitOf = (name: string): string | undefined => {
  const unit = units.find(each => name.endsWith(`_${each}`));
  return unit === undefined ? undefined : `in ${unit}`;
};

const units: readonly string[] = ['milliseconds', 'seconds', 'bytes'];

export const NOBODY_TITLE = 'no program is known to hold it';

/** @returns undefined where the column is of no address */
const portOf = (name: string): string | undefined =>
  name.endsWith('_address') ? `${name.slice(0, -'_address'.length)}_port` : undefined;

/** Where all that is known is numbers. */
const isNumeric = (rows: readonly ShownRow[], i: number): boolean => {
  let any = false;
  for (const { cells } of rows) {
    const cell = cells[i];
    if (typeof cell === 'number') any = true;
    else if (cell !== undefined) return false;
  }
  return any;
};

/** `10.1.2.3:80`, `[::1]:80`; without what is not known. */
const endText = (address: Cell, port: Cell): Cell => {
  if (port === undefined) return address;
  const text = address === undefined ? '' : String(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
};

const ageHtml = (seconds: Cell): string =>
  typeof seconds === 'number' ? td(durationText(seconds), '', `${seconds} s`) : cellHtml(seconds);

/** Many rows have the same value, so that each link is made once. */
const linkedText = (ask: TableAsk, filter: FilterName): ((value: string) => string) => {
  const made = new Map<string, string>();
  const isApplied = ask.where[filter] !== undefined;
  return value => {
    let html = made.get(value);
    if (html === undefined) {
      const text = escapeHtml(value);
      html = isApplied ? text : `<a href="${escapeHtml(hrefOf(filteredBy(ask, filter, value)))}">${text}</a>`;
      made.set(value, html);
    }
    return html;
  };
};

/** One character beyond Latin-1 would double the memory of the page, so the dash is a reference. */
const cellHtml = (cell: Cell): string => {
  if (cell === undefined) return '<td class="unknown" title="not known">&#8211;</td>';
  if (cell === 0) return '<td class="zero">0</td>';
  if (typeof cell === 'number') return `<td>${cell}</td>`;
  if (typeof cell === 'boolean') return `<td>${cell ? 'yes' : 'no'}</td>`;
  return longTd(cell.length, escapeHtml(cell), '');
};

/** Longer than any address with its port: it may take several lines. */
const LONG_TEXT = 48;
/** Longer than any sentence of ours: it scrolls in its cell. */
const HUGE_TEXT = 600;

const longTd = (length: number, html: string, title: string): string => {
  if (length <= LONG_TEXT) return td(html, '', title);
  return td(length <= HUGE_TEXT ? html : `<div class="huge">${html}</div>`, 'long', title);
};

const td = (html: string, className: string, title: string): string => {
  const classAttribute = className === '' ? '' : ` class="${className}"`;
  const titleAttribute = title === '' ? '' : ` title="${escapeHtml(title)}"`;
  return `<td${classAttribute}${titleAttribute}>${html}</td>`;
};

const detailColumn = (columns: readonly Heading[]): PageColumn => {
  const detailsOf = detailsBeside(columns);
  return {
    headings: [],
    label: 'More',
    note: undefined,
    isNumeric: false,
    isLeading: false,
    cell: row => {
      let length = 0;
      let html = '';
      for (const part of detailsOf(row)) {
        length += part.length;
        html += `${html === '' ? '' : ' '}<span>${escapeHtml(part)}</span>`;
      }
      return longTd(length, html, '');
    },
  };
};

const END_OF_STREAM = {
  unread: 'has not read the end of stream',
  read: 'never closed',
} as const;

const endOfStreamColumn = (shown: TableShown): PageColumn | undefined => {
  const tells = endOfStreamOf(shown);
  const { unread, read } = endOfStream(shown);
  if (unread + read === 0) return undefined;
  return {
    headings: [],
    label: 'End of stream',
    note: 'What the receive queue of a socket in CLOSE_WAIT tells of its program',
    isNumeric: false,
    isLeading: true,
    cell: row => {
      const told = tells(row);
      if (told === undefined) return '<td></td>';
      return `<td><span class="${told}" title="${told}: ${END_OF_STREAM[told]}">${told}</span></td>`;
    },
  };
};

/** Of the sockets in CLOSE_WAIT that are shown. */
export interface EndOfStream {
  readonly unread: number;
  readonly read: number;
  readonly longestSeconds: number | undefined;
}

export const endOfStream = (shown: TableShown): EndOfStream => {
  const tells = endOfStreamOf(shown);
  const ageAt = shown.columns.findIndex(({ name }) => name === 'age_seconds');
  let unread = 0;
  let read = 0;
  let longestSeconds: number | undefined;
  for (const row of shown.rows) {
    const told = tells(row);
    if (told === 'unread') unread++;
    if (told === 'read') read++;
    const age = row.cells[ageAt];
    if (typeof age === 'number' && age > (longestSeconds ?? -1)) longestSeconds = age;
  }
  return { unread, read, longestSeconds };
};

/** The end of stream takes a byte of the receive queue until it is read. */
const endOfStreamOf = ({ columns }: TableShown): ((row: ShownRow) => 'unread' | 'read' | undefined) => {
  const stateAt = columns.findIndex(({ name }) => name === 'state');
  const queueAt = columns.findIndex(({ name }) => name === 'receive_queue');
  return ({ cells }) => {
    const queue = cells[queueAt];
    if (cells[stateAt] !== 'CLOSE_WAIT' || typeof queue !== 'number') return undefined;
    return queue > 0 ? 'unread' : 'read';
  };
};
