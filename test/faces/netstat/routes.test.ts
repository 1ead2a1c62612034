// Protects: routes of every family are shown as netstat -r shows them, but for differences that have a name; and what is odd stays readable.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bareRoute } from '../../../src/collectors/route-rows.ts';
import type { Neighbour, Route, RouteDetail } from '../../../src/collectors/rows.ts';
import { numbers, type Names } from '../../../src/faces/netstat/names.ts';
import {
  isAskedFor,
  routeHeadings,
  routeLine,
  type NeighbourOf,
  type RouteOptions,
} from '../../../src/faces/netstat/routes.ts';
import type { AddressFamily } from '../../../src/metrics/label.ts';
import { hostNames, oracle } from '../../hosts.ts';
import { rowsOfHost } from '../../rows.ts';

const plain: RouteOptions = { extended: 2, cached: false };
const cache: RouteOptions = { ...plain, cached: true };

const tablesOf = {
  inet: ['route', 'rt_cache'],
  inet6: ['ipv6_route'],
  ax25: ['ax25_route'],
  netrom: ['nr_nodes'],
  rose: ['rose_nodes'],
  x25: ['x25_route'],
  ipx: ['ipx_route'],
  ddp: ['atalk_route'],
} as const;
type Family = keyof typeof tablesOf;

const neighboursOn = (host: string): NeighbourOf => {
  const all = (['nr_neigh', 'rose_neigh'] as const).flatMap(
    name => rowsOfHost(host, name, 'neighbours').rows,
  );
  return (family, number) => all.find(each => each.family === family && each.number === number);
};

const linesOf = (host: string, family: Family, options: RouteOptions, names: Names): readonly string[] => {
  const rows = tablesOf[family].flatMap(name => rowsOfHost(host, name, 'routes').rows);
  const neighbourOf = neighboursOn(host);
  return [
    ...routeHeadings(family, options),
    ...rows.filter(row => isAskedFor(row, options)).map(row => routeLine(row, options, names, neighbourOf)),
  ];
};

/** What netstat knew without -n where the oracles were asked: of /etc/networks one line, and no resolver. */
const withoutNumbers: Names = {
  ...numbers,
  host: address => (address === '::' ? '[::]' : address),
  network(address, prefixLength) {
    if (address === '0.0.0.0' && prefixLength === 0) return 'default';
    return address === '169.254.0.0' ? 'link-local' : address;
  },
};

/** Which options the oracles were asked with. */
const asked: Readonly<Record<string, readonly [Family, RouteOptions, Names?]>> = {
  'netstat-rn': ['inet', plain],
  'netstat-rne': ['inet', { ...plain, extended: 1 }],
  'netstat-rnee': ['inet', { ...plain, extended: 3 }],
  'netstat-r': ['inet', plain, withoutNumbers],
  'netstat-rCn': ['inet', cache],
  'netstat-rCne': ['inet', { ...cache, extended: 1 }],
  'netstat-rCnee': ['inet', { ...cache, extended: 3 }],
  'netstat-rn6': ['inet6', plain],
  'netstat-r6': ['inet6', plain, withoutNumbers],
  'netstat-rCn6': ['inet6', cache],
  'netstat-ax25-r': ['ax25', plain],
  'netstat-netrom-r': ['netrom', plain],
  'netstat-rose-r': ['rose', plain],
  'netstat-x25-r': ['x25', plain],
  'netstat-ipx-r': ['ipx', plain],
  'netstat-ddp-r': ['ddp', plain],
};

interface Exemption {
  readonly reason: string;
  readonly oracle: string;
  readonly host?: string;
  /** What netstat prints in place of our line. */
  readonly theirs: (line: string) => string;
}

const exemptions: readonly Exemption[] = [
  {
    reason: 'netstat cuts devices to six characters, by which eth0.100 and eth0.101 are the same',
    oracle: 'netstat-rnee',
    theirs: line => line.replace(/^(.{72}\S{6})\S+/, '$1'),
  },
  {
    reason: 'the kernel does not count uses; netstat reads a number in the mode, where there is none',
    oracle: 'netstat-ax25-r',
    host: 'ham',
    theirs: line => line.replace(/-$/, '0'),
  },
  {
    reason: 'all routes have failed; netstat prints what is left of the line before',
    oracle: 'netstat-netrom-r',
    host: 'kernel-2.2',
    theirs: line => (line.startsWith('GB7DXM-1') ? 'GB7DXM-1               150      GB7BYE-3   ax1 ' : line),
  },
  {
    reason: 'netstat reads the D of Directly and the C of Connected as numbers',
    oracle: 'netstat-ipx-r',
    theirs: line => line.replace('Directly', '0000000D').replace('Connected   ', 'C00000000000'),
  },
];

describe('netstat', () => {
  const met = new Set<Exemption>();

  for (const [name, [family, options, names = numbers]] of Object.entries(asked)) {
    const hosts = hostNames.filter(host => oracle(host, name) !== undefined);

    test(`some host was asked for ${name}`, () => {
      assert.ok(hosts.length > 0);
    });

    for (const host of hosts) {
      test(`${host}: ${name}`, () => {
        let ours = linesOf(host, family, options, names);
        for (const each of exemptions) {
          if (each.oracle !== name || (each.host ?? host) !== host) continue;
          const theirs = ours.map(each.theirs);
          if (theirs.join('\n') !== ours.join('\n')) met.add(each);
          ours = theirs;
        }
        const text = Buffer.from(oracle(host, name) ?? '', 'latin1').toString();
        assert.deepEqual(ours, text.split('\n').slice(0, -1));
      });
    }
  }

  test('no exemption is one that nothing needs', () => {
    assert.deepEqual(
      exemptions.filter(each => !met.has(each)).map(({ reason }) => reason),
      [],
    );
  });
});

const known = (...neighbours: readonly Neighbour[]): NeighbourOf => {
  return (family, number) => neighbours.find(each => each.family === family && each.number === number);
};

type Told = Partial<Route> & Pick<Route, 'family' | 'destination'>;

const show = (
  route: Told,
  options: Partial<RouteOptions> = {},
  names: Names = numbers,
  neighbourOf: NeighbourOf = known(),
): string => routeLine({ ...bareRoute, ...route }, { ...plain, ...options }, names, neighbourOf);

const inet: Told = {
  ...{ family: 'inet', destination: '10.1.2.0', prefixLength: 24, mask: '255.255.255.0', flags: 'U' },
  ...{ metric: 0, references: 0, uses: 0, device: 'eth0' },
  ...{ segmentBytes: 0, windowBytes: 0, roundTripMilliseconds: 0 },
};

const nameOf = (address: string): string =>
  ({ '10.1.2.1': 'router', '10.1.2.9': 'printer', 'fe80::1': 'router6', '::': '[::]' })[address] ?? address;

const named: Names = {
  ...numbers,
  host: nameOf,
  network: (address, prefixLength) =>
    prefixLength === 0 ? 'default' : prefixLength === 32 ? nameOf(address) : address,
};

describe('IPv4', () => {
  test('hosts and gateways have names, networks and masks have none, and everything is the default', () => {
    assert.equal(
      show({ ...inet, gateway: '10.1.2.1', flags: 'UG' }, {}, named),
      '10.1.2.0        router          255.255.255.0   UG        0 0          0 eth0',
    );
    const host = { destination: '10.1.2.9', prefixLength: 32, mask: '255.255.255.255', flags: 'UH' };
    assert.equal(
      show({ ...inet, ...host }, {}, named),
      'printer         0.0.0.0         255.255.255.255 UH        0 0          0 eth0',
    );
    const everything = { destination: '0.0.0.0', prefixLength: 0, mask: '0.0.0.0' };
    assert.equal(
      show({ ...inet, ...everything, gateway: '10.1.2.1', flags: 'UG' }, {}, named),
      'default         router          0.0.0.0         UG        0 0          0 eth0',
    );
  });

  test('with -n everything is 0.0.0.0, and half of everything always', () => {
    const half = { destination: '0.0.0.0', prefixLength: 1, mask: '128.0.0.0' };
    assert.match(show({ ...inet, ...half }, {}, named), /^0\.0\.0\.0 /);
    assert.match(show({ ...inet, ...half, prefixLength: 0 }), /^0\.0\.0\.0 /);
  });

  test('a name beyond its column is whole, and so is a device', () => {
    const long: Names = { ...numbers, host: () => 'a-router-with-a-long-name.example.org' };
    assert.equal(
      show({ ...inet, gateway: '10.1.2.1', flags: 'UG' }, {}, long),
      '10.1.2.0        a-router-with-a-long-name.example.org 255.255.255.0   UG        0 0          0 eth0',
    );
    assert.equal(
      show({ ...inet, device: 'fifteen-chars-x', uses: 12345678 }, { extended: 3 }),
      '10.1.2.0        0.0.0.0         255.255.255.0   U     0      0   12345678 fifteen-chars-x   0     0      0',
    );
  });

  test('huge numbers are what they are, and the highest metric is -1', () => {
    const huge = { metric: 4_000_000_000, references: 12345, uses: 4294967290 };
    assert.equal(
      show({ ...inet, ...huge }, { extended: 1 }),
      '10.1.2.0        0.0.0.0         255.255.255.0   U     4000000000 12345 4294967290 eth0',
    );
    assert.match(show({ ...inet, metric: 4294967295 }, { extended: 1 }), / U {5}-1 {5}0 /);
    assert.match(
      show({ ...inet, segmentBytes: 100000, windowBytes: 4294967295, roundTripMilliseconds: 1000000 }),
      / U {5}100000 4294967295 1000000 eth0$/,
    );
  });

  test('a route that refuses keeps its other flags, and shows nothing of a way', () => {
    const refusing = { ...inet, flags: '!H', device: '', metric: 4294967295, uses: 7 };
    assert.equal(
      show(refusing),
      '10.1.2.0        -               255.255.255.0   !H        - -          - -',
    );
    assert.equal(
      show(refusing, { extended: 1 }),
      '10.1.2.0        -               255.255.255.0   !H    -1     -        7 -',
    );
    assert.equal(
      show(refusing, { extended: 3 }),
      '10.1.2.0        -               255.255.255.0   !H    -1     -        7 -        -     -      -',
    );
  });

  test('a blackhole has a star for a device, as the kernel prints it', () => {
    assert.match(show({ ...inet, device: '' }), / 0 \*$/);
  });

  test('an entry of the cache that refuses still shows its way, and its type of service is hexadecimal', () => {
    const detail: Extract<RouteDetail, { kind: 'cache' }> = {
      kind: 'cache',
      source: '10.1.2.3',
      typeOfService: 0x1c,
      hardwareReferences: -1,
      isUpToDate: 0,
      specificDestination: '10.1.2.3',
    };
    const cached: Told = { ...inet, gateway: '10.1.2.1', flags: '!', isCached: true, detail };
    assert.equal(
      show(cached, { ...cache, extended: 3 }),
      '10.1.2.3        10.1.2.0        10.1.2.1        !     0      0        0 eth0     0     0      0     1C  -1    0          10.1.2.3',
    );
    const untold = { ...detail, typeOfService: undefined, specificDestination: '' };
    assert.match(show({ ...cached, detail: untold }, { ...cache, extended: 3 }), / - {3}-1 {4}0 +-$/);
    assert.match(show(cached, cache, named), /^10\.1\.2\.3 {8}10\.1\.2\.0 {8}router {10}! /);
  });
});

describe('IPv6', () => {
  const inet6: Told = {
    ...{ family: 'inet6', destination: '2001:db8::', prefixLength: 64, flags: 'U' },
    ...{ metric: 256, references: 1, uses: 0, device: 'eth0' },
  };

  // As netstat 2.10 printed them.
  test('addresses beyond their columns are whole', () => {
    const long = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:';
    assert.equal(
      show({ ...inet6, destination: `${long}ffff`, prefixLength: 128, gateway: `${long}fff1`, metric: 1024 }),
      '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128 2001:db8:aaaa:bbbb:cccc:dddd:eeee:fff1 U    1024 1      0 eth0',
    );
  });

  test('an entry of the cache is one line of the cache', () => {
    const cached = { ...inet6, destination: '2001:db8::7', prefixLength: 128, gateway: 'fe80::a' };
    assert.equal(
      show({ ...cached, flags: 'UGC', metric: 1024, isCached: true }, cache),
      '2001:db8::7/128                fe80::a                    UGC  1024 1      0 eth0',
    );
  });

  test('counts from 2^31 on are not negative, and the highest metric is -1', () => {
    assert.equal(
      show({
        ...inet6,
        flags: 'U!GHDAaemnf',
        metric: 4_000_000_000,
        references: 4294967280,
        uses: 4294967280,
      }),
      '2001:db8::/64                  ::                         U!GHDAaemnf 4000000000 4294967280 4294967280 eth0',
    );
    assert.match(show({ ...inet6, metric: 4294967295 }), / U {4}-1 {2}1 /);
  });

  test('an address that is mapped keeps what maps it', () => {
    assert.match(
      show({ ...inet6, destination: '::ffff:0.0.0.0', prefixLength: 96 }),
      /^::ffff:0\.0\.0\.0\/96 /,
    );
  });

  test('gateways have names, and no address has brackets', () => {
    assert.equal(
      show({ ...inet6, destination: '::', prefixLength: 0, gateway: 'fe80::1' }, {}, named),
      '[::]/0                         router6                    U    256 1      0 eth0',
    );
  });
});

describe('the radio', () => {
  const neighbour: Neighbour = {
    ...{ family: 'netrom', number: 1, callsign: 'GB7DXM-15', device: 'bpq100', digipeaters: [] },
  };

  test('a device of AX.25 is whole, and a route without one has the mark of the kernel', () => {
    assert.equal(
      show({ family: 'ax25', destination: 'GB7CIP-15', device: 'bpq100', uses: 4294967295 }),
      'GB7CIP-15    bpq100  4294967295',
    );
    assert.equal(show({ family: 'ax25', destination: 'default' }), 'default      ???        -');
  });

  const node = (used: number) => ({
    ...({ family: 'netrom', destination: 'FARNOD-0' } as const),
    detail: {
      ...({ kind: 'netrom', mnemonic: '', used } as const),
      neighbours: [{ quality: 255, obsolescence: 6, number: 1 }],
    },
  });

  test('a node of NET/ROM has the neighbour that is used, else its number, else nothing', () => {
    assert.equal(
      show(node(1), {}, numbers, known(neighbour)),
      'FARNOD-0     *         255      GB7DXM-15  bpq100',
    );
    assert.equal(show(node(1)), 'FARNOD-0     *         255      00001      -   ');
    assert.equal(
      show(node(2), {}, numbers, known(neighbour)),
      'FARNOD-0     *           -      -          -   ',
    );
  });

  test('a number is looked up among the neighbours of its own family', () => {
    const other = known({ ...neighbour, family: 'rose', callsign: 'F6BVP-9' });
    assert.match(show(node(1), {}, numbers, other), /00001/);
  });

  test('neighbours of ROSE stand below their headings, known or not', () => {
    const [, heading = ''] = routeHeadings('rose', plain);
    const neighbours = [
      { ...neighbour, family: 'rose', number: 2, callsign: 'F6BVP-9', device: 'ax0' },
      { ...neighbour, family: 'rose', number: 4, callsign: 'F4BWT-10', device: '' },
    ] as const;
    const line = show(
      {
        family: 'rose',
        destination: '2080175520',
        detail: { kind: 'rose', neighbours: ['2', '3', '4', '100000'] },
      },
      {},
      numbers,
      known(...neighbours),
    );
    const below = (word: string): string => line.slice(heading.indexOf(word)).split(' ')[0] ?? '';
    assert.deepEqual([below('neigh1'), below('neigh2'), below('neigh3')], ['00002', '00003', '00004']);
    assert.match(
      line,
      /^2080175520 {3}00002 {2}F6BVP-9 {6}ax0 {2}00003 +00004 {2}F4BWT-10 {5}\?\?\? {2}100000/,
    );
  });

  test('a route of ROSE to the host itself has the word of the kernel', () => {
    const detail = { kind: 'rose', neighbours: ['loopback'] } as const;
    assert.match(show({ family: 'rose', destination: '2080175520', detail }), /^2080175520 {3}loopback /);
  });
});

describe('the office', () => {
  test('an address of X.25 has the digits that must match, all fifteen at the most', () => {
    const destination = '123456789012345';
    const x25 = { family: 'x25', destination, device: 'averyveryl0ng15' } as const;
    assert.equal(show({ ...x25, prefixLength: 15 }), '123456789012345/15   averyveryl0ng15');
    assert.equal(show({ ...x25, prefixLength: 1 }), '1/1                  averyveryl0ng15');
    assert.equal(show({ ...x25, prefixLength: 0, device: '' }), '*                    ???  ');
  });

  test('a network of IPX may be number 0', () => {
    assert.match(show({ family: 'ipx', destination: '00000000' }), /^00000000 {18}Directly {18}Connected /);
    assert.match(
      show({ family: 'ipx', destination: '00000020', gateway: '00000000:000000000000' }),
      /^00000020 {18}00000000 {18}000000000000 /,
    );
  });

  test('flags of AppleTalk stand at the end, and none leaves nothing', () => {
    const ddp = { family: 'ddp', destination: 'FF00:00', gateway: 'FF00:2A', device: 'eth0' } as const;
    assert.equal(show({ ...ddp, flags: 'UG!' }), 'FF00:00         FF00:2A         eth0            UG!');
    assert.equal(show(ddp), 'FF00:00         FF00:2A         eth0            ');
  });
});

test('names from elsewhere cannot command a terminal', () => {
  const evil = '\x1b[2J\u202e\u009b';
  const escaped = String.raw`\x1b[2J\u{202e}\x9b`;
  const names: Names = { ...numbers, host: () => evil };
  const neighbour: Neighbour = {
    ...({ family: 'netrom', number: 1, digipeaters: [] } as const),
    ...{ callsign: evil, device: evil },
  };
  const families: readonly AddressFamily[] = [
    ...(['inet', 'inet6', 'ax25', 'netrom', 'rose', 'x25', 'ipx', 'ddp'] as const),
  ];
  const details = {
    netrom: {
      kind: 'netrom',
      ...{ mnemonic: evil, used: 1 },
      neighbours: [{ quality: 1, obsolescence: 1, number: 1 }],
    },
    rose: { kind: 'rose', neighbours: ['1'] },
  } as const;
  for (const family of families) {
    const detail = family === 'netrom' || family === 'rose' ? details[family] : undefined;
    for (const extended of [1, 2, 3] as const) {
      const line = show(
        { ...{ family, destination: evil, gateway: evil, device: evil, flags: 'UH', detail } },
        { extended },
        names,
        known(neighbour, { ...neighbour, family: 'rose' }),
      );
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u, family);
      assert.ok(line.includes(escaped), family);
    }
  }
});

test('a family without routes has neither headings nor lines', () => {
  assert.deepEqual(routeHeadings('unix', plain), []);
  assert.equal(show({ family: 'unix', destination: '' }), '');
});

test('the table and the cache of IP are apart, and others have no cache to ask for', () => {
  const of = (family: AddressFamily, isCached: boolean): Route => ({
    ...{ ...bareRoute, family, destination: '', isCached },
  });
  const shownWith = (options: RouteOptions): readonly boolean[] =>
    [of('inet', false), of('inet', true), of('inet6', false), of('inet6', true), of('x25', false)].map(each =>
      isAskedFor(each, options),
    );
  assert.deepEqual(shownWith(plain), [true, false, true, false, true]);
  assert.deepEqual(shownWith(cache), [false, true, false, true, true]);
});
