// Protects: rows read the files of an interface that rows need, and a scrape reads none of those on their account.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interfaces } from '../../src/collectors/interfaces.ts';
import type { Source } from '../../src/procfs/source.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import { readCollector } from '../../src/snapshot/read.ts';
import { readRows } from '../../src/snapshot/rows.ts';
import { machineOf } from '../hosts.ts';

test('a list of attributes for rows is read for rows alone', () => {
  const asked: (readonly string[])[] = [];
  const source: Source = {
    machine: machineOf('inet'),
    open: () => undefined,
    offers: () => true,
    attributes(_folder, names) {
      asked.push(names);
      return [];
    },
    everyFile: () => undefined,
  };
  readCollector(interfaces, source, createMemories()(interfaces.name));
  readRows(interfaces, source, { interfaces: () => undefined });
  readRows(interfaces, source, { groups: () => undefined });
  const [scraped = [], forRows = [], ...others] = asked;
  assert.deepEqual(others, []);
  assert.deepEqual(
    forRows.filter(name => !scraped.includes(name)),
    ['tx_queue_len', 'type'],
  );
  assert.ok(!scraped.includes('type') && !scraped.includes('tx_queue_len'));
});
