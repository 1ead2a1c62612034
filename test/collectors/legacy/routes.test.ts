// Protects: routes of the old families by kind, with the mark that each of them has for a default route, and what counts as a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atalkRoute } from '../../../src/collectors/legacy/atalk-route.ts';
import { ax25Route } from '../../../src/collectors/legacy/ax25-route.ts';
import { ipxRoute } from '../../../src/collectors/legacy/ipx-route.ts';
import { nrNodes } from '../../../src/collectors/legacy/nr-nodes.ts';
import { roseNodes } from '../../../src/collectors/legacy/rose-nodes.ts';
import { x25Route } from '../../../src/collectors/legacy/x25-route.ts';
import { memory } from '../../../src/procfs/source.ts';
import {
  familyIn,
  lines,
  littleEndian,
  readSource,
  repeatedly,
  samplesOf,
  type AnyCollector,
} from '../reading.ts';

const changesIn = (samples: readonly string[]): readonly string[] => familyIn(samples, 'route_changes_total');

const ax25Header = 'callsign  dev  mode digipeaters';

test('an AX.25 route by way of digipeaters has a gateway, any other is direct', () => {
  const text = lines(
    ax25Header,
    'default   ax0     *',
    'default   bpq0   dg DIGI-1',
    'FAR-1     bpq0   vc DIGI-1 DIGI-2',
    'LOST-3    ???     *',
  );
  assert.deepEqual(samplesOf(ax25Route, text), [
    'default_routes{family="ax25",device="ax0"} 1',
    'default_routes{family="ax25",device="bpq0"} 1',
    'route_changes_total{family="ax25"} 0',
    'routes{family="ax25",device="",kind="direct"} 1',
    'routes{family="ax25",device="",kind="gateway"} 0',
    'routes{family="ax25",device="ax0",kind="direct"} 1',
    'routes{family="ax25",device="ax0",kind="gateway"} 0',
    'routes{family="ax25",device="bpq0",kind="direct"} 0',
    'routes{family="ax25",device="bpq0",kind="gateway"} 2',
  ]);
});

test('kernel 2.0 prints a count, a time and a flag that may be blank, and they are no digipeaters', () => {
  const text = lines(
    'callsign  dev  count time      mode F digipeaters',
    'GB7DXM-0  ax0     21 913456790    *  ',
    'GB7CIP-7  ax0      3 913456789   vc   GB7DXM-0',
    'G8BPQ-2   ax0      0         0    * P',
    'GB7BYE-3  ax0      0         0   dg M GB7DXM-0 G8BPQ-2',
  );
  assert.deepEqual(familyIn(samplesOf(ax25Route, text), 'routes'), [
    '{family="ax25",device="ax0",kind="direct"} 2',
    '{family="ax25",device="ax0",kind="gateway"} 2',
  ]);
});

test('another digipeater on the way is a change, a packet that was sent there is not', () => {
  const next = repeatedly(ax25Route);
  const header = 'callsign  dev  count time      mode F digipeaters';
  next(lines(header, 'GB7CIP-7  ax0      3 913456789   vc   GB7DXM-0'));
  const used = next(lines(header, 'GB7CIP-7  ax0      4 913456999   vc   GB7DXM-0'));
  assert.deepEqual(changesIn(used.samples), ['{family="ax25"} 0']);
  const moved = next(lines(header, 'GB7CIP-7  ax0      4 913456999   vc   G8BPQ-2'));
  assert.deepEqual(changesIn(moved.samples), ['{family="ax25"} 1']);
});

const nodesHeader = 'callsign  mnemonic w n qual obs neigh qual obs neigh qual obs neigh';
const node = 'GB7CIP-7  CIPNOD   1 2  192   6 00001  150   5 00003';

test('a node of NET/ROM is a route, however many neighbours lead there, and none of them is a default', () => {
  assert.deepEqual(samplesOf(nrNodes, lines(nodesHeader, node, 'NOMNEM-7  *        1 1  200   6 00001')), [
    'route_changes_total{family="netrom"} 0',
    'routes{family="netrom",device="",kind="gateway"} 2',
  ]);
});

test('a mnemonic may be missing, hold blanks, or be a number', () => {
  const neighbours = ['00001', '00001  150   5 00003', '00001  150   5 00003   90   2 00004'];
  for (const mnemonic of ['', '1', '3', 'A 1 B', '1 1', '2 3 1']) {
    const rows = neighbours.map(
      (each, i) => `NODE-${i}    ${mnemonic.padEnd(7)}  1 ${i + 1}  192   6 ${each}`,
    );
    assert.deepEqual(
      familyIn(samplesOf(nrNodes, lines(nodesHeader, ...rows)), 'routes'),
      ['{family="netrom",device="",kind="gateway"} 3'],
      mnemonic,
    );
  }
});

test('broadcasts change qualities and counts, which is no change of a route; another neighbour in use is', () => {
  const next = repeatedly(nrNodes);
  const changesOf = (row: string): readonly string[] => changesIn(next(lines(nodesHeader, row)).samples);
  assert.deepEqual(changesOf(node), ['{family="netrom"} 0']);
  assert.deepEqual(changesOf(node.replace('192   6', '190   5')), ['{family="netrom"} 0']);
  assert.deepEqual(changesOf(node.replace(' 1 2 ', ' 2 2 ')), ['{family="netrom"} 1']);
  assert.deepEqual(changesOf(node.replace('00003', '00004').replace(' 1 2 ', ' 2 2 ')), [
    '{family="netrom"} 2',
  ]);
});

test('a route of ROSE leads to a neighbour or, on old kernels, back; without digits it is the default', () => {
  const text = lines(
    'address    mask n neigh neigh neigh',
    '2080175520 0010 1 loopback',
    '2080       0004 3 00002 00003 00004',
    '*          0000 1 00002',
  );
  assert.deepEqual(samplesOf(roseNodes, text), [
    'default_routes{family="rose",device=""} 1',
    'route_changes_total{family="rose"} 0',
    'routes{family="rose",device="",kind="direct"} 1',
    'routes{family="rose",device="",kind="gateway"} 2',
  ]);
});

test('a route of X.25 without digits is the default, whatever zeros its address has', () => {
  const text = lines(
    'Address          Digits  Device',
    '000000000000000  0       lapb3',
    '000000000000000  3       lapb3',
    '123456789012345  15      ???',
  );
  const samples = samplesOf(x25Route, text);
  assert.deepEqual(familyIn(samples, 'default_routes'), ['{family="x25",device="lapb3"} 1']);
  assert.deepEqual(familyIn(samples, 'routes'), [
    '{family="x25",device="",kind="direct"} 1',
    '{family="x25",device="lapb3",kind="direct"} 2',
  ]);
});

test('a network of IPX is connected or behind a router, and one is reserved for the default', () => {
  const text = lines(
    'Network    Router_Net   Router_Node',
    '00000010   Directly     Connected',
    '00000020   00000010     00A0C9112233',
    'FFFFFFFE   00000010     00A0C9445566',
  );
  assert.deepEqual(samplesOf(ipxRoute, text), [
    'default_routes{family="ipx",device=""} 1',
    'route_changes_total{family="ipx"} 0',
    'routes{family="ipx",device="",kind="direct"} 1',
    'routes{family="ipx",device="",kind="gateway"} 2',
  ]);
});

const atalkHeader = 'Target        Router  Flags Dev';
const atalkDefault = 'Default     FF00:01  3     eth0';

test('the default route of AppleTalk is one, though it is printed before every other', () => {
  const text = lines(
    atalkHeader,
    atalkDefault,
    'FF00:00     FF00:2A  1     eth0',
    atalkDefault,
    '03F1:00     03E8:2B  5     lo',
    atalkDefault,
    '0000:00     03E8:63  3     eth1',
  );
  const samples = samplesOf(atalkRoute, text);
  assert.deepEqual(familyIn(samples, 'default_routes'), ['{family="ddp",device="eth0"} 1']);
  assert.deepEqual(
    familyIn(samples, 'routes').filter(sample => !sample.endsWith(' 0')),
    [
      '{family="ddp",device="eth0",kind="direct"} 1',
      '{family="ddp",device="eth0",kind="gateway"} 1',
      '{family="ddp",device="eth1",kind="gateway"} 1',
      '{family="ddp",device="lo",kind="host"} 1',
    ],
  );
});

test('two equal routes of AppleTalk that are no default are two', () => {
  const row = 'FF00:00     FF00:2A  1     eth0';
  const samples = samplesOf(atalkRoute, lines(atalkHeader, row, row));
  assert.deepEqual(familyIn(samples, 'routes')[0], '{family="ddp",device="eth0",kind="direct"} 2');
  assert.deepEqual(familyIn(samples, 'default_routes'), ['{family="ddp",device=""} 0']);
});

test('a table without a route says that it has no default, where it could have one', () => {
  const empty: readonly (readonly [AnyCollector, string, readonly string[]])[] = [
    [ax25Route, ax25Header, ['{family="ax25",device=""} 0']],
    [nrNodes, nodesHeader, []],
    [roseNodes, 'address    mask n neigh neigh neigh', ['{family="rose",device=""} 0']],
    [x25Route, 'Address          Digits  Device', ['{family="x25",device=""} 0']],
    [ipxRoute, 'Network    Router_Net   Router_Node', ['{family="ipx",device=""} 0']],
    [atalkRoute, atalkHeader, ['{family="ddp",device=""} 0']],
  ];
  for (const [collector, header, defaults] of empty) {
    const samples = samplesOf(collector, lines(header));
    assert.deepEqual(familyIn(samples, 'routes'), []);
    assert.deepEqual(familyIn(samples, 'default_routes'), defaults);
  }
});

test('old kernels have the tables under other names', () => {
  const source = memory(
    {
      'net/x25_routes': lines('address          digits  device', '208              3       lapb1'),
      'net/ipx_route': lines('Network    Router_Net   Router_Node', '00000010   Directly     Connected'),
      'net/atalk_route': lines(atalkHeader, atalkDefault),
    },
    littleEndian,
  );
  for (const each of [x25Route, ipxRoute, atalkRoute]) {
    const { report, counted } = readSource(each, source);
    assert.equal(report, 'ok');
    assert.equal(familyIn(counted, 'routes').length, 1, each.name);
  }
});
