/**
 * /proc/net/stat/nf_conntrack: what connection tracking did, a line of hexadecimal numbers for each CPU under a header that
 * names them. Printed by ct_cpu_seq_show() in net/netfilter/nf_conntrack_standalone.c. Kernels give up events and print 0
 * in their place. `entries` is no event but the size of the table, which every line repeats.
 */
import type { FamilySpec } from '../../metrics/family.ts';
import { perCpuLines, type PerCpu } from '../../text/per-cpu.ts';
import { collector, familyOf } from '../collector.ts';

const metric = familyOf<PerCpu>();

const event = (name: string, sentence: string, statistic?: FamilySpec<PerCpu>['statistic']) =>
  metric({
    name: `conntrack_${name}_total`,
    kind: 'counter',
    help: `${sentence}; over all CPUs, beginning again at 2^32 as each of them does (${name} in net/stat/nf_conntrack or net/stat/ip_conntrack).`,
    labels: [],
    ...(statistic === undefined ? {} : { statistic }),
    sample({ sums }, emit) {
      const count = sums.get(name);
      if (count !== undefined) emit(count);
    },
  });

/** In the order of the file, the older of two that had one place first. */
const sentences: Readonly<Record<string, string>> = {
  searched: 'Lookups in the table of connections; kernels since 4.9 do not count them',
  clashres:
    'Races of two packets that begin the same connection which were settled without loss: mostly two DNS questions of one socket',
  found:
    'Lookups that found an entry; newer kernels count here only translations that found the address and port they wanted taken',
  new: 'Entries made for connections that nobody had announced; kernels since 4.9 do not count them',
  invalid:
    'Packets that belong to no connection that could be followed, which most rules drop: growth means broken peers, asymmetric routes or attacks',
  ignore: 'Packets that had an entry already or need none; kernels since 5.10 do not count them',
  delete: 'Entries removed; kernels since 4.9 do not count them',
  delete_list: 'Entries removed that still had somebody to be told; kernels since 4.9 do not count them',
  chainlength:
    'Packets dropped because their place in the table held too many entries: the hash table is too small or under attack',
  insert: 'Entries put into the table; newer kernels count only those that a program inserted',
  insert_failed:
    'Packets dropped because an entry of the same connection was there before: two packets raced, or translation ran out of ports',
  drop: 'Packets dropped because there was no entry to be had for them: the table is full, memory is, or inserting failed',
  early_drop:
    'Entries thrown out before their time to make room: the table is full and its limit too low, or something floods it',
  icmp_error:
    'Packets that tracking refused for an error in them, mostly ICMP errors about connections that nobody knows',
  expect_new: 'Entries made for connections that another one had announced',
  expect_create: 'Connections announced by another one, such as the data of FTP',
  expect_delete: 'Announced connections that came or were given up',
  search_restart:
    'Lookups that had to begin again because the table changed under them: growth means a table that is resized or too small',
};

const SIZE = 'entries';

/** What a metric can be named after. */
const plainName = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

export const conntrackStat = collector({
  name: 'conntrack_stat',
  file: 'net/stat/nf_conntrack',
  otherwise: ['net/stat/ip_conntrack'],
  about:
    'What connection tracking did: packets dropped or not understood, entries thrown out of a full table.',
  fold: () => perCpuLines(SIZE, 32),
  families: Object.entries(sentences).map(([name, sentence]) => event(name, sentence)),
  unlisted: ({ sums }) =>
    [...sums.keys()]
      .filter(name => name !== SIZE && !(name in sentences) && plainName.test(name))
      .map(name =>
        event(name, 'An event that this version of the exporter has no words for', {
          kernelName: `Conntrack_${name}`,
          tier: 'all',
        }),
      ),
});
