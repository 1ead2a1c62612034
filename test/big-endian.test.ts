// Protects: a captured host says the same of its sockets, routes and groups, whichever byte order its machine had.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { collectors } from '../src/collectors/index.ts';
import type { Collector } from '../src/collectors/collector.ts';
import type { MetricFamily } from '../src/metrics/family.ts';
import { directory, type Source } from '../src/procfs/source.ts';
import { createReading } from '../src/snapshot/reading.ts';
import { readRows, type Takers } from '../src/snapshot/rows.ts';
import type { Machine } from '../src/text/machine.ts';
import { asBigEndian, convertedFiles } from './big-endian.ts';
import { hostFolder, hostNames, machineOf, readingSettings } from './hosts.ts';
import { createMaterializer } from './materializing.ts';
import { keep } from './rows.ts';

const little: Machine = { ...machineOf('inet'), byteOrder: 'little' };
const big: Machine = { ...little, byteOrder: 'big' };

/** A host that has none of the files is the same on every machine. */
const networkFile = (folder: string, file: string): string => join(folder, 'proc', 'net', file);
const isConcerned = (host: string): boolean =>
  host !== 'big-endian' && convertedFiles.some(file => existsSync(networkFile(hostFolder(host), file)));

const placesOf = (folder: string) => ({ procfs: join(folder, 'proc'), sysfs: join(folder, 'sys') });

const familiesOf = (folder: string, machine: Machine): readonly MetricFamily[] => {
  const reading = createReading({ places: placesOf(folder), machine, ...readingSettings });
  const everything = { device: () => true, statistic: () => true, limits: {} };
  return createMaterializer(collectors, everything)(new Map(reading(collectors.map(({ name }) => name))))
    .families;
};

/** Every row of every table, with the file it is from. */
const rowsOf = (folder: string, machine: Machine): readonly unknown[] => {
  const source: Source = directory(placesOf(folder), machine);
  return collectors.flatMap((collector: Collector<string, unknown>): readonly unknown[] => {
    const table = collector.rows?.of;
    if (table === undefined) return [];
    const rows: unknown[] = [];
    const takers: Takers =
      table === 'sockets'
        ? { sockets: socket => rows.push(keep(socket)) }
        : { [table]: (row: unknown) => rows.push(row) };
    return [[collector.name, readRows(collector, source, takers)?.status, rows]];
  });
};

test('what is kept of the converted host is what the conversion makes of inet', () => {
  const kept = convertedFiles.filter(file => existsSync(networkFile(hostFolder('big-endian'), file)));
  assert.deepEqual(kept, ['tcp', 'tcp6', 'udp', 'route', 'igmp']);
  for (const file of kept) {
    const text = readFileSync(networkFile(hostFolder('inet'), file), 'latin1');
    assert.equal(
      asBigEndian(file, text),
      readFileSync(networkFile(hostFolder('big-endian'), file), 'latin1'),
      file,
    );
  }
});

test('every file that is converted was captured somewhere with an address in it', () => {
  const unchanged = convertedFiles.filter(file =>
    hostNames.filter(isConcerned).every(host => {
      const path = networkFile(hostFolder(host), file);
      if (!existsSync(path)) return true;
      const text = readFileSync(path, 'latin1');
      return asBigEndian(file, text) === text;
    }),
  );
  assert.deepEqual(unchanged, []);
});

for (const host of hostNames.filter(isConcerned)) {
  describe(`${host}, had it been big-endian`, () => {
    let folder = '';

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'big-endian-'));
      // Names that are no UTF-8 are beyond what Node.js copies.
      execFileSync('cp', ['-a', `${hostFolder(host)}/.`, folder]);
      for (const file of convertedFiles) {
        const path = networkFile(folder, file);
        if (!existsSync(path)) continue;
        writeFileSync(path, asBigEndian(file, readFileSync(path, 'latin1')), 'latin1');
      }
    });

    after(() => {
      rmSync(folder, { recursive: true });
    });

    test('has the same series', () => {
      assert.deepEqual(familiesOf(folder, big), familiesOf(hostFolder(host), little));
    });

    test('shows the same rows', () => {
      const rows = rowsOf(folder, big);
      assert.ok(rows.length > 0);
      assert.deepEqual(rows, rowsOf(hostFolder(host), little));
    });

    test('is misread by whoever does not know', () => {
      assert.notDeepEqual(rowsOf(folder, little), rowsOf(hostFolder(host), little));
    });
  });
}
