// Protects: the fast road over borrowed bytes gives what the plain one gives, for any table, however its bytes arrive.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { arp } from '../../src/collectors/arp.ts';
import { devMcast } from '../../src/collectors/dev-mcast.ts';
import { conntrack } from '../../src/collectors/conntrack/conntrack.ts';
import { dev } from '../../src/collectors/dev.ts';
import { ifInet6 } from '../../src/collectors/if-inet6.ts';
import { igmp6 } from '../../src/collectors/igmp6.ts';
import { ipv6Route } from '../../src/collectors/ipv6-route.ts';
import { ax25, x25 } from '../../src/collectors/legacy/circuit-sockets.ts';
import { ipx } from '../../src/collectors/legacy/ipx.ts';
import { route } from '../../src/collectors/route.ts';
import { snmp } from '../../src/collectors/snmp.ts';
import { snmp6 } from '../../src/collectors/snmp6.ts';
import { tcp, tcp6, udp, udp6 } from '../../src/collectors/sockets/inet.ts';
import { netlink } from '../../src/collectors/sockets/netlink.ts';
import { sctpAssocs } from '../../src/collectors/sockets/sctp-assocs.ts';
import { unix } from '../../src/collectors/sockets/unix.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import { readCollector } from '../../src/snapshot/read.ts';
import { littleEndian, reportOf, type AnyCollector } from './reading.ts';

const RUNS = { numRuns: 200, seed: 20_240_917 };

/** What the plain road makes of a text: the data, and how many lines it could not use. */
interface Twin {
  readonly data: unknown;
  readonly skipped: number;
}

/** Cuts the text at these places and hands the pieces over in one storage that is used again and again. */
function* cut(text: string, sizes: readonly number[]): Iterable<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  const storage = Buffer.alloc(Math.max(1, ...sizes));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const length = bytes.copy(storage, 0, at, Math.min(bytes.length, at + size));
    yield storage.subarray(0, length);
    at += length;
  }
}

const holds = (collector: AnyCollector, table: fc.Arbitrary<string>, twin: (text: string) => Twin): void => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 });
  let skippedLines = 0;
  let goodTables = 0;
  fc.assert(
    fc.property(table, sizes, (text, chunks) => {
      const source = {
        machine: littleEndian,
        offers: () => true,
        open: () => cut(text, chunks),
        attributes: () => undefined,
        everyFile: () => undefined,
      };
      const outcome = readCollector(collector, source, createMemories()(collector.name));
      if (outcome.status !== 'ok') return assert.fail(reportOf(outcome));
      const plain = twin(text);
      assert.deepEqual(outcome.data, plain.data);
      assert.equal(outcome.skipped.count, plain.skipped, reportOf(outcome));
      skippedLines += plain.skipped;
      if (plain.skipped === 0) goodTables++;
    }),
    RUNS,
  );
  // The tables were neither all good nor all bad, or nothing much was compared.
  assert.ok(goodTables > 10, `${goodTables} good tables`);
  if (collector.name !== 'snmp') assert.ok(skippedLines > 10, `${skippedLines} lines skipped`);
};

const asTable =
  (...header: readonly string[]) =>
  (rows: readonly string[]): string =>
    [...header, ...rows].map(line => `${line}\n`).join('');

const rowsOf = (text: string, headerLines: number): readonly string[] =>
  text.split('\n').slice(headerLines, -1);

const wordsOf = (row: string): readonly string[] => row.split(/[ \t]+/).filter(word => word !== '');

/** Folds rows one by one; a row that throws is skipped. */
const eachRow = (rows: readonly string[], take: (words: readonly string[], row: string) => void): number => {
  let skipped = 0;
  for (const row of rows) {
    try {
      take(wordsOf(row), row);
    } catch {
      skipped++;
    }
  }
  return skipped;
};

const match = (word: string | undefined, pattern: RegExp): string => {
  if (word === undefined || !pattern.test(word)) throw new Error('unlike');
  return word;
};
const hexIn = (word: string | undefined): number => parseInt(match(word, /^[0-9a-fA-F]+$/), 16);
const decimalIn = (word: string | undefined): number => {
  const value = BigInt(match(word, /^[0-9]+$/));
  if (value >= 2n ** 64n) throw new Error('too large');
  return Number(value);
};
const pairIn = (word: string | undefined): readonly [number, number] => {
  const [left, right] = match(word, /^[0-9a-fA-F]+:[0-9a-fA-F]+$/).split(':');
  return [hexIn(left), hexIn(right)];
};

/** Mostly what the kernel prints, now and then what it never would. */
const mostly = (good: fc.Arbitrary<string>, ...bad: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 60, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...bad) });

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .oneof(fc.constant(0), fc.nat({ max: 16 ** digits - 1 }))
    .map(value => value.toString(16).padStart(digits, '0'));
const upperHex = (digits: number): fc.Arbitrary<string> => hex(digits).map(text => text.toUpperCase());
const address = fc.tuple(hex(8), hex(8), hex(8), hex(8)).map(words => words.join(''));
const decimal = fc
  .oneof(fc.nat({ max: 3 }), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
  .map(value => value.toString());
const device = fc.constantFrom('lo', 'eth0', 'eth0.100', 'averyveryl0ng1', '\xc3\xbcn', 'x\\"y');
const gap = fc.constantFrom(' ', '  ', '\t', ' \t ');
const spaced = (...fields: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .tuple(gap, ...fields)
    .map(([between, ...words]) => words.join(between))
    .chain(row => fc.constantFrom(row, `  ${row}`, `${row}   `));
const someRows = (row: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> =>
  fc.array(row, { maxLength: 30 });
/** A row with some fields missing at its end, now and then. */
const cutShort = (row: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 40, arbitrary: row },
    {
      weight: 1,
      arbitrary: fc
        .tuple(row, fc.nat({ max: 12 }))
        .map(([text, words]) => wordsOf(text).slice(0, words).join(' ')),
    },
  );
/** Names as the kernel's folds see them. */
const inUtf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

const inetHeader =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const inet6Header = inetHeader.replace('rem_address', 'remote_address');

const inetRow = (
  state: fc.Arbitrary<string>,
  ...more: readonly fc.Arbitrary<string>[]
): fc.Arbitrary<string> =>
  cutShort(
    spaced(
      fc.nat({ max: 99_999 }).map(number => `${number}:`),
      fc.tuple(upperHex(8), upperHex(4)).map(each => each.join(':')),
      fc.tuple(upperHex(8), upperHex(4)).map(each => each.join(':')),
      state,
      mostly(
        fc.tuple(upperHex(8), upperHex(8)).map(each => each.join(':')),
        '00000000',
        '0000000g:00000000',
        ':',
      ),
      mostly(
        fc
          .tuple(fc.constantFrom('00', '01', '02', '03', '04', '05'), upperHex(8))
          .map(each => each.join(':')),
        '00',
        '00:x',
      ),
      mostly(upperHex(8), '-', '1h'),
      fc.nat().map(String),
      fc.nat({ max: 9 }).map(String),
      mostly(fc.nat({ max: 8 }).map(String), '-1', 'inode'),
      ...more,
    ),
  );

/** Sockets by key and state; those without a key are of the others. No table has so many keys that some would be added up. */
const keyedTwin = (states: number) => {
  const all: { readonly key: number | undefined; readonly state: number }[] = [];
  const countsOf = (key: number | undefined): readonly number[] =>
    Array.from(
      { length: states },
      (_, state) => all.filter(each => each.key === key && each.state === state).length,
    );
  return {
    add: (key: number | undefined, state: number): unknown => all.push({ key, state }),
    end(nameOf: (key: number) => string) {
      const keys = [...new Set(all.flatMap(({ key }) => key ?? []))];
      const total = (key: number): number => all.filter(each => each.key === key).length;
      return {
        largest: keys
          .sort((a, b) => total(b) - total(a) || a - b)
          .map(key => [nameOf(key), countsOf(key)] as const),
        others: countsOf(undefined),
        folded: 0,
        emptied: [],
      };
    },
  };
};

const isChosenByKernel = (port: number): boolean => port >= 32_768 && port <= 60_999;

const portIn = (address = ''): number => {
  const [, port] = /^[^:]*:([0-9A-Fa-f]+)$/.exec(address) ?? [];
  if (port === undefined) throw new Error('no port');
  return parseInt(port, 16);
};

const userNameOf = (uid: number): string => (uid < 0 ? '' : String(uid));

const tcpTwin = (text: string): Twin => {
  const [ports, peerPorts, users] = [keyedTwin(11), keyedTwin(11), keyedTwin(11)];
  const listening = new Set<number>();
  const data = {
    sockets: new Float64Array(11),
    inUse: 0,
    receiveQueueBytes: new Float64Array(11),
    sendQueueBytes: new Float64Array(11),
    timers: new Float64Array(5),
    retransmitting: 0,
    establishedWithoutTimer: 0,
    closeWaitUnread: 0,
    closeWaitRead: 0,
  };
  const add = (sums: Float64Array, at: number, amount: number): void => {
    sums[at] = (sums[at] ?? 0) + amount;
  };
  const skipped = eachRow(rowsOf(text, 1), words => {
    const state = hexIn(words[3]);
    if (state < 1 || state > 11) throw new Error('no state');
    const [send, receive] = pairIn(words[4]);
    const [timer] = pairIn(words[5]);
    const retransmits = hexIn(words[6]);
    const uid = decimalIn(words[7]);
    const inode = decimalIn(words[9]);
    const local = portIn(words[1]);
    const remote = portIn(words[2]);
    if (state === 10) listening.add(local);
    if (listening.has(local) || state === 3) ports.add(local, state - 1);
    else peerPorts.add(isChosenByKernel(remote) && !isChosenByKernel(local) ? undefined : remote, state - 1);
    users.add(inode === 0 && (uid === 0 || state === 3) ? -1 : uid, state - 1);
    add(data.sockets, state - 1, 1);
    add(data.sendQueueBytes, state - 1, send);
    add(data.receiveQueueBytes, state - 1, receive);
    if (timer < 5) add(data.timers, timer, 1);
    if (timer !== 3 && (state !== 3 || words.length > 12)) data.inUse++;
    if (retransmits !== 0) data.retransmitting++;
    if (state === 1 && timer === 0) data.establishedWithoutTimer++;
    if (state === 8 && receive > 0) data.closeWaitUnread++;
    if (state === 8 && receive === 0) data.closeWaitRead++;
  });
  const keyed = { ports: ports.end(String), peerPorts: peerPorts.end(String), users: users.end(userNameOf) };
  const unread = { isLean: false, info: undefined, ephemeralPorts: undefined, busiestPeerSockets: 0 };
  return { data: { ...data, ...keyed, ...unread }, skipped };
};

const tcpState = mostly(
  fc.constantFrom('01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B'),
  ...['00', '0C', 'FF', 'LISTEN'],
);

test('tcp and tcp6', () => {
  holds(tcp, someRows(inetRow(tcpState)).map(asTable(inetHeader)), tcpTwin);
  holds(tcp6, someRows(inetRow(tcpState, decimal, hex(8))).map(asTable(inet6Header)), tcpTwin);
});

const udpTwin = (text: string): Twin => {
  const [ports, peerPorts, users] = [keyedTwin(2), keyedTwin(2), keyedTwin(2)];
  const data = { sockets: new Float64Array(2), receiveMemoryBytes: 0, sendMemoryBytes: 0, drops: 0 };
  const bySocket: { inode: number; drops: number }[] = [];
  const skipped = eachRow(rowsOf(text, 1), words => {
    const state = hexIn(words[3]);
    if (state !== 1 && state !== 7) throw new Error('no state');
    const [send, receive] = pairIn(words[4]);
    const inode = decimalIn(words[9]);
    pairIn(words[5]);
    hexIn(words[6]);
    const drops = decimalIn(words[12]);
    const uid = decimalIn(words[7]);
    const local = portIn(words[1]);
    const remote = portIn(words[2]);
    const at = state === 1 ? 0 : 1;
    data.sockets[at] = (data.sockets[at] ?? 0) + 1;
    users.add(uid === 0 && inode === 0 ? -1 : uid, at);
    if (at === 1) ports.add(isChosenByKernel(local) ? undefined : local, at);
    else peerPorts.add(isChosenByKernel(remote) && !isChosenByKernel(local) ? undefined : remote, at);
    data.sendMemoryBytes += send;
    data.receiveMemoryBytes += receive;
    bySocket.push({ inode, drops });
  });
  data.drops = dropsOf(bySocket);
  const keyed = { ports: ports.end(String), peerPorts: peerPorts.end(String), users: users.end(userNameOf) };
  return { data: { ...data, ...keyed }, skipped };
};

/** Without an inode each row is a socket; an inode that is listed again is the same one as long as it counts on. */
const dropsOf = (sockets: readonly { readonly inode: number; readonly drops: number }[]): number => {
  let total = 0;
  for (const [at, { inode, drops }] of sockets.entries()) {
    const before = sockets.slice(0, at).filter(other => other.inode === inode && other.drops > 0);
    const last = inode === 0 ? 0 : (before.at(-1)?.drops ?? 0);
    if (drops > 0) total += drops >= last ? drops - last : drops;
  }
  return total;
};

test('udp and udp6', () => {
  const drops = mostly(fc.nat({ max: 50 }).map(String), '-1', '1x');
  const row = inetRow(mostly(fc.constantFrom('01', '07'), '00', '0A', '7F'), decimal, hex(8), drops);
  holds(udp, someRows(row).map(asTable(`${inetHeader} ref pointer drops`)), udpTwin);
  holds(udp6, someRows(row).map(asTable(`${inet6Header} ref pointer drops`)), udpTwin);
});

const unixTwin = (text: string): Twin => {
  const none = () => ({
    FREE: 0,
    LISTENING: 0,
    UNCONNECTED: 0,
    CONNECTING: 0,
    CONNECTED: 0,
    DISCONNECTING: 0,
  });
  const data = { stream: none(), dgram: none(), seqpacket: none() };
  const states = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'] as const;
  const protocols = new Map([
    [1, 'stream'],
    [2, 'dgram'],
    [5, 'seqpacket'],
  ] as const);
  let inPath = false;
  const rowPattern =
    /^[ \t]*[^ \t]*:[ \t]+[^ \t]{8}[ \t]+[^ \t]{8}[ \t]+([^ \t]{8})[ \t]+([^ \t]{4})[ \t]+([^ \t]{2})[ \t]+([^ \t]+)(.*)$/s;
  const skipped = eachRow(rowsOf(text, 1), (_words, row) => {
    const [, flags, type, state, inode, path] = rowPattern.exec(row) ?? [];
    if (flags === undefined) {
      if (inPath) return;
      throw new Error('no row');
    }
    const protocol = protocols.get(hexIn(type) as 1);
    const name = states[hexIn(state)];
    if (protocol === undefined || name === undefined) throw new Error('no such socket');
    const listens = name === 'UNCONNECTED' && Math.floor(hexIn(flags) / 0x10000) % 2 === 1;
    decimalIn(inode);
    data[protocol][listens ? 'LISTENING' : name]++;
    inPath = path !== '';
  });
  return { data, skipped };
};

test('unix, with paths that go over several lines', () => {
  const piece = fc.constantFrom(
    '/run/a',
    ' ',
    '\n',
    'b c',
    '@x',
    '\xff',
    '0: 1 2',
    '\t',
    '00000001: 00000002 00000000',
  );
  const path = fc
    .array(piece, { maxLength: 5 })
    .map(pieces => (pieces.length === 0 ? '' : ` ${pieces.join('')}`));
  const row = fc
    .tuple(
      upperHex(8).map(pointer => `${pointer}: 00000002 00000000`),
      fc.constantFrom('00000000', '00010000', '00030000'),
      mostly(fc.constantFrom('0001', '0002', '0005'), '0003', '00x1'),
      mostly(fc.constantFrom('00', '01', '02', '03', '04'), '05', '0x'),
      mostly(
        fc.nat({ max: 99_999 }).map(inode => String(inode).padStart(5)),
        '-1',
        '1a',
      ),
    )
    .map(words => words.join(' '));
  const line = fc.tuple(row, path).map(each => each.join(''));
  const junk = fc.constantFrom('junk', '0: 00000002', '');
  const lines = someRows(fc.oneof({ weight: 30, arbitrary: line }, { weight: 1, arbitrary: junk }));
  holds(unix, lines.map(asTable('Num       RefCount Protocol Flags    Type St Inode Path')), unixTwin);
});

const devColumns =
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed';

const devTwin = (text: string): Twin => {
  const data = new Map<string, ReadonlyMap<string, number>>();
  const [, receive = '', transmit = ''] = devColumns.split('|');
  const names = [
    ...wordsOf(receive).map(word => `receive ${word}`),
    ...wordsOf(transmit).map(word => `transmit ${word}`),
  ];
  const skipped = eachRow(rowsOf(text, 2), (_words, row) => {
    const [, name = '', numbers = ''] = /^[ \t]*([^ \t].*):([^:]*)$/s.exec(row) ?? [];
    const words = wordsOf(numbers);
    if (name === '' || words.length !== names.length) throw new Error('no row');
    data.set(inUtf8(name), new Map(names.map((each, i) => [each, decimalIn(words[i])])));
  });
  return { data, skipped };
};

test('dev', () => {
  const name = fc.oneof(device, fc.constantFrom('eth0:1', 'a:b', '0'));
  const counters = fc
    .tuple(
      gap,
      fc.array(mostly(decimal, '-1', '1.5', '18446744073709551616'), { minLength: 16, maxLength: 16 }),
    )
    .map(([between, each]) => each.join(between));
  const fields = fc.tuple(name, fc.constantFrom(':', ': ', ':\t'), counters).map(each => each.join(''));
  const row = fc
    .tuple(fc.constantFrom('', '  '), cutShort(fields), fc.constantFrom('', ' '))
    .map(each => each.join(''));
  const title = 'Inter-|   Receive                                                |  Transmit';
  holds(dev, someRows(row).map(asTable(title, devColumns)), devTwin);
});

test('snmp', () => {
  const section = fc.tuple(
    fc.constantFrom('Ip', 'Icmp', 'IcmpMsg', 'Tcp', 'Udp', 'UdpLite', 'New'),
    fc.array(fc.tuple(fc.constantFrom('InType3', 'InMsgs', 'OutMsgs', 'A', 'B', 'C'), decimal), {
      minLength: 1,
      maxLength: 12,
    }),
  );
  const pair = section.map(
    ([name, values]) =>
      `${name}: ${values.map(([each]) => each).join(' ')}\n${name}: ${values.map(([, each]) => each).join(' ')}`,
  );
  const table = fc.array(pair, { minLength: 1, maxLength: 10 }).map(asTable());
  holds(snmp, table, text => {
    const rows = rowsOf(text, 0);
    const data = new Map<string, number>();
    for (let at = 0; at < rows.length; at += 2) {
      const [section = '', ...names] = (rows[at] ?? '').split(' ');
      const [, ...values] = (rows[at + 1] ?? '').split(' ');
      names.forEach((name, i) => data.set(`${section.slice(0, -1)}_${name}`, Number(values[i])));
    }
    return { data, skipped: 0 };
  });
});

test('snmp6', () => {
  const name = fc
    .tuple(
      fc.constantFrom('Ip6', 'Icmp6', 'Udp6', 'UdpLite6', 'Other'),
      fc.constantFrom('InReceives', 'OutType143', 'InMsgs', 'X', ''),
    )
    .map(each => each.join(''));
  const row = cutShort(spaced(name, mostly(decimal, '-1', 'x', '1 2')));
  holds(snmp6, someRows(row).map(asTable()), text => {
    const data = new Map<string, number>();
    const skipped = eachRow(rowsOf(text, 0), words => {
      if (words.length !== 2) throw new Error('no pair');
      const [, section, field] = /^(Ip6|Icmp6|Udp6|UdpLite6)(.+)$/.exec(words[0] ?? '') ?? [];
      data.set(section === undefined ? (words[0] ?? '') : `${section}_${field ?? ''}`, decimalIn(words[1]));
    });
    return { data, skipped };
  });
});

type Kinds = Record<'direct' | 'gateway' | 'host' | 'reject', number>;
/** `changes` is 0 in a first reading. */
const noRoutes = () => ({
  routes: new Map<string, Kinds>(),
  defaultRoutes: new Map<string, number>(),
  changes: 0,
});

const addRoute = (
  table: ReturnType<typeof noRoutes>,
  name: string,
  kind: keyof Kinds,
  isDefault: boolean,
): void => {
  const kinds = table.routes.get(name) ?? { direct: 0, gateway: 0, host: 0, reject: 0 };
  table.routes.set(name, { ...kinds, [kind]: kinds[kind] + 1 });
  if (isDefault && kind !== 'reject') table.defaultRoutes.set(name, (table.defaultRoutes.get(name) ?? 0) + 1);
};

const isSet = (flags: number, bit: number): boolean => Math.floor(flags / bit) % 2 === 1;
const kindBy = (flags: number, isReject: boolean, isHost: boolean): keyof Kinds => {
  if (isReject || isSet(flags, 0x200)) return 'reject';
  if (isSet(flags, 2)) return 'gateway';
  return isHost || isSet(flags, 4) ? 'host' : 'direct';
};

test('route', () => {
  const number = fc.nat({ max: 2000 }).map(String);
  const row = cutShort(
    spaced(
      fc.oneof(device, fc.constant('*')),
      mostly(fc.constantFrom('00000000', '0002010A', 'FFFFFFFF'), '0G', ''),
      mostly(fc.constantFrom('00000000', '0102010A'), 'gateway'),
      mostly(fc.constantFrom('0001', '0003', '0005', '0007', '0201'), '-1'),
      fc.constant('0'),
      number,
      mostly(fc.oneof(number, fc.constant('-1'), fc.constant('4294967295')), '1x'),
      mostly(fc.constantFrom('00000000', '00FFFFFF', 'FFFFFFFF'), 'mask'),
      number,
      number,
      mostly(number, '-5'),
    ),
  );
  const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   ';
  holds(route, someRows(row).map(asTable(header)), text => {
    const data = noRoutes();
    const skipped = eachRow(rowsOf(text, 1), words => {
      const [name = '', destination, gateway, flags, , , metric, mask, , , roundTripTime] = words;
      hexIn(gateway);
      match(metric, /^-?[0-9]+$/);
      decimalIn(roundTripTime);
      const [network, netmask] = [hexIn(destination), hexIn(mask)];
      const hasDevice = name !== '*';
      const kind = kindBy(hexIn(flags), !hasDevice, false);
      addRoute(data, hasDevice ? inUtf8(name) : '', kind, network === 0 && netmask === 0);
    });
    return { data, skipped };
  });
});

test('ipv6_route', () => {
  const zeros = '0'.repeat(32);
  const wide = mostly(fc.oneof(fc.constant(zeros), address), '0', `${zeros}0`);
  const row = cutShort(
    spaced(
      wide,
      mostly(fc.constantFrom('00', '40', '7f', '80'), 'x'),
      wide,
      fc.constant('00'),
      wide,
      mostly(hex(8), 'metric'),
      hex(8),
      hex(8),
      mostly(
        fc.constantFrom('00000001', '00000003', '00000005', '80200001', '00200200', '01000003', '00450003'),
        '-',
      ),
      device,
    ),
  );
  holds(ipv6Route, someRows(row).map(asTable()), text => {
    const data = noRoutes();
    const skipped = eachRow(rowsOf(text, 0), words => {
      for (const at of [0, 2, 4]) match(words[at], /^.{32}$/);
      const prefix = hexIn(words[1]);
      const flags = hexIn(words[8]);
      hexIn(words[5]);
      const name = inUtf8(match(words[9], /./));
      if (!isSet(flags, 0x1000000)) addRoute(data, name, kindBy(flags, false, prefix === 128), prefix === 0);
    });
    return { data, skipped };
  });
});

test('igmp6', () => {
  const row = cutShort(
    spaced(
      mostly(fc.nat({ max: 99 }).map(String), 'x'),
      device,
      mostly(address, 'ff02'),
      mostly(decimal, '-1'),
      mostly(upperHex(8), '0x'),
      mostly(decimal, '1a'),
    ),
  );
  holds(igmp6, someRows(row).map(asTable()), text => {
    const devices = new Map<string, { groups: number; users: number }>();
    const skipped = eachRow(rowsOf(text, 0), ([index, name = '', group, users, flags, timer]) => {
      decimalIn(index);
      match(group, /^.{32}$/);
      hexIn(flags);
      decimalIn(timer);
      const known = devices.get(inUtf8(name)) ?? { groups: 0, users: 0 };
      devices.set(inUtf8(name), { groups: known.groups + 1, users: known.users + decimalIn(users) });
    });
    return { data: { devices }, skipped };
  });
});

test('dev_mcast', () => {
  const row = cutShort(
    spaced(
      mostly(fc.nat({ max: 99 }).map(String), 'x'),
      device,
      mostly(decimal, '-1', '1.0'),
      mostly(decimal, 'global'),
      mostly(fc.oneof(hex(8), hex(12), hex(2), address), '33330000000', '01:00', '0g'),
    ),
  );
  holds(devMcast, someRows(row).map(asTable()), text => {
    const devices = new Map<string, { groups: number; users: number }>();
    const skipped = eachRow(rowsOf(text, 0), ([index, name = '', users, global, link]) => {
      decimalIn(index);
      decimalIn(global);
      if (match(link, /^[0-9a-f]+$/).length % 2 === 1) throw new Error('half a byte');
      const known = devices.get(inUtf8(name)) ?? { groups: 0, users: 0 };
      devices.set(inUtf8(name), { groups: known.groups + 1, users: known.users + decimalIn(users) });
    });
    return { data: { devices }, skipped };
  });
});

test('arp', () => {
  const row = cutShort(
    spaced(
      mostly(fc.ipV4(), '10.0.0', '256.0.0.1', '1.2.3.04', '::1', '1.2.3.4.'),
      mostly(fc.constantFrom('0x1', '0x3', '0x20', '0xfffe'), '1', '0x'),
      mostly(fc.constantFrom('0x0', '0x2', '0x4', '0x6', '0xc', '0x8', '0x1e'), '2', '0xg'),
      fc.constantFrom('02:fc:00:00:00:05', 'TESTB-2', '*', ''),
      mostly(fc.constant('*'), '255.255.255.255'),
      fc.oneof(device, fc.constant('*')),
    ),
  );
  const header = 'IP address       HW type     Flags       HW address            Mask     Device';
  holds(arp, someRows(row).map(asTable(header)), text => {
    const data = new Map<string, Map<string, number>>();
    const skipped = eachRow(rowsOf(text, 1), words => {
      const [first = '', type, flags = ''] = words;
      const bytes = first.split('.').map(Number);
      if (bytes.length !== 4 || bytes.some(byte => byte > 255) || bytes.join('.') !== first) {
        throw new Error('no address');
      }
      match(type, /^0x[0-9a-f]+$/);
      const bits = Number(match(flags, /^0x[0-9a-f]+$/));
      const [mask, name = ''] = words.slice(3).slice(-2);
      if (words.length < 5 || mask !== '*') throw new Error('no device');
      const state = isSet(bits, 8)
        ? 'PUBLISHED'
        : isSet(bits, 4)
          ? 'PERMANENT'
          : isSet(bits, 2)
            ? 'COMPLETE'
            : 'INCOMPLETE';
      const key = name === '*' ? '' : inUtf8(name);
      const states = data.get(key) ?? new Map<string, number>();
      data.set(key, states.set(state, (states.get(state) ?? 0) + 1));
    });
    return { data, skipped };
  });
});

test('if_inet6', () => {
  const row = cutShort(
    spaced(
      mostly(address, '::1'),
      mostly(hex(2), '-1'),
      mostly(hex(2), 'g0'),
      mostly(hex(2), 'link'),
      mostly(hex(2), '0x80'),
      device,
    ),
  );
  holds(ifInet6, someRows(row).map(asTable()), text => {
    const data = new Map<string, number>();
    const skipped = eachRow(rowsOf(text, 0), ([first, index, length, scope, flags, name]) => {
      match(first, /^.{32}$/);
      for (const word of [index, length, scope, flags]) hexIn(word);
      const known = inUtf8(match(name, /./));
      data.set(known, (data.get(known) ?? 0) + 1);
    });
    return { data, skipped };
  });
});

test('sctp_assocs, with lists of addresses of any length', () => {
  const number = mostly(fc.nat({ max: 99_999 }).map(String), '-1', '1x');
  const one = mostly(
    fc.constantFrom(
      '127.0.0.1',
      '192.0.2.7',
      '0000:0000:0000:0000:0000:0000:0000:0001',
      '0000:0000:0000:0000:0000:ffff:c000:0207',
    ),
    'x',
    '7',
  );
  const list = fc
    .array(fc.tuple(fc.constantFrom('', '', '*'), one), { maxLength: 4 })
    .map(each => each.map(([star, address]) => `${star}${address} `).join(''));
  const row = fc
    .tuple(
      gap,
      fc.tuple(hex(8), hex(8), fc.constantFrom('0', '2'), fc.constantFrom('1', '7', '10')),
      mostly(fc.nat({ max: 9 }).map(String), '-1', 'ESTABLISHED'),
      fc.tuple(fc.constant('0'), fc.constant('5'), number, number, fc.constant('0'), decimal, number, number),
      list,
      mostly(fc.constant('<-> '), '', '<> '),
      list,
    )
    .map(
      ([between, begin, state, middle, local, arrow, remote]) =>
        `${[...begin, state, ...middle].join(between)}  ${local}${arrow}${remote}\t    7500    10    10   10    0    0        0        1        0   212992   212992`,
    );
  const columns =
    ' ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS HBINT INS OUTS MAXRT T1X T2X RTXC';
  const isAddress = (word: string): boolean => /[.:]/.test(word);

  for (const [header, firstState] of [
    [`${columns} wmema wmemq sndbuf rcvbuf`, 0],
    [columns, 1],
  ] as const) {
    holds(sctpAssocs, someRows(cutShort(row)).map(asTable(header)), text => {
      const none = () => ({ byState: new Float64Array(9), sendMemoryBytes: 0, receiveMemoryBytes: 0 });
      const data = { inet: none(), inet6: none(), hasMemory: true };
      const skipped = eachRow(rowsOf(text, 1), words => {
        const state = decimalIn(words[4]) - firstState;
        const send = decimalIn(words[7]);
        const receive = decimalIn(words[8]);
        decimalIn(words[12]);
        const arrow = words.indexOf('<->');
        const local = words.slice(13, arrow);
        if (arrow < 13 || !local.every(isAddress)) throw new Error('no arrow behind the addresses');
        const behind = words.slice(arrow + 1);
        const remote = behind.slice(0, behind.findIndex(word => !isAddress(word)) >>> 0);
        const telling = local.length > 0 ? local : remote;
        if (telling.length === 0) throw new Error('no address');
        const ofVersion = data[telling.some(word => word.includes(':')) ? 'inet6' : 'inet'];
        const at = state >= 0 && state < 8 ? state : 8;
        ofVersion.byState[at] = (ofVersion.byState[at] ?? 0) + 1;
        ofVersion.sendMemoryBytes += send;
        ofVersion.receiveMemoryBytes += receive;
      });
      return { data, skipped };
    });
  }
});

test('netlink', () => {
  const number = mostly(fc.nat({ max: 99_999 }).map(String), '-1', '0x10');
  const row = spaced(
    hex(8),
    mostly(fc.nat({ max: 25 }).map(String), '-1', 'route'),
    decimal,
    hex(8),
    number,
    number,
    fc.constantFrom('0', '1', '(null)', '0000000000000000'),
    mostly(fc.constant('2'), '-2'),
    mostly(fc.nat({ max: 50 }).map(String), '-1', '1x'),
    mostly(fc.nat({ max: 8 }).map(String), '-1', 'inode'),
  );
  const header = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode';
  const numbers = [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 18, 20, 21, 22];
  holds(netlink, someRows(cutShort(row)).map(asTable(header)), text => {
    const read: Record<'at' | 'receive' | 'drops' | 'inode', number>[] = [];
    const skipped = eachRow(rowsOf(text, 1), words => {
      const known = numbers.indexOf(decimalIn(words[1]));
      decimalIn(words[5]);
      decimalIn(words[7]);
      read.push({
        at: known < 0 ? numbers.length : known,
        receive: decimalIn(words[4]),
        drops: decimalIn(words[8]),
        inode: decimalIn(words[9]),
      });
    });
    const byProtocol = [...numbers, -1].map((_, at) => read.filter(each => each.at === at));
    const sums = (of: (rows: typeof read) => number): Float64Array => Float64Array.from(byProtocol, of);
    return {
      data: {
        sockets: sums(rows => rows.length),
        receiveMemoryBytes: sums(rows => rows.reduce((sum, each) => sum + each.receive, 0)),
        drops: byProtocol.map(dropsOf),
      },
      skipped,
    };
  });
});

/** @param read state, send and receive queue of a row's words; throws where there is no such row */
const circuitTwin =
  (states: number, headerLines: number, read: (words: readonly string[]) => readonly number[]) =>
  (text: string): Twin => {
    const sockets = new Float64Array(states);
    let receiveMemoryBytes = 0;
    let sendMemoryBytes = 0;
    const skipped = eachRow(rowsOf(text, headerLines), words => {
      const [state = 0, sent = 0, received = 0] = read(words);
      const known = state < states - 1 ? state : states - 1;
      sockets[known] = (sockets[known] ?? 0) + 1;
      sendMemoryBytes += sent;
      receiveMemoryBytes += received;
    });
    return { data: { sockets, receiveMemoryBytes, sendMemoryBytes }, skipped };
  };

const circuitState = mostly(fc.nat({ max: 7 }).map(String), '-1', '0x3', 'st', '99999999999999999999');
const memoryCharge = mostly(fc.nat({ max: 99_999 }).map(String), '-256', '12e3');
const somewhat = fc.nat({ max: 300 }).map(String);
const timer = fc.tuple(somewhat, somewhat).map(each => each.join('/'));
const callsign = fc.constantFrom('G4KLX-0', 'GB7CIP-15', '*', 'F6BVP-9*');

test('ax25, with and without the header of kernel 2.0', () => {
  const digipeated = fc.array(callsign, { minLength: 1, maxLength: 9 }).map(each => each.join(','));
  const socket = fc.oneof(
    fc.constant('* * *'),
    fc.constantFrom('* *', '* 1 2', '0 * 3'),
    fc.tuple(memoryCharge, memoryCharge, memoryCharge).map(each => each.join(' ')),
  );
  const others = Array.from({ length: 16 }, () => somewhat);
  const name = fc.oneof(device, fc.constant('???'));
  const row = cutShort(spaced(hex(8), name, callsign, digipeated, circuitState, ...others, socket));
  holds(
    ax25,
    someRows(row).map(asTable()),
    circuitTwin(6, 0, words => {
      const stars = words.slice(21, 24).join('');
      if (stars === '***') return [decimalIn(words[4]), 0, 0];
      decimalIn(words[23]);
      return [decimalIn(words[4]), decimalIn(words[21]), decimalIn(words[22])];
    }),
  );

  const queues = fc.oneof(
    fc.constant(''),
    fc.tuple(memoryCharge, memoryCharge).map(each => each.join(' ')),
  );
  const timers = Array.from({ length: 5 }, () => timer);
  const numbers = Array.from({ length: 3 }, () => somewhat);
  const rowOf20 = cutShort(
    spaced(
      ...[callsign, callsign, name, circuitState, ...numbers, ...timers, ...numbers],
      ...[fc.constantFrom('no', 'slave'), queues],
    ),
  );
  const header =
    'dest_addr src_addr  dev  st  vs  vr  va    t1     t2     t3      idle   n2  rtt wnd paclen   dama Snd-Q Rcv-Q';
  holds(
    ax25,
    someRows(rowOf20).map(asTable(header)),
    circuitTwin(6, 1, words => {
      if (words.length === 16) return [decimalIn(words[3]), 0, 0];
      return [decimalIn(words[3]), decimalIn(words[16]), decimalIn(words[17])];
    }),
  );
});

test('x25, with and without inodes', () => {
  const address = fc.constantFrom('*', '31342001', '123456789012345');
  const timers = Array.from({ length: 5 }, () => somewhat);
  const numbers = Array.from({ length: 3 }, () => somewhat);
  const fields = [address, address, fc.oneof(device, fc.constant('???')), upperHex(3), circuitState];
  const header = 'dest_addr  src_addr   dev   lci st vs vr va   t  t2 t21 t22 t23 Snd-Q Rcv-Q';
  const twin = (last: number) =>
    circuitTwin(7, 1, words => {
      decimalIn(words[last]);
      return [decimalIn(words[4]), decimalIn(words[13]), decimalIn(words[14])];
    });
  const flat = cutShort(spaced(...fields, ...numbers, ...timers, memoryCharge, memoryCharge));
  holds(x25, someRows(flat).map(asTable(header)), twin(14));
  const inode = mostly(fc.nat({ max: 99_999 }).map(String), '-1', 'inode');
  const inFolder = cutShort(spaced(...fields, ...numbers, ...timers, memoryCharge, memoryCharge, inode));
  holds(x25, someRows(inFolder).map(asTable(`${header} inode`)), twin(15));
});

test('ipx, with and without nodes', () => {
  const near = fc.tuple(upperHex(8), upperHex(4)).map(each => each.join(':'));
  const far = fc
    .tuple(upperHex(8), upperHex(8), upperHex(4))
    .map(([net, node, port]) => `${net}:${node}0000:${port}`);
  const row = cutShort(
    spaced(
      fc.oneof(near, far),
      fc.oneof(far, fc.constant('Not_Connected')),
      mostly(upperHex(8), '-', '0x200'),
      mostly(upperHex(8), '0000000G'),
      mostly(fc.constantFrom('01', '07', '0A', '00'), '-1', 'ESTAB'),
      mostly(
        fc.nat({ max: 65_535 }).map(uid => String(uid).padStart(3, '0')),
        '-1',
        'root',
      ),
    ),
  );
  const header = 'Local_Address  Remote_Address              Tx_Queue  Rx_Queue  State  Uid';
  holds(ipx, someRows(row).map(asTable(header)), text => {
    const data = {
      sockets: { ESTABLISHED: 0, UNCONNECTED: 0, other: 0 },
      receiveMemoryBytes: 0,
      sendMemoryBytes: 0,
    };
    const skipped = eachRow(rowsOf(text, 1), ([, , sent, received, state, user]) => {
      decimalIn(user);
      const [send, receive, word] = [hexIn(sent), hexIn(received), hexIn(state)];
      data.sockets[word === 1 ? 'ESTABLISHED' : word === 7 ? 'UNCONNECTED' : 'other']++;
      data.sendMemoryBytes += send;
      data.receiveMemoryBytes += receive;
    });
    return { data, skipped };
  });
});

type Words = Readonly<Record<string, readonly string[]>>;

const natKinds = ['source', 'destination', 'both'];
const conntrackFlags = ['UNREPLIED', 'ASSURED', 'OFFLOAD', 'HW_OFFLOAD'];
/** Number, states, and the names of what a tuple holds behind its addresses. */
const conntrackProtocols: Readonly<
  Record<string, readonly [number: number, protocol: string, keys: string]>
> = {
  tcp: [6, 'tcp', 'sport dport'],
  udp: [17, 'udp', 'sport dport'],
  udplite: [136, 'udplite', 'sport dport'],
  icmp: [1, 'icmp', 'type code id'],
  icmpv6: [58, 'icmp', 'type code id'],
  sctp: [132, 'sctp', 'sport dport'],
  dccp: [33, 'dccp', 'sport dport'],
  gre: [47, 'gre', 'srckey dstkey'],
};
const conntrackStates: Words = {
  tcp: [
    ...['ESTABLISHED', 'TIME_WAIT', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'CLOSE'],
    ...['SYN_SENT2', 'LISTEN', 'NONE', 'other', 'OFFLOAD'],
  ],
  sctp: [
    ...['ESTABLISHED', 'NONE', 'CLOSED', 'COOKIE_WAIT', 'COOKIE_ECHOED', 'SHUTDOWN_SENT', 'SHUTDOWN_RECD'],
    ...['SHUTDOWN_ACK_SENT', 'HEARTBEAT_SENT', 'HEARTBEAT_ACKED', 'other', 'OFFLOAD'],
  ],
  dccp: [
    ...['OPEN', 'NONE', 'REQUEST', 'RESPOND', 'PARTOPEN', 'CLOSEREQ', 'CLOSING', 'TIMEWAIT', 'IGNORE'],
    ...['INVALID', 'other', 'OFFLOAD'],
  ],
};

const conntrackTwin = (text: string): Twin => {
  const none = () =>
    Object.fromEntries(
      ['tcp', 'udp', 'udplite', 'icmp', 'sctp', 'dccp', 'gre', 'other'].map(protocol => [
        protocol,
        {
          states: new Float64Array(conntrackStates[protocol]?.length ?? 2),
          nat: new Float64Array(3),
          flags: new Float64Array(4),
        },
      ]),
    );
  const data = { inet: none(), inet6: none() };
  const versions = new Set<boolean>();
  const value = '[^ \\t]*';
  const skipped = eachRow(rowsOf(text, 0), words => {
    const hasVersion = words[0] === 'ipv4' || words[0] === 'ipv6';
    if (words[0] === 'EXPECTING:') return;
    if (hasVersion && decimalIn(words[1]) !== (words[0] === 'ipv4' ? 2 : 10)) throw new Error('no version');
    const [word = '', digits, ...rest] = words.slice(hasVersion ? 2 : 0);
    const [number, protocol, keys] = conntrackProtocols[word] ?? [decimalIn(digits), 'other', ''];
    if (decimalIn(digits) !== number) throw new Error('no protocol');

    const names = ['src', 'dst', ...keys.split(' ').filter(name => name !== '')];
    const tuple = names.map(name => `${name}=(${value})`).join(' ');
    const row = rest.join(' ');
    const known = conntrackStates[protocol];
    // The flag stands directly before the second tuple; the first words that could begin a tuple do.
    const pattern = new RegExp(
      `^(?:(-?[0-9]+) (${known === undefined ? '' : '(?!src=)[^ ]+ '}))?((?:(?!src=)[^ ]+ )*)${tuple}((?: (?!src=)[^ ]+)*) ${tuple}((?: (?!use=)[^ ]+)*) use=([0-9]+)(?: .*)?$`,
    );
    const match = pattern.exec(row);
    if (match === null) throw new Error('no row');
    const [, seconds, state = '', before] = match;
    if (seconds === undefined && before !== '') throw new Error('neither offloaded nor with seconds');
    decimalIn((seconds ?? '0').replace('-', ''));
    const first = match.slice(4, 4 + names.length);
    const between = match[4 + names.length] ?? '';
    const reply = match.slice(5 + names.length, 5 + 2 * names.length);
    const behind = match[5 + 2 * names.length] ?? '';
    decimalIn(match[6 + 2 * names.length]);

    const isUnreplied = between.endsWith(' [UNREPLIED]');
    const isSource =
      first[0] !== reply[1] || (names[2] === 'type' ? first[4] !== reply[4] : first[2] !== reply[3]);
    const isDestination = first[1] !== reply[0] || (names[2] !== 'type' && first[3] !== reply[2]);
    const flags = conntrackFlags.map((flag, i) => (wordsOf(behind).includes(`[${flag}]`) ? i : -1));

    const tally = data[words[0] === 'ipv6' ? 'inet6' : 'inet'][protocol];
    if (tally === undefined) throw new Error('no such protocol');
    const add = (counts: Float64Array, at: number): void => {
      if (at >= 0) counts[at] = (counts[at] ?? 0) + 1;
    };
    if (known === undefined) add(tally.states, isUnreplied ? 1 : 0);
    else if (seconds === undefined) add(tally.states, known.indexOf('OFFLOAD'));
    else add(tally.states, known.indexOf(known.includes(state.trim()) ? state.trim() : 'other'));
    add(
      tally.nat,
      natKinds.indexOf(isSource ? (isDestination ? 'both' : 'source') : isDestination ? 'destination' : ''),
    );
    add(tally.flags, Math.max(...flags));
    if (isUnreplied) add(tally.flags, 0);
    versions.add(hasVersion);
  });
  return {
    data: { entries: { inet: data.inet, inet6: versions.has(false) ? undefined : data.inet6 } },
    skipped,
  };
};

const conntrackRow = (hasVersion: boolean): fc.Arbitrary<string> => {
  const port = fc.constantFrom('1', '80', '8080', '443');
  const hosts = fc.constantFrom(
    '10.0.0.1',
    '10.0.0.11',
    '192.0.2.7',
    '2001:0db8:0000:0000:0000:0000:0000:0001',
  );
  const inet = fc.constantFrom(
    'tcp',
    'tcp',
    'udp',
    'udplite',
    'icmp',
    'icmpv6',
    'sctp',
    'dccp',
    'gre',
    'unknown',
    'esp',
  );
  return fc
    .record({
      version: fc.constantFrom('ipv4     2', 'ipv6     10'),
      word: inet,
      number: mostly(fc.constant(''), '7', 'x'),
      seconds: mostly(decimal, '-3', '1x', ''),
      state: fc.integer({ min: 0, max: 12 }),
      isNew: fc.integer({ min: 0, max: 30 }),
      ends: fc.tuple(hosts, hosts, port, port, port),
      isTranslated: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
      between: mostly(
        fc.constantFrom(
          '',
          ' packets=1 bytes=2',
          ' [UNREPLIED]',
          ' zone-orig=9 packets=1 bytes=2 [UNREPLIED]',
        ),
        ' src=1.2.3.4',
        ' [UNREPLIED] x',
      ),
      behind: mostly(
        fc.constantFrom(
          '',
          ' [ASSURED]',
          ' packets=1 bytes=2 [ASSURED]',
          ' [HW_OFFLOAD]',
          ' [OFFLOAD]',
          ' [NEW]',
        ),
        ' [ASSURED',
        ' [ASSURED] [NEW]',
      ),
      end: mostly(
        fc.constantFrom(' mark=0 use=2', ' mark=0 secctx=a:b:c zone=0 use=1', ' use=3 later=1'),
        ' mark=0',
        ' use=',
        ' use=2ipv4',
      ),
    })
    .map(({ version, word, number, seconds, state, isNew, ends, isTranslated, between, behind, end }) => {
      const [known = 200, protocol = 'other', keys = ''] = conntrackProtocols[word] ?? [];
      const [from, to, sport, dport, other] = ends;
      const [isSource, isDestination, isSourcePort, isDestinationPort] = isTranslated;
      const words = conntrackStates[protocol];
      const stateWord =
        words === undefined ? '' : isNew === 0 ? 'LATER ' : `${words[state % words.length] ?? ''} `;
      const timeouts = word === 'gre' ? 'timeout=30, stream_timeout=180 ' : '';
      const about = seconds === '' ? '' : `${seconds} ${stateWord}${timeouts}`;
      const [a = '', b = '', c = ''] = keys.split(' ').map(key => ` ${key}=`);
      const [tuple, reply] =
        keys === ''
          ? ['', '']
          : c === ''
            ? [
                `${a}${sport}${b}${dport}`,
                `${a}${isDestinationPort ? other : dport}${b}${isSourcePort ? other : sport}`,
              ]
            : [`${a}8${b}0${c}${sport}`, `${a}0${b}0${c}${isSourcePort ? other : sport}`];
      return [
        `${hasVersion ? `${version} ` : ''}${word}      ${number === '' ? known : number} ${about}`,
        `src=${from} dst=${to}${tuple}${between} `,
        `src=${isDestination ? '10.0.0.1' : to} dst=${isSource ? '192.0.2.7' : from}${reply}${behind}${end}`,
      ].join('');
    });
};

test('nf_conntrack and ip_conntrack, with every protocol, flag and translation', () => {
  const odd = fc.constantFrom(
    '',
    'ipv4     2',
    'EXPECTING: 251 proto=6 src=1.2.3.4',
    'x 7 src=1 dst=2 src=2 dst=1 use=1',
  );
  for (const hasVersion of [true, false]) {
    const row = fc.oneof(
      { weight: 40, arbitrary: cutShort(conntrackRow(hasVersion)) },
      { weight: 1, arbitrary: odd },
    );
    holds(conntrack, someRows(row).map(asTable()), conntrackTwin);
  }
});
