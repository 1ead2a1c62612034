/** What netstat -M showed: translated connections, and the table of tracked ones that they live in. */
import { hostVariables, type Board } from './board.ts';
import { by, hostSeries, overall, rate, series } from './queries.ts';

/** The kernel has one limit for all namespaces, which is told in the first alone. */
const limit = `(${overall(['instance'], hostSeries('netstat_conntrack_table_limit'), 'max')} > 0)`;
const entries = by([], series('netstat_conntrack_table_entries'));
const none = 'Connections are not tracked.';
const unreadable = 'The list of tracked connections is not there, or takes root.';
const fillLimits = { warning: 0.75, critical: 0.9 };

/** By instance and namespace. */
export const trackingFill = `${entries} / on (instance) group_left () ${limit}`;

export const conntrack: Board = {
  uid: 'netstat-conntrack',
  title: 'Netstat / Connection tracking and NAT',
  about:
    'How full the table of tracked connections is, when it will be, what is lost there, and which connections are translated.',
  variables: hostVariables,
  hasPages: false,
  sections: [
    {
      lines: [
        {
          height: 4,
          panels: [
            {
              kind: 'figure',
              title: 'Table full to',
              about:
                'Tracked connections as a share of nf_conntrack_max. At 100 % packets of new connections are dropped.',
              unit: 'percentunit',
              width: 5,
              absent: none,
              decimals: 1,
              limits: fillLimits,
              queries: [{ expr: overall([], trackingFill, 'max'), legend: 'fullest' }],
            },
            {
              kind: 'figure',
              title: 'Full in',
              about:
                'When the table will be full if it goes on filling as in the last half hour. Raise nf_conntrack_max, shorten its timeouts, or find who opens so many.',
              unit: 's',
              width: 5,
              absent: 'It does not fill.',
              decimals: 1,
              limits: { warning: 86_400, critical: 3600, below: true },
              queries: [
                {
                  expr: overall(
                    [],
                    `(${limit} - on (instance) group_right () ${entries}) / (${by([], `deriv(${series('netstat_conntrack_table_entries')}[30m])`)} > 0)`,
                    'min',
                  ),
                  legend: 'soonest',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Lost',
              about:
                'Packets dropped, connections pushed out early and entries that could not be made, a second. All should be 0.',
              unit: 'cps',
              width: 5,
              absent: none,
              limits: { warning: 0.01, critical: 1 },
              queries: [
                {
                  expr: overall(
                    [],
                    `${rate('netstat_conntrack_drop_total')} + ${rate('netstat_conntrack_early_drop_total')} + ${rate('netstat_conntrack_insert_failed_total')}`,
                  ),
                  legend: 'lost',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Translated connections',
              about:
                'By what is translated: the source (SNAT, masquerade), the destination (DNAT, a forwarded port), or both. What netstat -M listed.',
              unit: 'short',
              width: 9,
              absent: unreadable,
              queries: [{ expr: overall(['nat'], series('netstat_nat_sessions')), legend: '{{nat}}' }],
            },
          ],
        },
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'Tracked connections and their limit',
              about: 'Entries of the table, by host and namespace, below the limit of each host.',
              unit: 'short',
              width: 12,
              absent: none,
              queries: [
                { expr: entries, legend: '{{instance}} {{netns}}' },
                { expr: limit, legend: 'limit · {{instance}}' },
              ],
            },
            {
              kind: 'graph',
              title: 'Table full to, by host',
              about: 'Tracked connections as a share of the limit.',
              unit: 'percentunit',
              width: 12,
              absent: none,
              limits: fillLimits,
              reaches: 1,
              queries: [{ expr: trackingFill, legend: '{{instance}} {{netns}}' }],
            },
          ],
        },
      ],
    },
    {
      title: 'Connections',
      lines: [
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'Tracked connections by protocol and state',
              about:
                'Which connections fill the table. SYN_SENT and UNREPLIED in great numbers are a scan or a flood; many in TIME_WAIT or CLOSE_WAIT are short ones that the table keeps for long.',
              unit: 'short',
              width: 12,
              absent: unreadable,
              stacked: true,
              queries: [
                {
                  expr: `${overall(['family', 'protocol', 'state'], series('netstat_conntrack_entries'))} > 0`,
                  legend: '{{protocol}} {{state}} {{family}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Translated connections by protocol',
              about: 'Sessions whose source, destination or both are translated.',
              unit: 'short',
              width: 12,
              absent: unreadable,
              stacked: true,
              queries: [
                {
                  expr: `${overall(['family', 'protocol', 'nat'], series('netstat_nat_sessions'))} > 0`,
                  legend: '{{protocol}} {{nat}} {{family}}',
                },
              ],
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Flags',
              about:
                'UNREPLIED connections have seen one direction only and go first when the table is full; ASSURED ones stay. OFFLOAD ones bypass most of the stack.',
              unit: 'short',
              width: 12,
              absent: unreadable,
              queries: [
                {
                  expr: overall(['flag'], series('netstat_conntrack_flagged_entries')),
                  legend: '{{flag}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Expected connections',
              about: 'Connections that helpers expect, such as the data channel of FTP or the media of SIP.',
              unit: 'short',
              width: 12,
              absent: unreadable,
              queries: [
                {
                  expr: overall(['family', 'protocol'], series('netstat_conntrack_expectations')),
                  legend: '{{protocol}} {{family}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Events',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Lost packets and entries',
              about:
                'drop: the table was full. early drop: an unreplied connection was pushed out for a new one. insert failed: two packets raced, or a translation found no free port.',
              unit: 'cps',
              width: 12,
              absent: none,
              queries: [
                {
                  expr: by([], rate('netstat_conntrack_drop_total')),
                  legend: 'drop · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_conntrack_early_drop_total')),
                  legend: 'early drop · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_conntrack_insert_failed_total')),
                  legend: 'insert failed · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Invalid packets and clashes',
              about:
                'invalid: packets that fit no connection, often of one whose entry had timed out. Searches that start anew mean that the table changes faster than it is read, or has too few buckets.',
              unit: 'cps',
              width: 12,
              absent: none,
              queries: [
                {
                  expr: by([], rate('netstat_conntrack_invalid_total')),
                  legend: 'invalid · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_conntrack_clashres_total')),
                  legend: 'clashes resolved · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_conntrack_search_restart_total')),
                  legend: 'search begun anew · {{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
