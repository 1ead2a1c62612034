// Protects: what we say of a captured host is what netstat, ss and nstat printed there, and it changes only when somebody means it to.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { conntrack } from '../src/collectors/conntrack/conntrack.ts';
import { collectors } from '../src/collectors/index.ts';
import { createExposition } from './exposing.ts';
import type { MetricFamily } from '../src/metrics/family.ts';
import { memory } from '../src/procfs/source.ts';
import type { Selection } from '../src/snapshot/materialize.ts';
import { createMemories } from '../src/snapshot/memory.ts';
import type { Snapshot } from '../src/snapshot/outcome.ts';
import { readCollector } from '../src/snapshot/read.ts';
import { hostFolder, hostNames, machineOf, oracle, readHost } from './hosts.ts';
import { createMaterializer } from './materializing.ts';

const everything: Selection = { device: () => true, statistic: () => true, limits: {} };

const snapshotOf = (host: string): Snapshot =>
  readHost(
    host,
    collectors.map(({ name }) => name),
  );

const familiesOf = (snapshot: Snapshot, from: readonly string[] = [...snapshot.keys()]) =>
  createMaterializer(
    collectors.filter(({ name }) => from.includes(name)),
    everything,
  )(snapshot).families;

/** Each host is read once: all tests look at the same families. */
const snapshots = new Map(hostNames.map(host => [host, snapshotOf(host)]));
const families = new Map([...snapshots].map(([host, snapshot]) => [host, familiesOf(snapshot)]));

const exposedBy = (host: string): readonly MetricFamily[] => families.get(host) ?? [];

/** Label values (those that are named, in their order) -> value; samples that agree in them are added up. */
type Counts = ReadonlyMap<string, number>;

const count = (entries: Iterable<readonly [key: string, value: number]>): Counts => {
  const counts = new Map<string, number>();
  for (const [key, value] of entries) counts.set(key, (counts.get(key) ?? 0) + value);
  return counts;
};

/** The samples of a metric, chosen by label values that are prefixes of theirs. */
const exposed = (host: string, metric: string, ...prefix: readonly string[]): Counts =>
  count(
    (exposedBy(host).find(({ name }) => name === `netstat_${metric}`)?.samples ?? [])
      .filter(({ labels }) => prefix.every((value, i) => labels[i] === value))
      .map(({ labels, value }) => [labels.join(' '), value]),
  );

const withoutZeros = (counts: Counts): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].filter(([, value]) => value !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));

/** A peer does not mention what is zero; what we expose as zero it must not mention. */
const assertSame = (ours: Counts, theirs: Counts, hint?: string): void => {
  const known = new Set(ours.keys());
  const missing = [...theirs.keys()].filter(key => !known.has(key));
  assert.deepEqual(missing, [], `not exposed at all: ${missing.join(', ')}`);
  assert.deepEqual(withoutZeros(ours), withoutZeros(theirs), hint);
};

/** The lines of what a tool printed behind those of its header; undefined where it was not asked. */
const linesOf = (host: string, name: string, headerLines = 0): readonly string[] | undefined =>
  oracle(host, name)
    ?.split('\n')
    .slice(headerLines)
    .filter(line => line !== '')
    .map(line => Buffer.from(line, 'latin1').toString('utf8'));

const rowsOf = (host: string, name: string, headerLines = 0): readonly (readonly string[])[] | undefined =>
  linesOf(host, name, headerLines)?.map(line => line.trim().split(/\s+/));

const number = (text: string | undefined): number => {
  assert.match(text ?? '', /^-?\d+$/);
  return Number(text);
};

/** A test for each host where the tool was asked, and one that there is any such host. */
const held = (what: string, oracles: readonly string[], check: (host: string) => void): void => {
  const asked = hostNames.filter(host => oracles.every(name => oracle(host, name) !== undefined));
  test(`some host says what ${what} should be`, () => {
    assert.ok(asked.length > 0);
  });
  for (const host of asked) {
    test(`${host}: ${what}`, () => {
      check(host);
    });
  }
};

describe('golden', () => {
  for (const host of hostNames) {
    test(`${host}: the metrics are those of metrics.prom`, async () => {
      const file = join(hostFolder(host), 'metrics.prom');
      const text = await createExposition()(exposedBy(host), 'classic');
      if (process.env['UPDATE'] === '1') writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'));
    });

    test(`${host}: no collector fails and no line is skipped`, () => {
      const unwell = [...(snapshots.get(host) ?? [])].filter(
        ([, outcome]) =>
          outcome.status === 'failed' || (outcome.status === 'ok' && outcome.skipped.count > 0),
      );
      assert.deepEqual(unwell, []);
    });
  }
});

test('a host that is read twice gives the same numbers twice', () => {
  for (const host of hostNames) assert.deepEqual(familiesOf(snapshotOf(host)), exposedBy(host), host);
});

test('big-endian says of the same sockets, routes and groups what inet says', () => {
  const big = snapshots.get('big-endian') ?? new Map<string, never>();
  const present = [...big].filter(([, { status }]) => status === 'ok').map(([name]) => name);
  assert.deepEqual(present, [
    ...['if_inet6', 'route', 'ipv6_route', 'igmp', 'igmp6', 'igmp_groups', 'igmp6_groups'],
    ...['udp', 'tcp', 'tcp6'],
  ]);
  assert.deepEqual(familiesOf(big), familiesOf(snapshots.get('inet') ?? new Map<string, never>(), present));
});

describe('absent is never zero, zero is never absent', () => {
  const statesOf = { tcp: 11, tcp6: 11, udp: 2, udp6: 2, udplite: 2, raw: 2, raw6: 2, icmp: 2, icmp6: 2 };
  for (const host of hostNames) {
    test(`${host}: every state of a file that is there, none of one that is not`, () => {
      for (const [file, states] of Object.entries(statesOf)) {
        const family = file.endsWith('6') ? 'inet6' : 'inet';
        const series = exposed(host, 'sockets', family, file.replace(/6$/, '')).size;
        const there = existsSync(join(hostFolder(host), 'proc', 'net', file));
        assert.equal(series, there ? states : 0, file);
      }
      const there = existsSync(join(hostFolder(host), 'proc', 'net', 'unix'));
      assert.equal(exposed(host, 'sockets', 'unix').size, there ? 18 : 0);
    });
  }
});

const familyOf = (protocol: string): string => (protocol.endsWith('6') ? 'inet6' : 'inet');

/** netstat leaves out the state of datagram sockets that are not connected, and prints those of raw ones as numbers. */
const datagramState = (state: string): string =>
  state === 'ESTABLISHED' || state === '1' ? 'ESTABLISHED' : 'UNCONNECTED';

describe('netstat -tuwxan', () => {
  /** Rows of tcp, udp and raw; v4-mapped ones are of tcp6, as they are rows of its file. */
  const inet = (host: string, name: string) =>
    (rowsOf(host, name) ?? []).filter(([protocol = '']) => /^(tcp|udp|udpl|raw)6?$/.test(protocol));

  const socketsIn = (rows: readonly (readonly string[])[]) =>
    count(
      rows.map(([protocol = '', , , , , state = '']) => {
        const kind = protocol.replace(/6$/, '').replace(/^udpl$/, 'udplite');
        return [`${familyOf(protocol)} ${kind} ${kind === 'tcp' ? state : datagramState(state)}`, 1];
      }),
    );

  const ofKind = (host: string, kinds: readonly string[]): Counts =>
    new Map(
      [...exposed(host, 'sockets')].filter(
        ([key]) => key.startsWith('inet') && kinds.includes(key.split(' ')[1] ?? ''),
      ),
    );

  held('tcp, udp and raw sockets by family and state', ['netstat-tuwxan'], host => {
    assertSame(ofKind(host, ['tcp', 'udp', 'raw']), socketsIn(inet(host, 'netstat-tuwxan')));
  });

  held('udplite sockets by family and state', ['netstat-udplite'], host => {
    // Its state column is followed by other columns: an empty one would be taken for the user.
    const rows = inet(host, 'netstat-udplite').map(row => [
      ...row.slice(0, 5),
      row[5] === 'ESTABLISHED' ? row[5] : '',
    ]);
    assertSame(ofKind(host, ['udplite']), socketsIn(rows));
  });

  held('udplite memory', ['netstat-udplite'], host => {
    const rows = inet(host, 'netstat-udplite');
    const sum = (column: number) =>
      count(rows.map(row => [`${familyOf(row[0] ?? '')} udplite`, number(row[column])]));
    const ours = (metric: string) =>
      new Map([...exposed(host, metric)].filter(([key]) => key.endsWith(' udplite')));
    assertSame(ours('socket_receive_memory_bytes'), sum(1));
    assertSame(ours('socket_send_memory_bytes'), sum(2));
  });

  // `unix  2      [ ACC ]     STREAM     LISTENING     17216    /run/a path`: the state may be empty.
  const unixRow = /^unix +\d+ +\[ ([A-Z ]*)\] +([A-Z]+) +([A-Z]+)? *\d+/;

  held('unix sockets by type and state', ['netstat-tuwxan'], host => {
    const theirs = (linesOf(host, 'netstat-tuwxan') ?? []).flatMap(line => {
      const [, , type, state = 'UNCONNECTED'] = unixRow.exec(line) ?? [];
      return type === undefined ? [] : [[`unix ${type.toLowerCase()} ${state}`, 1] as const];
    });
    assertSame(exposed(host, 'sockets', 'unix'), count(theirs));
  });

  // `tcp  0  1 10.0.2.15:1  10.0.2.2:1  SYN_SENT  0  12  12/a program  on (0.83/2/0)`: a name may hold line ends.
  const timerColumn = /\b(off|on|keepalive|timewait|probe) \([\d.]+\/(\d+)\/\d+\)/;

  held('tcp sockets by timer, and those that retransmit', ['netstat-tuwxanpeeo'], host => {
    const rows = (oracle(host, 'netstat-tuwxanpeeo') ?? '')
      .split(/^(?=(?:tcp|udp|raw)6? |Active |unix )/m)
      .filter(row => /^tcp6? /.test(row))
      .map(row => {
        const [, timer = '', retransmits] = timerColumn.exec(row) ?? [];
        return {
          family: familyOf(/^\S+/.exec(row)?.[0] ?? ''),
          timer,
          retransmits: number(retransmits),
          row,
        };
      });
    assertSame(
      exposed(host, 'socket_timers'),
      count(rows.map(({ family, timer }) => [`${family} tcp ${timer}`, 1])),
    );
    assertSame(
      exposed(host, 'sockets_retransmitting'),
      count(rows.filter(({ retransmits }) => retransmits > 0).map(({ family }) => [`${family} tcp`, 1])),
    );
    const unguarded = rows.filter(({ timer, row }) => timer === 'off' && row.includes(' ESTABLISHED '));
    assertSame(
      exposed(host, 'established_sockets_without_timer'),
      count(unguarded.map(({ family }) => [family, 1])),
    );
  });
});

/** TCP states as ss calls them. */
const ssStates: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECV': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'TIME-WAIT': 'TIME_WAIT',
  UNCONN: 'CLOSE',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
};

describe('ss', () => {
  /** Addresses of IPv6 stand in brackets, and `*` is its `::`. */
  const socketsIn = (host: string, name: string) =>
    (rowsOf(host, name, 1) ?? []).map(([state = '', receive, send, local = '']) => ({
      family: /^[[*]/.test(local) ? 'inet6' : 'inet',
      state: ssStates[state] ?? assert.fail(`unknown state ${state}`),
      receive: number(receive),
      send: number(send),
    }));

  held('tcp sockets and their queues by family and state', ['ss-tane'], host => {
    const sockets = socketsIn(host, 'ss-tane');
    const key = ({ family, state }: (typeof sockets)[number]) => `${family} tcp ${state}`;
    // In these rows the queues are those of accept().
    const queued = sockets.filter(({ state }) => state !== 'LISTEN');
    const tcp = [...exposed(host, 'sockets')].filter(([name]) => name.includes(' tcp '));
    assertSame(new Map(tcp), count(sockets.map(each => [key(each), 1])));
    assertSame(
      exposed(host, 'socket_receive_queue_bytes'),
      count(queued.map(each => [key(each), each.receive])),
    );
    assertSame(exposed(host, 'socket_send_queue_bytes'), count(queued.map(each => [key(each), each.send])));
  });

  held('CLOSE_WAIT sockets by what their program has read', ['ss-tane'], host => {
    const waiting = socketsIn(host, 'ss-tane').filter(({ state }) => state === 'CLOSE_WAIT');
    assertSame(
      exposed(host, 'close_wait_sockets'),
      count(waiting.map(({ family, receive }) => [`${family} ${receive > 0 ? 'unread' : 'read'}`, 1])),
    );
  });

  for (const [protocol, name] of [
    ['udp', 'ss-uane'],
    ['raw', 'ss-wane'],
  ] as const) {
    held(`${protocol} sockets and their memory`, [name], host => {
      const sockets = socketsIn(host, name);
      const ours = (metric: string): Counts =>
        new Map([...exposed(host, metric)].filter(([key]) => /^inet6? (\w+)/.exec(key)?.[1] === protocol));
      assertSame(
        ours('sockets'),
        count(
          sockets.map(({ family, state }) => [
            `${family} ${protocol} ${state === 'CLOSE' ? 'UNCONNECTED' : state}`,
            1,
          ]),
        ),
      );
      const sum = (queue: 'receive' | 'send'): Counts =>
        count(sockets.map(each => [`${each.family} ${protocol}`, each[queue]]));
      assertSame(ours('socket_receive_memory_bytes'), sum('receive'));
      assertSame(ours('socket_send_memory_bytes'), sum('send'));
    });
  }

  test('closewait-a: 40 sockets leak, all with an end of stream that nobody read', () => {
    assert.deepEqual(withoutZeros(exposed('closewait-a', 'close_wait_sockets')), { 'inet unread': 40 });
    assert.equal(exposed('closewait-a', 'sockets').get('inet tcp CLOSE_WAIT'), 40);
    // 30 hold the end of stream alone, which counts as one byte, and 10 have 20 bytes (0x14) in all.
    assert.equal(exposed('closewait-a', 'socket_receive_queue_bytes').get('inet tcp CLOSE_WAIT'), 30 + 200);
    // The gauge of the kernel counts them together with the 40 that are ESTABLISHED.
    assert.equal(exposed('closewait-a', 'tcp_curr_estab').get(''), 80);
  });

  held('totals of ss -s', ['ss-s'], host => {
    const text = oracle(host, 'ss-s') ?? '';
    const [, all, tcp, closed, orphaned, timeWait] =
      /^Total: (\d+)\nTCP: +(\d+) \(estab \d+, closed (\d+), orphaned (\d+), timewait (\d+)\)/.exec(text) ??
      [];
    const own = (metric: string): number | undefined => exposed(host, `sockstat_${metric}`).get('');
    assert.equal(own('sockets_used'), number(all));
    assert.equal(own('tcp_orphan'), number(orphaned));
    assert.equal(own('tcp_tw'), number(timeWait));
    // It adds those in TIME_WAIT, which the kernel does not count as allocated.
    assert.equal(own('tcp_alloc'), number(tcp) - number(timeWait));

    const inUse = count(
      text.split('\n').flatMap(line => {
        const [, protocol = '', inet, inet6] = /^(RAW|UDP|TCP|FRAG)\t +\d+ +(\d+) +(\d+)/.exec(line) ?? [];
        if (protocol === '') return [];
        return [
          [`${protocol.toLowerCase()} inet`, number(inet)],
          [`${protocol.toLowerCase()} inet6`, number(inet6)],
        ] as const;
      }),
    );
    const ours = count(
      ['raw', 'udp', 'tcp', 'frag'].flatMap(protocol =>
        [...exposed(host, `sockstat_${protocol}_inuse`)].map(
          ([family, value]) => [`${protocol} ${family}`, value] as const,
        ),
      ),
    );
    // A kernel without IPv6 has no sockstat6; ss prints zeros for it, and we nothing.
    assert.deepEqual(withoutZeros(ours), withoutZeros(inUse));
    const closedOnes =
      (own('tcp_alloc') ?? 0) -
      (ours.get('tcp inet') ?? 0) -
      (ours.get('tcp inet6') ?? 0) +
      (own('tcp_tw') ?? 0);
    assert.equal(closedOnes, number(closed));
  });
});

describe('netstat -rn', () => {
  const kind = (flags: string, isHost: boolean): string => {
    if (flags.includes('!')) return 'reject';
    if (flags.includes('G')) return 'gateway';
    return flags.includes('H') || isHost ? 'host' : 'direct';
  };

  const check = (
    host: string,
    family: string,
    theirs: readonly { device: string; kind: string; isDefault: boolean }[],
  ) => {
    assertSame(
      exposed(host, 'routes', family),
      count(theirs.map(route => [`${family} ${route.device} ${route.kind}`, 1])),
    );
    const defaults = theirs.filter(route => route.isDefault && route.kind !== 'reject');
    assertSame(
      exposed(host, 'default_routes', family),
      count(
        defaults.length === 0
          ? [[`${family} `, 0]]
          : defaults.map(({ device }) => [`${family} ${device}`, 1]),
      ),
    );
  };

  held('IPv4 routes by device and kind', ['netstat-rn'], host => {
    const routes = (rowsOf(host, 'netstat-rn', 2) ?? []).map(row => {
      const [destination, , mask, flags = ''] = row;
      const device = row.at(-1) ?? '';
      // A blackhole has no reject flag, and netstat shows it as a route that is up on a device `*`.
      const isBlackhole = device === '*';
      return {
        device: device === '-' || isBlackhole ? '' : device,
        kind: isBlackhole ? 'reject' : kind(flags, false),
        isDefault: destination === '0.0.0.0' && mask === '0.0.0.0',
      };
    });
    check(host, 'inet', routes);
  });

  held('IPv6 routes by device and kind', ['netstat-rn6'], host => {
    const routes = (rowsOf(host, 'netstat-rn6', 2) ?? []).map(row => {
      const [destination = '', , flags = ''] = row;
      return {
        device: row.at(-1) ?? '',
        kind: kind(flags, destination.endsWith('/128')),
        isDefault: destination.endsWith('/0'),
      };
    });
    check(host, 'inet6', routes);
  });
});

describe('netstat -gn', () => {
  held('multicast groups and their users by device', ['netstat-gn'], host => {
    const memberships = (rowsOf(host, 'netstat-gn', 3) ?? []).map(([device = '', users, group = '']) => ({
      key: `${group.includes(':') ? 'inet6' : 'inet'} ${device}`,
      users: number(users),
    }));
    const ofIp = (metric: string): Counts =>
      new Map([...exposed(host, metric, 'inet'), ...exposed(host, metric, 'inet6')]);
    assertSame(ofIp('multicast_groups'), count(memberships.map(({ key }) => [key, 1])));
    assertSame(ofIp('multicast_group_users'), count(memberships.map(({ key, users }) => [key, users])));
  });
});

describe('netstat -ia', () => {
  /** It asks by ioctl and so asked the machine, not the capture: HOST.md names the devices that had moved on. */
  const movedOn: Readonly<Record<string, readonly string[]>> = {
    'closewait-a': ['lo'],
    ham: ['axv0', 'axv1', 'bpq1', 'dummyat', 'dummyat2', 'lo', 'xv0', 'xv1'],
    inet: ['eth0', 'fifteen-chars-x', 'lo', 'veth-db', 'veth-web'],
    netns: ['v1', 'v2', 'v3', 'v4', 'v5', 'v6'],
    unpriv: ['eth0', 'fifteen-chars-x', 'lo', 'veth-db', 'veth-web'],
  };

  /**
   * By ioctl the kernel shows ALLMULTI and PROMISC only where a program switched them on for the interface; in sysfs
   * also where the kernel did for a bridge, a multicast router or a packet socket (dev_get_flags() in net/core/dev.c).
   * The latter is what the interface does, and all that a file tells: vp0 is a port of br0.
   */
  const shownBySysfsOnly: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    inet: { 'veth-db': 'A', 'veth-web': 'A', vp0: 'AP' },
    unpriv: { 'veth-db': 'A', 'veth-web': 'A', vp0: 'AP' },
  };

  const interfacesOf = (host: string) =>
    (linesOf(host, 'netstat-ia', 2) ?? [])
      // Address labels such as eth0:1 are no interfaces.
      .filter(line => !line.includes('no statistics available'))
      // It says so where there are none; we say nothing.
      .map(line => line.replace('[NO FLAGS]', '').trim().split(/\s+/));

  const columns = [
    ['receive_packets', 2],
    ['receive_errors', 3],
    ['receive_dropped', 4],
    ['receive_fifo', 5],
    ['transmit_packets', 6],
    ['transmit_errors', 7],
    ['transmit_dropped', 8],
    ['transmit_fifo', 9],
  ] as const;

  held('packets, errors, drops and overruns of every interface', ['netstat-ia'], host => {
    const isStill = (device: string): boolean => !(movedOn[host] ?? []).includes(device);
    const rows = interfacesOf(host).filter(([device = '']) => isStill(device));
    for (const [metric, column] of columns) {
      const ours = new Map(
        [...exposed(host, `interface_${metric}_total`)].filter(([device]) => isStill(device)),
      );
      assertSame(ours, count(rows.map(row => [row[0] ?? '', number(row[column])])), metric);
    }
  });

  held('devices, MTU and flags', ['netstat-ia'], host => {
    const rows = interfacesOf(host);
    assert.deepEqual(
      Object.fromEntries(exposed(host, 'interface_mtu_bytes')),
      Object.fromEntries(rows.map(([device = '', mtu]) => [device, number(mtu)])),
    );
    const info = exposedBy(host).find(({ name }) => name === 'netstat_interface_info');
    const device = info?.labels.indexOf('device') ?? -1;
    const flags = info?.labels.indexOf('flags') ?? -1;
    assert.deepEqual(
      Object.fromEntries(
        (info?.samples ?? []).map(({ labels }) => {
          const name = labels[device] ?? '';
          const hidden = shownBySysfsOnly[host]?.[name] ?? '';
          return [
            name,
            Array.from(labels[flags] ?? '')
              .filter(letter => !hidden.includes(letter))
              .join(''),
          ];
        }),
      ),
      Object.fromEntries(rows.map(row => [row[0], row[10] ?? ''])),
    );
    // Its P means point-to-point as well as promiscuous.
    for (const [letter, metric] of [
      ['U', 'up'],
      ['R', 'running'],
    ] as const) {
      assertSame(
        exposed(host, `interface_${metric}`),
        count(rows.map(row => [row[0] ?? '', Number(row[10]?.includes(letter) ?? false)])),
        metric,
      );
    }
  });
});

describe('nstat -azs', () => {
  /** Sections as nstat prints them, the longer one first where one begins another. */
  const sections: readonly (readonly [section: string, group: string, family: string])[] = [
    ['IpExt', 'ipext', ''],
    ['Ip6', 'ip', 'inet6'],
    ['Ip', 'ip', 'inet'],
    ['IcmpMsg', 'icmp_messages', 'inet'],
    ['Icmp6', 'icmp', 'inet6'],
    ['Icmp', 'icmp', 'inet'],
    ['TcpExt', 'tcpext', ''],
    ['Tcp', 'tcp', ''],
    ['UdpLite6', 'udplite', 'inet6'],
    ['UdpLite', 'udplite', 'inet'],
    ['Udp6', 'udp', 'inet6'],
    ['Udp', 'udp', 'inet'],
    ['MPTcpExt', 'mptcpext', ''],
    ['Sctp', 'sctp', ''],
  ];

  /** The rule of the contract, written down once more; HMac is one word, for promtool's sake. */
  const snakeCase = (kernelName: string): string => wordByWord(kernelName.replace('HMac', 'Hmac'));
  const wordByWord = (name: string): string =>
    Array.from(name)
      .map((letter, i) => {
        const before = name[i - 1] ?? '';
        const after = name[i + 1] ?? '';
        const isUpper = /[A-Z]/.test(letter);
        const begins = isUpper && (/[a-z0-9]/.test(before) || (/[A-Z]/.test(before) && /[a-z]/.test(after)));
        return `${begins ? '_' : ''}${letter.toLowerCase()}`;
      })
      .join('');

  /** Counters that snmp and snmp6 call differently and that are one metric, under the name of snmp. */
  const renamed: Readonly<Record<string, string>> = {
    Ip6OutForwDatagrams: 'ForwDatagrams',
    Icmp6InParmProblems: 'InParmProbs',
    Icmp6OutParmProblems: 'OutParmProbs',
    Icmp6InEchoReplies: 'InEchoReps',
    Icmp6OutEchoReplies: 'OutEchoReps',
  };

  /** The names of types that have one; the kernel counts each of these under its name too. */
  const messages: Readonly<Record<string, Readonly<Record<number, string>>>> = {
    inet: {
      0: 'echo_reply',
      3: 'destination_unreachable',
      4: 'source_quench',
      5: 'redirect',
      8: 'echo_request',
      11: 'time_exceeded',
      12: 'parameter_problem',
      13: 'timestamp_request',
      14: 'timestamp_reply',
      17: 'address_mask_request',
      18: 'address_mask_reply',
    },
    inet6: {
      1: 'destination_unreachable',
      2: 'packet_too_big',
      3: 'time_exceeded',
      4: 'parameter_problem',
      128: 'echo_request',
      129: 'echo_reply',
      130: 'multicast_listener_query',
      131: 'multicast_listener_report',
      132: 'multicast_listener_done',
      133: 'router_solicitation',
      134: 'router_advertisement',
      135: 'neighbor_solicitation',
      136: 'neighbor_advertisement',
      137: 'redirect',
      143: 'multicast_listener_report_v2',
    },
  };

  const seriesOf = (name: string): string => {
    const [section, group, family] = sections.find(([each]) => name.startsWith(each)) ?? assert.fail(name);
    // The gauges among them.
    if (name === 'MPTcpExtMPCurrEstab') return 'mptcpext_curr_estab';
    if (name === 'SctpCurrEstab') return 'sctp_curr_estab';
    const [, direction, type] = /^Icmp(?:Msg|6)(In|Out)Type(\d+)$/.exec(name) ?? [];
    if (type !== undefined) {
      const message = messages[family]?.[Number(type)] ?? `type_${type}`;
      return `icmp_messages_total ${family} ${direction === 'In' ? 'receive' : 'transmit'} ${message}`;
    }
    const field = renamed[name] ?? name.slice(section.length);
    return `${group}_${snakeCase(field)}_total${family === '' ? '' : ` ${family}`}`;
  };

  test('the rule names what the contract names', () => {
    assert.equal(snakeCase('TCPOFOQueue'), 'tcpofo_queue');
    assert.equal(snakeCase('TCPRcvQDrop'), 'tcp_rcv_q_drop');
    assert.equal(snakeCase('ListenOverflows'), 'listen_overflows');
    assert.equal(snakeCase('InECT1Pkts'), 'in_ect1_pkts');
    assert.equal(seriesOf('Ip6InReceives'), 'ip_in_receives_total inet6');
  });

  /** Of kernels whose nstat does not know them as counters: it leaves out gauges and constants. */
  const withoutCounterpart =
    /^(ip_forwarding|ip_default_ttl|tcp_rto_algorithm|tcp_rto_min_seconds|tcp_rto_max_seconds|tcp_max_conn|tcp_curr_estab)( |$)/;

  held('every counter, in both directions', ['nstat-az'], host => {
    const theirs = new Map(
      (rowsOf(host, 'nstat-az', 1) ?? []).map(
        ([name = '', value]) => [seriesOf(name), Number(value)] as const,
      ),
    );
    const ours = new Map(
      exposedBy(host)
        .filter(({ name }) => /^netstat_(ip|icmp|tcp|udp|udplite|tcpext|ipext|mptcpext|sctp)_/.test(name))
        .flatMap(({ name, samples }) =>
          samples.map(
            ({ labels, value }) => [[name.replace('netstat_', ''), ...labels].join(' '), value] as const,
          ),
        )
        .filter(([series]) => !withoutCounterpart.test(series))
        // A named message without a type of its own was not met: the kernel prints the types that it met.
        .filter(([series, value]) => !(series.startsWith('icmp_messages_total') && value === 0))
        // This kernel is older than the counters by type: the test below adds its messages up.
        .filter(([series]) => !(series.startsWith('icmp_messages_total') && host === 'kernel-2.6')),
    );
    const sorted = (map: ReadonlyMap<string, number>) =>
      Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
    assert.deepEqual(sorted(ours), sorted(theirs));
  });

  test('kernel-2.6: the ICMP messages by name are all that came and went', () => {
    const sum = (direction: string): number =>
      [...exposed('kernel-2.6', 'icmp_messages_total', 'inet', direction).values()].reduce(
        (a, b) => a + b,
        0,
      );
    assert.equal(sum('receive'), exposed('kernel-2.6', 'icmp_in_msgs_total').get('inet'));
    assert.equal(sum('transmit'), exposed('kernel-2.6', 'icmp_out_msgs_total').get('inet'));
  });

  held('the gauges of netstat -s', ['netstat-s'], host => {
    const text = oracle(host, 'netstat-s') ?? '';
    const forwarding = /^ {4}Forwarding: (\d)$/m.exec(text)?.[1];
    assert.equal(exposed(host, 'ip_forwarding').get('inet'), Number(forwarding === '1'));
    const established = /^ {4}(\d+) connections established$/m.exec(text)?.[1] ?? '0';
    assert.equal(exposed(host, 'tcp_curr_estab').get(''), number(established));
  });
});

describe('arp -an, netstat -rCn and ip maddress', () => {
  held('IPv4 neighbours by device and state', ['arp-an'], host => {
    const neighbours = (rowsOf(host, 'arp-an') ?? []).map(words => {
      const device = words.at(-1) ?? '';
      if (words.includes('PUB')) return `inet ${device} PUBLISHED`;
      if (words.includes('PERM')) return `inet ${device} PERMANENT`;
      return `inet ${device} ${words.includes('<incomplete>') ? 'INCOMPLETE' : 'COMPLETE'}`;
    });
    assertSame(exposed(host, 'neighbours', 'inet'), count(neighbours.map(key => [key, 1])));
  });

  held('routes in the cache of IPv4', ['netstat-rCn'], host => {
    const rows = rowsOf(host, 'netstat-rCn', 2) ?? [];
    assert.equal(exposed(host, 'route_cache_entries').get('inet'), rows.length);
  });

  /** `2:<TAB>eth0`, and below it `<TAB>inet6 ff02::1:ff00:0 users 3`. */
  const membershipsIn = (host: string) => {
    let device = '';
    return (rowsOf(host, 'ipmaddr') ?? []).flatMap(([first = '', second = '', , users = '1']) => {
      if (!first.endsWith(':')) return [{ family: first, device, group: second, users: number(users) }];
      device = second;
      return [];
    });
  };
  const families: Readonly<Record<string, string>> = { link: 'packet', inet: 'inet', inet6: 'inet6' };

  held('memberships by device, those of the link included', ['ipmaddr'], host => {
    const memberships = membershipsIn(host).map(({ family, device, users }) => ({
      key: `${families[family] ?? assert.fail(family)} ${device}`,
      users,
    }));
    assertSame(exposed(host, 'multicast_groups'), count(memberships.map(({ key }) => [key, 1])));
    assertSame(
      exposed(host, 'multicast_group_users'),
      count(memberships.map(({ key, users }) => [key, users])),
    );
  });

  held('the groups themselves, as far as the limit goes', ['ipmaddr'], host => {
    for (const [family, collector] of [
      ['inet', 'igmp_groups'],
      ['inet6', 'igmp6_groups'],
    ] as const) {
      const theirs = membershipsIn(host)
        .filter(each => each.family === family)
        .map(({ device, group }) => `${family} ${device} ${group}`);
      const ours = [...exposed(host, 'multicast_group_info', family).keys()];
      assert.deepEqual(
        ours.filter(key => !theirs.includes(key)),
        [],
      );
      assert.equal(ours.length, Math.min(theirs.length, 128));
      const { folded } = createMaterializer(collectors, everything)(snapshots.get(host) ?? new Map());
      assert.equal(folded.get(collector)?.get('group') ?? 0, Math.max(theirs.length - 128, 0));
    }
  });
});

describe('sctp', () => {
  const versions = ['inet', 'inet6'];
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

  const listeners = (host: string): Counts =>
    count(
      versions.map(each => [
        each,
        exposed(host, 'sockets', each, 'sctp', 'LISTEN').get(`${each} sctp LISTEN`) ?? 0,
      ]),
    );

  /** State -> associations of both IP versions. */
  const associations = (host: string): Counts =>
    count(
      versions.flatMap(version =>
        [...exposed(host, 'sockets', version, 'sctp')]
          .map(([key, value]) => [key.split(' ')[2] ?? '', value] as const)
          .filter(([state]) => state !== 'LISTEN'),
      ),
    );

  /** Netstat prints the state of the socket, which of an association that nobody accepted is that of its listener. */
  held(
    'listeners by IP version, and how many associations with how much memory',
    ['netstat-sctp-anpee'],
    host => {
      const rows = (rowsOf(host, 'netstat-sctp-anpee', 2) ?? []).filter(([first]) => first === 'sctp');
      const hasQueues = ([, second]: readonly string[]): boolean => /^\d+$/.test(second ?? '');
      const endpoints = rows.filter(row => !hasQueues(row));
      const queues = rows
        .filter(hasQueues)
        .map(([, receive, send]) => [number(receive), number(send)] as const);

      assertSame(
        listeners(host),
        count(endpoints.map(([, local = '']) => [/^\d+\./.test(local) ? 'inet' : 'inet6', 1] as const)),
      );
      assert.ok(endpoints.every(([, , state]) => state === 'LISTEN'));
      assert.equal(sum([...associations(host).values()]), queues.length);
      const memory = (metric: string): number =>
        sum(versions.flatMap(version => [...exposed(host, metric, version, 'sctp').values()]));
      assert.equal(memory('socket_receive_memory_bytes'), sum(queues.map(([receive]) => receive)));
      assert.equal(memory('socket_send_memory_bytes'), sum(queues.map(([, send]) => send)));
    },
  );

  /** Ss borrows the words for most states of TCP. The device in their address tells associations from sockets. */
  held('associations by state', ['ss-sctp-live'], host => {
    const states: Readonly<Record<string, string>> = {
      ESTAB: 'ESTABLISHED',
      'FIN-WAIT-1': 'SHUTDOWN_PENDING',
      'FIN-WAIT-2': 'SHUTDOWN_SENT',
    };
    const rows = (linesOf(host, 'ss-sctp-live', 1) ?? []).map(line => line.replace(/^`- /, '').split(/\s+/));
    const theirs = rows.flatMap(([state = '', , , local = '']) =>
      local.includes('%') ? [states[state] ?? state] : [],
    );
    assertSame(associations(host), count(theirs.map(state => [state, 1])));
    assert.equal(rows.filter(([state]) => state === 'LISTEN').length, sum([...listeners(host).values()]));
  });
});

describe('packet and netlink sockets of ss', () => {
  held('packet sockets by type with their memory', ['ss-0an'], host => {
    const protocols: Readonly<Record<string, string>> = { p_raw: 'raw', p_dgr: 'dgram' };
    const rows = (rowsOf(host, 'ss-0an', 1) ?? []).map(([kind = '', , receive]) => ({
      key: `packet ${protocols[kind] ?? kind}`,
      receive: number(receive),
    }));
    assertSame(exposed(host, 'sockets', 'packet'), count(rows.map(({ key }) => [`${key} `, 1])));
    assertSame(
      exposed(host, 'socket_receive_memory_bytes', 'packet'),
      count(rows.map(({ key, receive }) => [key, receive])),
    );
  });

  held('netlink sockets by protocol with their memory', ['ss-nl'], host => {
    const names: Readonly<Record<string, string>> = {
      0: 'route',
      4: 'sock_diag',
      6: 'xfrm',
      7: 'selinux',
      9: 'audit',
      10: 'fib_lookup',
      11: 'connector',
      12: 'netfilter',
      15: 'kobject_uevent',
      16: 'generic',
      20: 'rdma',
    };
    const rows = (rowsOf(host, 'ss-nl', 1) ?? []).map(([, receive, , local = '']) => {
      const protocol = local.split(':')[0] ?? '';
      return { key: `netlink ${names[protocol] ?? protocol}`, receive: number(receive) };
    });
    assertSame(exposed(host, 'sockets', 'netlink'), count(rows.map(({ key }) => [`${key} `, 1])));
    assertSame(
      exposed(host, 'socket_receive_memory_bytes', 'netlink'),
      count(rows.map(({ key, receive }) => [key, receive])),
    );
  });
});

describe('net/protocols', () => {
  for (const host of hostNames) {
    if (exposed(host, 'protocol_sockets').size === 0) continue;
    const of = (name: string): number | undefined => exposed(host, 'protocol_sockets').get(name);
    const total = (family: string, protocol: string): number =>
      [...exposed(host, 'sockets', family, protocol).values()].reduce((sum, each) => sum + each, 0);

    test(`${host}: it counts as many packet, raw and ping sockets as their own tables have`, () => {
      const packets = [...exposed(host, 'sockets', 'packet').values()].reduce((sum, each) => sum + each, 0);
      assert.deepEqual(
        [of('PACKET'), of('RAW'), of('RAWv6'), of('PING'), of('PINGv6')],
        [packets, total('inet', 'raw'), total('inet6', 'raw'), total('inet', 'icmp'), total('inet6', 'icmp')],
      );
    });
  }
});

describe('netstat -A with the other address families', () => {
  /** Netstat's words; one of two words is one of ours. */
  const wordOf = (words: readonly string[]): string => words.join('_');

  const sumOf = (host: string, metric: string, family: string): number =>
    [...exposed(host, metric, family).values()].reduce((a, b) => a + b, 0);

  /** Its columns end in state, Vr/Vs, Send-Q and Recv-Q. */
  const circuits = (host: string, name: string, family: string, stateColumn: number) =>
    (rowsOf(host, name, 2) ?? []).map(row => ({
      key: `${family}  ${wordOf(row.slice(stateColumn, -3))}`,
      sent: number(row.at(-2)),
      received: number(row.at(-1)),
    }));

  const checkCircuits = (host: string, family: string, rows: ReturnType<typeof circuits>, queues = true) => {
    assertSame(exposed(host, 'sockets', family), count(rows.map(({ key }) => [key, 1])));
    if (!queues) return;
    const sum = (queue: 'sent' | 'received') => rows.reduce((total, row) => total + row[queue], 0);
    assert.equal(sumOf(host, 'socket_send_memory_bytes', family), sum('sent'));
    assert.equal(sumOf(host, 'socket_receive_memory_bytes', family), sum('received'));
  };

  held('AX.25 sockets by state, and their memory', ['netstat-ax25'], host => {
    // It does not know the column `dama` of kernel 2.0, and prints 0 for the queues behind it.
    const knowsQueues = host !== 'kernel-2.2';
    checkCircuits(host, 'ax25', circuits(host, 'netstat-ax25', 'ax25', 3), knowsQueues);
  });

  held('NET/ROM sockets by state, and their memory', ['netstat-netrom'], host => {
    checkCircuits(host, 'netrom', circuits(host, 'netstat-netrom', 'netrom', 4));
  });

  held('ROSE sockets by state', ['netstat-rose'], host => {
    // It prints no queues, and nothing for the first address of a row.
    const rows = (rowsOf(host, 'netstat-rose', 2) ?? []).map(row => wordOf(row.slice(6)));
    assertSame(exposed(host, 'sockets', 'rose'), count(rows.map(state => [`rose  ${state}`, 1])));
  });

  held('IPX sockets by state, and their memory', ['netstat-ipx'], host => {
    // It prints the two queues below each other's headings, and no word for a socket that is not connected.
    const states: Readonly<Record<string, string>> = {
      ESTAB: 'ESTABLISHED',
      '': 'UNCONNECTED',
      'UNK.': 'other',
    };
    const rows = (rowsOf(host, 'netstat-ipx', 2) ?? []).map(([, sent, received, , , state = '']) => ({
      key: `ipx  ${states[state] ?? assert.fail(state)}`,
      sent: number(sent),
      received: number(received),
    }));
    checkCircuits(host, 'ipx', rows);
  });

  const checkRoutes = (
    host: string,
    family: string,
    theirs: readonly { readonly device: string; readonly kind?: string; readonly isDefault: boolean }[],
  ) => {
    const tellsKind = theirs.some(({ kind }) => kind !== undefined);
    const withoutKind = ([key, value]: readonly [string, number]) =>
      [tellsKind ? key : key.replace(/ [a-z]+$/, ''), value] as const;
    assertSame(
      count([...exposed(host, 'routes', family)].map(withoutKind)),
      count(
        theirs.map(({ device, kind }) => [`${family} ${device}${kind === undefined ? '' : ` ${kind}`}`, 1]),
      ),
    );
    const defaults = theirs.filter(({ isDefault }) => isDefault);
    assert.deepEqual(
      withoutZeros(exposed(host, 'default_routes', family)),
      withoutZeros(count(defaults.map(({ device }) => [`${family} ${device}`, 1]))),
    );
  };

  const deviceOf = (shown = ''): string => (shown === '???' ? '' : shown);

  held('AX.25 routes by device', ['netstat-ax25-r'], host => {
    const rows = rowsOf(host, 'netstat-ax25-r', 2) ?? [];
    const routes = rows.map(([to, device]) => ({ device: deviceOf(device), isDefault: to === 'default' }));
    checkRoutes(host, 'ax25', routes);
  });

  held('NET/ROM nodes', ['netstat-netrom-r'], host => {
    const rows = rowsOf(host, 'netstat-netrom-r', 2) ?? [];
    checkRoutes(
      host,
      'netrom',
      rows.map(() => ({ device: '', isDefault: false })),
    );
    // It looks up the device of the neighbour that is used.
    const devices = new Set([...exposed(host, 'neighbours', 'netrom').keys()].map(key => key.split(' ')[1]));
    for (const row of rows) assert.ok(devices.has(row.at(-1)), row.join(' '));
  });

  held('ROSE routes', ['netstat-rose-r'], host => {
    const rows = rowsOf(host, 'netstat-rose-r', 2) ?? [];
    checkRoutes(
      host,
      'rose',
      rows.map(([to]) => ({ device: '', isDefault: to === '*' })),
    );
  });

  held('X.25 routes by device', ['netstat-x25-r'], host => {
    const rows = rowsOf(host, 'netstat-x25-r', 2) ?? [];
    const routes = rows.map(([to, device]) => ({ device: deviceOf(device), isDefault: to === '*' }));
    checkRoutes(host, 'x25', routes);
  });

  held('IPX routes by kind', ['netstat-ipx-r'], host => {
    // It takes `Directly Connected` for hexadecimal, and finds a D and a C in it.
    const rows = rowsOf(host, 'netstat-ipx-r', 2) ?? [];
    const routes = rows.map(([to, network]) => ({
      device: '',
      kind: network === '0000000D' ? 'direct' : 'gateway',
      isDefault: to === 'FFFFFFFE',
    }));
    checkRoutes(host, 'ipx', routes);
  });

  held('AppleTalk routes by device and kind', ['netstat-ddp-r'], host => {
    const rows = rowsOf(host, 'netstat-ddp-r', 1) ?? [];
    const routes = rows.map(([to, , device = '', flags = '']) => ({
      device,
      kind: flags.includes('G') ? 'gateway' : flags.includes('H') ? 'host' : 'direct',
      isDefault: to === 'Default',
    }));
    checkRoutes(host, 'ddp', routes);
  });

  /**
   * Of what follows netstat prints nothing: it opens the file names of old kernels, or has no such table. So the bytes
   * are counted by another road: from the end of the row, or by the places where columns stand.
   */
  const textOf = (host: string, file: string): string =>
    readFileSync(join(hostFolder(host), 'proc', 'net', file), 'latin1');
  const tableOf = (host: string, file: string): readonly string[] =>
    textOf(host, file).split('\n').slice(1, -1);

  test('X.25 sockets from their folder, by the end of the row', () => {
    const words = ['LISTENING', 'SABM_SENT', 'DISC_SENT', 'ESTABLISHED', 'RECOVERY', 'DEFERRED'];
    for (const host of ['ham', 'kernel-2.4']) {
      const rows = tableOf(host, 'x25/socket').map(row => row.split(/ +/));
      checkCircuits(
        host,
        'x25',
        rows.map(row => ({
          key: `x25  ${words[number(row.at(-12))] ?? 'other'}`,
          sent: number(row.at(-3)),
          received: number(row.at(-2)),
        })),
      );
    }
  });

  test('ROSE memory, by the end of the row', () => {
    const rows = tableOf('ham', 'rose').map(row => row.split(/ +/));
    const sum = (column: number) => rows.reduce((total, row) => total + number(row.at(column)), 0);
    assert.equal(sumOf('ham', 'socket_send_memory_bytes', 'rose'), sum(-3));
    assert.equal(sumOf('ham', 'socket_receive_memory_bytes', 'rose'), sum(-2));
  });

  test('AppleTalk sockets, by the places of their columns', () => {
    const files = { ham: 'atalk/socket', 'kernel-2.4': 'atalk/socket', 'kernel-2.2': 'appletalk' };
    const protocolOf: Readonly<Record<string, string>> = { '02': 'dgram', '03': 'raw' };
    const stateOf: Readonly<Record<string, string>> = { '01': 'ESTABLISHED', '07': 'UNCONNECTED' };
    for (const [host, file] of Object.entries(files)) {
      const rows = tableOf(host, file).map(row => ({
        protocol: protocolOf[row.slice(0, 2)] ?? 'other',
        sent: parseInt(row.slice(29, 37), 16),
        received: parseInt(row.slice(38, 46), 16),
        state: stateOf[row.slice(47, 49)] ?? 'other',
      }));
      assert.ok(rows.length > 0);
      assertSame(
        exposed(host, 'sockets', 'ddp'),
        count(rows.map(({ protocol, state }) => [`ddp ${protocol} ${state}`, 1])),
      );
      assertSame(
        exposed(host, 'socket_send_memory_bytes', 'ddp'),
        count(rows.map(({ protocol, sent }) => [`ddp ${protocol}`, sent])),
      );
      assertSame(
        exposed(host, 'socket_receive_memory_bytes', 'ddp'),
        count(rows.map(({ protocol, received }) => [`ddp ${protocol}`, received])),
      );
    }
  });

  test('AppleTalk routes from their folder, where the default is repeated', () => {
    for (const host of ['ham', 'kernel-2.4']) {
      const rows = tableOf(host, 'atalk/route');
      const others = rows.filter(row => !row.startsWith('Default'));
      const defaults = [...new Set(rows.filter(row => row.startsWith('Default')))];
      checkRoutes(
        host,
        'ddp',
        [...defaults, ...others].map(row => {
          const flags = Number(row.slice(21, 25));
          const kind = [2, 3, 6, 7].includes(flags) ? 'gateway' : [4, 5].includes(flags) ? 'host' : 'direct';
          return { device: row.slice(27), kind, isDefault: row.startsWith('Default') };
        }),
      );
    }
  });

  test('neighbours of NET/ROM, ROSE and AppleTalk', () => {
    const neighbours = (host: string, family: string) => exposed(host, 'neighbours', family);
    const by = (file: string, host: string, pattern: RegExp, key: (found: readonly string[]) => string) =>
      count(
        tableOf(host, file).map(row => {
          const found = pattern.exec(row) ?? assert.fail(row);
          return [key(found.slice(1)), 1];
        }),
      );
    for (const host of ['ham', 'kernel-2.2']) {
      assertSame(
        neighbours(host, 'netrom'),
        by(
          'nr_neigh',
          host,
          /^.{15} (\S+) +\d+ +(\d)/,
          ([device = '', lock]) => `netrom ${device} ${lock === '1' ? 'PERMANENT' : ''}`,
        ),
      );
      assertSame(
        neighbours(host, 'rose'),
        by('rose_neigh', host, /^.{15} (\S+) /, ([device]) => `rose ${deviceOf(device)} `),
      );
    }
    const words: Readonly<Record<string, string>> = {
      resolved: 'COMPLETE',
      unresolved: 'INCOMPLETE',
      proxies: 'PUBLISHED',
      proxy: 'PUBLISHED',
    };
    for (const [host, file] of [
      ['ham', 'atalk/arp'],
      ['kernel-2.4', 'atalk/arp'],
      ['kernel-2.2', 'aarp'],
    ] as const) {
      assertSame(
        neighbours(host, 'ddp'),
        by(
          file,
          host,
          /^ *\w+:\w+ +(\S+?) *(?:[\da-fA-F]{2}:){5}[\da-fA-F]{2} .* (\w+)$/,
          ([device = '', word = '']) => `ddp ${device === '????' ? '' : device} ${words[word] ?? 'other'}`,
        ),
      );
    }
  });

  test('circuits of others are the rows of their tables', () => {
    for (const host of ['ham', 'kernel-2.4']) {
      const circuitsOf = (family: string) => exposed(host, 'forwarded_circuits', family).get(family);
      assert.equal(circuitsOf('rose'), tableOf(host, 'rose_routes').length);
      assert.equal(circuitsOf('x25'), tableOf(host, 'x25/forward').length);
    }
  });
});

describe('conntrack', () => {
  const protocolsByNumber: Readonly<Record<string, string>> = {
    ...{ 1: 'icmp', 6: 'tcp', 17: 'udp', 33: 'dccp', 47: 'gre', 58: 'icmp', 132: 'sctp', 136: 'udplite' },
  };

  /** `ipv4 2 tcp 6 431967 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] … use=1 id=1`. */
  const flowOf = (line: string) => {
    const [version, , , number = '', , word = ''] = line.split(/ +/);
    const key = `${version === 'ipv6' ? 'inet6' : 'inet'} ${protocolsByNumber[number] ?? 'other'}`;
    const told = (name: string): readonly string[] =>
      Array.from(line.matchAll(new RegExp(` ${name}=(\\S+)`, 'g')), ([, value = '']) => value);
    const differs = (first: string, reply: string): boolean => told(first)[0] !== told(reply)[1];
    const isSource = differs('src', 'dst') || differs('sport', 'dport') || differs('srckey', 'dstkey');
    const isDestination = differs('dst', 'src') || differs('dport', 'sport') || differs('dstkey', 'srckey');
    const [id, replyId] = told('code').length === 0 ? [] : told('id');
    const isOtherEcho = id !== replyId;
    const flags = Array.from(line.matchAll(/\[([A-Z_]+)\]/g), ([, flag = '']) => flag);
    const reply = flags.includes('UNREPLIED') ? 'UNREPLIED' : 'REPLIED';
    const nat = [...(isSource || isOtherEcho ? ['source'] : []), ...(isDestination ? ['destination'] : [])];
    return { key, state: /^[A-Z]/.test(word) ? word : reply, flags, nat: nat.length === 2 ? 'both' : nat[0] };
  };

  /** Ours, of the file as it was read after the tools had been asked. */
  const readAfterwards = (host: string, metric: string): Counts => {
    const file = join(hostFolder(host), 'oracle', 'after', 'net', 'nf_conntrack');
    const source = memory({ 'net/nf_conntrack': readFileSync(file) }, machineOf(host));
    const outcome = readCollector(conntrack, source, createMemories()('conntrack'));
    const family = familiesOf(new Map([['conntrack', outcome]])).find(({ name }) => name === metric);
    return count((family?.samples ?? []).map(({ labels, value }) => [labels.join(' '), value]));
  };

  /** The last of a conntrack -L row is its own id, which no other row has. */
  const goneAfterwards: Readonly<Record<string, readonly string[]>> = {
    inet: [
      // Linux 6.1 leaves out the row that does not fit into a page any more: the page ends behind the row before it.
      'id=3423006503',
      // It had four seconds left.
      'id=549936984',
    ],
  };

  const flows = (host: string) =>
    (linesOf(host, 'conntrack-L') ?? [])
      .filter(line => !(goneAfterwards[host] ?? []).some(id => line.endsWith(id)))
      .map(flowOf);

  test('inet: connections by state, flag and translation', () => {
    const theirs = flows('inet');
    assert.equal(theirs.length, 37);
    assertSame(
      readAfterwards('inet', 'netstat_conntrack_entries'),
      count(theirs.map(({ key, state }) => [`${key} ${state}`, 1])),
    );
    assertSame(
      readAfterwards('inet', 'netstat_conntrack_flagged_entries'),
      count(theirs.flatMap(({ key, flags }) => flags.map(flag => [`${key} ${flag}`, 1] as const))),
    );
    assertSame(
      readAfterwards('inet', 'netstat_nat_sessions'),
      count(theirs.flatMap(({ key, nat }) => (nat === undefined ? [] : [[`${key} ${nat}`, 1] as const]))),
    );
  });

  held('connections over IPv6', ['conntrack-L6'], host => {
    const six = (linesOf(host, 'conntrack-L6') ?? []).map(flowOf);
    assert.deepEqual(
      six,
      (linesOf(host, 'conntrack-L') ?? []).filter(line => line.startsWith('ipv6')).map(flowOf),
    );
  });

  held('as many connections as are listed', ['conntrack-C', 'conntrack-L'], host => {
    assert.equal((linesOf(host, 'conntrack-L') ?? []).length, number(oracle(host, 'conntrack-C')?.trim()));
  });

  /**
   * Rows that Linux 6.1 left out where a page ended: of `inet` those behind 3969 and 8046 bytes. conntrack -L lists
   * both behind the same neighbours.
   */
  const leftOut: Readonly<Record<string, number>> = { inet: 2 };

  test('as many connections as the table is said to have, less those that the kernel leaves out', () => {
    for (const host of hostNames) {
      const entries = exposed(host, 'conntrack_entries');
      const size = exposed(host, 'conntrack_table_entries').get('');
      if (entries.size === 0 || size === undefined) continue;
      const sum = [...entries.values()].reduce((total, each) => total + each, 0);
      assert.equal(sum + (leftOut[host] ?? 0), size, host);
    }
  });

  held('expected connections', ['conntrack-expect'], host => {
    // `266 proto=6 src=10.10.1.2 dst=…`, over IPv4 alone.
    const theirs = (linesOf(host, 'conntrack-expect') ?? []).map(line => /proto=(\d+)/.exec(line)?.[1] ?? '');
    assertSame(
      exposed(host, 'conntrack_expectations', 'inet'),
      count(theirs.map(protocol => [`inet ${protocolsByNumber[protocol] ?? 'other'}`, 1])),
    );
  });

  const renamed: Readonly<Record<string, string>> = {
    error: 'icmp_error',
    clash_resolve: 'clashres',
    chaintoolong: 'chainlength',
  };

  held('events, of which conntrack -S saw some more a moment later', ['conntrack-S'], host => {
    const theirs = count(
      [...(oracle(host, 'conntrack-S') ?? '').matchAll(/(\w+)=(\d+)/g)]
        .filter(([, name]) => name !== 'cpu')
        .map(([, name = '', value]) => [renamed[name] ?? name, number(value)]),
    );
    assert.ok(theirs.size >= 10);
    for (const [name, value] of theirs) {
      const ours = exposed(host, `conntrack_${name}_total`).get('') ?? NaN;
      assert.ok(ours <= value && ours >= value - 10, `${name}: ours is ${ours}, theirs ${value}`);
    }
  });

  test('kernel-2.6-router: what the kernel lists twice is counted once', () => {
    assert.equal(exposed('kernel-2.6-router', 'conntrack_entries').get('inet tcp ESTABLISHED'), 2);
    assert.equal(exposed('kernel-2.6-router', 'conntrack_expectations').get('inet udp'), 2);
    assert.equal(exposed('kernel-2.6-router', 'conntrack_found_total').get(''), 0x00a4cb80 + 0x00b71b00);
  });

  test('unpriv: without the right to see connections there are none, and yet the size of their table', () => {
    for (const metric of ['conntrack_entries', 'conntrack_flagged_entries', 'nat_sessions']) {
      assert.equal(exposed('unpriv', metric).size, 0);
    }
    assert.equal(exposed('unpriv', 'conntrack_table_entries').get(''), 48);
  });
});

/**
 * netstat -p prints a pid and the first word of a command line, which may be anything. Only the pid is taken: what
 * its process is called is told from the files of the process, by a rule of this test.
 */
describe('programs, users and ports', () => {
  const processFile = (host: string, pid: string, name: string): string =>
    readFileSync(join(hostFolder(host), 'proc', pid, name), 'latin1');

  /** Of some hosts the processes were not captured; there we must not tell of any. */
  const hasProcesses = (host: string): boolean => existsSync(join(hostFolder(host), 'proc', '1', 'comm'));

  /** Those that are not called as the kernel calls them, by the kernel's name. */
  const renamed: Readonly<Record<string, string>> = {
    // What would play tricks on a terminal is shown as its number, and so are bytes that are no UTF-8.
    'nl\nname': String.raw`nl\u{a}name`,
    '\u001b[1mesc': String.raw`\u{1b}[1mesc`,
    'bad\u00ff\u00fe': String.raw`bad\xff\xfe`,
  };

  /** Every Python here was started as `python3 SCRIPT …`, though one calls its first word the empty one. */
  const programOf = (host: string, pid: string | undefined): string => {
    if (pid === undefined) return '';
    const comm = processFile(host, pid, 'comm').replace(/\n$/, '');
    const [, script = ''] = processFile(host, pid, 'cmdline').split('\0');
    if (comm === 'python3') return script.replace(/^.*\//, '');
    return renamed[comm] ?? Buffer.from(comm, 'latin1').toString('utf8');
  };

  interface InetSocket {
    readonly family: string;
    readonly protocol: string;
    readonly state: string;
    readonly receiveQueue: number;
    readonly local: string;
    readonly localPort: number;
    readonly remote: string;
    readonly remotePort: string;
    readonly user: string;
    readonly inode: number;
    readonly pid: string | undefined;
  }

  /** `tcp  0  0 127.0.0.1:9905  0.0.0.0:*  LISTEN  0  12254  634/new` and the rest of the name on the next line. */
  const inetRow =
    /^(tcp|udpl?|raw)(6?) +(\d+) +\d+ +(\S+):(\d+) +(\S+):(\d+|\*) +(?:(\w+) +)?(\d+) +(\d+) +(?:-|(\d+)\/)/;

  const inetSockets = (host: string): readonly InetSocket[] =>
    `${oracle(host, 'netstat-tuwxanpeeo') ?? ''}\n${oracle(host, 'netstat-udplite') ?? ''}`
      .split(/^(?=(?:tcp|udpl?|raw)6? |Active |unix )/m)
      .filter(row => /^(tcp|udpl?|raw)6? /.test(row))
      .map(row => {
        const [, name = '', six, receiveQueue, local = '', localPort, remote = '', remotePort = '', ...rest] =
          inetRow.exec(row) ?? assert.fail(row);
        const [state = '', user = '', inode, pid] = rest;
        return {
          family: six === '6' ? 'inet6' : 'inet',
          protocol: name === 'udpl' ? 'udplite' : name,
          state: name === 'tcp' ? state : datagramState(state),
          ...{ receiveQueue: number(receiveQueue), local, localPort: number(localPort), remote, remotePort },
          ...{ user, inode: number(inode), pid },
        };
      });

  const unixRow = /^unix +\d+ +\[ [A-Z ]*\] +([A-Z]+) +([A-Z]+)? *(\d+) +(?:-|(\d+)\/)/;

  const unixSockets = (host: string) =>
    (linesOf(host, 'netstat-tuwxanpeeo') ?? [])
      .filter(line => line.startsWith('unix '))
      .map(line => {
        const [, type = '', state = 'UNCONNECTED', inode, pid] = unixRow.exec(line) ?? assert.fail(line);
        return { family: 'unix', protocol: type.toLowerCase(), state, inode: number(inode), pid };
      });

  const having = (counts: Counts, key: RegExp): Counts =>
    new Map([...counts].filter(([each]) => key.test(each)));

  /** A host without processes has nothing of its programs. */
  const heldByPrograms = (
    what: string,
    metric: string,
    oracles: readonly string[],
    check: (host: string) => void,
  ): void => {
    held(what, oracles, host => {
      if (hasProcesses(host)) check(host);
      else assert.equal(exposed(host, metric).size, 0);
    });
  };

  const withPids = ['netstat-tuwxanpeeo'];

  test('every name that is told otherwise is one that netstat met', () => {
    const met = new Set(
      hostNames
        .filter(hasProcesses)
        .flatMap(host =>
          inetSockets(host).flatMap(({ pid }) => (pid === undefined ? [] : [processFile(host, pid, 'comm')])),
        ),
    );
    assert.deepEqual(
      Object.keys(renamed).filter(comm => !met.has(`${comm}\n`)),
      [],
    );
  });

  heldByPrograms('sockets by program', 'program_sockets', withPids, host => {
    assertSame(
      having(exposed(host, 'program_sockets'), / (inet6? (tcp|udp|udplite|raw)|unix \w+) [A-Z_0-9]+$/),
      count(
        [...inetSockets(host), ...unixSockets(host)].map(({ pid, family, protocol, state }) => [
          `${programOf(host, pid)} ${family} ${protocol} ${state}`,
          1,
        ]),
      ),
    );
  });

  const closeWaitOf = (
    host: string,
    sockets: readonly Pick<InetSocket, 'state' | 'receiveQueue' | 'pid'>[],
  ): Counts =>
    count(
      sockets
        .filter(({ state }) => state === 'CLOSE_WAIT')
        .map(({ pid, receiveQueue }) => [
          `${programOf(host, pid)} ${receiveQueue > 0 ? 'unread' : 'read'}`,
          1,
        ]),
    );

  heldByPrograms('CLOSE_WAIT by program', 'program_close_wait_sockets', withPids, host => {
    assertSame(exposed(host, 'program_close_wait_sockets'), closeWaitOf(host, inetSockets(host)));
  });

  heldByPrograms('accept queues', 'listener_accept_queue_length', withPids, host => {
    const theirs = count(
      inetSockets(host)
        .filter(({ state }) => state === 'LISTEN')
        .map(({ family, local, localPort, pid, receiveQueue }) => {
          // netstat prints addresses of IPv4 in tcp6 without what maps them.
          const address = family === 'inet6' && local.includes('.') ? `::ffff:${local}` : local;
          return [`${family} tcp ${address} ${localPort} ${programOf(host, pid)}`, receiveQueue];
        }),
    );
    // Empty queues included.
    const ours = exposed(host, 'listener_accept_queue_length');
    assert.deepEqual([...ours].sort(), [...theirs].sort());
  });

  heldByPrograms('sockets of nobody', 'sockets_without_owner', withPids, host => {
    const orphans = [...inetSockets(host), ...unixSockets(host)].filter(({ pid }) => pid === undefined);
    assertSame(
      exposed(host, 'sockets_without_owner'),
      count(orphans.map(({ inode }) => [inode === 0 ? 'kernel' : 'vanished', 1])),
    );
    // netstat shows no sockets of these kinds, but they all have a program.
    assert.equal(having(exposed(host, 'program_sockets', ''), /^ (inet6? icmp|packet) /).size, 0);
  });

  held('sockets by user', withPids, host => {
    assertSame(
      having(exposed(host, 'user_sockets'), /^inet6? (tcp|udp|udplite|raw) /),
      count(
        inetSockets(host).map(({ family, protocol, user, inode, state }) => [
          // What no program holds any more is printed with the number of root.
          `${family} ${protocol} ${inode === 0 && user === '0' ? '' : user} ${state}`,
          1,
        ]),
      ),
    );
  });

  const portRange = (host: string): { readonly first: number; readonly last: number } => {
    const text = readFileSync(
      join(hostFolder(host), 'proc', 'sys', 'net', 'ipv4', 'ip_local_port_range'),
      'utf8',
    );
    const [first, last] = text.trim().split('\t');
    return { first: number(first), last: number(last) };
  };

  const chosenByKernel = (host: string): ((port: number) => boolean) => {
    const { first, last } = portRange(host);
    return port => port >= first && port <= last;
  };

  /** By table: a connection is of the side that listens on its port, or is being accepted. */
  const serverSide = (all: readonly InetSocket[]): ReadonlySet<InetSocket> => {
    const listening = new Set(
      all.filter(({ state }) => state === 'LISTEN').map(({ family, localPort }) => `${family} ${localPort}`),
    );
    const isServer = ({ family, protocol, localPort, state }: InetSocket): boolean =>
      protocol === 'tcp'
        ? listening.has(`${family} ${localPort}`) || state === 'SYN_RECV'
        : state === 'UNCONNECTED';
    return new Set(all.filter(isServer));
  };

  held('sockets by port and by port of the peer', withPids, host => {
    const isChosen = chosenByKernel(host);
    const all = inetSockets(host).filter(({ protocol }) => protocol !== 'raw');
    const servers = serverSide(all);
    const clients = all.filter(socket => !servers.has(socket));
    const key = ({ family, protocol, state }: InetSocket, port: string): string =>
      `${family} ${protocol} ${port} ${state}`;
    assertSame(
      exposed(host, 'port_sockets'),
      count(
        Array.from(servers, socket => {
          const isAnonymous = socket.protocol !== 'tcp' && isChosen(socket.localPort);
          return [key(socket, isAnonymous ? 'other' : String(socket.localPort)), 1];
        }),
      ),
    );
    assertSame(
      exposed(host, 'peer_port_sockets'),
      count(
        clients.map(socket => {
          const isForsaken = isChosen(number(socket.remotePort)) && !isChosen(socket.localPort);
          return [key(socket, isForsaken ? 'other' : socket.remotePort), 1];
        }),
      ),
    );
  });

  held('the share of local ports that the busiest peer takes', withPids, host => {
    const isChosen = chosenByKernel(host);
    const { first, last } = portRange(host);
    const all = inetSockets(host).filter(({ protocol }) => protocol === 'tcp');
    const servers = serverSide(all);
    const clients = all.filter(socket => !servers.has(socket) && isChosen(socket.localPort));
    for (const [family, ports] of exposed(host, 'ephemeral_ports_limit')) {
      assert.equal(ports, last - first + 1);
      const peers = count(
        clients
          .filter(client => client.family === family)
          .map(({ local, remote, remotePort }) => [`${local} ${remote} ${remotePort}`, 1]),
      );
      assert.equal(
        exposed(host, 'ephemeral_port_peak_ratio').get(family),
        Math.max(0, ...peers.values()) / ports,
        family,
      );
    }
  });

  /** `CLOSE-WAIT 1 0 127.0.0.1:8080 127.0.0.1:44742 users:(("leaky-svc",pid=145,fd=44)) …`: a name may hold line ends. */
  const ssSockets = (host: string) =>
    (oracle(host, 'ss-tanpe') ?? '')
      .split(/^(?=[A-Z][A-Z0-9-]+ +\d+ +\d+ )/m)
      .slice(1)
      .map(row => {
        const [, word = '', queue, local = ''] = /^(\S+) +(\d+) +\d+ +(\S+)/.exec(row) ?? [];
        const pids = Array.from(row.matchAll(/",pid=(\d+),fd=\d+\)/g), ([, pid]) => number(pid));
        return {
          family: /^[[*]/.test(local) ? 'inet6' : 'inet',
          state: ssStates[word] ?? assert.fail(`unknown state ${word}`),
          receiveQueue: number(queue),
          // It names all that share a socket.
          pid: pids.length === 0 ? undefined : String(Math.min(...pids)),
        };
      });

  heldByPrograms('tcp sockets by program, as ss -p names them', 'program_sockets', ['ss-tanpe'], host => {
    const sockets = ssSockets(host);
    assertSame(
      having(exposed(host, 'program_sockets'), / inet6? tcp [A-Z_0-9]+$/),
      count(sockets.map(({ pid, family, state }) => [`${programOf(host, pid)} ${family} tcp ${state}`, 1])),
    );
    assertSame(exposed(host, 'program_close_wait_sockets'), closeWaitOf(host, sockets));
  });

  test('closewait-a: the 40 sockets are compared with the 1024 that their program may open', () => {
    assert.deepEqual(withoutZeros(exposed('closewait-a', 'program_close_wait_sockets')), {
      'leaky-svc unread': 40,
    });
    assert.equal(exposed('closewait-a', 'program_close_wait_descriptor_ratio').get('leaky-svc'), 40 / 1024);
  });
});
