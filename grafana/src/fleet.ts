/** Many hosts at once, asked of the sums that deploy/prometheus/fleet.rules.yml records and never of all their series. */
import type { Board, Column, Panel, Variable } from './board.ts';
import { boardOfRow, overall } from './queries.ts';

const unrecorded = 'Prometheus does not record it: load deploy/prometheus/fleet.rules.yml.';

const variables: readonly Variable[] = [
  {
    ...{ name: 'job', label: 'Job', labelName: 'job', all: '.+' },
    of: 'instance:netstat_scrape_collector_failures:sum',
  },
  {
    ...{ name: 'instance', label: 'Instance', labelName: 'instance', all: '.+' },
    of: 'instance:netstat_scrape_collector_failures:sum{job=~"$job"}',
  },
];

/** A sum of each host. */
const ofHosts = (record: string, labels = ''): string =>
  `${record}{job=~"$job", instance=~"$instance"${labels === '' ? '' : `, ${labels}`}}`;

/** A sum of each job. */
const ofJobs = (record: string): string => `${record}{job=~"$job"}`;

const worst = (expression: string): string => `topk(10, max by (instance) (${expression}))`;
const total = (expression: string): string => `topk(10, sum by (instance) (${expression}))`;

const hostColumns: readonly (readonly [
  title: string,
  record: string,
  column: Omit<Column, 'field' | 'title'>,
])[] = [
  ['CLOSE_WAIT', 'instance:netstat_program_close_wait_sockets:max', { unit: 'none' }],
  [
    'Oldest',
    'instance:netstat_program_close_wait_oldest_seconds:max',
    { unit: 's', decimals: 1, limits: { warning: 600, critical: 3600 } },
  ],
  [
    'Descriptors',
    'instance:netstat_program_close_wait_descriptor_ratio:max',
    { unit: 'percentunit', decimals: 1, limits: { warning: 0.5, critical: 0.8 } },
  ],
  [
    'Local ports',
    'instance:netstat_ephemeral_port_peak_ratio:max',
    { unit: 'percentunit', decimals: 1, limits: { warning: 0.5, critical: 0.8 } },
  ],
  [
    'Accept queue',
    'instance:netstat_listener_accept_queue_length:max',
    { unit: 'none', limits: { warning: 10, critical: 100 } },
  ],
  [
    'Tracking table',
    'instance:netstat_conntrack_table:ratio',
    { unit: 'percentunit', decimals: 1, limits: { warning: 0.75, critical: 0.9 } },
  ],
  [
    'Default routes',
    'instance:netstat_default_routes:sum',
    { unit: 'none', limits: { warning: 1, critical: 1, below: true } },
  ],
  [
    'Collectors failing',
    'instance:netstat_scrape_collector_failures:sum',
    { unit: 'none', limits: { warning: 1, critical: 1 } },
  ],
];

const letter = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

const hosts: Panel = {
  kind: 'table',
  title: 'Hosts with most CLOSE_WAIT sockets of one program',
  about:
    'The thirty hosts on which a program has most, with what else may be wrong there. Click a host for its overview.',
  width: 24,
  absent: unrecorded,
  queries: hostColumns.map(([, record], index) => ({
    expr:
      index === 0
        ? `topk(30, max by (instance) (${ofHosts(record)}))`
        : `max by (instance) (${ofHosts(record)}) and topk(30, max by (instance) (${ofHosts(hostColumns[0]?.[1] ?? '')}))`,
  })),
  columns: [
    {
      ...{ field: 'instance', title: 'Host' },
      links: [{ title: 'Overview of this host', url: boardOfRow('netstat-overview') }],
    },
    ...hostColumns.map(([title, , column], index): Column => ({
      field: `Value #${letter(index)}`,
      title,
      ...column,
    })),
  ],
  sort: 'CLOSE_WAIT',
};

const hostGraph = (
  title: string,
  about: string,
  unit: 'Bps' | 'pps' | 'cps' | 'percentunit',
  expr: string,
): Panel => ({
  kind: 'graph',
  ...{ title, about, unit },
  width: 8,
  absent: unrecorded,
  queries: [{ expr, legend: '{{instance}}' }],
});

export const fleet: Board = {
  uid: 'netstat-fleet',
  title: 'Netstat / Fleet',
  about:
    'Which program leaks on how many hosts, and which hosts to look at first. Takes the recording rules of deploy/prometheus/fleet.rules.yml.',
  variables,
  hasPages: false,
  sections: [
    {
      lines: [
        {
          height: 4,
          panels: [
            {
              kind: 'figure',
              title: 'Hosts',
              about: 'Hosts whose exporter answers.',
              unit: 'none',
              width: 4,
              absent: unrecorded,
              queries: [
                {
                  expr: `count(count by (instance) (${ofHosts('instance:netstat_scrape_collector_failures:sum')}))`,
                  legend: 'hosts',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Exporters that answer',
              about: 'The share of the targets of the job that Prometheus could scrape.',
              unit: 'percentunit',
              width: 4,
              absent: unrecorded,
              limits: { warning: 1, critical: 0.95, below: true },
              queries: [{ expr: ofJobs('job:up:ratio'), legend: '{{job}}' }],
            },
            {
              kind: 'figure',
              title: 'In CLOSE_WAIT',
              about: 'On all chosen hosts. unread: stuck readers. read: leaked descriptors.',
              unit: 'short',
              width: 6,
              absent: unrecorded,
              queries: [
                {
                  expr: overall(['eof'], ofHosts('instance_eof:netstat_close_wait_sockets:sum')),
                  legend: '{{eof}}',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Hosts near a limit',
              about: 'Hosts on which CLOSE_WAIT sockets hold more than half of the descriptors of a process.',
              unit: 'none',
              width: 5,
              absent: unrecorded,
              limits: { warning: 1, critical: 10 },
              queries: [
                {
                  expr: `sum(max by (instance) (${ofHosts('instance:netstat_program_close_wait_descriptor_ratio:max')}) > bool 0.5)`,
                  legend: 'hosts',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Hosts with failing collectors',
              about: 'Hosts of which a part is missing from all that is shown here.',
              unit: 'none',
              width: 5,
              absent: unrecorded,
              limits: { warning: 1, critical: 10 },
              queries: [
                {
                  expr: `sum(max by (instance) (${ofHosts('instance:netstat_scrape_collector_failures:sum')}) > bool 0)`,
                  legend: 'hosts',
                },
              ],
            },
          ],
        },
        {
          height: 9,
          panels: [
            {
              kind: 'table',
              title: 'Programs that leak, and on how many hosts',
              about:
                'CLOSE_WAIT sockets by program over all hosts of the job. On many hosts at once it is the program and its release; on one it is that host.',
              width: 12,
              absent: 'No program on any host holds a socket in CLOSE_WAIT.',
              queries: [
                { expr: `${ofJobs('job_program:netstat_program_close_wait_instances:count')} > 0` },
                {
                  expr: `sum by (job, program) (${ofJobs('job_program_eof:netstat_program_close_wait_sockets:sum')}) > 0`,
                },
              ],
              columns: [
                { field: 'program', title: 'Program', words: { '': '(not known)' } },
                { field: 'job', title: 'Job' },
                { field: 'Value #A', title: 'Hosts', unit: 'none', width: 90 },
                { field: 'Value #B', title: 'Sockets', unit: 'none', width: 100 },
              ],
              hidden: ['__name__'],
              sort: 'Sockets',
            },
            {
              kind: 'graph',
              title: 'TCP sockets by state',
              about: 'Over all hosts of the job.',
              unit: 'short',
              width: 12,
              absent: unrecorded,
              stacked: true,
              queries: [
                {
                  expr: overall(['state'], ofJobs('job_state:netstat_tcp_sockets:sum')),
                  legend: '{{state}}',
                },
              ],
            },
          ],
        },
        { height: 8, panels: [hosts] },
      ],
    },
    {
      title: 'Loss',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Segments sent again, by job',
              about: 'Retransmitted segments as a share of all that the hosts of the job sent.',
              unit: 'percentunit',
              width: 8,
              absent: unrecorded,
              limits: { warning: 0.01, critical: 0.05 },
              queries: [{ expr: ofJobs('job:netstat_tcp_retrans_segs:ratio_rate5m'), legend: '{{job}}' }],
            },
            hostGraph(
              'Connections lost at listeners',
              'The ten hosts whose accept queues overflow most.',
              'cps',
              total(ofHosts('instance:netstat_tcpext_listen_overflows:rate5m')),
            ),
            hostGraph(
              'UDP datagrams lost to full buffers',
              'The ten hosts whose programs read too slowly.',
              'pps',
              total(ofHosts('instance:netstat_udp_rcvbuf_errors:rate5m')),
            ),
          ],
        },
        {
          height: 8,
          panels: [
            hostGraph(
              'Interface errors',
              'The ten hosts with most damaged packets, received or not sent.',
              'pps',
              total(
                `${ofHosts('instance:netstat_interface_receive_errors:rate5m')} + ${ofHosts('instance:netstat_interface_transmit_errors:rate5m')}`,
              ),
            ),
            hostGraph(
              'Local ports in use',
              'The ten hosts that are nearest to the end of their local ports towards one peer.',
              'percentunit',
              worst(ofHosts('instance:netstat_ephemeral_port_peak_ratio:max')),
            ),
            hostGraph(
              'Tracking table',
              'The ten hosts whose table of tracked connections is fullest.',
              'percentunit',
              worst(ofHosts('instance:netstat_conntrack_table:ratio')),
            ),
          ],
        },
      ],
    },
    {
      title: 'Load',
      lines: [
        {
          height: 8,
          panels: [
            hostGraph(
              'Received',
              'The ten hosts that receive most; loopback is left out.',
              'Bps',
              total(ofHosts('instance:netstat_interface_receive_bytes:rate5m')),
            ),
            hostGraph(
              'Sent',
              'The ten hosts that send most; loopback is left out.',
              'Bps',
              total(ofHosts('instance:netstat_interface_transmit_bytes:rate5m')),
            ),
            hostGraph(
              'New connections',
              'The ten hosts that open and accept most.',
              'cps',
              total(ofHosts('instance:netstat_tcp_opens:rate5m')),
            ),
          ],
        },
      ],
    },
  ],
};
