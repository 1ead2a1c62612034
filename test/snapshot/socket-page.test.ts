// Protects: a page of sockets tells whose they are also of those that nobody knew before, reads the tables once more only where that changes the rows, and forgets nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Socket } from '../../src/collectors/rows.ts';
import { nothingTold } from '../../src/collectors/sockets/told.ts';
import type { Owners, Process } from '../../src/procfs/owners.ts';
import { createFirstSeen } from '../../src/snapshot/first-seen.ts';
import type { ProgramNames } from '../../src/snapshot/program-names.ts';
import type { ShownSocket } from '../../src/snapshot/shown-socket.ts';
import { takeSocketPage } from '../../src/snapshot/socket-page.ts';
import type { TablePage, TableQuery } from '../../src/snapshot/table-page.ts';
import { filterNames, NOBODY, tables } from '../../src/snapshot/tables.ts';
import { countsOf, inOrder } from './naive-page.ts';
import { bareShown } from './shown-sockets.ts';

/** A socket as the kernel's table tells it. */
type Row = Partial<Omit<Socket, 'local' | 'remote'>> & Pick<Socket, 'state'>;

const asSocket = (row: Row): Socket => ({
  ...nothingTold,
  ...{ family: 'inet', protocol: 'tcp', isServer: false },
  ...row,
});

interface Host {
  /** Pid by inode; whose inode is not here is nobody's. */
  readonly holders: ReadonlyMap<number, number>;
  readonly nameOf?: (pid: number) => string;
  /** Of which a search finds the holders; all of them where it is not told. */
  readonly findable?: ReadonlySet<number>;
  readonly seesProcesses?: boolean;
  /** Nobody is to look whose the sockets are. */
  readonly isSwitchedOff?: boolean;
}

interface Page extends Pick<TablePage, 'matched' | 'counts'> {
  readonly rows: readonly ShownSocket[];
}

const all: TableQuery = { table: 'sockets', where: {}, sort: undefined, limit: 2000 };

/** An exporter that looks at one host again and again, with a clock that the test turns. */
const watch = ({ holders, nameOf = pid => `p${pid}`, findable, ...host }: Host) => {
  const known = new Map<number, number>();
  const processes = new Map<number, Process>();
  const did = {
    reads: 0,
    searches: [] as (readonly number[])[],
    yielded: [] as number[],
    ended: 0,
    names: 0,
  };
  let seconds = 0;

  const owners: Owners = {
    begin: () => undefined,
    seesProcesses: () => host.seesProcesses ?? true,
    ownerOf: inode => known.get(inode) ?? -1,
    search(inodes) {
      const sought = [...inodes];
      did.searches.push(sought);
      for (const inode of sought) {
        const pid = holders.get(inode);
        if (pid !== undefined && findable?.has(inode) !== false) known.set(inode, pid);
      }
    },
    reasonOf: () => 'vanished',
    process(pid) {
      if (pid < 0) return undefined;
      const process = processes.get(pid) ?? { pid, folder: `/proc/${pid}` };
      processes.set(pid, process);
      return process;
    },
    end: () => did.ended++,
    entries: () => known.size,
    bytes: () => 0,
  };
  const names: ProgramNames = {
    begin: () => undefined,
    nameOf: ({ pid }) => nameOf(pid),
    commandOf: ({ pid }) => `/bin/${nameOf(pid)}`,
    descriptorLimitOf: () => undefined,
  };
  const closeWaitSince = createFirstSeen(() => seconds * 1000);
  const userName = (uid: number): string => {
    did.names++;
    return uid === 0 ? 'root' : String(uid);
  };

  const take = (rows: readonly Row[], query: Partial<TableQuery> = {}, isWhole = true): Page => {
    const memory = {
      holders: host.isSwitchedOff === true ? undefined : { owners, names },
      closeWaitSince,
      userName,
    };
    const reading = takeSocketPage(
      { ...all, ...query },
      function* (offer) {
        did.reads++;
        yield did.reads;
        // The same object for each, as a collector lends it.
        const lent = { ...asSocket({ state: '' }) };
        for (const row of rows) offer(Object.assign(lent, asSocket(row)));
        Object.assign(lent, asSocket({ state: 'gone' }));
        return isWhole;
      },
      memory,
      1000,
    );
    for (;;) {
      const next = reading.next();
      if (next.done !== true) {
        did.yielded.push(next.value);
        continue;
      }
      const { rows, matched, counts } = next.value;
      return { rows: rows.sockets ?? [], matched, counts };
    }
  };

  return {
    take,
    did,
    wait: (more: number): void => {
      seconds += more;
    },
    /** Known from an earlier reading. */
    meet: (...inodes: readonly number[]): void => {
      for (const inode of inodes) known.set(inode, holders.get(inode) ?? -1);
    },
  };
};

const established = (inode: number): Row => ({ state: 'ESTABLISHED', inode });
const leaked = (inode: number): Row => ({ state: 'CLOSE_WAIT', inode });

const programsOf = ({ rows }: Page): readonly unknown[] => rows.map(({ program }) => program);
const inodesOf = ({ rows }: Page): readonly unknown[] => rows.map(({ inode }) => inode);

describe('whose sockets are', () => {
  const holders = new Map([
    [1, 20],
    [2, 10],
    [3, 20],
  ]);
  const rows = [1, 2, 3, 4].map(established);

  test('is looked for of those that nobody knew, all at once, and told in the same page', () => {
    const { take, did, meet } = watch({ holders });
    meet(1);
    const page = take(rows);
    assert.deepEqual(programsOf(page), ['p20', 'p10', 'p20', '']);
    assert.deepEqual(
      page.rows.map(({ pid, command }) => [pid, command]),
      [
        [20, '/bin/p20'],
        [10, '/bin/p10'],
        [20, '/bin/p20'],
        [undefined, undefined],
      ],
    );
    assert.deepEqual(did.searches, [[2, 3, 4]]);
    assert.deepEqual(page.counts.program, [
      ['p20', 2],
      ['', 1],
      ['p10', 1],
    ]);
  });

  test('costs one reading of the tables where it does not change which rows are shown', () => {
    for (const query of [
      {},
      { where: { state: 'ESTABLISHED' } },
      { sort: { by: 'inode', descending: true } },
      { sort: { by: 'user', descending: false }, limit: 1 },
    ]) {
      const { take, did } = watch({ holders });
      take(rows, query);
      assert.equal(did.reads, 1, JSON.stringify(query));
    }
  });

  test('costs a second reading where a program is asked for and some of its sockets were unknown', () => {
    const { take, did } = watch({ holders });
    const page = take(rows, { where: { program: 'p20' } });
    assert.deepEqual(inodesOf(page), [1, 3]);
    assert.equal(page.matched, 2);
    assert.deepEqual(page.counts, { state: [['ESTABLISHED', 2]], program: [['p20', 2]] });
    assert.equal(did.reads, 2);
    assert.equal(did.searches.length, 1);
    // From then on they are known.
    assert.deepEqual(inodesOf(take(rows, { where: { program: 'p20' } })), [1, 3]);
    assert.equal(did.reads, 3);
  });

  test('costs a second reading where rows are sorted by what is told of the holder', () => {
    for (const by of ['program', 'pid', 'command']) {
      const { take, did } = watch({ holders });
      const page = take(rows.slice(0, 3), { sort: { by, descending: false }, limit: 2 });
      assert.deepEqual(inodesOf(page), [2, 1], by);
      assert.equal(did.reads, 2, by);
    }
  });

  test('costs one reading where nothing new was found, whatever was asked for', () => {
    const { take, did } = watch({ holders, findable: new Set() });
    assert.deepEqual(take(rows, { where: { program: 'p20' } }).rows, []);
    assert.deepEqual(inodesOf(take(rows, { where: { program: NOBODY } })), [1, 2, 3, 4]);
    take(rows, { sort: { by: 'program', descending: true } });
    assert.equal(did.reads, 3);
  });

  test('is looked for only of rows that may be asked for', () => {
    const { take, did } = watch({ holders });
    take([...rows, leaked(9)], { where: { state: 'CLOSE_WAIT', program: 'p20' } });
    assert.deepEqual(did.searches, [[9]]);
  });

  test('is nobody where they have no inode, and nobody is asked for by a hyphen', () => {
    const { take } = watch({ holders });
    const timeWait: Row = { state: 'TIME_WAIT', inode: 0 };
    const untold: Row = { state: 'LISTEN', inode: undefined };
    const page = take([established(1), timeWait, untold, established(4)], { where: { program: NOBODY } });
    assert.deepEqual(inodesOf(page), [0, undefined, 4]);
    assert.equal(page.matched, 3);
    assert.deepEqual(page.counts.program, [['', 3]]);
    assert.deepEqual(programsOf(page), ['', '', '']);
  });
});

describe('where nobody can tell whose they are', () => {
  const holders = new Map([[1, 20]]);
  const rows = [established(1), leaked(2)];
  const hosts = {
    'because it is switched off': { holders, isSwitchedOff: true },
    'because no process is seen': { holders, seesProcesses: false },
  };
  for (const [why, host] of Object.entries(hosts)) {
    test(`${why}, it is not known, which is not nobody`, () => {
      const { take, did } = watch(host);
      const page = take(rows);
      assert.deepEqual(programsOf(page), [undefined, undefined]);
      assert.deepEqual(
        page.rows.map(({ pid, command }) => [pid, command]),
        [
          [undefined, undefined],
          [undefined, undefined],
        ],
      );
      assert.equal(page.matched, 2);
      assert.deepEqual(Object.keys(page.counts), ['state']);
      assert.deepEqual(did.searches, []);
    });

    test(`${why}, no socket is of any program, and none is counted`, () => {
      for (const program of ['p20', NOBODY]) {
        const page = watch(host).take(rows, { where: { program } });
        assert.deepEqual(page, { rows: [], matched: 0, counts: { state: [] } });
      }
    });

    test(`${why}, ages are told all the same`, () => {
      const { take, wait } = watch(host);
      take(rows);
      wait(30);
      assert.deepEqual(
        take(rows).rows.map(({ ageSeconds }) => ageSeconds),
        [undefined, 30],
      );
    });
  }
});

describe('ages', () => {
  const agesOf = ({ rows }: Page) => rows.map(({ inode, ageSeconds }) => [inode, ageSeconds]);

  test('begin when a socket is first seen in CLOSE_WAIT, by a page of whatever filter', () => {
    const { take, wait } = watch({ holders: new Map() });
    take([leaked(1), established(2)], { where: { state: 'ESTABLISHED' } });
    wait(100);
    take([leaked(1), leaked(2)], { where: { port: '80' }, limit: 1 });
    wait(20);
    const page = take([leaked(1), leaked(2), leaked(3), established(4)]);
    assert.deepEqual(agesOf(page), [
      [1, 120],
      [2, 20],
      [3, 0],
      [4, undefined],
    ]);
  });

  test('can be asked for and sorted by', () => {
    const { take, wait } = watch({ holders: new Map() });
    take([leaked(1)]);
    wait(60);
    take([leaked(1), leaked(2)]);
    wait(60);
    const rows = [leaked(3), leaked(2), established(4), leaked(1)];
    assert.deepEqual(inodesOf(take(rows, { where: { age: '60' } })), [2, 1]);
    assert.deepEqual(inodesOf(take(rows, { where: { age: '61' } })), [1]);
    assert.deepEqual(take(rows, { where: { age: '121' } }).matched, 0);
    assert.deepEqual(inodesOf(take(rows, { sort: { by: 'age_seconds', descending: true } })), [1, 2, 3, 4]);
  });

  test('are not told of sockets without an inode, which nothing tells apart', () => {
    const { take, wait } = watch({ holders: new Map() });
    take([leaked(0), { state: 'CLOSE_WAIT', inode: undefined }]);
    wait(60);
    const page = take([leaked(0), { state: 'CLOSE_WAIT', inode: undefined }]);
    assert.deepEqual(
      page.rows.map(({ ageSeconds }) => ageSeconds),
      [undefined, undefined],
    );
  });

  test('and holders outlive any number of pages that could not read all tables', () => {
    const { take, wait, did } = watch({ holders: new Map() });
    take([leaked(1)]);
    for (let i = 0; i < 40; i++) {
      wait(1);
      take([], {}, false);
    }
    assert.deepEqual(agesOf(take([leaked(1)])), [[1, 40]]);
    assert.equal(did.ended, 2, 'what was not met may be forgotten only where all was read');
    // Where all tables were read, it is gone.
    for (let i = 0; i < 40; i++) take([]);
    assert.deepEqual(agesOf(take([leaked(1)])), [[1, 0]]);
  });
});

test('a borrowed socket is not looked at after its turn, and each row is its own', () => {
  const { take } = watch({ holders: new Map() });
  const rows = ['LISTEN', 'CLOSE', 'SYN_SENT'].map((state, i) => ({ state, inode: i + 1, localPort: i }));
  const page = take(rows);
  assert.deepEqual(
    page.rows.map(({ state, localPort }) => ({ state, localPort })),
    rows.map(({ state, localPort }) => ({ state, localPort })),
  );
});

test('a name of a user is looked up once for a page', () => {
  const { take, did } = watch({ holders: new Map() });
  const rows = Array.from({ length: 1000 }, (_, i) => ({ state: 'LISTEN', inode: i + 1, uid: i % 3 }));
  assert.equal(take(rows, { where: { user: 'root' } }).matched, 334);
  assert.ok(did.names <= 3, `${did.names} looks`);
  assert.equal(take([{ state: 'LISTEN', uid: 5 }]).rows[0]?.user, '5');
});

test('what reading the tables yields comes through, of the first reading and of the second', () => {
  const holders = new Map([[1, 7]]);
  const { take, did } = watch({ holders });
  take([established(1)], { where: { program: 'p7' } });
  assert.deepEqual(did.yielded, [1, 2]);
});

describe('a page', () => {
  const some = <const Value>(...values: readonly Value[]) => fc.constantFrom(...values);
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

  const tellable = fc.record({
    state: some('CLOSE_WAIT', 'ESTABLISHED', 'LISTEN', ''),
    family: some('inet', 'inet6', 'unix'),
    protocol: some('tcp', 'udp', ''),
    inode: optional(fc.nat(12)),
    uid: optional(fc.nat(2)),
    localPort: optional(some(0, 80, 8080)),
    remotePort: optional(some(80, 40_000)),
    receiveQueue: optional(fc.nat(3)),
    device: optional(some('eth0', 'lo')),
  });
  const asks = fc.record({
    filters: fc.record({
      state: some('CLOSE_WAIT', 'LISTEN'),
      family: some('inet', 'unix'),
      protocol: some('tcp'),
      program: some('p1', 'p2', NOBODY, 'none'),
      user: some('root', '0', '1', 'nobody'),
      port: some('80', '0'),
      device: some('eth0'),
      age: some('0', '10', '20'),
    }),
    /** More of them at once leave no row. */
    applied: fc.subarray([...filterNames], { maxLength: 2 }),
    by: optional(some(...tables.sockets.columns.map(({ name }) => name))),
    descending: fc.boolean(),
    limit: fc.integer({ min: 1, max: 15 }),
  });
  const hosts = fc.record({
    rows: fc.array(tellable, { maxLength: 25 }),
    holders: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3 })), {
      selector: ([inode]) => inode,
    }),
    met: fc.uniqueArray(fc.integer({ min: 1, max: 12 })),
    hidden: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    /** Which sockets were in CLOSE_WAIT so long ago. */
    seen: fc.dictionary(some('10', '20'), fc.array(fc.integer({ min: 1, max: 12 }))),
    seesProcesses: fc.boolean(),
  });

  test('is what looking for all holders, filtering, sorting and cutting all rows gives, for any host and any question', () => {
    fc.assert(
      fc.property(hosts, asks, (host, { filters, applied, by, descending, limit }) => {
        const where = Object.fromEntries(applied.map(name => [name, filters[name]]));
        const truth = new Map(host.holders);
        const { take, meet, wait } = watch({
          holders: truth,
          nameOf: pid => (pid === 3 ? NOBODY : `p${pid}`),
          findable: new Set([...truth.keys()].filter(inode => !host.hidden.includes(inode))),
          seesProcesses: host.seesProcesses,
        });
        const met = host.met.filter(inode => truth.has(inode));
        meet(...met);
        // Looks of another exporter, long before, at the same sockets.
        take((host.seen['20'] ?? []).map(leaked), { where: { user: 'nobody' } });
        wait(10);
        take((host.seen['10'] ?? []).map(leaked), { where: { user: 'nobody' } });
        wait(10);
        const sort = by === undefined ? undefined : { by, descending };
        const page = take(host.rows, { where, sort, limit });

        const pidOf = (inode = 0): number | undefined => {
          const isKnown = met.includes(inode) || !host.hidden.includes(inode);
          return host.seesProcesses && inode !== 0 && isKnown ? truth.get(inode) : undefined;
        };
        const ageOf = ({ state, inode = 0 }: Row): number | undefined => {
          if (state !== 'CLOSE_WAIT' || inode === 0) return undefined;
          if (host.seen['20']?.includes(inode) === true) return 20;
          return host.seen['10']?.includes(inode) === true ? 10 : 0;
        };
        const shown = host.rows.map((row): ShownSocket => {
          const pid = pidOf(row.inode);
          const program = pid === undefined ? '' : pid === 3 ? NOBODY : `p${pid}`;
          return {
            ...bareShown,
            ...row,
            user: row.uid === undefined ? undefined : row.uid === 0 ? 'root' : String(row.uid),
            pid,
            program: host.seesProcesses ? program : undefined,
            command: pid === undefined ? undefined : `/bin/${program}`,
            ageSeconds: ageOf(row),
          };
        });
        const isWanted = (row: ShownSocket): boolean =>
          applied.every(name => {
            const wanted: string = filters[name];
            switch (name) {
              case 'program':
                return row.program === wanted || (wanted === NOBODY && row.program === '');
              case 'user':
                return row.user === wanted || String(row.uid) === wanted;
              case 'port':
                return [row.localPort, row.remotePort].map(String).includes(wanted);
              case 'age':
                return row.ageSeconds !== undefined && row.ageSeconds >= Number(wanted);
              case 'state':
              case 'family':
              case 'protocol':
              case 'device':
                return row[name] === wanted;
            }
          });
        const wanted = shown.filter(isWanted);
        const value = tables.sockets.columns.find(({ name }) => name === by)?.value;
        assert.deepEqual(page, {
          rows: inOrder(wanted, value, descending).slice(0, limit),
          matched: wanted.length,
          counts: {
            state: countsOf(wanted.map(({ state }) => state)),
            ...(host.seesProcesses && { program: countsOf(wanted.map(({ program = '' }) => program)) }),
          },
        });
      }),
      { numRuns: 2000, seed: 20_261_126 },
    );
  });
});
