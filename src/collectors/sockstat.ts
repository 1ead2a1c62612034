/**
 * /proc/net/sockstat and sockstat6: the kernel's own totals, printed by sockstat_seq_show() in net/ipv4/proc.c
 * and sockstat6_seq_show() in net/ipv6/proc.c as `SECTION: key value key value`.
 * Only what the kernel counts by IP version carries that label; orphans and TCP's memory it counts for the
 * whole host, in every namespace alike.
 */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import type { Machine } from '../text/machine.ts';
import { whole } from '../text/whole.ts';
import { ParseError } from '../text/parse-error.ts';
import { collector, familyOf } from './collector.ts';

/** `TCP inuse` -> value, with memory in bytes. */
export type KernelTotals = ReadonlyMap<string, number>;

const metric = familyOf<KernelTotals>();

const inFamily = (
  family: 'inet' | 'inet6',
  section: string,
  key: string,
  name: string,
  help: string,
  kernelNames: string,
) =>
  metric({
    name: `sockstat_${name}`,
    kind: 'gauge',
    help: `${help} (${kernelNames}).`,
    labels: [{ name: 'family', values: [family] }],
    sample(totals, emit) {
      const value = totals.get(`${section} ${key}`);
      if (value !== undefined) emit(value, family);
    },
  });

const ofHost = (section: string, key: string, name: string, help: string) =>
  metric({
    name: `sockstat_${name}`,
    kind: 'gauge',
    help: `${help} (${section} ${key} in net/sockstat).`,
    labels: [],
    sample(totals, emit) {
      const value = totals.get(`${section} ${key}`);
      if (value !== undefined) emit(value);
    },
  });

/** What both files print, each for its own IP version. */
const byFamily = (family: 'inet' | 'inet6') => {
  const suffix = family === 'inet' ? '' : '6';
  const total = (section: string, key: string, name: string, help: string) =>
    inFamily(
      family,
      section + suffix,
      key,
      name,
      help,
      `${section} ${key} in net/sockstat, ${section}6 in net/sockstat6`,
    );
  return [
    total('TCP', 'inuse', 'tcp_inuse', 'TCP sockets in use, LISTEN included; TIME_WAIT and SYN_RECV are not'),
    total('UDP', 'inuse', 'udp_inuse', 'UDP sockets in use'),
    total('UDPLITE', 'inuse', 'udplite_inuse', 'UDP-Lite sockets in use'),
    total('RAW', 'inuse', 'raw_inuse', 'Raw sockets in use'),
    total('FRAG', 'inuse', 'frag_inuse', 'Packets being put together from fragments now'),
    total(
      'FRAG',
      'memory',
      'frag_memory_bytes',
      'Memory held by fragments that wait for the rest of their packet: growth means fragments are lost, or an attack',
    ),
  ];
};

/** Either of both files. */
export const kernelTotals = ({ pageSizeBytes }: Pick<Machine, 'pageSizeBytes'>): Fold<Line, KernelTotals> =>
  whole(totalLines(pageSizeBytes));

const totalLines = (pageSizeBytes: number): Fold<Line, KernelTotals> => {
  const totals = new Map<string, number>();
  return {
    add(line) {
      if (line.count === 0) return;
      if (!line.endsWithColon(0)) throw line.wrong(0, 'expected the name of a section and a colon');
      if (line.count % 2 === 0) throw line.wrong(line.count - 1, 'expected a value after this key');
      const section = line.text(0).slice(0, -1);
      for (let field = 1; field < line.count; field += 2) {
        const key = line.text(field);
        const unit = key === 'mem' ? pageSizeBytes : 1;
        totals.set(`${section} ${key}`, line.signed(field + 1) * unit);
      }
    },
    end() {
      if (totals.size === 0) throw new ParseError('no values', 0, 'file');
      return totals;
    },
  };
};

export const sockstat = collector({
  name: 'sockstat',
  file: 'net/sockstat',
  about: "The kernel's own socket totals and the memory of TCP, UDP and fragments.",
  fold: ({ machine }) => kernelTotals(machine),
  families: [
    ofHost(
      'sockets',
      'used',
      'sockets_used',
      'Sockets of every address family that exist in this network namespace',
    ),
    ...byFamily('inet'),
    ofHost(
      'TCP',
      'orphan',
      'tcp_orphan',
      'TCP sockets that no program holds any more but that still have to finish, over both IP versions: many mean peers that never acknowledge the end',
    ),
    ofHost(
      'TCP',
      'tw',
      'tcp_tw',
      'TCP sockets in TIME_WAIT, over both IP versions, FIN_WAIT2 sockets without a program included',
    ),
    ofHost(
      'TCP',
      'alloc',
      'tcp_alloc',
      'TCP sockets allocated in any state, over both IP versions, those that are only bound or already closed included',
    ),
    ofHost(
      'TCP',
      'mem',
      'tcp_mem_bytes',
      'Memory of all TCP buffers, over both IP versions: close to the limit in net.ipv4.tcp_mem the kernel shrinks windows and drops',
    ),
    ofHost(
      'UDP',
      'mem',
      'udp_mem_bytes',
      'Memory of all UDP buffers, over both IP versions: close to the limit in net.ipv4.udp_mem the kernel drops',
    ),
  ],
});

export const sockstat6 = collector({
  name: 'sockstat6',
  file: 'net/sockstat6',
  about: "The kernel's own totals of IPv6 sockets.",
  fold: ({ machine }) => kernelTotals(machine),
  families: byFamily('inet6'),
});
