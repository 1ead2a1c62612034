/**
 * /proc/net/mcfilter and mcfilter6: sources that sockets want, or refuse to hear, of a multicast group, printed by
 * igmp_mcf_seq_show() in net/ipv4/igmp.c and igmp6_mcf_seq_show() in net/ipv6/mcast.c, one line a source of
 * a group. Both cut the name of the device to six characters, so it is no label.
 */
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';

const modes = ['include', 'exclude'] as const;

type SourceFilters = Readonly<Record<(typeof modes)[number], number>>;

const field = { index: 0, device: 1, group: 2, source: 3, include: 4, exclude: 5 } as const;

const filterLines = (address: RegExp): Fold<Line, SourceFilters> => {
  const filters = { include: 0, exclude: 0 };
  return {
    add(line) {
      line.decimal(field.index);
      for (const each of [field.group, field.source]) {
        if (!address.test(line.text(each))) throw line.wrong(each, 'expected an address');
      }
      const include = line.decimal(field.include);
      const exclude = line.decimal(field.exclude);
      filters.include += include;
      filters.exclude += exclude;
    },
    end: () => filters,
  };
};

const filterFamily = (family: 'inet' | 'inet6') =>
  familyOf<SourceFilters>()({
    name: 'multicast_source_filters',
    kind: 'gauge',
    help: 'Sources of multicast groups that sockets filter, each counted by socket: "include" ones alone are wanted, "exclude" ones are refused; a stream that does not arrive may be filtered out (INC and EXC of net/mcfilter and net/mcfilter6).',
    labels: [
      { name: 'family', values: [family] },
      { name: 'mode', values: modes },
    ],
    sample(filters, emit) {
      for (const mode of modes) emit(filters[mode], family, mode);
    },
  });

export const mcfilter = collector({
  name: 'mcfilter',
  file: 'net/mcfilter',
  about: 'Source filters of IPv4 multicast groups.',
  fold: () => headed('Idx Device MCA SRC INC EXC', () => filterLines(/^0x[0-9a-f]{8}$/)),
  families: [filterFamily('inet')],
});

export const mcfilter6 = collector({
  name: 'mcfilter6',
  file: 'net/mcfilter6',
  about: 'Source filters of IPv6 multicast groups.',
  fold: () =>
    headed('Idx Device Multicast Address Source Address INC EXC', () => filterLines(/^[0-9a-f]{32}$/)),
  families: [filterFamily('inet6')],
});
