// Protects: every row of the tables of routes and their neighbours, on every captured host: values, what is untold, and lines that are wrong.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Collector } from '../../src/collectors/collector.ts';
import { collectors } from '../../src/collectors/index.ts';
import { bareRoute } from '../../src/collectors/route-rows.ts';
import type { Neighbour, Route } from '../../src/collectors/rows.ts';
import { hostFolder, hostNames, machineOf, root } from '../hosts.ts';
import { inMemory, rowsFrom, rowsOfHost, type ReadRows } from '../rows.ts';
import { lines, read, reportOf, type AnyCollector } from './reading.ts';

const routeTables = [
  ...(['route', 'ipv6_route', 'rt_cache', 'ax25_route', 'nr_nodes', 'rose_nodes'] as const),
  ...(['x25_route', 'ipx_route', 'atalk_route'] as const),
] as const;
const neighbourTables = ['nr_neigh', 'rose_neigh'] as const;
type RouteTable = (typeof routeTables)[number];
type NeighbourTable = (typeof neighbourTables)[number];
type AnyTable = RouteTable | NeighbourTable;

const isNeighbours = (name: AnyTable): name is NeighbourTable => neighbourTables.some(each => each === name);

const described = (name: AnyTable): AnyCollector => {
  const all: readonly Collector<string, unknown>[] = collectors;
  return all.find(each => each.name === name) ?? assert.fail(name);
};

const rowsIn = (name: AnyTable, text: string): ReadRows<Route | Neighbour> => {
  const source = inMemory(described(name).file, text);
  return isNeighbours(name) ? rowsFrom(source, name, 'neighbours') : rowsFrom(source, name, 'routes');
};

const report = ({ outcome }: ReadRows<unknown>): string =>
  outcome === undefined ? 'no rows' : reportOf(outcome);

const routesOf = (host: string, name: RouteTable): readonly Route[] => {
  const read = rowsOfHost(host, name, 'routes');
  assert.equal(report(read), 'ok');
  return read.rows;
};

/** The file as it is on the host; undefined where it is not. */
const fileOf = (host: string, name: AnyTable): string | undefined => {
  const { file, otherwise = [] } = described(name);
  const found = [file, ...otherwise].map(each => join(hostFolder(host), 'proc', each)).find(existsSync);
  return found === undefined ? undefined : readFileSync(found, 'latin1');
};

describe('every host', () => {
  for (const name of [...routeTables, ...neighbourTables]) {
    const hosts = hostNames.filter(host => fileOf(host, name) !== undefined);

    test(`some host has ${name} with rows`, () => {
      assert.ok(hosts.some(host => (fileOf(host, name)?.split('\n').length ?? 0) > 3));
    });

    for (const host of hosts) {
      test(`${host}: a line of ${name} is a row`, () => {
        const inFile = (fileOf(host, name) ?? '').split('\n').slice(name === 'ipv6_route' ? 0 : 1, -1);
        const told = name === 'atalk_route' ? withoutRepetition(inFile) : inFile;
        const { outcome, rows } = isNeighbours(name)
          ? rowsOfHost(host, name, 'neighbours')
          : rowsOfHost(host, name, 'routes');
        assert.equal(report({ outcome, rows }), 'ok');
        assert.equal(rows.length, told.length);
      });
    }
  }
});

const withoutRepetition = (table: readonly string[]): readonly string[] =>
  table.filter((line, i) => !line.startsWith('Default') || table.indexOf(line) === i);

describe('every malformed case', () => {
  for (const name of [...routeTables, ...neighbourTables]) {
    const folder = join(root, 'test', 'malformed', name);
    const cases = readdirSync(folder).filter(each => !each.endsWith('.error'));

    for (const each of cases) {
      test(`${name} with ${each.replaceAll('-', ' ')}: the rows fail, or lack the lines, where the numbers do`, () => {
        const text = readFileSync(join(folder, each), 'latin1');
        const rows = rowsIn(name, text);
        assert.equal(report(rows), read(described(name), text).report);
        const { outcome } = rows;
        if (outcome?.status !== 'ok') assert.deepEqual(rows.rows, []);
      });
    }
  }
});

describe('route', () => {
  const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
  const rowsOf = (...each: readonly string[]): readonly Route[] => {
    const read = rowsFrom(inMemory('net/route', lines(header, ...each)), 'route', 'routes');
    assert.equal(report(read), 'ok');
    return read.rows;
  };

  test('inet: a route behind a gateway has everything that the kernel tells of it', () => {
    const route = routesOf('inet', 'route').find(({ destination }) => destination === '198.51.100.0');
    assert.deepEqual(route, {
      family: 'inet',
      destination: '198.51.100.0',
      prefixLength: 24,
      mask: '255.255.255.0',
      gateway: '10.0.2.2',
      flags: 'UG',
      metric: 50,
      references: 0,
      uses: 0,
      device: 'eth0',
      segmentBytes: 1400,
      windowBytes: 8192,
      roundTripMilliseconds: 37,
      isCached: false,
      detail: undefined,
    });
  });

  test('inet: halves of everything, hosts, blackholes and routes that refuse', () => {
    const rows = routesOf('inet', 'route').map(
      ({ destination, prefixLength, mask, gateway, flags, device }) =>
        [`${destination}/${prefixLength}`, mask, gateway, flags, device].join(' '),
    );
    for (const each of [
      '0.0.0.0/1 128.0.0.0  U dummy0',
      '0.0.0.0/0 0.0.0.0 10.0.2.2 UG eth0',
      '10.77.0.2/32 255.255.255.255  UH tun0',
      '203.0.113.77/32 255.255.255.255 10.0.2.2 UGH eth0',
      '100.64.0.0/10 255.192.0.0  ! ',
      '198.18.0.0/15 255.254.0.0  U ',
      '172.31.255.0/30 255.255.255.252  U fifteen-chars-x',
    ]) {
      assert.ok(rows.includes(each), each);
    }
  });

  test('big-endian says of the same routes what inet says', () => {
    assert.equal(machineOf('big-endian').byteOrder, 'big');
    assert.deepEqual(routesOf('big-endian', 'route'), routesOf('inet', 'route'));
  });

  test('the highest metric is that, whether the kernel prints it with a sign or without', () => {
    const metrics = (host: string): readonly (number | undefined)[] =>
      routesOf(host, 'route').map(({ metric }) => metric);
    assert.ok(metrics('kernel-2.6').includes(4294967295));
    assert.ok(metrics('kernel-6.18').includes(4294967295));
  });

  test('a mask with a gap has no length, and a gateway of IPv6 is only a flag', () => {
    const [gap, mapped] = rowsOf(
      'eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FF00FF\t0\t0\t0',
      'eth0\t0002010A\t00000000\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    );
    assert.deepEqual([gap?.mask, gap?.prefixLength], ['255.0.255.0', undefined]);
    assert.deepEqual([mapped?.flags, mapped?.gateway], ['UG', '']);
  });

  test('use counts and references of old kernels are told, the highest as well', () => {
    const [row] = rowsOf('eth0\t0002010A\t00000000\t0001\t-1\t4294967295\t0\t00FFFFFF\t0\t0\t0');
    assert.deepEqual([row?.references, row?.uses], [-1, 4294967295]);
  });

  test('a name of a device may be anything but blank', () => {
    const [row] = rowsOf('{x="y"}\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0');
    assert.equal(row?.device, '{x="y"}');
  });
});

describe('ipv6_route', () => {
  test('inet: a default route, a local address, and the end of a table', () => {
    const rows = routesOf('inet', 'ipv6_route');
    assert.deepEqual(
      rows.find(({ destination, flags }) => destination === '::' && flags === 'UG'),
      {
        ...bareRoute,
        family: 'inet6',
        destination: '::',
        prefixLength: 0,
        gateway: 'fd10:2::2',
        flags: 'UG',
        metric: 1024,
        references: 1,
        uses: 0,
        device: 'veth-db',
      },
    );
    const end = rows.find(({ metric }) => metric === 4294967295);
    assert.deepEqual([end?.destination, end?.flags, end?.device, end?.gateway], ['::', '!n', 'lo', '']);
    const own = rows.find(({ destination }) => destination === '::1');
    assert.deepEqual([own?.prefixLength, own?.flags, own?.metric], [128, 'Un', 0]);
  });

  const zeros = '0'.repeat(32);
  const cached = `20010db8000000000000000000000007 80 ${zeros} 00 fe80000000000000000000000000000a 00000400 00000011 0000002a 01000003     eth0`;

  test('an entry of the cache is a row that is marked', () => {
    const { rows } = rowsFrom(inMemory('net/ipv6_route', lines(cached)), 'ipv6_route', 'routes');
    assert.deepEqual(rows, [
      {
        ...bareRoute,
        family: 'inet6',
        destination: '2001:db8::7',
        prefixLength: 128,
        gateway: 'fe80::a',
        flags: 'UGC',
        metric: 1024,
        references: 17,
        uses: 42,
        device: 'eth0',
        isCached: true,
      },
    ]);
  });

  test('an address of the right length that is none is wrong', () => {
    const text = lines(cached.replace('20010db8', '2001xdb8'));
    assert.equal(
      report(rowsIn('ipv6_route', text)),
      'ok, 1 skipped: net/ipv6_route:1: field 1: expected an address, found "2001xdb8000000000000000000000007"',
    );
  });
});

describe('rt_cache', () => {
  test('kernel-2.6: an entry has a source, and the columns of its hardware header', () => {
    const [first, , third, last] = routesOf('kernel-2.6', 'rt_cache');
    assert.deepEqual(first, {
      ...bareRoute,
      family: 'inet',
      destination: '10.1.2.50',
      gateway: '10.1.2.50',
      metric: 0,
      references: 1,
      uses: 420,
      device: 'eth0',
      segmentBytes: 1500,
      windowBytes: 0,
      roundTripMilliseconds: 0,
      isCached: true,
      detail: {
        kind: 'cache',
        source: '10.1.2.3',
        typeOfService: 16,
        hardwareReferences: 3,
        isUpToDate: 1,
        specificDestination: '10.1.2.3',
      },
    });
    assert.deepEqual([third?.flags, third?.uses, last?.flags, last?.device], ['l', 9001, '!', '']);
  });

  test('the first kernels had other columns at the end, and other flags', () => {
    const old =
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tHH\tARP';
    const row = 'eth0\t3202010A\t0102010A\t0007\t1\t42\t0\t0302010A\t1500\t0\t0\t-1\t0';
    const [told] = rowsFrom(inMemory('net/rt_cache', lines(old, row)), 'rt_cache', 'routes').rows;
    assert.equal(told?.flags, 'UHG');
    assert.deepEqual(told.detail, {
      kind: 'cache',
      source: '10.1.2.3',
      typeOfService: undefined,
      hardwareReferences: -1,
      isUpToDate: 0,
      specificDestination: '',
    });
  });
});

describe('the radio', () => {
  test('ham: AX.25 tells mode and digipeaters, and counts nothing', () => {
    assert.deepEqual(
      routesOf('ham', 'ax25_route').map(({ destination, gateway, uses, device, detail }) => ({
        ...{ destination, gateway, uses, device, detail },
      })),
      [
        {
          ...{ destination: 'default', gateway: '', uses: undefined, device: 'ax0' },
          detail: { kind: 'ax25', mode: 'dg', digipeaters: [] },
        },
        {
          ...{ destination: 'FAR-1', gateway: 'DIGI-1', uses: undefined, device: 'bpq0' },
          detail: { kind: 'ax25', mode: 'vc', digipeaters: ['DIGI-1', 'DIGI-2'] },
        },
        {
          ...{ destination: 'NOBODY-9', gateway: '', uses: undefined, device: 'bpq0' },
          detail: { kind: 'ax25', mode: '*', digipeaters: [] },
        },
      ],
    );
  });

  test('kernel-2.2: AX.25 counts uses, and a route may have lost its device', () => {
    const rows = routesOf('kernel-2.2', 'ax25_route');
    assert.deepEqual(
      rows.map(({ uses }) => uses),
      [0, 3, 21, 0, 0],
    );
    assert.equal(rows.at(-1)?.device, '');
    assert.deepEqual(rows[3]?.detail, { kind: 'ax25', mode: 'dg', digipeaters: ['GB7DXM-0', 'G8BPQ-2'] });
  });

  test('ham: a node of NET/ROM has its neighbours by number, and they have names in a file of their own', () => {
    const rows = routesOf('ham', 'nr_nodes');
    assert.deepEqual(
      rows.map(({ destination }) => destination),
      ['NOMNEM-7', 'FARNOD-0', 'REMNOD-5'],
    );
    assert.deepEqual(rows[0]?.detail, {
      kind: 'netrom',
      mnemonic: '',
      used: 1,
      neighbours: [{ quality: 200, obsolescence: 6, number: 1 }],
    });
    assert.deepEqual(rows[2]?.detail, {
      kind: 'netrom',
      mnemonic: 'REMALI',
      used: 1,
      neighbours: [
        { quality: 192, obsolescence: 5, number: 1 },
        { quality: 90, obsolescence: 5, number: 2 },
      ],
    });
    assert.deepEqual(rowsOfHost('ham', 'nr_neigh', 'neighbours').rows, [
      { family: 'netrom', number: 2, callsign: 'REMOTE-3', device: 'bpq0', digipeaters: ['DIGI-1'] },
      { family: 'netrom', number: 1, callsign: 'TESTB-2', device: 'bpq0', digipeaters: [] },
    ]);
  });

  test('kernel-2.2: a node whose routes have all failed uses one beyond those that it has', () => {
    const detail = routesOf('kernel-2.2', 'nr_nodes')[1]?.detail;
    assert.deepEqual(detail, {
      kind: 'netrom',
      mnemonic: '',
      used: 2,
      neighbours: [{ quality: 90, obsolescence: 2, number: 3 }],
    });
    assert.deepEqual(rowsOfHost('kernel-2.2', 'nr_neigh', 'neighbours').rows[1], {
      ...{ family: 'netrom', number: 3, callsign: 'GB7BYE-3', device: 'ax1', digipeaters: [] },
    });
  });

  test('a mnemonic is whatever was heard', () => {
    const text = lines(
      'callsign  mnemonic w n qual obs neigh qual obs neigh qual obs neigh',
      'NODE-1    1 1      1 1  192   6 00001',
      'NODE-2    \x1b[2J    1 1  192   6 00001',
    );
    const details = rowsFrom(inMemory('net/nr_nodes', text), 'nr_nodes', 'routes').rows.map(
      ({ detail }) => detail?.kind === 'netrom' && detail.mnemonic,
    );
    assert.deepEqual(details, ['1 1', '\x1b[2J']);
  });

  test('ham: ROSE routes by the first digits of an address, the default by none', () => {
    assert.deepEqual(
      routesOf('ham', 'rose_nodes').map(({ destination, prefixLength, detail }) => [
        ...[destination, prefixLength, detail?.kind === 'rose' && detail.neighbours.join()],
      ]),
      [
        ['2080195555', 10, '3'],
        ['3100000001', 10, '1'],
        ['2080192203', 10, '1'],
        ['3100000000', 4, '2'],
        ['*', 0, '2'],
      ],
    );
    assert.deepEqual(
      rowsOfHost('ham', 'rose_neigh', 'neighbours').rows.map(({ number, callsign, device, digipeaters }) =>
        [number, callsign, device, ...digipeaters].join(' '),
      ),
      ['3 REMOTE-3 bpq0 DIGI-1', '2 TESTB-2 bpq0', '1 RSLOOP-0 '],
    );
  });

  test('kernel-2.4: a route of ROSE to the host itself has a word for a neighbour', () => {
    const details = routesOf('kernel-2.4', 'rose_nodes').map(({ detail }) => detail);
    assert.deepEqual(details[0], { kind: 'rose', neighbours: ['loopback'] });
    assert.deepEqual(details[1], { kind: 'rose', neighbours: ['2', '3', '4'] });
  });
});

describe('the office', () => {
  test('X.25 routes by the first digits of an address', () => {
    const told = (host: string): readonly string[] =>
      routesOf(host, 'x25_route').map(({ destination, prefixLength, device }) =>
        [destination, prefixLength, device].join(' '),
      );
    assert.deepEqual(told('ham'), [
      '000000000000000 0 lapb3',
      '123456789012340 14 lapb2',
      '310000000000000 2 lapb3',
      '208000000000000 4 lapb2',
    ]);
    assert.equal(told('kernel-2.4')[1], '000000000000000 0 ');
  });

  test('a network of IPX is behind a router, or has none', () => {
    assert.deepEqual(
      routesOf('kernel-2.2', 'ipx_route').map(({ destination, gateway }) => `${destination} ${gateway}`),
      ['00000010 ', '00000020 00000010:00A0C9112233', 'FFFFFFFE 00000010:00A0C9445566'],
    );
  });

  test('AppleTalk has its default route once, and every other as often as it is there', () => {
    const told = (host: string): readonly string[] =>
      routesOf(host, 'atalk_route').map(({ destination, gateway, flags, device }) =>
        [destination, gateway, flags, device].join(' '),
      );
    assert.deepEqual(told('kernel-2.4'), [
      'Default FF00:01 UG eth0',
      'FF00:00 FF00:2A U eth0',
      '03E8:00 03E8:2B UH lo',
      '03E9:00 03E8:63 UG averyveryl0ng15',
    ]);
    assert.equal(told('ham')[2], '03F1:00 03E8:2B UH lo');
  });
});
