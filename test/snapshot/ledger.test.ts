// Protects: every socket is counted under one program, the choice of programs does not flap, and what ended goes to 0 before it goes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import type { Ledger, Programs } from '../../src/collectors/owned-sockets.ts';
import { programs as programsCollector } from '../../src/collectors/programs.ts';
import { tcpStates, unixStates } from '../../src/collectors/sockets/states.ts';
import { worstCase } from '../../src/metrics/label.ts';
import type { Owners, Process, Unowned } from '../../src/procfs/owners.ts';
import { createFirstSeen } from '../../src/snapshot/first-seen.ts';
import { createLedgers } from '../../src/snapshot/ledger.ts';
import { createMemories } from '../../src/snapshot/memory.ts';
import type { ProgramNames } from '../../src/snapshot/program-names.ts';
import { createMaterializer } from '../materializing.ts';

const ESTABLISHED = tcpStates.indexOf('ESTABLISHED');
const TIME_WAIT = tcpStates.indexOf('TIME_WAIT');
const CONNECTED = unixStates.indexOf('CONNECTED');

/** A host whose processes are known from the start. */
interface Host {
  /** Pid by inode; whose inode is not here is nobody's. */
  readonly holders: Map<number, number>;
  /** What the holder of a pid is called; undefined where there was no time to ask. */
  readonly nameOf: (pid: number) => string | undefined;
  readonly limitOf?: (pid: number) => number | undefined;
  readonly reason?: Unowned;
}

interface Socket {
  readonly inode: number;
  readonly state: number;
  readonly unread?: boolean;
}

interface Settings {
  readonly top?: number;
  readonly listeners?: number;
}

/** Readings of a host one after the other, with a clock that the test turns. */
const watch = (host: Host, { top = 64, listeners = 256 }: Settings = {}) => {
  let seconds = 0;
  const processes = new Map<number, Process>();
  const owners: Owners = {
    begin: () => undefined,
    seesProcesses: () => true,
    ownerOf: inode => host.holders.get(inode) ?? -1,
    search: () => undefined,
    reasonOf: () => host.reason ?? 'vanished',
    process(pid) {
      if (pid < 0) return undefined;
      const known = processes.get(pid) ?? { pid, folder: `/proc/${pid}` };
      processes.set(pid, known);
      return known;
    },
    end: () => undefined,
    entries: () => host.holders.size,
    bytes: () => 0,
  };
  const names: ProgramNames = {
    begin: () => undefined,
    nameOf: ({ pid }) => host.nameOf(pid),
    commandOf: () => undefined,
    descriptorLimitOf: ({ pid }) => host.limitOf?.(pid),
  };
  const closeWaitSince = createFirstSeen(() => seconds * 1000);
  const ledgers = createLedgers({ owners, names, closeWaitSince }, { top, listeners, searchSeconds: 1 });
  const beginFirst = ledgers.of(createMemories()('programs'), true);
  const begin = (): Ledger => {
    ledgers.begin();
    const ledger = beginFirst();
    return {
      ...ledger,
      settle() {
        const programs = ledger.settle();
        ledgers.end();
        return programs;
      },
    };
  };

  return {
    wait: (more: number): void => {
      seconds += more;
    },
    begin,
    read: (sockets: readonly Socket[]): Programs => {
      const ledger = begin();
      const account = ledger.account('inet', 'tcp', tcpStates);
      for (const { inode, state, unread } of sockets) {
        if (unread === undefined) account.socket(inode, state);
        else account.closeWait(inode, unread);
      }
      return ledger.settle();
    },
  };
};

const everything = { device: () => true, statistic: () => true, limits: {} };

/** `name{label,label} value`, without our prefix. */
const exposed = (data: Programs, limits: Readonly<Record<string, number>> = {}): readonly string[] =>
  createMaterializer([programsCollector], { ...everything, limits })(
    new Map([['programs', { status: 'ok', data, skipped: { count: 0, examples: [] }, seconds: 0 }]]),
  ).families.flatMap(({ name, samples }) =>
    samples.map(({ labels, value }) => `${name.replace('netstat_', '')}{${labels.join()}} ${value}`),
  );

const of = (name: string, samples: readonly string[]): readonly string[] =>
  samples.filter(sample => sample.startsWith(`${name}{`)).map(sample => sample.slice(name.length));

const sum = (samples: readonly string[]): number =>
  samples.reduce((total, sample) => total + Number(sample.split(' ').at(-1)), 0);

/** So many sockets of each program, whose processes have the pids 1, 2, … in the order of the names. */
const sharesOf = (shares: Readonly<Record<string, number>>): Host & { sockets: readonly Socket[] } => {
  const holders = new Map<number, number>();
  const names = Object.keys(shares);
  const sockets = names.flatMap((name, i) =>
    Array.from({ length: shares[name] ?? 0 }, (_, nth) => {
      const inode = (i + 1) * 1000 + nth;
      holders.set(inode, i + 1);
      return { inode, state: ESTABLISHED };
    }),
  );
  return { holders, nameOf: pid => names[pid - 1] ?? '', sockets };
};

const leaking = (inodes: readonly number[], unread = false): readonly Socket[] =>
  inodes.map(inode => ({ inode, state: 0, unread }));

describe('sockets by program', () => {
  test('processes of one name are one program, and CLOSE_WAIT is told of each program, be it 0', () => {
    const holders = new Map([
      [1, 10],
      [2, 11],
      [3, 12],
    ]);
    const data = watch({ holders, nameOf: pid => (pid === 12 ? 'sshd' : 'nginx') }).read([
      { inode: 1, state: ESTABLISHED },
      { inode: 2, state: ESTABLISHED },
      ...leaking([3]),
    ]);
    assert.deepEqual(of('program_sockets', exposed(data)).toSorted(), [
      '{nginx,inet,tcp,CLOSE_WAIT} 0',
      '{nginx,inet,tcp,ESTABLISHED} 2',
      '{sshd,inet,tcp,CLOSE_WAIT} 1',
    ]);
  });

  test('what nobody holds is of no program, with the reason beside it', () => {
    const host = { holders: new Map([[1, 10]]), nameOf: () => 'nginx', reason: 'permission' } as const;
    const samples = exposed(
      watch(host).read([
        { inode: 1, state: ESTABLISHED },
        { inode: 2, state: ESTABLISHED },
        { inode: 0, state: TIME_WAIT },
      ]),
    );
    assert.deepEqual(of('program_sockets', samples).slice(0, 3), [
      '{,inet,tcp,ESTABLISHED} 1',
      '{,inet,tcp,TIME_WAIT} 1',
      '{,inet,tcp,CLOSE_WAIT} 0',
    ]);
    assert.deepEqual(of('sockets_without_owner', samples), [
      '{kernel} 1',
      '{permission} 1',
      '{budget} 0',
      '{vanished} 0',
    ]);
  });

  test('a holder whose name there was no time to read is nobody, for want of time', () => {
    const samples = exposed(
      watch({ holders: new Map([[1, 10]]), nameOf: () => undefined }).read([
        { inode: 1, state: ESTABLISHED },
      ]),
    );
    assert.deepEqual(of('program_sockets', samples), [
      '{,inet,tcp,ESTABLISHED} 1',
      '{,inet,tcp,CLOSE_WAIT} 0',
    ]);
    assert.ok(samples.includes('sockets_without_owner{budget} 1'));
  });

  test('a table that was not read has no series, and without any table nothing is said of owners', () => {
    const { begin } = watch({ holders: new Map(), nameOf: () => '' });
    const ledger = begin();
    assert.deepEqual(
      exposed(ledger.settle()).filter(sample => /^(program|sockets|listener)_/.test(sample)),
      [],
    );
  });

  test('whatever the sockets, each counts once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ inode: fc.nat(40), state: fc.nat(10), unread: fc.boolean() })),
        fc.array(fc.tuple(fc.nat(40), fc.nat(9))),
        fc.integer({ min: 1, max: 6 }),
        (sockets, holders, top) => {
          const host = { holders: new Map(holders), nameOf: (pid: number) => ['a', 'b', 'other', 'd'][pid] };
          const data = watch(host, { top }).read(
            sockets.map(({ inode, state, unread }) => ({
              inode,
              state,
              ...(tcpStates[state] === 'CLOSE_WAIT' && { unread }),
            })),
          );
          const samples = of('program_sockets', exposed(data, { program: top }));
          for (const [i, state] of tcpStates.entries()) {
            assert.equal(
              sum(samples.filter(sample => sample.includes(`,${state}}`))),
              sockets.filter(socket => socket.state === i).length,
            );
          }
          const unowned = Object.values(data.unowned).reduce((a, b) => a + b, 0);
          assert.equal(sum(samples.filter(sample => sample.startsWith('{,'))), unowned);
          const closeWait = data.closeWait.reduce((all, { unread, read }) => all + unread + read, 0);
          assert.equal(closeWait, sockets.filter(({ state }) => tcpStates[state] === 'CLOSE_WAIT').length);
        },
      ),
    );
  });
});

describe('the choice of programs', () => {
  const told = (data: Programs): readonly string[] =>
    data.counts.map(({ program }) => program).filter(program => program !== '' && program !== 'other');

  test('is that of the largest, and the others are added up and counted', () => {
    const { sockets, ...host } = sharesOf({ a: 5, b: 1, c: 4, d: 3 });
    const data = watch(host, { top: 3 }).read(sockets);
    assert.deepEqual(told(data), ['a', 'c']);
    assert.ok(exposed(data).includes('program_sockets{other,inet,tcp,ESTABLISHED} 4'));
    assert.deepEqual(data.folded, { program: 2, address: 0 });
  });

  test('does not flap at the edge: another one comes in when it is larger by a quarter', () => {
    const host = sharesOf({ a: 50, b: 20, c: 20 });
    const { read } = watch(host, { top: 3 });
    const shares = (b: number, c: number): readonly Socket[] =>
      host.sockets.filter(({ inode }) =>
        inode < 2000 ? true : inode < 3000 ? inode - 2000 < b : inode - 3000 < c,
      );
    assert.deepEqual(told(read(shares(20, 19))), ['a', 'b']);
    for (const [b, c] of [
      [18, 20],
      [19, 18],
      [17, 20],
    ] as const) {
      assert.deepEqual(told(read(shares(b, c))), ['a', 'b'], `${b} against ${c}`);
    }
    assert.deepEqual(told(read(shares(15, 20))), ['a', 'c']);
    assert.deepEqual(told(read(shares(20, 17))), ['a', 'c']);
  });

  test('a program that had to make room is among the others, and not told to have nothing', () => {
    const host = sharesOf({ a: 5, b: 3, c: 9 });
    const { read } = watch(host, { top: 2 });
    assert.deepEqual(told(read(host.sockets.filter(({ inode }) => inode < 3000))), ['a']);
    const data = read(host.sockets);
    assert.deepEqual(told(data), ['c']);
    assert.deepEqual(data.emptied, []);
    assert.ok(exposed(data).includes('program_sockets{other,inet,tcp,ESTABLISHED} 8'));
  });
});

describe('a program whose last socket closed', () => {
  test('stays at 0 for twenty readings, in every state that it had, and then goes', () => {
    const { read } = watch({ holders: new Map([[1, 10]]), nameOf: () => 'leaky' });
    read(leaking([1]));
    for (let reading = 1; reading <= 20; reading++) {
      const samples = exposed(read([]));
      assert.deepEqual(
        samples.filter(sample => sample.includes('{leaky')),
        [
          'program_close_wait_descriptor_ratio{leaky} 0',
          'program_close_wait_older_than_sockets{leaky,60} 0',
          'program_close_wait_older_than_sockets{leaky,600} 0',
          'program_close_wait_older_than_sockets{leaky,3600} 0',
          'program_close_wait_oldest_seconds{leaky} 0',
          'program_close_wait_sockets{leaky,unread} 0',
          'program_close_wait_sockets{leaky,read} 0',
          'program_sockets{leaky,inet,tcp,CLOSE_WAIT} 0',
        ],
        `reading ${reading}`,
      );
    }
    assert.deepEqual(
      exposed(read([])).filter(sample => sample.includes('{leaky')),
      [],
    );
  });

  test('that gets another one goes on from there', () => {
    const { read } = watch({ holders: new Map([[1, 10]]), nameOf: () => 'leaky' });
    read(leaking([1]));
    read([]);
    assert.ok(exposed(read(leaking([1]))).includes('program_close_wait_sockets{leaky,read} 1'));
  });

  test('does not push out one that has some', () => {
    const host = sharesOf({ a: 1, b: 1, c: 1 });
    const { read } = watch(host, { top: 2 });
    read(host.sockets.filter(({ inode }) => inode < 2000));
    const samples = of('program_sockets', exposed(read(host.sockets.filter(({ inode }) => inode >= 3000))));
    assert.deepEqual(samples, ['{c,inet,tcp,ESTABLISHED} 1', '{c,inet,tcp,CLOSE_WAIT} 0']);
  });
});

describe('CLOSE_WAIT', () => {
  test('is told apart by what the program did, with the age of the oldest and how many are older', () => {
    const holders = new Map([1, 2, 3].map(inode => [inode, 10]));
    const { read, wait } = watch({ holders, nameOf: () => 'leaky' });
    read(leaking([1], true));
    wait(61);
    read([...leaking([1], true), ...leaking([2])]);
    wait(540);
    const samples = exposed(read([...leaking([1], true), ...leaking([2, 3])]));
    assert.deepEqual(
      samples.filter(sample => sample.includes('close_wait') && sample.includes('leaky')),
      [
        'program_close_wait_older_than_sockets{leaky,60} 2',
        'program_close_wait_older_than_sockets{leaky,600} 1',
        'program_close_wait_older_than_sockets{leaky,3600} 0',
        'program_close_wait_oldest_seconds{leaky} 601',
        'program_close_wait_sockets{leaky,unread} 1',
        'program_close_wait_sockets{leaky,read} 2',
      ],
    );
    assert.ok(samples.includes('close_wait_watched_seconds{} 601'));
  });

  test('of sockets that wait to be accepted has no age, since nothing tells them apart', () => {
    const samples = exposed(watch({ holders: new Map(), nameOf: () => '' }).read(leaking([0, 0], true)));
    assert.deepEqual(of('program_close_wait_sockets', samples), ['{,unread} 2', '{,read} 0']);
    assert.deepEqual(of('program_close_wait_oldest_seconds', samples), []);
  });

  test('subflows of one MPTCP socket are two sockets and one descriptor', () => {
    const host = { holders: new Map([[7, 10]]), nameOf: () => 'leaky', limitOf: () => 4 };
    const samples = exposed(watch(host).read(leaking([7, 7])));
    assert.deepEqual(of('program_close_wait_sockets', samples), ['{leaky,unread} 0', '{leaky,read} 2']);
    assert.deepEqual(of('program_close_wait_descriptor_ratio', samples), ['{leaky} 0.25']);
  });

  test('takes the share of the process that is nearest to its limit, and none where there is no limit', () => {
    const holders = new Map([
      [1, 10],
      [2, 10],
      [3, 11],
      [4, 12],
    ]);
    const limits: Readonly<Record<number, number>> = { 10: 1024, 11: 16 };
    const host = {
      holders,
      nameOf: (pid: number) => (pid === 12 ? 'free' : 'leaky'),
      limitOf: (pid: number) => limits[pid],
    };
    const samples = exposed(watch(host).read(leaking([1, 2, 3, 4])));
    assert.deepEqual(of('program_close_wait_descriptor_ratio', samples), ['{leaky} 0.0625']);
  });

  test('of programs that are not told apart is added up, with the oldest and the fullest of them', () => {
    const holders = new Map([1, 2, 3, 4, 5].map(inode => [inode, inode < 3 ? 1 : inode]));
    const host = { holders, nameOf: (pid: number) => `p${pid}`, limitOf: (pid: number) => pid * 10 };
    const { read, wait } = watch(host, { top: 2 });
    read(leaking([1, 2, 3]));
    wait(100);
    const samples = exposed(read(leaking([1, 2, 3, 4, 5])));
    assert.deepEqual(
      samples.filter(sample => /^program_close_wait.*other/.test(sample)),
      [
        `program_close_wait_descriptor_ratio{other} ${1 / 30}`,
        'program_close_wait_older_than_sockets{other,60} 1',
        'program_close_wait_older_than_sockets{other,600} 0',
        'program_close_wait_older_than_sockets{other,3600} 0',
        'program_close_wait_oldest_seconds{other} 100',
        'program_close_wait_sockets{other,unread} 0',
        'program_close_wait_sockets{other,read} 3',
      ],
    );
  });
});

test('of a state that nobody tells of, no program is said to have none, and no sum of sockets is a part', () => {
  const { begin } = watch({ holders: new Map([[1, 10]]), nameOf: () => 'a' });
  const readOnce = (untold?: string): readonly string[] => {
    const ledger = begin();
    const account = ledger.account('inet', 'tcp', tcpStates, untold);
    if (untold === undefined) account.socket(1, tcpStates.indexOf('ESTABLISHED'));
    account.closeWait(1, true);
    return exposed(ledger.settle());
  };
  const isOfEstablished = (sample: string): boolean => sample.includes('ESTABLISHED');
  const whole = readOnce();
  assert.deepEqual(of('program_sockets', whole).filter(isOfEstablished), ['{a,inet,tcp,ESTABLISHED} 1']);
  assert.equal(of('sockets_without_owner', whole).length, 4);
  const lean = readOnce('ESTABLISHED');
  assert.deepEqual(of('program_sockets', lean).filter(isOfEstablished), []);
  assert.ok(of('program_sockets', lean).includes('{a,inet,tcp,CLOSE_WAIT} 1'));
  assert.deepEqual(of('sockets_without_owner', lean), []);
});

describe('listeners', () => {
  test('that share address, port and program are added up; others stand beside each other', () => {
    const holders = new Map([
      [1, 10],
      [2, 11],
      [3, 12],
    ]);
    const { begin } = watch({ holders, nameOf: pid => (pid === 12 ? 'b' : 'a') });
    const ledger = begin();
    const account = ledger.account('inet6', 'tcp', tcpStates);
    account.listener(1, '::', 80, 3);
    account.listener(2, '::', 80, 4);
    account.listener(3, '::', 80, 1);
    account.listener(9, '::1', 80, 0);
    assert.deepEqual(of('listener_accept_queue_length', exposed(ledger.settle())).toSorted(), [
      '{inet6,tcp,::,80,a} 7',
      '{inet6,tcp,::,80,b} 1',
      '{inet6,tcp,::1,80,} 0',
    ]);
  });

  test('beyond the limit are counted, and those with a queue stay', () => {
    const { begin } = watch({ holders: new Map(), nameOf: () => '' }, { listeners: 2 });
    const ledger = begin();
    const account = ledger.account('inet', 'tcp', tcpStates);
    for (let port = 1; port <= 5; port++) account.listener(port, '0.0.0.0', port, port === 4 ? 9 : 0);
    const data = ledger.settle();
    assert.deepEqual(of('listener_accept_queue_length', exposed(data)), [
      '{inet,tcp,0.0.0.0,1,} 0',
      '{inet,tcp,0.0.0.0,4,} 9',
    ]);
    assert.deepEqual(data.folded, { program: 0, address: 3 });
  });
});

test('a socket that left CLOSE_WAIT is forgotten, and so are its age and its memory', () => {
  let seconds = 0;
  const since = createFirstSeen(() => seconds * 1000);
  const readingOf = (inodes: readonly number[]): readonly (number | undefined)[] => {
    since.begin();
    const ages = inodes.map(inode => since.ageOf(inode));
    since.end();
    seconds += 10;
    return ages;
  };
  const many = Array.from({ length: 50_000 }, (_, i) => i + 1);
  readingOf(many);
  assert.equal(since.entries(), 50_000);
  const full = since.bytes();
  for (let i = 0; i < 32; i++) readingOf([1]);
  assert.equal(since.entries(), 1);
  assert.ok(since.bytes() < full / 10);
  assert.deepEqual(readingOf([1, 2]), [330, 0]);
});

test('100,000 programs cost series of the limits, keep their sums, and leave nothing behind', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const PROGRAMS = 100_000;
  let generation = 0;
  const holders = new Map(Array.from({ length: PROGRAMS }, (_, i) => [i + 1, i + 1]));
  const { begin } = watch({ holders, nameOf: pid => `program ${generation} ${pid}` });
  const readAll = (): Programs => {
    generation++;
    const ledger = begin();
    const account = ledger.account('inet', 'tcp', tcpStates);
    const unix = ledger.account('unix', 'stream', unixStates);
    for (let inode = 1; inode <= PROGRAMS; inode++) {
      if (inode % 3 === 0) account.closeWait(inode, inode % 2 === 0);
      else account.socket(inode, inode % 7);
      unix.socket(inode, CONNECTED);
      account.listener(inode, '0.0.0.0', inode % 65_536, 0);
    }
    return ledger.settle();
  };
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };

  const worst = programsCollector.families.reduce((all, { labels }) => all + worstCase(labels), 0);
  for (let i = 0; i < 3; i++) {
    const data = readAll();
    const samples = exposed(data);
    assert.ok(samples.length <= worst, `${samples.length} series of at most ${worst}`);
    const sockets = of('program_sockets', samples);
    assert.equal(sum(sockets.filter(sample => sample.includes(',inet,'))), PROGRAMS);
    assert.equal(sum(sockets.filter(sample => sample.includes(',unix,'))), PROGRAMS);
    assert.equal(sum(of('program_close_wait_sockets', samples)), Math.floor(PROGRAMS / 3));
    assert.equal(data.folded.program, PROGRAMS - 63);
  }
  const before = used();
  for (let i = 0; i < 5; i++) readAll();
  const kept = used() - before;
  assert.ok(kept < 2e6, `${kept} bytes kept after five more readings`);
});
