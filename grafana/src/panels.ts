/** Panels that stand on more than one dashboard. */
import type { Figure, Graph } from './board.ts';
import { by, overall, rate, ratio, series } from './queries.ts';

export const segmentsSentAgain = (width: number): Graph => ({
  kind: 'graph',
  title: 'Segments sent again',
  about:
    'Retransmitted segments as a share of all that were sent. A few in a thousand are usual over the internet; more than one in a hundred is loss that users feel.',
  unit: 'percentunit',
  width,
  absent: 'No segments were sent.',
  limits: { warning: 0.01, critical: 0.05 },
  queries: [
    {
      expr: ratio(
        by([], rate('netstat_tcp_retrans_segs_total')),
        `${by([], rate('netstat_tcp_out_segs_total'))} + ${by([], rate('netstat_tcp_retrans_segs_total'))}`,
      ),
      legend: '{{instance}} {{netns}}',
    },
  ],
});

export const defaultRoutes = (width: number): Figure => ({
  kind: 'figure',
  title: 'Default routes',
  about: 'How many there are by address family. 0 cuts the host off from all but its own networks.',
  unit: 'none',
  width,
  absent: 'Routes could not be read.',
  queries: [{ expr: overall(['family'], series('netstat_default_routes')), legend: '{{family}}' }],
});

export const socketsWithoutOwner = (width: number): Graph => ({
  kind: 'graph',
  title: 'Sockets without an owner',
  about:
    'Sockets whose program is not known. permission: run it with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH. budget: raise programs.search_seconds. kernel and vanished ones have none.',
  unit: 'short',
  width,
  absent: 'Owners could not be read.',
  queries: [
    {
      expr: overall(['reason'], series('netstat_sockets_without_owner')),
      legend: '{{reason}}',
    },
  ],
});
