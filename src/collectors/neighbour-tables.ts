/**
 * /proc/net/stat/arp_cache and ndisc_cache: what the kernel did with its neighbour tables, a header and a line for
 * each CPU, printed by neigh_stat_seq_show() in net/core/neighbour.c. There is one table for all network
 * namespaces, and only the first namespace has the files. Counters are as wide as the kernel's words.
 */
import { perCpuLines, type PerCpu } from '../text/per-cpu.ts';
import { collector, familyOf } from './collector.ts';

type Version = 'inet' | 'inet6';

const metric = familyOf<PerCpu>();

const places = 'net/stat/arp_cache and net/stat/ndisc_cache';

const event = (family: Version, word: string, name: string, help: string) =>
  metric({
    name: `neighbour_${name}_total`,
    kind: 'counter',
    help: `${help} (${word} in ${places}, over all network namespaces).`,
    labels: [{ name: 'family', values: [family] }],
    sample({ sums }, emit) {
      const sum = sums.get(word);
      if (sum !== undefined) emit(sum, family);
    },
  });

const familiesOf = (family: Version) => [
  metric({
    name: 'neighbour_table_entries',
    kind: 'gauge',
    help: `Entries of the neighbour table in all network namespaces together, permanent ones and the kernel's own for multicast and loopback included: close to net.ipv4.neigh.default.gc_thresh3, or net.ipv6's, new hosts cannot be reached (entries in ${places}).`,
    labels: [{ name: 'family', values: [family] }],
    sample({ first }, emit) {
      // Of the table, and the same on the line of each CPU.
      const entries = first.get('entries');
      if (entries !== undefined) emit(entries, family);
    },
  }),
  event(family, 'allocs', 'allocs', 'Neighbours that were entered into the table'),
  event(family, 'destroys', 'destroys', 'Neighbours that were taken out of the table and freed'),
  event(family, 'hash_grows', 'hash_grows', 'How often the table was made larger'),
  event(family, 'lookups', 'lookups', 'How often the table was searched for a neighbour'),
  event(family, 'hits', 'hits', 'Searches of the table that found the neighbour'),
  event(
    family,
    'res_failed',
    'resolution_failures',
    'Neighbours that did not answer to any question for their hardware address: hosts that are down, a scan, or a wrong netmask',
  ),
  event(
    family,
    'rcv_probes_mcast',
    'rcv_probes_mcast',
    'Questions for an address of this host that came by multicast, on IPv6 alone',
  ),
  event(
    family,
    'rcv_probes_ucast',
    'rcv_probes_ucast',
    'Questions for an address of this host that came by unicast, on IPv6 alone',
  ),
  event(family, 'periodic_gc_runs', 'periodic_gc_runs', 'Regular clearings of the table'),
  event(
    family,
    'forced_gc_runs',
    'forced_gc_runs',
    'Clearings of the table because it was about to overflow: raise gc_thresh2 and gc_thresh3 when it grows',
  ),
  event(
    family,
    'unresolved_discards',
    'unresolved_discards',
    'Packets dropped because too many waited for the hardware address of their neighbour already',
  ),
  event(
    family,
    'table_fulls',
    'table_fulls',
    'Neighbours refused because the table was full ("neighbour table overflow"): raise gc_thresh3',
  ),
];

const neighbourTable = <const Name extends string>(name: Name, family: Version, about: string) =>
  collector({
    name,
    file: `net/stat/${name}`,
    ofHost: true,
    about,
    // They are of 32 bits on kernels of 32 bits, where nothing in the file tells so.
    fold: () => perCpuLines('entries allocs destroys', 64),
    families: familiesOf(family),
  });

export const arpCache = neighbourTable(
  'arp_cache',
  'inet',
  'Size and use of the IPv4 neighbour table of the whole host; in the first network namespace only.',
);
export const ndiscCache = neighbourTable(
  'ndisc_cache',
  'inet6',
  'Size and use of the IPv6 neighbour table of the whole host; in the first network namespace only.',
);
