// Protects: sockets are read over netlink where that is wanted and works, else from the file; never partly so and partly so, and it is told which and why.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import { raw, tcp, tcp6, udp } from '../../src/collectors/sockets/inet.ts';
import type { Account, Ledger } from '../../src/collectors/owned-sockets.ts';
import { overSockets, type Netlink } from '../../src/procfs/netlink.ts';
import { memory } from '../../src/procfs/source.ts';
import { listenerTally } from '../../src/snapshot/listeners.ts';
import { createMaterializer } from '../materializing.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import type { Outcome, ReaderChoice } from '../../src/snapshot/outcome.ts';
import { Abandoned, ofOneFile, type Reading } from '../../src/snapshot/read.ts';
import { createReadSockets, createTwins, type NoNetlink } from '../../src/snapshot/read-sockets.ts';
import { readAllRows, readRows } from '../../src/snapshot/rows.ts';
import { createSocketRows } from '../../src/snapshot/socket-rows.ts';
import { littleEndian, type AnyCollector } from '../collectors/reading.ts';
import {
  done,
  fakeCalls,
  framed,
  INTERRUPTED,
  MULTI,
  refused,
  SOCKET,
  socketMessage,
  type Told,
} from '../messages.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:1F90 0100007F:9C41 01 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0100007F:1F90 0100007F:9C42 01 00000000:00000000 00:00000000 00000000     0        0 3
`;
const source = memory({ 'net/tcp': table, 'net/udp': table, 'net/raw': table }, littleEndian);
const reading: Reading = { ...ofOneFile, sysctl: () => undefined };

const socket = (flags = MULTI): Buffer => framed('little', SOCKET, socketMessage('little'), { flags });
const whole = [socket(), done('little')];
const changed = [socket(), done('little', 0, MULTI | INTERRUPTED)];

const answering = (...answers: readonly (Uint8Array | number)[]): Netlink =>
  overSockets(fakeCalls(answers), 'little');

const reader = (netlink: Netlink | NoNetlink, choices: Readonly<Record<string, ReaderChoice>> = {}) => {
  const read = createReadSockets(choices, netlink);
  const memoryOf = createMemories();
  return (collector: AnyCollector = tcp, told = reading) =>
    read(collector, source, memoryOf(collector.name), told);
};

/** How many are ESTABLISHED, who said so and why. */
const told = (outcome: Outcome): string => {
  if (outcome.status !== 'ok') return outcome.status;
  const { sockets } = outcome.data as { readonly sockets: Float64Array };
  const { reader = 'none', reason = 'none' } = outcome.readBy ?? {};
  return `${sockets[0]} ${reader} ${reason}`;
};

describe('which way', () => {
  test('auto takes netlink where it is cheaper, and the file where it is not', () => {
    assert.equal(told(reader(answering(...whole))()), '1 netlink cheaper');
    assert.equal(told(reader(answering())(raw)), '3 procfs cheaper');
  });

  test('the user may choose either', () => {
    const drops = framed('little', SOCKET, socketMessage('little', { drops: 0 }));
    assert.equal(told(reader(answering(drops, done('little')), { raw: 'netlink' })(raw)), '1 netlink chosen');
    assert.equal(told(reader(answering(), { tcp: 'procfs' })()), '3 procfs chosen');
  });

  test('without netlink the file is read, and it is told why there is none', () => {
    assert.equal(told(reader('package')()), '3 procfs package');
    assert.equal(told(reader('namespace', { tcp: 'netlink' })()), '3 procfs namespace');
  });

  test('a family that is off has no file, whatever netlink would say', () => {
    const read = createReadSockets({}, answering(...whole));
    assert.equal(told(read(tcp, memory({}, littleEndian), createMemories()('tcp'), reading)), 'absent');
  });
});

describe('what fails', () => {
  test('a kernel that lacks it is asked once', () => {
    const calls = fakeCalls([refused('little', 2), ...whole]);
    const read = reader(overSockets(calls, 'little'));
    assert.equal(told(read()), '3 procfs unsupported');
    assert.equal(told(read()), '3 procfs unsupported');
    assert.equal(calls.sent.length, 1);
  });

  test('one that fails for the time being is asked again by the next reading', () => {
    const read = reader(answering(-11, ...whole));
    assert.equal(told(read()), '3 procfs timeout');
    assert.equal(told(read()), '1 netlink cheaper');
  });

  test('what was told before the failure is not counted twice', () => {
    const read = reader(answering(socket(), Buffer.alloc(3), ...whole));
    assert.equal(told(read()), '3 procfs io');
  });

  test('an answer during which the table changed is asked for again, and not for ever', () => {
    assert.equal(told(reader(answering(...changed, ...whole))()), '1 netlink cheaper');
    const calls = fakeCalls([...changed, ...changed, ...changed, ...whole]);
    assert.equal(told(reader(overSockets(calls, 'little'))()), '3 procfs interrupted');
    assert.equal(calls.sent.length, 3);
  });

  test('a kernel that tells no drops over netlink has them read from the file', () => {
    assert.equal(told(reader(answering(...whole))(udp)), '3 procfs unsupported');
  });

  test('a reading that nobody waits for any more ends as it does with a file', () => {
    const proceed = (): never => {
      throw new Abandoned('nobody waits');
    };
    const outcome = reader(answering(...whole))(tcp, { ...reading, proceed });
    assert.deepEqual([outcome.status, outcome.status === 'failed' && outcome.reason], ['failed', 'deadline']);
  });
});

describe('both families of TCP', () => {
  const files: Readonly<Record<string, string>> = { 'net/tcp': table, 'net/tcp6': table };
  const ofFamily = (family: number, state = 1): Buffer =>
    framed('little', SOCKET, socketMessage('little', { family, state }));
  const mixed = [Buffer.concat([ofFamily(2), ofFamily(10), ofFamily(10), ofFamily(2), ofFamily(10)])];
  const TCPDIAG_GETSOCK = 18;

  /** What became of tcp and of tcp6, and the types of the requests that were sent. */
  const readBoth = (
    answers: readonly (Uint8Array | number)[],
    { choices = {}, names = ['tcp', 'tcp6'], there = files } = {},
    told: Reading = reading,
  ) => {
    const calls = fakeCalls(answers);
    const read = createReadSockets(choices, overSockets(calls, 'little'));
    const memoryOf = createMemories();
    const wanted = [tcp, tcp6].filter(({ name }) => names.includes(name));
    const twins = createTwins(wanted, memoryOf);
    const from = memory(there, littleEndian);
    const outcomes = wanted.map(each => read(each, from, memoryOf(each.name), told, true, twins));
    return { outcomes, types: calls.sent.map(bytes => bytes[4]), asked: calls.sent };
  };

  test('one answer tells of both, to each its own', () => {
    const { outcomes, types, asked } = readBoth([...mixed, done('little')]);
    assert.deepEqual(outcomes.map(told), ['2 netlink cheaper', '3 netlink cheaper']);
    assert.deepEqual(types, [TCPDIAG_GETSOCK]);
    assert.equal(asked[0]?.length, 16 + 60);
    assert.equal(Buffer.concat(asked).readUInt32LE(16 + 52), 0xffe);
  });

  test('where one is not asked for, not over netlink or off, the other is read by itself', () => {
    const alone = [ofFamily(2), done('little')];
    const only = readBoth(alone, { names: ['tcp'] });
    assert.deepEqual([only.outcomes.map(told), only.types], [['1 netlink cheaper'], [SOCKET]]);
    const chosen = readBoth(alone, { choices: { tcp6: 'procfs' } });
    assert.deepEqual(
      [chosen.outcomes.map(told), chosen.types],
      [['1 netlink cheaper', '3 procfs chosen'], [SOCKET]],
    );
    const off = readBoth(alone, { there: { 'net/tcp': table } });
    assert.deepEqual([off.outcomes.map(told), off.types], [['1 netlink cheaper', 'absent'], [SOCKET]]);
  });

  test('what is skipped is counted where it belongs', () => {
    const { outcomes } = readBoth([Buffer.concat([ofFamily(2), ofFamily(10, 13)]), done('little')]);
    assert.deepEqual(
      outcomes.map(each => each.status === 'ok' && each.skipped),
      [
        { count: 0, examples: [] },
        { count: 1, examples: ['net/tcp6:2 over netlink: unknown state 13'] },
      ],
    );
  });

  test('a table that changed has both asked for again, and a failure has both read from their files', () => {
    const changing = [...mixed, done('little', 0, MULTI | INTERRUPTED)];
    const again = readBoth([...changing, ...mixed, done('little')]);
    assert.deepEqual(again.outcomes.map(told), ['2 netlink cheaper', '3 netlink cheaper']);
    const never = readBoth([...changing, ...changing, ...changing]);
    assert.deepEqual(never.outcomes.map(told), ['3 procfs interrupted', '3 procfs interrupted']);
    assert.equal(never.types.length, 3);
    const cut = readBoth([...mixed, -5]);
    assert.deepEqual(cut.outcomes.map(told), ['3 procfs io', '3 procfs io']);
    assert.deepEqual(cut.types, [TCPDIAG_GETSOCK]);
  });

  test('the ledger has the sockets of both once, also where the answer failed', () => {
    const { ledger, rows } = ledgerOfRows();
    readBoth([...mixed, -5], {}, { ...reading, ledger });
    assert.deepEqual([rows.length(), rows.cells()], [6, 22]);
  });

  test('a reading that nobody waits for any more fails for both', () => {
    const proceed = (): never => {
      throw new Abandoned('nobody waits');
    };
    const { outcomes } = readBoth(mixed, {}, { ...reading, proceed });
    assert.deepEqual(
      outcomes.map(each => each.status === 'failed' && [each.reason, each.message]),
      ['net/tcp', 'net/tcp6'].map(file => ['deadline', `${file} over netlink: nobody waits`]),
    );
  });

  test('rows of both come with one answer as well', () => {
    const calls = fakeCalls([...mixed, done('little')]);
    const families: string[] = [];
    const outcomes = [
      ...readAllRows(
        [tcp, tcp6],
        memory(files, littleEndian),
        { sockets: ({ family }) => families.push(family) },
        createReadSockets({}, overSockets(calls, 'little')),
      ),
    ];
    assert.deepEqual(
      outcomes.map(([name, { status }]) => [name, status]),
      [
        ['tcp', 'ok'],
        ['tcp6', 'ok'],
      ],
    );
    assert.deepEqual(families, ['inet', 'inet6', 'inet6', 'inet', 'inet6']);
    assert.equal(calls.sent.length, 1);
  });
});

describe('lean', () => {
  const sockstat = 'sockets: used 9\nTCP: inuse 12 orphan 0 tw 2 alloc 12 mem 1\n';
  const files = {
    ...{ 'net/tcp': table, 'net/tcp6': table, 'net/sockstat6': 'TCP6: inuse 4\n' },
    'net/sockstat': sockstat,
  };
  const [TIMER_ON, TIMEWAIT] = [1, 3];
  const message = (each: Told): Buffer => framed('little', SOCKET, socketMessage('little', each));
  const sockets = [
    { state: 10, localPort: 80, remotePort: 0 },
    { state: 8, receiveQueue: 1, localPort: 80 },
    // In TIME_WAIT, in FIN_WAIT2 without a program, and a request: the kernel counts none of them.
    { state: 6, timer: TIMEWAIT, isBare: true },
    { state: 5, timer: TIMEWAIT, isBare: true },
    { state: 3, timer: TIMER_ON, inode: 0, isBare: true },
    // Sockets all the same.
    { state: 5, timer: 2 },
    { state: 3, timer: TIMER_ON, inode: 0 },
    // It became so while it was told of.
    { state: 1, localPort: 80, receiveQueue: 9 },
  ].map(message);
  const lean: Reading = { ...reading, extents: { tcp: 'lean', tcp6: 'lean' } };

  const readLean = (
    there: Readonly<Record<string, string>> = files,
    told = lean,
    answers: readonly (Uint8Array | number)[] = [Buffer.concat(sockets), done('little')],
  ) => {
    const calls = fakeCalls(answers);
    const read = createReadSockets({}, overSockets(calls, 'little'));
    const outcome = read(tcp, memory(there, littleEndian), createMemories()('tcp'), told);
    assert.ok(outcome.status === 'ok');
    return { outcome, sent: calls.sent };
  };

  const seriesOf = (outcome: Outcome): ReadonlyMap<string, number> => {
    const materialize = createMaterializer(collectors, {
      ...{ device: () => true, statistic: () => true, limits: {} },
    });
    return new Map(
      materialize(new Map([['tcp', outcome]])).families.flatMap(({ name, samples }) =>
        samples.map(({ labels, value }) => [[name, ...labels].join(' '), value] as const),
      ),
    );
  };

  test('every state but ESTABLISHED is asked for, and those are what the kernel counts beside the others', () => {
    const { outcome, sent } = readLean();
    assert.equal(Buffer.concat(sent).readUInt32LE(16 + 4), 0xffc);
    assert.equal(outcome.readBy?.extent, 'lean');
    const series = seriesOf(outcome);
    const counts = [...series].filter(([name]) => name.startsWith('netstat_sockets '));
    assert.deepEqual(Object.fromEntries(counts.map(([name, value]) => [name.split(' ')[3], value])), {
      ...{ ESTABLISHED: 8, SYN_SENT: 0, SYN_RECV: 2, FIN_WAIT1: 0, FIN_WAIT2: 2, TIME_WAIT: 1 },
      ...{ CLOSE: 0, CLOSE_WAIT: 1, LAST_ACK: 0, LISTEN: 1, CLOSING: 0 },
    });
    assert.equal(series.get('netstat_socket_receive_queue_bytes inet tcp CLOSE_WAIT'), 1);
    assert.equal(series.get('netstat_port_sockets inet tcp 80 CLOSE_WAIT'), 1);
  });

  test('what else is known of ESTABLISHED sockets, or of all, is left out', () => {
    const all = [...seriesOf(readLean(files, reading).outcome).keys()];
    const told = [...seriesOf(readLean().outcome).keys()];
    const left = all.filter(name => !told.includes(name));
    assert.deepEqual(
      told.filter(name => name.includes('ESTABLISHED')),
      ['netstat_sockets inet tcp ESTABLISHED'],
    );
    assert.deepEqual(
      [...new Set(left.map(name => name.split(' ')[0]))].filter(
        name => !told.some(each => each.startsWith(`${name} `)),
      ),
      [
        'netstat_established_sockets_without_timer',
        'netstat_socket_timers',
        'netstat_sockets_retransmitting',
      ],
    );
  });

  test('a port that had some a short while ago is not told to have none', () => {
    const memoryOf = createMemories();
    const answers = [Buffer.concat(sockets), done('little')];
    const read = createReadSockets({}, answering(...answers, ...answers));
    const from = memory(files, littleEndian);
    read(tcp, from, memoryOf('tcp'), reading);
    const names = [...seriesOf(read(tcp, from, memoryOf('tcp'), lean)).keys()];
    assert.ok(names.includes('netstat_port_sockets inet tcp 80 CLOSE_WAIT'));
    assert.ok(!names.includes('netstat_port_sockets inet tcp 80 ESTABLISHED'));
  });

  test('two moments never make fewer than none', () => {
    const { outcome } = readLean({ ...files, 'net/sockstat': 'TCP: inuse 1 orphan 0\n' });
    assert.equal(seriesOf(outcome).get('netstat_sockets inet tcp ESTABLISHED'), 0);
  });

  test('without the total of the kernel, and without netlink, the file is read whole', () => {
    for (const total of ['sockets: used 9\n', 'TCP: inuse\n', '']) {
      const { outcome } = readLean({ ...files, 'net/sockstat': total });
      assert.deepEqual(outcome.readBy, { reader: 'procfs', reason: 'unsupported', wanted: 'auto' });
      assert.equal(seriesOf(outcome).get('netstat_sockets inet tcp ESTABLISHED'), 3);
    }
    const { outcome } = readLean(files, lean, [refused('little', 2)]);
    assert.equal(told(outcome), '3 procfs unsupported');
    assert.ok(seriesOf(outcome).has('netstat_sockets_retransmitting inet tcp'));
  });

  test('one answer tells both families where both are lean, each with its own total', () => {
    const both = (extents: Reading['extents']) => {
      const answer = [
        Buffer.concat([...sockets, message({ family: 10, state: 10, remotePort: 0 })]),
        done('little'),
      ];
      const calls = fakeCalls([...answer, ...answer]);
      const read = createReadSockets({}, overSockets(calls, 'little'));
      const memoryOf = createMemories();
      const twins = createTwins([tcp, tcp6], memoryOf);
      const from = memory(files, littleEndian);
      const outcomes = [tcp, tcp6].map(each =>
        read(each, from, memoryOf(each.name), { ...reading, ...(extents && { extents }) }, true, twins),
      );
      return { outcomes: outcomes.map(told), types: calls.sent.map(bytes => bytes[4]) };
    };
    assert.deepEqual(both({ tcp: 'lean', tcp6: 'lean' }), {
      ...{ outcomes: ['8 netlink cheaper', '3 netlink cheaper'], types: [18] },
    });
    assert.deepEqual(both({ tcp: 'lean' }).types, [SOCKET, SOCKET]);
  });

  test('rows are never lean', () => {
    const calls = fakeCalls([Buffer.concat(sockets), done('little')]);
    let rows = 0;
    readRows(
      tcp,
      memory(files, littleEndian),
      { sockets: () => rows++ },
      createReadSockets({}, overSockets(calls, 'little')),
    );
    assert.equal(Buffer.concat(calls.sent).readUInt32LE(16 + 4), 0xffe);
    assert.equal(rows, sockets.length);
  });
});

/** A ledger that keeps every socket, and what it keeps. */
const ledgerOfRows = () => {
  const rows = createSocketRows();
  const account: Account = {
    socket(inode, state) {
      rows.add(inode, state, false);
    },
    closeWait: () => undefined,
    listener: () => undefined,
  };
  const ledger: Ledger = {
    seesProcesses: true,
    account(_family, _protocol, states) {
      rows.addCells(states.length);
      return account;
    },
    checkpoint: () => rows.checkpoint(),
    settle: () => assert.fail(),
  };
  return { ledger, rows };
};

test('the ledger has every socket once, also where the first way failed', () => {
  const { ledger, rows } = ledgerOfRows();
  const read = reader(answering(...changed, socket(), -5));
  assert.equal(told(read(tcp, { ...reading, ledger })), '3 procfs io');
  assert.deepEqual([rows.length(), rows.cells()], [3, 11]);
  assert.deepEqual(
    [0, 1, 2].map(row => rows.inode(row)),
    [1, 2, 3],
  );
});

test('listeners that are taken back are gone', () => {
  const listening = listenerTally();
  const add = (inode: number): void => {
    listening.add(inode, { family: 'inet', address: '::', port: '80', queueLength: 1, queueLimit: 8 });
  };
  add(1);
  const takeBack = listening.checkpoint();
  add(2);
  takeBack();
  add(3);
  const { listeners } = listening.end(() => '', createMemories()('programs').largest('listener'), 8);
  assert.deepEqual(
    listeners.map(({ queueLength, queueLimit }) => [queueLength, queueLimit]),
    [[2, 16]],
  );
});

describe('row by row', () => {
  const rowsOf = (...answers: readonly (Uint8Array | number)[]): { outcome: string; rows: number } => {
    let rows = 0;
    const outcome = readRows(
      tcp,
      source,
      { sockets: () => rows++ },
      createReadSockets({}, answering(...answers)),
    );
    return { outcome: outcome?.status === 'failed' ? outcome.reason : String(outcome?.status), rows };
  };

  test('rows come over netlink', () => {
    assert.deepEqual(rowsOf(...whole), { outcome: 'ok', rows: 1 });
  });

  test('a failure before the first row has them read from the file, one behind it is a failure', () => {
    assert.deepEqual(rowsOf(refused('little', 2)), { outcome: 'ok', rows: 3 });
    assert.deepEqual(rowsOf(socket(), -5), { outcome: 'io', rows: 1 });
  });

  test('a table that changed meanwhile is shown as it came', () => {
    assert.deepEqual(rowsOf(...changed), { outcome: 'ok', rows: 1 });
  });
});
