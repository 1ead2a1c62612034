// Protects: netstat -i, line by line as it was printed on every captured host, its blocks with -e, and no 0 that nobody told.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Interface } from '../../../src/collectors/rows.ts';
import {
  interfaceHeadings,
  interfaceLines,
  isListed,
  joinInterfaces,
  orderedByName,
} from '../../../src/faces/netstat/interfaces.ts';
import { hostNames } from '../../hosts.ts';
import { rowsOfHost } from '../../rows.ts';
import { paddedLines } from './padded.ts';

const interfacesOf = (host: string): readonly Interface[] =>
  joinInterfaces([
    ...rowsOfHost(host, 'dev', 'interfaces').rows,
    ...rowsOfHost(host, 'interfaces', 'interfaces').rows,
    ...rowsOfHost(host, 'if_inet6', 'interfaces').rows,
  ]);

const short = { extended: false } as const;
const long = { extended: true } as const;

const lineOf = (each: Interface): string => interfaceLines(each, short)[0] ?? assert.fail();

const devicesOf = (interfaces: readonly Interface[]): readonly string[] =>
  interfaces.map(({ device }) => device);

const named = (host: string, device: string): Interface =>
  interfacesOf(host).find(each => each.device === device) ?? assert.fail(`no ${device}`);

describe('netstat -ia', () => {
  /** It asks by ioctl and so asked the machine, not the capture: HOST.md names the devices whose counters had moved on. */
  const movedOn: Readonly<Record<string, readonly string[]>> = {
    'closewait-a': ['lo'],
    ham: ['axv0', 'axv1', 'bpq1', 'dummyat', 'dummyat2', 'lo', 'xv0', 'xv1'],
    inet: ['eth0', 'lo', 'veth-db', 'veth-web'],
    netns: ['v1', 'v2', 'v3', 'v4', 'v5', 'v6'],
    unpriv: ['eth0', 'lo', 'veth-db', 'veth-web'],
  };

  /**
   * Debian's netstat has read no counters behind a name of fifteen characters since it was mended (CVE-2025-46836),
   * and prints zeros. Its kernel had others before and after.
   */
  const withoutStatistics = 'fifteen-chars-x';

  /** Flags in force that the kernel switched on itself, for a bridge or a multicast router, and hides from ioctl. */
  const hiddenFromIoctl: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
    inet: { 'veth-db': /A/, 'veth-web': /A/, vp0: /[AP]/g },
    unpriv: { 'veth-db': /A/, 'veth-web': /A/, vp0: /[AP]/g },
  };

  /** Address labels such as eth0:1 are known to ioctl alone. */
  const isLabel = (line: string): boolean => line.includes('- no statistics available -');

  /** `eth0             1500        0 …        0 BMRU` without its counters. */
  const withoutCounters = (line: string): string => line.replace(/(?<=^\S+ +\d+) .* (?=\S+$)/, ' … ');

  const asked = hostNames.filter(host => paddedLines(host, 'netstat-ia') !== undefined);

  for (const host of asked) {
    test(`${host}: every line, in the order of netstat`, () => {
      const comparable = (line: string): string => {
        const [device = ''] = line.split(' ');
        return (movedOn[host] ?? []).includes(device) ? withoutCounters(line) : line;
      };
      const ours = orderedByName(interfacesOf(host)).map(each => {
        const hidden = hiddenFromIoctl[host]?.[each.device];
        const flags = hidden === undefined ? each.flags : each.flags?.replace(hidden, '');
        assert.ok(hidden === undefined || flags !== each.flags, `nothing is hidden of ${each.device}`);
        return lineOf({
          ...each,
          flags,
          ...(each.device === withoutStatistics && { traffic: counters([]) }),
        });
      });
      assert.deepEqual(
        [...interfaceHeadings(short), ...ours.map(comparable)],
        (paddedLines(host, 'netstat-ia') ?? []).filter(line => !isLabel(line)).map(comparable),
      );
    });
  }

  test('some host was asked, and of every one some counters had not moved', () => {
    assert.ok(asked.includes('inet') && asked.includes('bare'));
    for (const host of asked) {
      const moved = movedOn[host] ?? [];
      assert.ok(interfacesOf(host).length > moved.length, host);
    }
  });

  test('netstat -i leaves out what is down', () => {
    assert.deepEqual(devicesOf(interfacesOf('bare').filter(each => isListed(each, { all: false }))), ['lo']);
    assert.equal(interfacesOf('bare').filter(each => isListed(each, { all: true })).length, 2);
  });
});

describe('netstat -ie', () => {
  const block = (host: string, device: string): readonly string[] =>
    interfaceLines(named(host, device), long);

  test('the heading is that of the table, and has no columns', () => {
    assert.deepEqual(interfaceHeadings(long), ['Kernel Interface table']);
  });

  test('an Ethernet interface with addresses of IPv6 in the order of the kernel', () => {
    assert.deepEqual(block('closewait-a', 'eth0'), [
      'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500',
      '        inet6 fec0::5054:ff:fe12:3456  prefixlen 64  scopeid 0x40<site>',
      '        inet6 fe80::5054:ff:fe12:3456  prefixlen 64  scopeid 0x20<link>',
      '        ether 52:54:00:12:34:56  (Ethernet)',
      '        RX packets 2  bytes 220 (220.0 B)',
      '        RX errors 0  dropped 0  overruns 0  frame 0',
      '        TX packets 8  bytes 672 (672.0 B)',
      '        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0',
      '',
    ]);
  });

  const second = (host: string, device: string): string =>
    block(host, device).find(line => line.endsWith(')') && !line.includes('bytes')) ?? '';

  test('links of every kind that the hosts have', () => {
    assert.deepEqual(
      [
        second('inet', 'lo'),
        second('inet', 'sit1'),
        second('inet', 'tun-gre'),
        second('inet', 'ip6t1'),
        second('inet', 'tun0'),
        second('ham', 'ax0'),
        second('ham', 'nr0'),
        second('ham', 'rose0'),
        second('ham', 'lapb0'),
        second('kernel-2.6', 'ppp0'),
      ].map(line => line.trim()),
      [
        'loop  (Local Loopback)',
        'sit  (IPv6-in-IPv4)',
        'unspec 0A-00-02-0F-00-00-00-00-00-00-00-00-00-00-00-00  (UNSPEC)',
        'unspec FE-C0-00-00-00-00-00-00-00-00-00-00-00-00-00-15  (UNSPEC)',
        'unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  (UNSPEC)',
        'ax25 OH2BNS-1  (AMPR AX.25)',
        'netrom NODEA-1  (AMPR NET/ROM)',
        'rose 2080192203  (AMPR ROSE)',
        'x25   (generic X.25)',
        'ppp  (Point-to-Point Protocol)',
      ],
    );
  });

  test('the length of the queue stands where the kernel tells it', () => {
    const each = { ...named('inet', 'tun0'), transmitQueueLength: 500 };
    assert.equal(
      interfaceLines(each, long).find(line => line.includes('UNSPEC')),
      '        unspec 00-00-00-00-00-00-00-00-00-00-00-00-00-00-00-00  txqueuelen 500  (UNSPEC)',
    );
  });
});

const counters = (numbers: readonly number[]): ReadonlyMap<string, number> =>
  new Map(
    [
      ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'].map(
        word => `receive ${word}`,
      ),
      ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'].map(
        word => `transmit ${word}`,
      ),
    ].map((name, i) => [name, numbers[i] ?? 0]),
  );

const first16 = Array.from({ length: 16 }, (_, i) => i + 1);
const eth0: Interface = { device: 'eth0', mtuBytes: 1500, flags: 'BM', flagBits: 0x1002, hardwareType: 1 };

/** What netstat printed with a net/dev of these numbers put in the place of the kernel's. */
describe('numbers', () => {
  test('each of the sixteen stands in its column', () => {
    const each = { ...eth0, hardwareAddress: '02:00:00:00:00:01', traffic: counters(first16) };
    assert.equal(
      lineOf(each),
      'eth0             1500        2      3      4 5            10     11     12     13 BM',
    );
    assert.deepEqual(interfaceLines(each, long), [
      'eth0: flags=4098<BROADCAST,MULTICAST>  mtu 1500',
      '        ether 02:00:00:00:00:01  (Ethernet)',
      '        RX packets 2  bytes 1 (1.0 B)',
      '        RX errors 3  dropped 4  overruns 5  frame 6',
      '        TX packets 10  bytes 9 (9.0 B)',
      '        TX errors 11  dropped 12 overruns 13  carrier 15  collisions 14',
      '',
    ]);
  });

  test('serial lines with compressed headers tell of compressed packets as well', () => {
    const lines = interfaceLines({ ...eth0, hardwareType: 257, traffic: counters(first16) }, long);
    assert.deepEqual(lines.slice(1), [
      '        cslip  (VJ Serial Line IP)',
      '        RX packets 2  bytes 1 (1.0 B)',
      '        RX compressed:7',
      '        RX errors 3  dropped 4  overruns 5  frame 6',
      '        TX packets 10  bytes 9 (9.0 B)',
      '        TX compressed 16',
      '        TX errors 11  dropped 12 overruns 13  carrier 15  collisions 14',
      '',
    ]);
  });

  test('those too large for their columns move what is behind them', () => {
    const large = [2 ** 60, 9007199254740992, 12345678, 12345678, 1234567, 0, 0, 0];
    const traffic = counters([...large, 0, 1234567890123, 12345678, 12345678, 12345678]);
    assert.equal(
      lineOf({ ...eth0, device: 'lo', mtuBytes: 65536, flags: 'L', traffic }),
      'lo              65536 9007199254740992 12345678 12345678 1234567 1234567890123 12345678 12345678 12345678 L',
    );
  });

  test('bytes in the largest unit of which there is more than one, cut off behind the first decimal', () => {
    const received = (bytes: number): string =>
      (interfaceLines({ ...eth0, traffic: counters([bytes]) }, long)[2] ?? '').replace(/^.*bytes /, '');
    assert.deepEqual(
      [
        ...[0, 1023, 1024, 1025, 2047, 1048576, 1048577, 201217426, 24000000000].map(received),
        ...[2 ** 40, 2 ** 40 + 1, 2 ** 50, 2 ** 50 + 1, 922337203685477580, 2 ** 64].map(received),
      ],
      [
        '0 (0.0 B)',
        '1023 (1023.0 B)',
        '1024 (1024.0 B)',
        '1025 (1.0 KiB)',
        '2047 (1.9 KiB)',
        '1048576 (1024.0 KiB)',
        '1048577 (1.0 MiB)',
        '201217426 (191.8 MiB)',
        '24000000000 (22.3 GiB)',
        '1099511627776 (1024.0 GiB)',
        '1099511627777 (1.0 TiB)',
        '1125899906842624 (1024.0 TiB)',
        '1125899906842625 (1.0 PiB)',
        // The nearest number that a double holds is 52 higher, and above the next tenth.
        '922337203685477632 (819.2 PiB)',
        '18446744073709551616 (16.0 EiB)',
      ],
    );
  });

  test('columns that an old kernel does not have are not known, and not 0', () => {
    const traffic = new Map([
      ['receive packets', 1],
      ['receive errs', 2],
      ['transmit packets', 6],
    ]);
    const each = { ...eth0, traffic };
    assert.equal(
      lineOf(each),
      'eth0             1500        1      2      - -             6      -      -      - BM',
    );
    assert.deepEqual(interfaceLines(each, long).slice(2), [
      '        RX packets 1  bytes -',
      '        RX errors 2  dropped -  overruns -  frame -',
      '        TX packets 6  bytes -',
      '        TX errors -  dropped - overruns -  carrier -  collisions -',
      '',
    ]);
  });
});

describe('what is not told', () => {
  test('without a sysfs neither MTU nor flags are known, and nothing is taken to be down', () => {
    const each: Interface = { device: 'eth0', traffic: counters(first16) };
    assert.equal(
      lineOf(each),
      'eth0                -        2      3      4 5            10     11     12     13 -',
    );
    assert.deepEqual(interfaceLines(each, long).slice(0, 2), [
      'eth0: flags=-  mtu -',
      '        RX packets 2  bytes 1 (1.0 B)',
    ]);
    assert.ok(isListed(each, { all: false }));
  });

  test('an interface that came after net/dev was read has no counters', () => {
    assert.equal(
      lineOf(eth0),
      'eth0             1500        -      -      - -             -      -      -      - BM',
    );
    assert.deepEqual(interfaceLines({ ...eth0, hardwareAddress: '02:00:00:00:00:01' }, long), [
      'eth0: flags=4098<BROADCAST,MULTICAST>  mtu 1500',
      '        ether 02:00:00:00:00:01  (Ethernet)',
      '',
    ]);
  });

  test('an address that nobody told is not shown, and one that is none is shown as it is', () => {
    const hardware = (hardwareAddress: string | undefined): string =>
      interfaceLines({ ...eth0, hardwareAddress }, long)[1] ?? '';
    assert.equal(hardware(undefined), '        ether  (Ethernet)');
    assert.equal(hardware('no\u001baddress'), String.raw`        ether no\x1baddress  (Ethernet)`);
  });
});

describe('flags', () => {
  const firstOf = (flagBits: number): string => interfaceLines({ ...eth0, flagBits }, long)[0] ?? '';

  test('each has its word, in the order of netstat', () => {
    const words: readonly (readonly [number, string])[] = [
      ...([
        [0x1, 'UP'],
        [0x2, 'BROADCAST'],
        [0x4, 'DEBUG'],
        [0x8, 'LOOPBACK'],
      ] as const),
      ...([
        [0x10, 'POINTOPOINT'],
        [0x20, 'NOTRAILERS'],
        [0x40, 'RUNNING'],
        [0x80, 'NOARP'],
      ] as const),
      ...([
        [0x100, 'PROMISC'],
        [0x200, 'ALLMULTI'],
        [0x800, 'SLAVE'],
        [0x400, 'MASTER'],
      ] as const),
      ...([
        [0x1000, 'MULTICAST'],
        [0x8000, 'DYNAMIC'],
      ] as const),
    ];
    for (const [bit, word] of words) assert.equal(firstOf(bit), `eth0: flags=${bit}<${word}>  mtu 1500`);
    assert.equal(firstOf(0x9fff), `eth0: flags=40959<${words.map(([, word]) => word).join(',')}>  mtu 1500`);
  });

  test('those above sixteen bits are none of netstat', () => {
    assert.equal(firstOf(0x400c1), 'eth0: flags=193<UP,RUNNING,NOARP>  mtu 1500');
    assert.equal(firstOf(0x40000), 'eth0: flags=0<>  mtu 1500');
  });

  test('no flags are said to be none, and those without a letter are not', () => {
    const none = { ...eth0, flags: '', traffic: counters(first16) };
    assert.match(lineOf({ ...none, flagBits: 0 }), / 13 \[NO FLAGS\]$/);
    assert.match(lineOf({ ...none, flagBits: 0x40000 }), / 13 \[NO FLAGS\]$/);
    assert.match(lineOf({ ...none, flagBits: 0x2000 }), / 13 $/);
  });
});

describe('names', () => {
  test('what would play tricks on a terminal is shown by its number', () => {
    const each = { ...eth0, device: 'e\u001b[1m\u202e' };
    assert.ok(lineOf(each).startsWith(String.raw`e\x1b[1m\u{202e}  1500`), lineOf(each));
    assert.ok((interfaceLines(each, long)[0] ?? '').startsWith(String.raw`e\x1b[1m\u{202e}: flags=`));
  });

  test('a name beyond ASCII takes as many columns as it has characters', () => {
    assert.match(lineOf({ ...eth0, device: 'ünï-0' }), /^ünï-0 {12}1500 /);
  });

  test('numbers at the end are ordered as numbers, labels behind their interface', () => {
    const inOrder = [
      ...['0', '"q', '-dash', 'b', 'b2', 'b12', 'b2x3', 'bs0', 'bs1', 'bs0p', 'eth0', 'eth00'],
      ...['eth0:1', 'eth0:10', 'eth1', 'eth10', 'eth0.100', 'lo', 'tun0', 'tun-gre', 'ün0'],
    ];
    const reversed = inOrder.map(device => ({ device })).reverse();
    assert.deepEqual(devicesOf(orderedByName(reversed)), inOrder);
  });
});

describe('rows of several files', () => {
  const dev = (device: string): Interface => ({ device, traffic: counters(first16) });
  const address = (of: string): NonNullable<Interface['addresses']>[number] => ({
    ...{ family: 'inet6', address: of, prefixLength: 64, scope: 'global' },
  });

  test('are one by the name, in the order of net/dev whatever was read first', () => {
    const joined = joinInterfaces([
      { device: 'eth0', addresses: [address('2001:db8::1')] },
      { device: 'late0', mtuBytes: 9000 },
      { device: 'eth0', mtuBytes: 1500, flags: 'BMRU', flagBits: 0x1043 },
      dev('lo'),
      dev('eth0'),
      { device: 'eth0', addresses: [address('2001:db8::2')] },
    ]);
    assert.deepEqual(joined, [
      dev('lo'),
      {
        ...dev('eth0'),
        ...{ mtuBytes: 1500, flags: 'BMRU', flagBits: 0x1043 },
        addresses: [address('2001:db8::1'), address('2001:db8::2')],
      },
      { device: 'late0', mtuBytes: 9000 },
    ]);
  });

  test('of a host whose net/dev cannot be read are those of the others', () => {
    assert.deepEqual(joinInterfaces([{ device: 'eth0', mtuBytes: 1500 }]), [
      { device: 'eth0', mtuBytes: 1500 },
    ]);
    assert.deepEqual(joinInterfaces([]), []);
  });

  test('a hundred thousand addresses of one interface are joined in no time', () => {
    const rows = Array.from({ length: 100_000 }, () => ({ device: 'lo', addresses: [address('::1')] }));
    assert.equal(joinInterfaces(rows)[0]?.addresses?.length, 100_000);
  });
});
