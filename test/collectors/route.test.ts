// Protects: IPv4 routes by kind, default routes that are real ones, and a counter of changes that the kernel has not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { route } from '../../src/collectors/route.ts';
import { familyIn, lines, read, repeatedly, samplesOf } from './reading.ts';

const header =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       ';
const byGateway = 'eth0\t00000000\t0102010A\t0003\t0\t0\t100\t00000000\t0\t0\t0   ';
const direct = 'eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0   ';
const table = (...rows: readonly string[]): string => lines(header, ...rows);

const routesIn = (text: string): readonly string[] =>
  familyIn(samplesOf(route, text), 'routes').filter(sample => !sample.endsWith(' 0'));
const defaultsIn = (text: string): readonly string[] => familyIn(samplesOf(route, text), 'default_routes');
const changesIn = (samples: readonly string[]): readonly string[] => familyIn(samples, 'route_changes_total');

test('a route is direct, by a gateway, or to a host, and all kinds of its device are exposed', () => {
  const text = table(direct, byGateway, 'eth0\t0A00010A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0');
  assert.deepEqual(familyIn(samplesOf(route, text), 'routes'), [
    '{family="inet",device="eth0",kind="direct"} 1',
    '{family="inet",device="eth0",kind="gateway"} 1',
    '{family="inet",device="eth0",kind="host"} 1',
    '{family="inet",device="eth0",kind="reject"} 0',
  ]);
});

test('a host behind a gateway is reached by the gateway', () => {
  assert.deepEqual(routesIn(table('eth0\t0A00010A\t0102010A\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0')), [
    '{family="inet",device="eth0",kind="gateway"} 1',
  ]);
});

test('a gateway that is an IPv6 address is told by the flag alone', () => {
  assert.deepEqual(routesIn(table('eth0\t0002010A\t00000000\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0')), [
    '{family="inet",device="eth0",kind="gateway"} 1',
  ]);
});

test('unreachable routes have a flag, blackholes only their missing device; both reject', () => {
  const text = table(
    '*\t006433C6\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    '*\t007133CB\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  );
  assert.deepEqual(routesIn(text), ['{family="inet",device="",kind="reject"} 2']);
});

test('a default route has neither destination nor mask', () => {
  const text = table(
    byGateway,
    'ppp0\t00000000\t00000000\t0001\t0\t0\t200\t00000000\t0\t0\t0',
    // 0.0.0.0/1 is half of everything, and 10.0.0.0/8 has a mask.
    'tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0',
    'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
  );
  assert.deepEqual(defaultsIn(text), ['{family="inet",device="eth0"} 1', '{family="inet",device="ppp0"} 1']);
});

test('a namespace that never had a route has an empty file, and no default route', () => {
  assert.deepEqual(routesIn(''), []);
  assert.deepEqual(defaultsIn(''), ['{family="inet",device=""} 0']);
  assert.equal(
    read(route, '\n').report,
    'failed parse: net/route:1: field 1: expected "Iface" in the header',
  );
});

test('a blackhole for everything is no default route', () => {
  assert.deepEqual(defaultsIn(table('*\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0')), [
    '{family="inet",device=""} 0',
  ]);
  assert.deepEqual(defaultsIn(table('*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0')), [
    '{family="inet",device=""} 0',
  ]);
});

test('a table without a default route says 0, and so does one without any route', () => {
  assert.deepEqual(defaultsIn(table(direct)), ['{family="inet",device=""} 0']);
  assert.deepEqual(samplesOf(route, table()), [
    'default_routes{family="inet",device=""} 0',
    'route_changes_total{family="inet"} 0',
  ]);
});

test('the first reading is no change, nor is the same table in another order', () => {
  const next = repeatedly(route);
  assert.deepEqual(changesIn(next(table(byGateway, direct)).samples), ['{family="inet"} 0']);
  assert.deepEqual(changesIn(next(table(direct, byGateway)).samples), ['{family="inet"} 0']);
});

test('a route that comes, goes or changes is a change, and so is one that comes back', () => {
  const next = repeatedly(route);
  next(table(byGateway, direct));
  assert.deepEqual(changesIn(next(table(byGateway)).samples), ['{family="inet"} 1']);
  assert.deepEqual(changesIn(next(table(byGateway, direct)).samples), ['{family="inet"} 2']);
  assert.deepEqual(changesIn(next(table(byGateway.replace('100', '101'), direct)).samples), [
    '{family="inet"} 3',
  ]);
  assert.deepEqual(changesIn(next(table(byGateway.replace('100', '101'), direct)).samples), [
    '{family="inet"} 3',
  ]);
});

test('the use of a route is no change of the table', () => {
  const next = repeatedly(route);
  next(table(byGateway));
  assert.deepEqual(changesIn(next(table(byGateway.replace('0003\t0\t0', '0003\t4\t77'))).samples), [
    '{family="inet"} 0',
  ]);
});

test('an old kernel prints metrics with a sign', () => {
  assert.deepEqual(routesIn(table(direct.replace('0001\t0\t0\t0', '0001\t0\t0\t-1'))), [
    '{family="inet",device="eth0",kind="direct"} 1',
  ]);
});

test('a row that was cut is skipped, the other routes stand', () => {
  const { report, counted } = read(
    route,
    table(direct, 'eth0\t00000000\t0102010A\t0003\t0\t0\t100\t00000000'),
  );
  assert.equal(report, 'ok, 1 skipped: net/route:3: field 11: missing, the line has 8');
  assert.deepEqual(counted, ['routes{family="inet",device="eth0",kind="direct"} 1']);
});

test('a renamed column fails the collector', () => {
  assert.equal(
    read(route, lines(header.replace('Mask', 'Prefix'), direct)).report,
    'failed parse: net/route:1: field 8: expected "Mask" in the header, found "Prefix"',
  );
});
