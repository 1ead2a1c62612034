/**
 * /proc/sys/net/netfilter/nf_conntrack_count and nf_conntrack_max: how full the table is. Anybody may read them, also where
 * the entries are for root alone. Older kernels had them below net/ipv4; ip_conntrack_max was there first.
 */
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { ParseError } from '../../text/parse-error.ts';
import { whole } from '../../text/whole.ts';
import { collector, familyOf } from '../collector.ts';

const singleNumber = (): Fold<Line, number> => {
  let number: number | undefined;
  return whole({
    add(line) {
      if (number !== undefined || line.count !== 1) throw line.wrong(0, 'expected one number in the file');
      number = line.decimal(0);
    },
    end() {
      if (number === undefined) throw new ParseError('no number', 0, 'file');
      return number;
    },
  });
};

const metric = familyOf<number>();

export const conntrackCount = collector({
  name: 'conntrack_count',
  file: 'sys/net/netfilter/nf_conntrack_count',
  otherwise: ['sys/net/ipv4/netfilter/ip_conntrack_count'],
  about: 'How many connections are tracked, readable without privilege.',
  fold: singleNumber,
  families: [
    metric({
      name: 'conntrack_table_entries',
      kind: 'gauge',
      help: 'Connections in the table of connection tracking: at netstat_conntrack_table_limit the kernel drops packets of new ones (sys/net/netfilter/nf_conntrack_count or sys/net/ipv4/netfilter/ip_conntrack_count).',
      labels: [],
      sample(number, emit) {
        emit(number);
      },
    }),
  ],
});

export const conntrackMax = collector({
  name: 'conntrack_max',
  file: 'sys/net/netfilter/nf_conntrack_max',
  otherwise: ['sys/net/ipv4/netfilter/ip_conntrack_max', 'sys/net/ipv4/ip_conntrack_max'],
  about: 'How many connections may be tracked, readable without privilege.',
  fold: singleNumber,
  families: [
    metric({
      name: 'conntrack_table_limit',
      kind: 'gauge',
      help: 'How many connections the table of connection tracking may hold, to hold netstat_conntrack_table_entries against (sys/net/netfilter/nf_conntrack_max, sys/net/ipv4/netfilter/ip_conntrack_max or sys/net/ipv4/ip_conntrack_max).',
      labels: [],
      sample(number, emit) {
        emit(number);
      },
    }),
  ],
});
