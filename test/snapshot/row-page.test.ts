// Protects: a page of routes, groups or translated connections has the rows that were asked for, and counts all of them, shown or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bareRoute } from '../../src/collectors/route-rows.ts';
import type { Route } from '../../src/collectors/rows.ts';
import { createRowPage } from '../../src/snapshot/row-page.ts';
import type { TableQuery } from '../../src/snapshot/table-page.ts';
import { tables } from '../../src/snapshot/tables.ts';
import { countsOf, inOrder } from './naive-page.ts';

const all: TableQuery = { table: 'routes', where: {}, sort: undefined, limit: 200 };

const pageOf = (routes: readonly Route[], query: Partial<TableQuery>) => {
  const page = createRowPage(tables.routes, { ...all, ...query });
  for (const route of routes) page.offer(route);
  return page.end();
};

const route = (destination: string, device: string, metric?: number): Route => ({
  ...bareRoute,
  ...{ family: destination.includes(':') ? 'inet6' : 'inet', destination, device, metric },
});

const routes = [
  route('10.0.0.0', 'eth0', 5),
  route('10.1.0.0', 'eth1'),
  route('fe80::', 'eth0', 256),
  route('10.2.0.0', 'eth0', 1),
  route('10.3.0.0', ''),
];
const destinations = (page: ReturnType<typeof pageOf>) => page.rows.map(({ destination }) => destination);

test('without a question all rows are there in the order of the kernel', () => {
  const page = pageOf(routes, {});
  assert.deepEqual(page.rows, routes);
  assert.equal(page.matched, 5);
  assert.deepEqual(page.counts, {
    family: [
      ['inet', 4],
      ['inet6', 1],
    ],
    device: [
      ['eth0', 3],
      ['', 1],
      ['eth1', 1],
    ],
  });
});

test('a filter leaves the others out of the rows and of the counts', () => {
  const page = pageOf(routes, { where: { device: 'eth0', family: 'inet' } });
  assert.deepEqual(destinations(page), ['10.0.0.0', '10.2.0.0']);
  assert.equal(page.matched, 2);
  assert.deepEqual(page.counts, { family: [['inet', 2]], device: [['eth0', 2]] });
});

test('a limit leaves out rows, never of the counts', () => {
  const page = pageOf(routes, { sort: { by: 'metric', descending: true }, limit: 2 });
  assert.deepEqual(destinations(page), ['fe80::', '10.0.0.0']);
  assert.equal(page.matched, 5);
  assert.deepEqual(page.counts.family, [
    ['inet', 4],
    ['inet6', 1],
  ]);
});

test('nothing that was offered is a page without rows', () => {
  assert.deepEqual(pageOf([], {}), { rows: [], matched: 0, counts: { family: [], device: [] } });
});

test('a page is what filtering, sorting and cutting all rows gives, for any rows and any question', () => {
  const some = <const Value>(...values: readonly Value[]) => fc.constantFrom(...values);
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const rows = fc.array(
    fc
      .record({
        family: some('inet', 'inet6', 'ax25'),
        destination: some('10.0.0.0', 'fe80::', 'N0CALL', '<b>'),
        device: some('', 'eth0', 'lo'),
        metric: optional(fc.nat(4)),
        mask: optional(some('255.0.0.0')),
        isCached: fc.boolean(),
      })
      .map((told): Route => ({ ...bareRoute, ...told })),
  );
  const queries = fc.record({
    family: optional(some('inet', 'inet6', 'rose')),
    device: optional(some('eth0', 'lo', 'none')),
    by: optional(some(...tables.routes.columns.map(({ name }) => name))),
    descending: fc.boolean(),
    limit: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(rows, queries, (given, { family, device, by, descending, limit }) => {
      const where = { ...(family !== undefined && { family }), ...(device !== undefined && { device }) };
      const sort = by === undefined ? undefined : { by, descending };
      const wanted = given.filter(
        row =>
          (family === undefined || row.family === family) && (device === undefined || row.device === device),
      );
      const value = tables.routes.columns.find(({ name }) => name === by)?.value;
      assert.deepEqual(pageOf(given, { where, sort, limit }), {
        rows: inOrder(wanted, value, descending).slice(0, limit),
        matched: wanted.length,
        counts: {
          family: countsOf(wanted.map(row => row.family)),
          device: countsOf(wanted.map(row => row.device)),
        },
      });
    }),
    { numRuns: 1000, seed: 20_261_126 },
  );
});
