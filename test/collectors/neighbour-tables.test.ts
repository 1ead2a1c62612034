// Protects: the neighbour tables of the host: a size that is not added up, and events that are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arpCache, ndiscCache } from '../../src/collectors/neighbour-tables.ts';
import { countedIn, lines, samplesOf } from './reading.ts';

const header =
  'entries  allocs   destroys hash_grows lookups  hits     res_failed rcv_probes_mcast rcv_probes_ucast periodic_gc_runs forced_gc_runs unresolved_discards table_fulls';
const cpu = (first: number): string =>
  Array.from({ length: 13 }, (_, i) => (i === 0 ? 30 : first + i).toString(16).padStart(8, '0')).join(' ');

test('entries are those of the table, events are added up over the CPUs', () => {
  assert.deepEqual(samplesOf(arpCache, lines(header, cpu(0), cpu(100), cpu(200))), [
    'neighbour_allocs_total{family="inet"} 303',
    'neighbour_destroys_total{family="inet"} 306',
    'neighbour_forced_gc_runs_total{family="inet"} 330',
    'neighbour_hash_grows_total{family="inet"} 309',
    'neighbour_hits_total{family="inet"} 315',
    'neighbour_lookups_total{family="inet"} 312',
    'neighbour_periodic_gc_runs_total{family="inet"} 327',
    'neighbour_rcv_probes_mcast_total{family="inet"} 321',
    'neighbour_rcv_probes_ucast_total{family="inet"} 324',
    'neighbour_resolution_failures_total{family="inet"} 318',
    'neighbour_table_entries{family="inet"} 30',
    'neighbour_table_fulls_total{family="inet"} 336',
    'neighbour_unresolved_discards_total{family="inet"} 333',
  ]);
});

test('only what the header names is told, wherever it stands', () => {
  assert.deepEqual(
    samplesOf(ndiscCache, lines('entries allocs destroys hits lookups invented', '1 2 3 4 5 6')),
    [
      'neighbour_allocs_total{family="inet6"} 2',
      'neighbour_destroys_total{family="inet6"} 3',
      'neighbour_hits_total{family="inet6"} 4',
      'neighbour_lookups_total{family="inet6"} 5',
      'neighbour_table_entries{family="inet6"} 1',
    ],
  );
});

test('counters of kernels of 64 bits go on beyond 2^32', () => {
  const text = lines('entries allocs destroys', '00000001 ffffffff 00000000', '00000001 100000001 00000000');
  assert.deepEqual(countedIn(arpCache, text), [
    'neighbour_allocs_total{family="inet"} 8589934592',
    'neighbour_table_entries{family="inet"} 1',
  ]);
});
