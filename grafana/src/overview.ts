/** The first screen says who leaks, how long, of what kind and how near to its limit; below it is the rest of the host. */
import { hostVariables, type Board, type Panel } from './board.ts';
import { trackingFill } from './conntrack.ts';
import { ageLimits, descriptorLimits, leakingPrograms, moreOfHost, showSockets } from './leaking.ts';
import { defaultRoutes, segmentsSentAgain } from './panels.ts';
import { by, hostSeries, named, overall, rate, series } from './queries.ts';

const closeWaitFigures: readonly Panel[] = [
  {
    kind: 'figure',
    title: 'In CLOSE_WAIT',
    about:
      'Connections that the peer has ended and the program has not. "unread": it has not even read the end of stream, a reader is stuck. "read": it has read it and never closed, a descriptor leaks.',
    unit: 'short',
    width: 6,
    absent: 'TCP sockets could not be read.',
    queries: [{ expr: overall(['eof'], series('netstat_close_wait_sockets')), legend: '{{eof}}' }],
    limits: { warning: 10, critical: 100 },
  },
  {
    kind: 'figure',
    title: 'Oldest',
    about:
      'Since when the oldest CLOSE_WAIT socket was seen so. A lower bound: ages begin anew when the exporter starts. A burst drains within seconds, a leak does not.',
    unit: 's',
    width: 4,
    absent: 'Owners could not be read.',
    decimals: 1,
    queries: [
      {
        expr: overall([], series('netstat_program_close_wait_oldest_seconds'), 'max'),
        legend: 'oldest',
      },
    ],
    limits: ageLimits,
  },
  {
    kind: 'figure',
    title: 'Of the descriptor limit',
    about:
      'The highest share of a process\'s descriptors that its CLOSE_WAIT sockets hold. At 100 % it can open no file and accept no connection ("Too many open files").',
    unit: 'percentunit',
    width: 4,
    absent: 'Owners could not be read.',
    decimals: 1,
    queries: [
      {
        expr: overall([], series('netstat_program_close_wait_descriptor_ratio'), 'max'),
        legend: 'highest',
      },
    ],
    limits: descriptorLimits,
  },
];

const figures: readonly Panel[] = [
  ...closeWaitFigures,
  {
    kind: 'figure',
    title: 'Waiting for accept()',
    about:
      'The longest accept queue of any listener. What stays above zero is a program that does not accept; when its queue is full, new connections get no answer.',
    unit: 'short',
    width: 4,
    absent: 'Nothing listens.',
    queries: [
      { expr: overall([], series('netstat_listener_accept_queue_length'), 'max'), legend: 'longest' },
    ],
    limits: { warning: 10, critical: 100 },
  },
  {
    kind: 'figure',
    title: 'Local ports in use',
    about:
      'The busiest peer (address and port) as a share of the ports that this host may connect from. At 100 % no further connection to it can be made ("Cannot assign requested address").',
    unit: 'percentunit',
    width: 3,
    absent: 'The range of ports could not be read.',
    decimals: 1,
    queries: [{ expr: overall([], series('netstat_ephemeral_port_peak_ratio'), 'max'), legend: 'busiest' }],
    limits: { warning: 0.5, critical: 0.8 },
  },
  {
    kind: 'figure',
    title: 'Collectors failing',
    about: 'Kernel files that could not be read: what they tell is missing from all that is shown here.',
    unit: 'none',
    width: 3,
    absent: 'No exporter answers.',
    queries: [
      { expr: overall([], `1 - ${hostSeries('netstat_scrape_collector_success')}`), legend: 'failing' },
    ],
    limits: { warning: 1, critical: 1 },
  },
];

export const overview: Board = {
  uid: 'netstat-overview',
  title: 'Netstat / Host overview',
  about:
    'Which program leaks sockets, since when and how near to its limit, and how the network of the host is.',
  variables: hostVariables,
  hasPages: true,
  sections: [
    {
      lines: [
        { height: 4, panels: figures },
        {
          height: 9,
          panels: [
            leakingPrograms(14, '', [showSockets, moreOfHost]),
            {
              kind: 'graph',
              title: 'CLOSE_WAIT by program',
              about:
                'A line that only climbs is a leak, one that climbs and falls follows the load. eof tells a stuck reader (unread) from a leaked descriptor (read).',
              unit: 'short',
              width: 10,
              absent: 'No program holds a socket in CLOSE_WAIT.',
              queries: [
                {
                  expr: named(`${by(['program', 'eof'], series('netstat_program_close_wait_sockets'))} > 0`),
                  legend: '{{program}}{{nobody}} {{eof}} · {{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'TCP',
      lines: [
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'TCP sockets by state',
              about:
                'All TCP sockets. Many in SYN_SENT reach nobody; many in SYN_RECV are a flood or a lossy path; TIME_WAIT is what closed connections leave for a minute.',
              unit: 'short',
              width: 9,
              absent: 'TCP sockets could not be read.',
              stacked: true,
              queries: [
                {
                  expr: overall(['state'], series('netstat_sockets', 'protocol="tcp"')),
                  legend: '{{state}}',
                },
              ],
            },
            segmentsSentAgain(8),
            {
              kind: 'graph',
              title: 'Connections lost at listeners',
              about:
                'Connections that found an accept queue full (overflows), or were dropped at a listener for this or another reason (drops). The program behind it accepts too slowly.',
              unit: 'cps',
              width: 7,
              absent: 'The kernel does not tell.',
              limits: { warning: 0.1, critical: 1 },
              queries: [
                {
                  expr: by([], rate('netstat_tcpext_listen_overflows_total')),
                  legend: 'overflows · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_tcpext_listen_drops_total')),
                  legend: 'drops · {{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'TCP sockets by program',
              about: 'The ten programs with most TCP sockets. An empty name: nobody is known to hold them.',
              unit: 'short',
              width: 9,
              absent: 'Owners could not be read.',
              queries: [
                {
                  expr: named(
                    `topk(10, ${by(['program'], series('netstat_program_sockets', 'protocol="tcp"'))})`,
                  ),
                  legend: '{{program}}{{nobody}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Connections that wait for accept()',
              about: 'Accept queues that are not empty, by listener.',
              unit: 'short',
              width: 8,
              absent: 'No connection waits to be accepted.',
              queries: [
                {
                  expr: named(`topk(10, ${series('netstat_listener_accept_queue_length')} > 0)`),
                  legend: '{{program}}{{nobody}} {{address}} port {{port}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'New connections',
              about: 'Connections that this host opened (active), and that others opened to it (passive).',
              unit: 'cps',
              width: 7,
              absent: 'The kernel does not tell.',
              queries: [
                {
                  expr: by([], rate('netstat_tcp_active_opens_total')),
                  legend: 'active · {{instance}} {{netns}}',
                },
                {
                  expr: by([], rate('netstat_tcp_passive_opens_total')),
                  legend: 'passive · {{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'UDP, interfaces, routes and tracked connections',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'UDP datagrams lost here',
              about:
                'Datagrams that reached this host and were dropped, because a program reads too slowly (receive buffer) or nobody listens on their port.',
              unit: 'pps',
              width: 8,
              absent: 'The kernel does not tell.',
              queries: [
                {
                  expr: by(['family'], rate('netstat_udp_rcvbuf_errors_total')),
                  legend: 'buffer full {{family}} · {{instance}} {{netns}}',
                },
                {
                  expr: by(['family'], rate('netstat_udp_no_ports_total')),
                  legend: 'no listener {{family}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Traffic',
              about: 'The ten busiest interfaces, received and sent together; loopback is left out.',
              unit: 'Bps',
              width: 8,
              absent: 'There is no interface but loopback.',
              queries: [
                {
                  expr: `topk(10, ${rate('netstat_interface_receive_bytes_total', 'device!="lo"')} + ${rate('netstat_interface_transmit_bytes_total', 'device!="lo"')})`,
                  legend: '{{device}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Packets with errors or dropped',
              about:
                'Errors are damaged packets: cable, optics, duplex, driver. Dropped ones arrived whole and found no room, or nobody who wanted them.',
              unit: 'pps',
              width: 8,
              absent: 'Interfaces could not be read.',
              queries: [
                {
                  expr: `${by(['device'], rate('netstat_interface_receive_errors_total'))} + ${by(['device'], rate('netstat_interface_transmit_errors_total'))} > 0`,
                  legend: 'errors {{device}} · {{instance}} {{netns}}',
                },
                {
                  expr: `${by(['device'], rate('netstat_interface_receive_dropped_total'))} + ${by(['device'], rate('netstat_interface_transmit_dropped_total'))}`,
                  legend: 'dropped {{device}} · {{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
        {
          height: 4,
          panels: [
            defaultRoutes(8),
            {
              kind: 'figure',
              title: 'Connection tracking',
              about:
                'How full the table of tracked connections is. When it is full, packets of new connections are dropped ("nf_conntrack: table full").',
              unit: 'percentunit',
              width: 8,
              absent: 'Connections are not tracked.',
              decimals: 1,
              limits: { warning: 0.75, critical: 0.9 },
              queries: [
                {
                  expr: overall([], trackingFill, 'max'),
                  legend: 'fullest',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Unix sockets',
              about:
                'Unix sockets by state. LISTENING ones are services; a CONNECTED count that only climbs is a leak as well.',
              unit: 'short',
              width: 8,
              absent: 'Unix sockets could not be read.',
              queries: [
                {
                  expr: `${overall(['state'], series('netstat_sockets', 'family="unix"'))} > 0`,
                  legend: '{{state}}',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
