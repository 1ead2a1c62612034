/** What netstat -s counts, as rates: traffic of each protocol beside what went wrong with it. */
import { hostVariables, type Board, type Graph, type Query, type Unit } from './board.ts';
import { segmentsSentAgain } from './panels.ts';
import { by, hostRate, overall, rate, series } from './queries.ts';

const untold = 'The kernel does not tell.';
const here = '· {{instance}} {{netns}}';

/** Counters side by side, each under a word for it. */
const counters = (
  title: string,
  about: string,
  width: number,
  unit: Unit,
  counted: Readonly<Record<string, string>>,
): Graph => ({
  ...{ kind: 'graph', title, about, width, unit, absent: untold },
  queries: Object.entries(counted).map(([word, metric]): Query => ({
    expr: by([], rate(metric)),
    legend: `${word} ${here}`,
  })),
});

/** Likewise for what is counted for each IP version. */
const familyCounters = (
  title: string,
  about: string,
  width: number,
  counted: Readonly<Record<string, string>>,
): Graph => ({
  ...{ kind: 'graph', title, about, width, unit: 'pps', absent: untold },
  queries: Object.entries(counted).map(([word, metric]): Query => ({
    expr: by(['family'], rate(metric)),
    legend: `${word} {{family}} ${here}`,
  })),
});

export const protocols: Board = {
  uid: 'netstat-protocols',
  title: 'Netstat / Protocols and errors',
  about: 'TCP, UDP, IP, ICMP and SCTP: what they carry, and what is lost, refused or sent again.',
  variables: hostVariables,
  hasPages: false,
  sections: [
    {
      title: 'TCP',
      lines: [
        {
          height: 8,
          panels: [
            counters('TCP segments', 'Segments received and sent, without those sent again.', 8, 'pps', {
              received: 'netstat_tcp_in_segs_total',
              sent: 'netstat_tcp_out_segs_total',
            }),
            segmentsSentAgain(8),
            counters(
              'Why they are sent again',
              'Timeouts are the slow way: the connection stood still. SYN: peers that do not answer. Lost again: what was sent again was lost as well.',
              8,
              'cps',
              {
                timeouts: 'netstat_tcpext_tcp_timeouts_total',
                SYN: 'netstat_tcpext_tcp_syn_retrans_total',
                'fast retransmits': 'netstat_tcpext_tcp_fast_retrans_total',
                'lost again': 'netstat_tcpext_tcp_lost_retransmit_total',
              },
            ),
          ],
        },
        {
          height: 8,
          panels: [
            counters(
              'Connections that fail or break',
              'Attempts that failed, connections that were reset, resets that this host sent (mostly to ports that nobody listens on).',
              8,
              'cps',
              {
                'attempts failed': 'netstat_tcp_attempt_fails_total',
                reset: 'netstat_tcp_estab_resets_total',
                'resets sent': 'netstat_tcp_out_rsts_total',
              },
            ),
            counters(
              'Connections given up',
              'Ended by this host: no answer in spite of all retries, no memory, or closed by a program that had not read all.',
              8,
              'cps',
              {
                'on timeout': 'netstat_tcpext_tcp_abort_on_timeout_total',
                'on memory': 'netstat_tcpext_tcp_abort_on_memory_total',
                'data unread': 'netstat_tcpext_tcp_abort_on_data_total',
                'on close': 'netstat_tcpext_tcp_abort_on_close_total',
              },
            ),
            counters(
              'Lost at listeners',
              'Overflows found an accept queue full. Cookies are sent when the queue of half-open connections is full: a flood, or a burst beyond the backlog.',
              8,
              'cps',
              {
                overflows: 'netstat_tcpext_listen_overflows_total',
                drops: 'netstat_tcpext_listen_drops_total',
                'cookies sent': 'netstat_tcpext_syncookies_sent_total',
                'cookies refused': 'netstat_tcpext_syncookies_failed_total',
              },
            ),
          ],
        },
        {
          height: 8,
          panels: [
            counters(
              'Dropped for want of room',
              'The backlog of a socket or its receive queue was full, or had to be thinned out: a program reads too slowly or memory is short.',
              8,
              'cps',
              {
                backlog: 'netstat_tcpext_tcp_backlog_drop_total',
                'receive queue': 'netstat_tcpext_tcp_rcv_q_drop_total',
                'queue pruned': 'netstat_tcpext_prune_called_total',
                'memory pressure': 'netstat_tcpext_tcp_memory_pressures_total',
              },
            ),
            counters(
              'Damaged segments',
              'Segments with errors, and those of them with a wrong checksum.',
              8,
              'pps',
              {
                errors: 'netstat_tcp_in_errs_total',
                checksum: 'netstat_tcp_in_csum_errors_total',
              },
            ),
            {
              kind: 'graph',
              title: 'TCP sockets by pending timer',
              about:
                'on: data that is not yet acknowledged. probe: the peer has no room. keepalive: somebody watches. off: nothing would notice that the peer is gone.',
              unit: 'short',
              width: 8,
              absent: 'TCP sockets could not be read.',
              queries: [
                { expr: overall(['timer'], series('netstat_socket_timers')), legend: '{{timer}}' },
                {
                  expr: overall([], series('netstat_sockets_retransmitting')),
                  legend: 'retransmitting now',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'UDP',
      lines: [
        {
          height: 8,
          panels: [
            familyCounters('UDP datagrams', 'Datagrams delivered to programs, and sent by them.', 8, {
              received: 'netstat_udp_in_datagrams_total',
              sent: 'netstat_udp_out_datagrams_total',
            }),
            familyCounters(
              'UDP errors',
              'buffer full: a program reads too slowly. no listener: nobody has the port. checksum: damaged on the way. memory: the protocol has reached its limit.',
              8,
              {
                'buffer full': 'netstat_udp_rcvbuf_errors_total',
                'no listener': 'netstat_udp_no_ports_total',
                'send buffer': 'netstat_udp_sndbuf_errors_total',
                checksum: 'netstat_udp_in_csum_errors_total',
                memory: 'netstat_udp_mem_errors_total',
              },
            ),
            {
              kind: 'graph',
              title: 'Datagrams dropped at sockets',
              about:
                'What the kernel counts for each socket, added up over sockets that come and go: udp, udplite, raw, icmp and netlink.',
              unit: 'pps',
              width: 8,
              absent: 'Datagram sockets could not be read.',
              queries: [
                {
                  expr: overall(['family', 'protocol'], rate('netstat_socket_drops_total')),
                  legend: '{{protocol}} {{family}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'IP and ICMP',
      lines: [
        {
          height: 8,
          panels: [
            familyCounters('IP packets', 'Packets received, asked to be sent, and forwarded for others.', 8, {
              received: 'netstat_ip_in_receives_total',
              sent: 'netstat_ip_out_requests_total',
              forwarded: 'netstat_ip_forw_datagrams_total',
            }),
            familyCounters(
              'IP packets thrown away',
              'no route: look at the routing table. header: damaged, or a routing loop. address: meant for others. discarded: for want of memory.',
              8,
              {
                'no route': 'netstat_ip_out_no_routes_total',
                header: 'netstat_ip_in_hdr_errors_total',
                address: 'netstat_ip_in_addr_errors_total',
                'discarded in': 'netstat_ip_in_discards_total',
                'discarded out': 'netstat_ip_out_discards_total',
              },
            ),
            familyCounters(
              'Fragments',
              'Failures to cut packets up hint at a path MTU problem, failures to put them together at loss.',
              8,
              {
                'not put together': 'netstat_ip_reasm_fails_total',
                'not cut up': 'netstat_ip_frag_fails_total',
                made: 'netstat_ip_frag_creates_total',
              },
            ),
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'ICMP messages received',
              about:
                'By what they say. Destinations that cannot be reached and exceeded times are what other hosts think of packets from here.',
              unit: 'pps',
              width: 12,
              absent: 'No ICMP message has arrived since the host started.',
              queries: [
                {
                  expr: `topk(10, ${overall(['family', 'message'], rate('netstat_icmp_messages_total', 'direction="receive"'))})`,
                  legend: '{{message}} {{family}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'ICMP messages sent',
              about:
                'By what they say. Many "destination unreachable" are a scan, or clients of a service that is not there.',
              unit: 'pps',
              width: 12,
              absent: 'No ICMP message was sent since the host started.',
              queries: [
                {
                  expr: `topk(10, ${overall(['family', 'message'], rate('netstat_icmp_messages_total', 'direction="transmit"'))})`,
                  legend: '{{message}} {{family}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Memory, CPUs and SCTP',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Memory of sockets',
              about:
                'What queues of TCP and UDP and fragments hold. TCP memory above the second value of tcp_mem is pressure.',
              unit: 'bytes',
              width: 8,
              absent: untold,
              queries: [
                { expr: by([], series('netstat_sockstat_tcp_mem_bytes')), legend: `TCP ${here}` },
                { expr: by([], series('netstat_sockstat_udp_mem_bytes')), legend: `UDP ${here}` },
                { expr: by([], series('netstat_sockstat_frag_memory_bytes')), legend: `fragments ${here}` },
              ],
            },
            {
              kind: 'graph',
              title: 'Orphans and TIME_WAIT',
              about:
                'Orphans belong to no program any more and still send; above tcp_max_orphans connections are cut. TIME_WAIT ones keep their port for a minute.',
              unit: 'short',
              width: 8,
              absent: untold,
              queries: [
                { expr: by([], series('netstat_sockstat_tcp_orphan')), legend: `orphans ${here}` },
                { expr: by([], series('netstat_sockstat_tcp_tw')), legend: `TIME_WAIT ${here}` },
              ],
            },
            {
              kind: 'graph',
              title: 'Frames that a CPU could not take',
              about:
                'dropped: its queue was full (netdev_max_backlog). squeezed: it had more to do than it was allowed to at once (netdev_budget).',
              unit: 'pps',
              width: 8,
              absent: untold,
              queries: [
                {
                  expr: `sum by (instance, cpu) (${hostRate('netstat_softnet_dropped_total')})`,
                  legend: 'dropped CPU {{cpu}} · {{instance}}',
                },
                {
                  expr: `sum by (instance, cpu) (${hostRate('netstat_softnet_times_squeezed_total')})`,
                  legend: 'squeezed CPU {{cpu}} · {{instance}}',
                },
              ],
            },
          ],
        },
        {
          height: 7,
          panels: [
            {
              kind: 'graph',
              title: 'SCTP associations',
              about: 'Associations that stand, and those that were aborted a second.',
              unit: 'short',
              width: 12,
              absent: 'This kernel has no SCTP, or has not loaded it.',
              queries: [
                { expr: by([], series('netstat_sctp_curr_estab')), legend: `standing ${here}` },
                { expr: by([], rate('netstat_sctp_aborteds_total')), legend: `aborted a second ${here}` },
              ],
            },
            {
              kind: 'graph',
              title: 'Protocols under memory pressure',
              about: '1 while the kernel holds a protocol short of memory, by its own name for it.',
              unit: 'none',
              width: 12,
              absent: 'No protocol has a limit of memory here.',
              queries: [
                {
                  expr: overall(['protocol'], series('netstat_protocol_memory_pressure'), 'max'),
                  legend: '{{protocol}}',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
