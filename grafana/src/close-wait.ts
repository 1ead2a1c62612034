/** Everything about sockets in CLOSE_WAIT: whose, how old, of what kind, where, and what stands in the way of knowing. */
import { hostVariables, type Board } from './board.ts';
import { ageLimits, closeWaitBoard, descriptorLimits, leakingPrograms, showSockets } from './leaking.ts';
import { socketsWithoutOwner } from './panels.ts';
import { by, named, overall, rate, ratio, series } from './queries.ts';

const chosen = 'program=~"$program"';
const unowned = 'Owners could not be read.';
const nobody = 'No program holds a socket in CLOSE_WAIT.';
const here = '· {{instance}} {{netns}}';

const sockets = series('netstat_program_close_wait_sockets', chosen);
const withEof = (eof: string): string =>
  series('netstat_program_close_wait_sockets', `${chosen}, eof="${eof}"`);
const ages = series('netstat_program_close_wait_oldest_seconds', chosen);
const shares = series('netstat_program_close_wait_descriptor_ratio', chosen);

export const closeWait: Board = {
  uid: closeWaitBoard,
  title: 'Netstat / CLOSE_WAIT',
  about:
    'Programs that do not close what their peers have ended: which, since when, a stuck reader or a leaked descriptor, and how near to the limit.',
  variables: [
    ...hostVariables,
    {
      ...{ name: 'program', label: 'Program', labelName: 'program', all: '.*' },
      of: 'netstat_program_close_wait_sockets{job=~"$job", instance=~"$instance", netns=~"$netns"}',
    },
  ],
  hasPages: true,
  sections: [
    {
      lines: [
        {
          height: 4,
          panels: [
            {
              kind: 'figure',
              title: 'Not read: stuck readers',
              about:
                'Sockets whose end of stream waits to be read (eof="unread"). The program hangs, waits for something else, or has forgotten the connection before it was done: take a stack trace.',
              unit: 'short',
              width: 5,
              absent: unowned,
              limits: { warning: 10, critical: 100 },
              queries: [{ expr: overall([], withEof('unread')), legend: 'unread' }],
            },
            {
              kind: 'figure',
              title: 'Never closed: leaked descriptors',
              about:
                'Sockets that were read to the end and not closed (eof="read"). A path through the program, often one for errors, forgets to close.',
              unit: 'short',
              width: 5,
              absent: unowned,
              limits: { warning: 10, critical: 100 },
              queries: [{ expr: overall([], withEof('read')), legend: 'read' }],
            },
            {
              kind: 'figure',
              title: 'Oldest',
              about:
                'Since when the oldest was seen in CLOSE_WAIT: a lower bound, at most the time that the exporter has watched.',
              unit: 's',
              width: 4,
              absent: unowned,
              decimals: 1,
              limits: ageLimits,
              queries: [{ expr: overall([], ages, 'max'), legend: 'oldest' }],
            },
            {
              kind: 'figure',
              title: 'Of the descriptor limit',
              about:
                'The highest share of the soft limit of a process (ulimit -n) that its CLOSE_WAIT sockets hold.',
              unit: 'percentunit',
              width: 4,
              absent: unowned,
              decimals: 1,
              limits: descriptorLimits,
              queries: [{ expr: overall([], shares, 'max'), legend: 'highest' }],
            },
            {
              kind: 'figure',
              title: 'Limit reached in',
              about:
                'When the first process has spent its descriptors on them, if that goes on as in the last half hour. A restart of the program gains that time, and loses the evidence.',
              unit: 's',
              width: 3,
              absent: 'It does not grow.',
              decimals: 1,
              limits: { warning: 86_400, critical: 3600, below: true },
              queries: [
                {
                  expr: overall([], `(1 - ${shares}) / (deriv(${shares}[30m]) > 0)`, 'min'),
                  legend: 'soonest',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Watched for',
              about:
                'How long the exporters have watched: no age can be larger than this. The one that was started last.',
              unit: 's',
              width: 3,
              absent: unowned,
              decimals: 1,
              queries: [
                {
                  expr: overall([], series('netstat_close_wait_watched_seconds'), 'min'),
                  legend: 'watched',
                },
              ],
            },
          ],
        },
        { height: 8, panels: [leakingPrograms(24, chosen, [showSockets])] },
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'By program',
              about: 'A line that only climbs is a leak, one that climbs and falls follows the load.',
              unit: 'short',
              width: 12,
              absent: nobody,
              queries: [
                {
                  expr: named(`${by(['program', 'eof'], sockets)} > 0`),
                  legend: `{{program}}{{nobody}} {{eof}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Age of the oldest',
              about:
                'An age that climbs with the clock is a socket that nobody closes; one that falls back to 0 was closed.',
              unit: 's',
              width: 12,
              absent: nobody,
              limits: ageLimits,
              queries: [
                {
                  expr: named(`${by(['program'], ages, 'max')} > 0`),
                  legend: `{{program}}{{nobody}} ${here}`,
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
              title: 'Share of the descriptor limit',
              about:
                'What CLOSE_WAIT sockets hold of the descriptors that the fullest process of the program may have.',
              unit: 'percentunit',
              width: 12,
              absent: nobody,
              limits: descriptorLimits,
              reaches: 1,
              queries: [
                {
                  expr: named(`${by(['program'], shares, 'max')} > 0`),
                  legend: `{{program}}{{nobody}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'How many are older than',
              about:
                'Sockets that have been in CLOSE_WAIT for more than 1, 10 and 60 minutes. What drains by itself does not come to the second.',
              unit: 'short',
              width: 12,
              absent: unowned,
              queries: [
                {
                  expr: overall(['seconds'], series('netstat_program_close_wait_older_than_sockets', chosen)),
                  legend: '{{seconds}} s',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Where they are',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'As a server, by port',
              about:
                'Connections that others opened and have ended: the service on this port does not close them.',
              unit: 'short',
              width: 8,
              absent: 'None on a port that is listened on.',
              queries: [
                {
                  expr: `topk(10, ${by(['port'], series('netstat_port_sockets', 'state="CLOSE_WAIT"'))} > 0)`,
                  legend: `port {{port}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'As a client, by port of the peer',
              about:
                'Connections that this host opened and the other end has ended: a pool that does not notice, as a rule.',
              unit: 'short',
              width: 8,
              absent: 'None to the port of a peer.',
              queries: [
                {
                  expr: `topk(10, ${by(['port'], series('netstat_peer_port_sockets', 'state="CLOSE_WAIT"'))} > 0)`,
                  legend: `port {{port}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'By user',
              about:
                'Whose they are by the user in the row of the kernel, which is known where the program is not.',
              unit: 'short',
              width: 8,
              absent: 'No user has a socket in CLOSE_WAIT.',
              queries: [
                {
                  expr: `topk(10, ${by(['user'], series('netstat_user_sockets', 'state="CLOSE_WAIT"'))} > 0)`,
                  legend: `{{user}} ${here}`,
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'What it does to the service',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Bytes that nobody reads',
              about:
                'What waits in the receive queues of CLOSE_WAIT sockets: data that its sender takes for delivered.',
              unit: 'bytes',
              width: 8,
              absent: 'TCP sockets could not be read.',
              queries: [
                {
                  expr: by([], series('netstat_socket_receive_queue_bytes', 'state="CLOSE_WAIT"')),
                  legend: '{{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Accept queues, of their limit',
              about:
                'How full the queue of connections that wait for accept() is. A program without descriptors does not accept any more, and its queue fills. Only where sockets are read over netlink.',
              unit: 'percentunit',
              width: 8,
              absent: 'The limits are not told: sockets are read from files.',
              limits: { warning: 0.5, critical: 0.8 },
              queries: [
                {
                  expr: named(
                    `topk(10, ${ratio(series('netstat_listener_accept_queue_length'), series('netstat_listener_accept_queue_limit'))})`,
                  ),
                  legend: `{{program}}{{nobody}} {{address}} port {{port}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Connections lost at listeners',
              about: 'Connections that found an accept queue full.',
              unit: 'cps',
              width: 8,
              absent: 'The kernel does not tell.',
              queries: [
                {
                  expr: by([], rate('netstat_tcpext_listen_overflows_total')),
                  legend: '{{instance}} {{netns}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'What is not known',
      lines: [
        {
          height: 8,
          panels: [
            socketsWithoutOwner(12),
            {
              kind: 'graph',
              title: 'CLOSE_WAIT by address family',
              about: 'All of them, with an owner or without, as the kernel counts them.',
              unit: 'short',
              width: 12,
              absent: 'TCP sockets could not be read.',
              queries: [
                {
                  expr: by(['family', 'eof'], series('netstat_close_wait_sockets')),
                  legend: `{{family}} {{eof}} ${here}`,
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
