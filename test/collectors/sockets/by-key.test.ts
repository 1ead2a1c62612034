// Protects: every socket counts for one port and one user, whatever ports and users there are the series stay few, and sums stay right.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import type { Memory, Top } from '../../../src/collectors/collector.ts';
import { raw, tcp, tcp6, udp, udp6 } from '../../../src/collectors/sockets/inet.ts';
import { tcpStates } from '../../../src/collectors/sockets/states.ts';
import { worstCase } from '../../../src/metrics/label.ts';
import { memory } from '../../../src/procfs/source.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import { readCollector, sysctlsOf } from '../../../src/snapshot/read.ts';
import { type AnyCollector, everything, familyIn, lines, littleEndian, reportOf } from '../reading.ts';
import { createMaterializer } from '../../materializing.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

const RANGE_FILE = 'sys/net/ipv4/ip_local_port_range';

const LISTEN = 'LISTEN';
const SYN_RECV = 'SYN_RECV';
const TIME_WAIT = 'TIME_WAIT';
const CLOSE_WAIT = 'CLOSE_WAIT';

interface Socket {
  readonly local?: number;
  readonly remote?: number;
  /** Of TCP; datagram sockets are UNCONNECTED without one. */
  readonly state?: (typeof tcpStates)[number];
  readonly uid?: number;
  readonly inode?: number;
  /** As the kernel prints it: the bytes of the machine, without the port. */
  readonly localAddress?: string;
  readonly remoteAddress?: string;
}

const hex = (number: number, digits: number): string =>
  number.toString(16).toUpperCase().padStart(digits, '0');

const row = ({
  local = 0,
  remote = 0,
  state,
  uid = 1000,
  inode = 77,
  localAddress = '0100007F',
  remoteAddress = '0200007F',
}: Socket): string => {
  const number = state === undefined ? 7 : tcpStates.indexOf(state) + 1;
  return `   0: ${localAddress}:${hex(local, 4)} ${remoteAddress}:${hex(remote, 4)} ${hex(number, 2)} 00000000:00000000 00:00000000 00000000 ${uid} 0 ${inode} 2 0`;
};

interface Settings {
  /** What the sysctl says; undefined where there is none. */
  readonly range?: string | (() => never) | undefined;
  readonly top?: Top;
  readonly remembered?: Memory;
  readonly userName?: (uid: number) => string;
}

const usual = '32768\t60999\n';

const numbered = (uid: number): string => (uid < 0 ? '' : String(uid));

const read = (
  collector: AnyCollector,
  sockets: readonly Socket[],
  {
    range = usual,
    top = { port: 64, user: 64 },
    remembered = createMemories()(collector.name),
    userName = numbered,
  }: Settings = {},
) => {
  const files = { [collector.file]: lines(header, ...sockets.map(row)), [RANGE_FILE]: range };
  const present = Object.fromEntries(Object.entries(files).filter(([, content]) => content !== ''));
  const source = memory(present, littleEndian);
  const outcome = readCollector(collector, source, remembered, {
    ledger: undefined,
    userName,
    top,
    sysctl: sysctlsOf(source),
  });
  assert.equal(reportOf(outcome), 'ok');
  const selection = { ...everything, limits: { port: top.port, user: top.user } };
  const { families, folded } = createMaterializer(
    [collector],
    selection,
  )(new Map([[collector.name, outcome]]));
  const samples = families.flatMap(({ name, labels, samples }) =>
    samples.map(sample => {
      const told = sample.labels.filter((_, i) => !['family', 'protocol'].includes(labels[i] ?? ''));
      return `${name.replace('netstat_', '')}{${told.join()}} ${sample.value}`;
    }),
  );
  return {
    samples,
    /** Of one family, without those that are 0. */
    counted: (name: string) =>
      familyIn(samples, name)
        .filter(sample => !sample.endsWith(' 0'))
        .toSorted(),
    all: (name: string) => familyIn(samples, name).toSorted(),
    sum: (name: string) =>
      familyIn(samples, name).reduce((sum, sample) => sum + Number(sample.split(' ').at(-1)), 0),
    folded: Object.fromEntries(folded.get(collector.name) ?? []),
  };
};

const NO_RANGE = { range: '' };

describe('by port, TCP', () => {
  test('on a port that something listens on is of the server side', () => {
    const { counted } = read(tcp, [
      { local: 80, state: LISTEN },
      { local: 80, remote: 50_000, state: 'ESTABLISHED' },
      { local: 80, remote: 50_001, state: CLOSE_WAIT },
      { local: 80, remote: 443, state: TIME_WAIT, uid: 0, inode: 0 },
    ]);
    assert.deepEqual(counted('port_sockets'), [
      '{80,CLOSE_WAIT} 1',
      '{80,ESTABLISHED} 1',
      '{80,LISTEN} 1',
      '{80,TIME_WAIT} 1',
    ]);
    assert.deepEqual(counted('peer_port_sockets'), []);
  });

  test('on a port that something listens on is of the server side, be it one of those for outgoing connections', () => {
    const { counted } = read(tcp, [
      { local: 40_000, state: LISTEN },
      { local: 40_000, remote: 50_000, state: 'ESTABLISHED' },
    ]);
    assert.deepEqual(counted('port_sockets'), ['{40000,ESTABLISHED} 1', '{40000,LISTEN} 1']);
  });

  test('to a port on which nothing listens here is of the client side, by the port of the peer', () => {
    const { counted } = read(tcp, [
      { local: 50_000, remote: 5432, state: 'ESTABLISHED' },
      { local: 50_001, remote: 5432, state: 'ESTABLISHED' },
      { local: 50_002, remote: 443, state: 'SYN_SENT' },
      // Who binds a port before connecting is a client all the same.
      { local: 879, remote: 2049, state: 'ESTABLISHED' },
    ]);
    assert.deepEqual(counted('peer_port_sockets'), [
      '{2049,ESTABLISHED} 1',
      '{443,SYN_SENT} 1',
      '{5432,ESTABLISHED} 2',
    ]);
    assert.deepEqual(counted('port_sockets'), []);
  });

  test('in SYN_RECV is of the server side, though its listener is in the table of the other IP version', () => {
    const { counted } = read(tcp, [{ local: 8080, remote: 50_000, state: SYN_RECV, uid: 0, inode: 0 }]);
    assert.deepEqual(counted('port_sockets'), ['{8080,SYN_RECV} 1']);
    assert.deepEqual(counted('peer_port_sockets'), []);
  });

  test('between two ports that kernels chose is of the client side, as both ends of it would say', () => {
    const { counted } = read(tcp, [{ local: 50_000, remote: 40_000, state: 'ESTABLISHED' }]);
    assert.deepEqual(counted('peer_port_sockets'), ['{40000,ESTABLISHED} 1']);
  });

  test('of a listener that is gone is among the others, since the port of its peer says nothing', () => {
    const { counted, folded } = read(tcp, [
      { local: 80, remote: 50_000, state: CLOSE_WAIT },
      { local: 80, remote: 50_001, state: TIME_WAIT, uid: 0, inode: 0 },
      { local: 50_000, remote: 443, state: 'ESTABLISHED' },
    ]);
    assert.deepEqual(counted('peer_port_sockets'), [
      '{443,ESTABLISHED} 1',
      '{other,CLOSE_WAIT} 1',
      '{other,TIME_WAIT} 1',
    ]);
    assert.deepEqual(folded, {}, 'no port was folded');
  });

  test('tells of CLOSE_WAIT whether there is some or not, and of other states only where there are', () => {
    const { all } = read(tcp, [{ local: 80, state: LISTEN }]);
    assert.deepEqual(all('port_sockets'), ['{80,CLOSE_WAIT} 0', '{80,LISTEN} 1']);
    assert.deepEqual(all('peer_port_sockets'), []);
  });

  test('has the ports of its range for outgoing connections from the sysctl', () => {
    const sockets: readonly Socket[] = [{ local: 80, remote: 50_000, state: CLOSE_WAIT }];
    const peer = (range: string) => read(tcp, sockets, { range }).counted('peer_port_sockets');
    assert.deepEqual(peer('1024\t49999\n'), ['{50000,CLOSE_WAIT} 1']);
    assert.deepEqual(peer('1024\t50000\n'), ['{other,CLOSE_WAIT} 1']);
    assert.deepEqual(peer('50000\t50000\n'), ['{other,CLOSE_WAIT} 1']);
    assert.deepEqual(peer('50001\t60999\n'), ['{50000,CLOSE_WAIT} 1']);
    // Both ends of it are ports that a kernel chose.
    assert.deepEqual(peer('1\t65535\n'), ['{50000,CLOSE_WAIT} 1']);
  });

  test('takes the usual range where the sysctl cannot be read, or makes no sense', () => {
    const denied = (): never => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    };
    const odd = ['', 'no numbers\n', '32768\n', '1 2 3\n', '60999\t32768\n', '-1\t5\n', '\n', '1024\t65535'];
    odd.push('1024\t65536\n', `1\t${'9'.repeat(400)}\n`);
    for (const range of [...odd, denied]) {
      const { counted, all } = read(
        tcp,
        [
          { local: 80, remote: 50_000, state: CLOSE_WAIT },
          { local: 80, remote: 32_767, state: CLOSE_WAIT },
          { local: 80, remote: 61_000, state: CLOSE_WAIT },
        ],
        { range },
      );
      const expected = ['{32767,CLOSE_WAIT} 1', '{61000,CLOSE_WAIT} 1', '{other,CLOSE_WAIT} 1'];
      assert.deepEqual(counted('peer_port_sockets'), expected, JSON.stringify(range));
      assert.deepEqual(all('ephemeral_ports_limit'), [], JSON.stringify(range));
    }
  });
});

describe('by port, UDP', () => {
  test('that is not connected is of the server side, by its own port', () => {
    const { counted } = read(udp, [{ local: 53 }, { local: 53 }, { local: 61_000 }]);
    assert.deepEqual(counted('port_sockets'), ['{53,UNCONNECTED} 2', '{61000,UNCONNECTED} 1']);
  });

  test('that is not connected, on a port that the kernel chose, is among the others', () => {
    const { counted } = read(udp, [{ local: 53 }, { local: 32_768 }, { local: 60_999 }]);
    assert.deepEqual(counted('port_sockets'), ['{53,UNCONNECTED} 1', '{other,UNCONNECTED} 2']);
  });

  test('that is connected is of the client side, by the port of the peer', () => {
    const { counted } = read(udp, [
      { local: 50_000, remote: 53, state: 'ESTABLISHED' },
      { local: 53, remote: 50_000, state: 'ESTABLISHED' },
    ]);
    assert.deepEqual(counted('peer_port_sockets'), ['{53,ESTABLISHED} 1', '{other,ESTABLISHED} 1']);
    assert.deepEqual(counted('port_sockets'), []);
  });

  test('and its kin that have no ports are told by user alone', () => {
    const { all, counted } = read(raw, [{ local: 1 }, { local: 58, uid: 0 }]);
    assert.deepEqual([...all('port_sockets'), ...all('peer_port_sockets')], []);
    assert.deepEqual(counted('user_sockets'), ['{0,UNCONNECTED} 1', '{1000,UNCONNECTED} 1']);
  });
});

describe('by user', () => {
  test('a socket without an inode has no user where the kernel says root, as it says of TIME_WAIT', () => {
    const { counted } = read(tcp, [
      { local: 80, state: LISTEN, uid: 0, inode: 5 },
      { local: 80, remote: 50_000, state: TIME_WAIT, uid: 0, inode: 0 },
      // Not accepted yet: it has the user of its listener already.
      { local: 80, remote: 50_001, state: 'ESTABLISHED', uid: 33, inode: 0 },
    ]);
    assert.deepEqual(counted('user_sockets'), ['{,TIME_WAIT} 1', '{0,LISTEN} 1', '{33,ESTABLISHED} 1']);
  });

  test('the highest number is a user as any other', () => {
    assert.deepEqual(read(udp, [{ local: 53, uid: 4_294_967_294 }]).counted('user_sockets'), [
      '{4294967294,UNCONNECTED} 1',
    ]);
  });

  test('users of one name are one user, and one who is called other is among the others', () => {
    const userName = (uid: number): string => ['root', 'root', 'other'][uid] ?? String(uid);
    const sockets = [0, 1, 2, 3].map(uid => ({ local: 53, uid }));
    const { counted } = read(udp, sockets, { userName, top: { port: 64, user: 3 } });
    assert.deepEqual(counted('user_sockets'), ['{other,UNCONNECTED} 2', '{root,UNCONNECTED} 2']);
  });
});

describe('ports for outgoing connections', () => {
  const toPeer = (count: number, peer: Partial<Socket>, first = 40_000): readonly Socket[] =>
    Array.from({ length: count }, (_, i) => ({
      local: first + i,
      remote: 443,
      state: TIME_WAIT,
      uid: 0,
      inode: 0,
      ...peer,
    }));

  test('are so many as the sysctl says, both ends included', () => {
    const limit = (range: string) => read(tcp, [], { range }).all('ephemeral_ports_limit');
    assert.deepEqual(limit(usual), ['{} 28232']);
    assert.deepEqual(limit('1024 65535\n'), ['{} 64512']);
    assert.deepEqual(limit('5\t5\n'), ['{} 1']);
  });

  test('are taken by the busiest tuple of addresses and port, and not by all together', () => {
    const { all } = read(
      tcp,
      [
        ...toPeer(10, { remote: 443 }),
        ...toPeer(20, { remote: 5432 }),
        ...toPeer(30, { remote: 443, remoteAddress: '0300007F' }),
        ...toPeer(25, { remote: 443, remoteAddress: '0300007F', localAddress: '0900007F' }),
      ],
      { range: '40000\t40099\n' },
    );
    assert.deepEqual(all('ephemeral_port_peak_ratio'), ['{} 0.3']);
  });

  test('are not taken by connections from other ports, nor by those of a listener', () => {
    const { all } = read(
      tcp,
      [
        { local: 40_001, state: LISTEN },
        ...Array.from({ length: 50 }, () => ({ local: 40_001, remote: 443, state: 'ESTABLISHED' as const })),
        ...toPeer(50, {}, 1000),
        ...toPeer(7, { remote: 5432 }, 40_002),
      ],
      { range: '40000\t40099\n' },
    );
    assert.deepEqual(all('ephemeral_port_peak_ratio'), ['{} 0.07']);
  });

  test('are free where there is no connection, and full where all are taken', () => {
    const ratio = (sockets: readonly Socket[]) =>
      read(tcp, sockets, { range: '40000\t40099\n' }).all('ephemeral_port_peak_ratio');
    assert.deepEqual(ratio([]), ['{} 0']);
    assert.deepEqual(ratio(toPeer(100, {})), ['{} 1']);
  });

  test('are counted for addresses of IPv6 alike', () => {
    const localAddress = 'B80D0120000000000000000005000000';
    const { all } = read(
      tcp6,
      [
        ...toPeer(10, { localAddress, remoteAddress: 'B80D0120000000000000000006000000' }),
        ...toPeer(12, { localAddress, remoteAddress: 'B80D0120000000000000000007000000' }),
      ],
      { range: '40000\t40099\n' },
    );
    assert.deepEqual(all('ephemeral_port_peak_ratio'), ['{} 0.12']);
    assert.deepEqual(all('ephemeral_ports_limit'), ['{} 100']);
  });

  test('have no series where nothing tells them', () => {
    const { all } = read(tcp, toPeer(3, {}), NO_RANGE);
    assert.deepEqual([...all('ephemeral_ports_limit'), ...all('ephemeral_port_peak_ratio')], []);
  });
});

describe('the choice of keys', () => {
  const onPorts = (shares: Readonly<Record<number, number>>): readonly Socket[] =>
    Object.entries(shares).flatMap(([port, count]) =>
      Array.from({ length: count }, () => ({ local: Number(port) })),
    );

  const watch = (top: Top) => {
    const remembered = createMemories()('udp');
    return (sockets: readonly Socket[]) => read(udp, sockets, { top, remembered });
  };

  test('is that of the largest, and the others are added up and counted', () => {
    const { counted, folded } = watch({ port: 2, user: 2 })(onPorts({ 1: 5, 2: 1, 3: 4, 4: 2 }));
    assert.deepEqual(counted('port_sockets'), [
      '{1,UNCONNECTED} 5',
      '{3,UNCONNECTED} 4',
      '{other,UNCONNECTED} 3',
    ]);
    assert.deepEqual(folded, { port: 2 });
  });

  test('counts what is folded of both sides, and of users apart', () => {
    const sockets: readonly Socket[] = [
      ...onPorts({ 1: 2, 2: 1, 3: 1 }),
      { local: 50_000, remote: 53, state: 'ESTABLISHED', uid: 5 },
      { local: 50_000, remote: 54, state: 'ESTABLISHED', uid: 6 },
    ];
    const { folded } = watch({ port: 1, user: 1 })(sockets);
    assert.deepEqual(folded, { port: 2 + 1, user: 2 });
  });

  test('does not flap at the edge', () => {
    const readAll = watch({ port: 1, user: 64 });
    const chosen = (shares: Readonly<Record<number, number>>) =>
      readAll(onPorts(shares)).counted('port_sockets')[0];
    assert.equal(chosen({ 1: 10, 2: 9 }), '{1,UNCONNECTED} 10');
    assert.equal(chosen({ 1: 10, 2: 12 }), '{1,UNCONNECTED} 10');
    assert.equal(chosen({ 1: 10, 2: 13 }), '{2,UNCONNECTED} 13');
    assert.equal(chosen({ 1: 13, 2: 12 }), '{2,UNCONNECTED} 12');
  });

  test('a key that lost its last socket stays at 0 for twenty readings, and then goes', () => {
    const readAll = watch({ port: 64, user: 64 });
    readAll(onPorts({ 53: 1, 123: 1 }));
    for (let reading = 1; reading <= 20; reading++) {
      assert.deepEqual(
        readAll(onPorts({ 123: 1 })).all('port_sockets'),
        ['{123,UNCONNECTED} 1', '{53,UNCONNECTED} 0'],
        `reading ${reading}`,
      );
    }
    assert.deepEqual(readAll(onPorts({ 123: 1 })).all('port_sockets'), ['{123,UNCONNECTED} 1']);
  });

  test('a key that has sockets in another state goes on as 0 in the one that it left', () => {
    const remembered = createMemories()('tcp');
    const readAll = (sockets: readonly Socket[]) => read(tcp, sockets, { remembered }).all('port_sockets');
    const listener: Socket = { local: 80, state: LISTEN };
    readAll([listener, { local: 80, remote: 50_000, state: 'ESTABLISHED' }]);
    assert.deepEqual(readAll([listener]), ['{80,CLOSE_WAIT} 0', '{80,ESTABLISHED} 0', '{80,LISTEN} 1']);
  });

  test('a key that moved into the others is not told to have nothing', () => {
    const readAll = watch({ port: 1, user: 64 });
    readAll(onPorts({ 1: 2 }));
    assert.deepEqual(readAll(onPorts({ 1: 2, 2: 9 })).all('port_sockets'), [
      '{2,UNCONNECTED} 9',
      '{other,UNCONNECTED} 2',
    ]);
    // Nor when it is gone, and there is no room.
    assert.deepEqual(readAll(onPorts({ 2: 9 })).all('port_sockets'), ['{2,UNCONNECTED} 9']);
  });

  test('a key that has nothing takes room only where there is some', () => {
    const readAll = watch({ port: 2, user: 64 });
    readAll(onPorts({ 1: 1, 2: 1 }));
    const { all, folded } = readAll(onPorts({ 3: 1 }));
    assert.deepEqual(all('port_sockets'), ['{1,UNCONNECTED} 0', '{3,UNCONNECTED} 1']);
    assert.deepEqual(folded, {});
  });
});

describe('whatever the sockets', () => {
  const aPort = fc.oneof(fc.constantFrom(80, 443, 32_768, 60_999), fc.nat(65_535));
  const aUser = fc.oneof(fc.nat(5), fc.constantFrom(65_534, 4_294_967_294));
  const aSocket = {
    local: aPort,
    remote: aPort,
    uid: aUser,
    inode: fc.nat(3),
  };
  const aTop = fc.record({ port: fc.integer({ min: 1, max: 6 }), user: fc.integer({ min: 1, max: 4 }) });
  const aRange = fc.constantFrom(usual, '', '1\t65535\n', '80\t80\n');

  const assertWhole = (
    collector: AnyCollector,
    readings: readonly (readonly Socket[])[],
    settings: Settings,
  ): void => {
    const remembered = createMemories()(collector.name);
    for (const sockets of readings) {
      const { sum, samples } = read(collector, sockets, { ...settings, remembered });
      assert.equal(sum('sockets'), sockets.length);
      assert.equal(sum('port_sockets') + sum('peer_port_sockets'), sockets.length);
      assert.equal(sum('user_sockets'), sockets.length);
      for (const state of tcpStates) {
        const ofState = (...families: readonly string[]): number =>
          families
            .flatMap(family => familyIn(samples, family))
            .filter(sample => new RegExp(`[{,]${state}}`).test(sample))
            .reduce((total, sample) => total + Number(sample.split(' ').at(-1)), 0);
        assert.equal(ofState('port_sockets', 'peer_port_sockets'), ofState('sockets'), state);
        assert.equal(ofState('user_sockets'), ofState('sockets'), state);
      }
      const keysOf = (family: string): number =>
        new Set(familyIn(samples, family).map(sample => /^\{([^,]*),/.exec(sample)?.[1])).size;
      const { port, user } = settings.top ?? { port: 64, user: 64 };
      assert.ok(keysOf('port_sockets') <= port + 1);
      assert.ok(keysOf('peer_port_sockets') <= port + 1);
      assert.ok(keysOf('user_sockets') <= user + 1);
    }
  };

  test('of TCP, all ports together and all users together are all sockets, in every state', () => {
    const sockets = fc.array(fc.record({ ...aSocket, state: fc.constantFrom(...tcpStates) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.array(sockets, { maxLength: 4 }), aTop, aRange, (readings, top, range) => {
        assertWhole(tcp, readings, { top, range });
      }),
    );
  });

  test('of UDP, all ports together and all users together are all sockets, in every state', () => {
    const connected = fc.record({ ...aSocket, state: fc.constant('ESTABLISHED' as const) });
    const sockets = fc.array(fc.oneof(fc.record(aSocket), connected), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(sockets, { maxLength: 4 }), aTop, aRange, (readings, top, range) => {
        assertWhole(udp6, readings, { top, range });
      }),
    );
  });
});

describe('100,000 ports and users', () => {
  const SOCKETS = 100_000;
  const worstOf = ({ families }: AnyCollector): number =>
    families.reduce((series, { labels }) => series + worstCase(labels), 0);
  const CLIENTS = 20_000;
  const connected = (i: number): Socket => ({
    local: 40_000 + (i % CLIENTS),
    remote: i % 65_536,
    state: 'ESTABLISHED',
  });
  const leaking = (i: number): Socket => ({ ...connected(i), state: i % 3 === 0 ? CLOSE_WAIT : TIME_WAIT });
  const unconnected = (i: number): Socket => ({ local: i % 65_536 });

  /** A user for every socket, others in every reading, and as many ports as there are. */
  const socketsOf = (shape: (i: number) => Socket, generation: number): readonly Socket[] =>
    Array.from({ length: SOCKETS }, (_, i) => ({
      ...shape(i + generation),
      uid: 1 + i + generation * SOCKETS,
    }));

  for (const [what, collector, shape] of [
    ['connections of TCP', tcp, leaking],
    ['sockets of UDP that are not connected', udp, unconnected],
    ['sockets of UDP that are connected', udp6, connected],
  ] as const) {
    test(`in ${what} cost series of the limits, and keep their sums`, () => {
      const remembered = createMemories()(collector.name);
      const worst = worstOf(collector);
      for (let generation = 0; generation < 2; generation++) {
        const { samples, sum, folded } = read(collector, socketsOf(shape, generation), { remembered });
        assert.ok(samples.length <= worst, `${samples.length} series of at most ${worst}`);
        assert.equal(sum('sockets'), SOCKETS);
        assert.equal(sum('port_sockets') + sum('peer_port_sockets'), SOCKETS);
        assert.equal(sum('user_sockets'), SOCKETS);
        // Beyond so many users those that are left are counted as one.
        const USERS_LIMIT = 65_536;
        assert.equal(folded['user'], USERS_LIMIT - 64 + 1);
        assert.ok((folded['port'] ?? 0) > CLIENTS, String(folded['port']));
      }
    });
  }

  test('leave nothing behind when they have gone', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const remembered = createMemories()('tcp');
    const used = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    let generation = 0;
    const readAll = (): void => {
      read(tcp, socketsOf(leaking, generation++), { remembered });
    };
    for (let i = 0; i < 3; i++) readAll();
    const before = used();
    for (let i = 0; i < 4; i++) readAll();
    const kept = used() - before;
    // One number for each user of each reading would be 8 MB.
    assert.ok(kept < 3e6, `${kept} bytes kept after four more readings`);
  });
});
