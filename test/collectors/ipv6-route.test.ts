// Protects: IPv6 routes by kind, and that the kernel's own end of each table is never taken for a default route.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6Route } from '../../src/collectors/ipv6-route.ts';
import { familyIn, lines, read, repeatedly, samplesOf } from './reading.ts';

const zeros = '00000000000000000000000000000000';
const net = '20010db8000000000000000000000000';
const router = 'fe800000000000000000000000000001';

interface Row {
  readonly to?: string;
  readonly via?: string;
  readonly metric?: string;
  readonly uses?: string;
  readonly flags: string;
  readonly device?: string;
}
/** A row as ipv6_route_native_seq_show() prints it. */
const row = ({
  to = `${net} 40`,
  via = zeros,
  metric = '00000100',
  uses = '00000000',
  flags,
  device = 'eth0',
}: Row) => `${to} ${zeros} 00 ${via} ${metric} 00000003 ${uses} ${flags} ${device.padStart(8)}`;

const direct = row({ flags: '00000001' });
const byDefault = row({ to: `${zeros} 00`, via: router, metric: '00000400', flags: '00000003' });
const end = row({ to: `${zeros} 00`, metric: 'ffffffff', flags: '00200200', device: 'lo' });

const routesIn = (text: string): readonly string[] =>
  familyIn(samplesOf(ipv6Route, text), 'routes').filter(sample => !sample.endsWith(' 0'));
const defaultsIn = (text: string): readonly string[] =>
  familyIn(samplesOf(ipv6Route, text), 'default_routes');
const changesIn = (samples: readonly string[]): readonly string[] => familyIn(samples, 'route_changes_total');

test('a route is direct, by a gateway, or to a host by its flag or its length', () => {
  const text = lines(
    direct,
    byDefault,
    row({ to: `${net} 80`, flags: '80200001' }),
    row({ to: `${net} 7f`, flags: '00000005' }),
    row({ to: `${net} 80`, via: router, flags: '00000007' }),
    row({ flags: '00200200', device: 'lo' }),
  );
  assert.deepEqual(routesIn(text), [
    '{family="inet6",device="eth0",kind="direct"} 1',
    '{family="inet6",device="eth0",kind="gateway"} 2',
    '{family="inet6",device="eth0",kind="host"} 2',
    '{family="inet6",device="lo",kind="reject"} 1',
  ]);
});

test('the end of a table is no default route, however many tables there are', () => {
  assert.deepEqual(defaultsIn(lines(end, direct, end, end)), ['{family="inet6",device=""} 0']);
  assert.deepEqual(defaultsIn(lines(end, byDefault, end)), ['{family="inet6",device="eth0"} 1']);
});

test('the hops of a multipath default route are default routes each', () => {
  assert.deepEqual(defaultsIn(lines(byDefault, byDefault.replace('eth0', 'eth1'))), [
    '{family="inet6",device="eth0"} 1',
    '{family="inet6",device="eth1"} 1',
  ]);
});

test('entries of the old route cache are no routes, and their coming and going is no change', () => {
  const cached = row({ to: `${net} 80`, via: router, flags: '01000003' });
  assert.deepEqual(routesIn(lines(direct, cached)), ['{family="inet6",device="eth0",kind="direct"} 1']);
  const next = repeatedly(ipv6Route);
  next(lines(direct));
  assert.deepEqual(changesIn(next(lines(direct, cached)).samples), ['{family="inet6"} 0']);
});

test('use counts and order are no change, another flag or hop is', () => {
  const next = repeatedly(ipv6Route);
  next(lines(direct, byDefault));
  assert.deepEqual(changesIn(next(lines(byDefault, row({ flags: '00000001', uses: '0000002a' }))).samples), [
    '{family="inet6"} 0',
  ]);
  assert.deepEqual(changesIn(next(lines(byDefault, row({ flags: '00040001' }))).samples), [
    '{family="inet6"} 1',
  ]);
});

test('an empty table is there and has no default route', () => {
  assert.deepEqual(samplesOf(ipv6Route, ''), [
    'default_routes{family="inet6",device=""} 0',
    'route_changes_total{family="inet6"} 0',
  ]);
});

test('an address of another length and a row without device are skipped', () => {
  const { report, counted } = read(
    ipv6Route,
    lines(direct, direct.replace(net, net.slice(1)), direct.replace('    eth0', '')),
  );
  assert.equal(
    report,
    'ok, 2 skipped: net/ipv6_route:2: field 1: expected an address, found "0010db8000000000000000000000000"; ' +
      'net/ipv6_route:3: field 10: missing, the line has 9',
  );
  assert.deepEqual(counted, ['routes{family="inet6",device="eth0",kind="direct"} 1']);
});
