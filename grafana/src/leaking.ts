/** The table that answers who leaks: it stands on the first screen of two dashboards. */
import type { Column, Limits, Link, Table } from './board.ts';
import { boardOfRow, by, linked, linkLabels, series, socketsOfRow } from './queries.ts';

/** As the alerts have it: ten minutes deserve a look, an hour is no burst any more. */
export const ageLimits: Limits = { warning: 600, critical: 3600 };
export const descriptorLimits: Limits = { warning: 0.5, critical: 0.8 };

export const closeWaitBoard = 'netstat-close-wait';

export const showSockets: Link = { title: 'Show these sockets', url: socketsOfRow('CLOSE_WAIT') };

/** @param labels a selector of programs, or nothing */
export const leakingPrograms = (width: number, labels: string, links: readonly Link[]): Table => {
  const sockets = (eof?: string): string =>
    by(
      ['program'],
      series(
        'netstat_program_close_wait_sockets',
        [labels, eof === undefined ? '' : `eof="${eof}"`].filter(each => each !== '').join(', '),
      ),
    );
  const ofThese = (expression: string): string =>
    `${expression} and on (instance, netns, program) (${sockets()} > 0)`;
  const before = series('netstat_program_close_wait_sockets', labels);
  return {
    kind: 'table',
    title: 'Programs that hold sockets in CLOSE_WAIT',
    about:
      'Who does not close connections that its peers have ended. "Not read" sockets have an end of stream that their program has not even read: a reader is stuck. ' +
      '"Never closed" ones were read to the end: a descriptor leaks. The age of the oldest is a lower bound, since this exporter first saw it. ' +
      'Click a program for its sockets, which takes an exporter started with --web.enable-tables.',
    width,
    absent: 'No program holds a socket in CLOSE_WAIT.',
    queries: [
      { expr: linked(`${sockets()} > 0`) },
      { expr: ofThese(sockets('unread')) },
      { expr: ofThese(sockets('read')) },
      {
        expr: ofThese(by(['program'], series('netstat_program_close_wait_oldest_seconds', labels), 'max')),
      },
      {
        expr: ofThese(by(['program'], series('netstat_program_close_wait_descriptor_ratio', labels), 'max')),
      },
      { expr: ofThese(`${sockets()} - ${by(['program'], `${before} offset 30m`)}`) },
    ],
    columns: [...programColumns(links), ...numberColumns],
    hidden: linkLabels,
    sort: 'Sockets',
  };
};

const programColumns = (links: readonly Link[]): readonly Column[] => [
  { field: 'shown', title: 'Program', links },
  { field: 'instance', title: 'Instance' },
  { field: 'netns', title: 'Namespace' },
];

const numberColumns: readonly Column[] = [
  { field: 'Value #A', title: 'Sockets', unit: 'none', width: 90 },
  { field: 'Value #B', title: 'Not read', unit: 'none', width: 90 },
  { field: 'Value #C', title: 'Never closed', unit: 'none', width: 110 },
  { field: 'Value #D', title: 'Oldest', unit: 's', width: 100, decimals: 1, limits: ageLimits },
  {
    ...{ field: 'Value #E', title: 'Descriptors', unit: 'percentunit', width: 105, decimals: 1 },
    limits: descriptorLimits,
  },
  { field: 'Value #F', title: 'In 30 min', unit: 'none', width: 95 },
];

export const moreOfHost: Link = {
  title: 'All about CLOSE_WAIT on this host',
  url: boardOfRow(closeWaitBoard),
};
