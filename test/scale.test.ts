// Protects: a large table costs memory for what it says, not for its rows. Measured in bytes, never by the clock.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const KIB = 1024;

/**
 * What a reading may allocate per row: nothing. This much is left for the chunks' bookkeeping and for code that
 * is compiled while it runs; the smallest object for each of 180,000 rows more is 2.7 MiB.
 */
const GROWTH_LIMIT_BYTES = 1024 * KIB;
/** What one reading allocates at all: the offsets of fields, the tallies, and the above. */
const READING_LIMIT_BYTES = 1536 * KIB;
/** What stays when it is done, a table of all ports that the kernel has not freed yet included: less than a byte a row. */
const KEPT_LIMIT_BYTES = 160 * KIB;

interface Cost {
  readonly rows: number;
  readonly allocatedBytes: number;
  readonly keptBytes: number;
  readonly collections: number;
}

/**
 * Runs in a process of its own, whose young generation is so large that nothing is collected while it reads:
 * the growth of the heap is all that was allocated.
 */
const script = `
  import { memory } from '${new URL('../src/procfs/source.js', import.meta.url).href}';
  import { readCollector } from '${new URL('../src/snapshot/read.js', import.meta.url).href}';
  import { createMemories } from '${new URL('../src/snapshot/memory.js', import.meta.url).href}';
  import { collectors } from '${new URL('../src/collectors/index.js', import.meta.url).href}';
  import { PerformanceObserver } from 'node:perf_hooks';
  import { setTimeout } from 'node:timers/promises';

  const [name, header, row, small, large] = JSON.parse(process.argv[1]);
  const collector = collectors.find(each => each.name === name);
  const memoryOf = createMemories();
  const machine = { byteOrder: 'little', pageSizeBytes: 4096, ticksPerSecond: 100 };

  const ROWS_PER_CHUNK = 25;
  const title = Buffer.from(header + '\\n');
  const page = Buffer.from((row + '\\n').repeat(ROWS_PER_CHUNK));

  // Procfs hands out whole rows, about a page of them at a time. Not a generator: that allocates for each chunk.
  const tableOf = rows => {
    let left = rows / ROWS_PER_CHUNK;
    const step = { done: false, value: title };
    const steps = {
      next() {
        step.value = left === rows / ROWS_PER_CHUNK ? title : page;
        step.done = left-- < 0;
        return step;
      },
    };
    return { [Symbol.iterator]: () => steps };
  };

  const read = rows =>
    readCollector(collector, { machine, open: file => (file === collector.file ? tableOf(rows) : undefined), attributes: () => undefined }, memoryOf(name));

  const socketsIn = outcome => {
    let sockets = 0;
    collector.families[0].sample(outcome.data, value => { sockets += value; });
    return sockets;
  };

  const collections = [];
  const observer = new PerformanceObserver(list => { collections.push(...list.getEntries()); });
  observer.observe({ entryTypes: ['gc'] });

  // The optimizing compiler has been through all of it before anything is measured.
  for (let i = 0; i < 10; i++) read(small);

  const bytes = ({ heapUsed, external }) => heapUsed + external;

  const measure = async rows => {
    globalThis.gc();
    const before = process.memoryUsage();
    const start = performance.now();
    let outcome = read(rows);
    const end = performance.now();
    const after = process.memoryUsage();
    const sockets = socketsIn(outcome);
    if (outcome.skipped.count > 0) throw new Error(outcome.skipped.examples[0]);
    if (sockets !== rows) throw new Error(sockets + ' sockets in ' + rows + ' rows');
    outcome = undefined;
    globalThis.gc();
    const kept = process.memoryUsage();
    await setTimeout(50);
    return {
      rows,
      allocatedBytes: bytes(after) - bytes(before),
      keptBytes: bytes(kept) - bytes(before),
      collections: collections.filter(({ startTime }) => startTime > start && startTime < end).length,
    };
  };
  await measure(small);
  console.log(JSON.stringify([await measure(small), await measure(large)]));
`;

const costs = (
  collector: string,
  header: string,
  row: string,
  small: number,
  large: number,
): readonly Cost[] => {
  const flags = [
    '--expose-gc',
    '--min-semi-space-size=128',
    '--max-semi-space-size=128',
    '--input-type=module',
  ];
  const asked = JSON.stringify([collector, header, row, small, large]);
  const env = { ...process.env, NODE_OPTIONS: '' };
  return JSON.parse(
    execFileSync(process.execPath, [...flags, '--eval', script, asked], { encoding: 'utf8', env }),
  ) as readonly Cost[];
};

const judge = ([small, large]: readonly Cost[]): void => {
  assert.ok(small !== undefined && large !== undefined);
  const seen = JSON.stringify([small, large]);
  // Otherwise the heap says nothing of what was allocated.
  assert.equal(small.collections + large.collections, 0, seen);
  assert.ok(large.allocatedBytes <= READING_LIMIT_BYTES, seen);
  assert.ok(large.allocatedBytes - small.allocatedBytes <= GROWTH_LIMIT_BYTES, seen);
  assert.ok(large.keptBytes <= KEPT_LIMIT_BYTES, seen);
};

const inetHeader =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

test('200,000 tcp sockets are read in the memory of 20,000', () => {
  const row =
    '   8: 0100007F:ECD6 0100007F:1F92 01 0039B600:00000000 04:00000027 00000000  1000        0 240182 2 00000000c8954a1e 20 0 0 16 -1';
  judge(costs('tcp', inetHeader, row.padEnd(149), 20_000, 200_000));
});

test('200,000 udp sockets with drops are read in the memory of 20,000', () => {
  const row =
    '12852: 0100007F:03E7 00000000:0000 07 00000000:00001040 00:00000000 00000000     0        0 287362 2 00000000d96f3e7b 45';
  judge(costs('udp', `${inetHeader} ref pointer drops`, row, 20_000, 200_000));
});

test('100,000 unix sockets are read in the memory of 10,000', () => {
  const row = '0000000090c5f0f3: 00000002 00000000 00010000 0001 01 240908 /run/app/a sock';
  judge(costs('unix', 'Num       RefCount Protocol Flags    Type St Inode Path', row, 10_000, 100_000));
});

test('200,000 tracked connections are read in the memory of 20,000', () => {
  const row =
    'ipv4     2 tcp      6 431999 ESTABLISHED src=192.168.7.10 dst=203.0.113.50 sport=52814 dport=80 src=203.0.113.50 dst=203.0.113.1 sport=80 dport=52814 [ASSURED] mark=0 zone=0 use=2';
  // The file has no header; an expectation is no connection.
  judge(costs('conntrack', 'EXPECTING: 251 proto=6', row, 20_000, 200_000));
});
