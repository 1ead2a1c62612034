// Protects: every network namespace is read by itself and told apart, whoever stands for it ends meanwhile, and what fails in one stands in the others.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import type { Programs } from '../../src/collectors/owned-sockets.ts';
import type { MetricFamily } from '../../src/metrics/family.ts';
import { createMaterializer } from '../materializing.ts';
import type { NamespaceSettings, NamespacesRead } from '../../src/snapshot/other-namespaces.ts';
import type { Outcome, Snapshot } from '../../src/snapshot/outcome.ts';
import { PAGE } from '../../src/snapshot/page-reading.ts';
import { createReading, NAMESPACES, type ReadAll } from '../../src/snapshot/reading.ts';
import type { TablePage } from '../../src/snapshot/table-page.ts';
import { machineOf, readingSettings } from '../hosts.ts';
import { makeProcfs, type MadeProcfs } from '../procfs/made-procfs.ts';

const HOST = 4_026_531_840;
const A = HOST + 1;
const B = HOST + 2;
const CONTAINER = 'c'.repeat(64);

interface MadeSocket {
  readonly state: string;
  readonly inode: number;
  readonly queue?: string;
}

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const tcpOf = (sockets: readonly MadeSocket[]): string =>
  header +
  sockets
    .map(
      ({ state, inode, queue = '00000000' }, i) =>
        `${String(i).padStart(4)}: 0100007F:0050 0100007F:${(0x8000 + i).toString(16).toUpperCase()} ${state} 00000000:${queue} 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 20 4 0 10 -1\n`,
    )
    .join('');
const devOf = (bytes: number): string =>
  `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: ${bytes}       1    0    0    0     0          0         0     ${bytes}       1    0    0    0     0       0          0\n`;

const CLOSE_WAIT = '08';
const ESTABLISHED = '01';

const threeNamespaces = (t: TestContext): MadeProcfs =>
  makeProcfs(t, [
    {
      ...{ pid: 1, namespace: HOST, inodes: [11] },
      files: {
        'net/dev': devOf(1),
        'net/tcp': tcpOf([{ state: ESTABLISHED, inode: 11 }]),
        'net/softnet_stat': `${'00000000 '.repeat(14).trim()} 00000000\n`,
      },
    },
    {
      ...{ pid: 20, namespace: A, inodes: [21, 22], cgroup: `0::/system.slice/docker-${CONTAINER}.scope\n` },
      files: {
        'net/dev': devOf(20),
        'net/tcp': tcpOf([
          { state: CLOSE_WAIT, inode: 21 },
          { state: CLOSE_WAIT, inode: 22, queue: '00000001' },
        ]),
        'net/softnet_stat': `${'00000000 '.repeat(14).trim()} 00000000\n`,
      },
    },
    {
      ...{ pid: 30, namespace: B },
      files: { 'net/dev': devOf(30), 'net/tcp': tcpOf([{ state: CLOSE_WAIT, inode: 31 }]) },
    },
    // It is in another namespace than the socket that it holds.
    { pid: 40, namespace: HOST, inodes: [31] },
  ]);

const everything: NamespaceSettings = {
  ...{ include: '', exclude: '', limit: 100, rootfs: '/nonexistent', collectors: [] },
};

const readerOf = ({ procfs }: MadeProcfs, settings: Partial<NamespaceSettings> = {}): ReadAll =>
  createReading({
    ...readingSettings,
    places: { procfs, sysfs: '/nonexistent' },
    machine: machineOf('bare'),
    namespaces: { ...everything, ...settings },
  });

const asked = ['dev', 'softnet_stat', 'tcp', 'programs'];

const snapshotOf = (read: ReadAll, proceed?: () => void, names: readonly string[] = asked): Snapshot =>
  new Map(read(names, proceed));

const familiesOf = (snapshot: Snapshot): readonly MetricFamily[] =>
  createMaterializer(collectors, { device: () => true, statistic: () => true, limits: {} })(snapshot)
    .families;

/** `{label="value",…} value` of one metric, without the labels that are empty. */
const samplesOf = (snapshot: Snapshot, name: string): readonly string[] => {
  const family = familiesOf(snapshot).find(each => each.name === `netstat_${name}`);
  return (family?.samples ?? [])
    .map(({ value, labels }) => {
      const told = (family?.labels ?? []).flatMap((label, i) =>
        labels[i] === '' ? [] : [`${label}=${labels[i] === CONTAINER ? 'C' : (labels[i] ?? '')}`],
      );
      return `${told.join(' ')} ${value}`;
    })
    .sort();
};

const namesIn = (snapshot: Snapshot, collector: string): readonly string[] =>
  (snapshot.get(collector)?.namespaces ?? []).map(({ netns }) => (netns === CONTAINER ? 'C' : netns));

test('every series is labelled with its namespace, and no collector is read where the kernel tells the same again', t => {
  const snapshot = snapshotOf(readerOf(threeNamespaces(t)));
  assert.deepEqual(samplesOf(snapshot, 'interface_receive_bytes_total'), [
    `device=lo netns=${HOST} 1`,
    `device=lo netns=${B} 30`,
    'device=lo netns=C container=C 20',
  ]);
  assert.deepEqual(samplesOf(snapshot, 'close_wait_sockets'), [
    `family=inet eof=read netns=${HOST} 0`,
    `family=inet eof=read netns=${B} 1`,
    'family=inet eof=read netns=C container=C 1',
    `family=inet eof=unread netns=${HOST} 0`,
    `family=inet eof=unread netns=${B} 0`,
    'family=inet eof=unread netns=C container=C 1',
  ]);
  assert.deepEqual(namesIn(snapshot, 'softnet_stat'), [String(HOST)]);
  const found = snapshot.get(NAMESPACES);
  assert.ok(found?.status === 'ok');
  const { home, others } = found.data as NamespacesRead;
  assert.equal(home.netns, String(HOST));
  assert.deepEqual(
    others.map(({ netns }) => netns),
    [CONTAINER, String(B)],
  );
});

test('owners are found across namespaces', t => {
  const snapshot = snapshotOf(readerOf(threeNamespaces(t)));
  assert.deepEqual(
    samplesOf(snapshot, 'program_close_wait_sockets').filter(sample => !sample.endsWith(' 0')),
    [
      `program=p40 eof=read netns=${B} 1`,
      'program=p20 eof=read netns=C container=C 1',
      'program=p20 eof=unread netns=C container=C 1',
    ].sort(),
  );
  assert.deepEqual(
    samplesOf(snapshot, 'program_sockets').filter(sample => sample.includes('ESTABLISHED')),
    [`program=p1 family=inet protocol=tcp state=ESTABLISHED netns=${HOST} 1`],
  );
});

test('ages are of each socket, and are remembered while its namespace is there', t => {
  const made = threeNamespaces(t);
  const read = readerOf(made);
  snapshotOf(read);
  const again = snapshotOf(read);
  const remembered = samplesOf(again, 'exporter_remembered_sockets');
  assert.equal(remembered.length, 1, 'once for all');
  made.end(20);
  const without = snapshotOf(read);
  assert.deepEqual(namesIn(without, 'tcp'), [String(HOST), String(B)]);
});

test('some collectors alone are read in the others where the user says so', t => {
  const snapshot = snapshotOf(readerOf(threeNamespaces(t), { collectors: ['dev'] }));
  assert.deepEqual(namesIn(snapshot, 'dev'), [String(HOST), 'C', String(B)]);
  assert.deepEqual(namesIn(snapshot, 'tcp'), [String(HOST)]);
  assert.deepEqual(namesIn(snapshot, 'programs'), [String(HOST)]);
});

describe('when the process that stands for a namespace', () => {
  const second = {
    pid: 21,
    files: { 'net/dev': devOf(21), 'net/tcp': tcpOf([{ state: ESTABLISHED, inode: 77 }]) },
  };
  const bytesIn = (snapshot: Snapshot): readonly string[] =>
    samplesOf(snapshot, 'interface_receive_bytes_total').filter(sample => sample.includes('netns=C'));

  /** Does it before the first file is opened. */
  const beforeReading = (change: () => void): (() => void) => {
    let isDone = false;
    return () => {
      if (!isDone) change();
      isDone = true;
    };
  };

  test('ends, the next one stands for it', t => {
    const made = threeNamespaces(t);
    made.start({ ...second, namespace: A, cgroup: '' });
    const snapshot = snapshotOf(
      readerOf(made),
      beforeReading(() => {
        made.end(20);
      }),
    );
    assert.deepEqual(bytesIn(snapshot), ['device=lo netns=C container=C 21']);
    const ofPrograms = samplesOf(snapshot, 'sockets').filter(sample => sample.includes('netns=C'));
    assert.ok(ofPrograms.includes('family=inet protocol=tcp state=ESTABLISHED netns=C container=C 1'));
    assert.ok(ofPrograms.includes('family=inet protocol=tcp state=CLOSE_WAIT netns=C container=C 0'));
  });

  test('enters another namespace, it is not taken for the first any more', t => {
    const made = threeNamespaces(t);
    made.start({ ...second, namespace: A, cgroup: '' });
    const snapshot = snapshotOf(
      readerOf(made),
      beforeReading(() => {
        made.move(20, HOST);
      }),
    );
    assert.deepEqual(bytesIn(snapshot), ['device=lo netns=C container=C 21']);
  });

  test('ends and no other is left, there is nothing of it, and the others are whole', t => {
    const made = threeNamespaces(t);
    const snapshot = snapshotOf(
      readerOf(made),
      beforeReading(() => {
        made.end(20);
      }),
    );
    assert.deepEqual(namesIn(snapshot, 'dev'), [String(HOST), String(B)]);
    assert.deepEqual(namesIn(snapshot, 'programs'), [String(HOST), String(B)]);
    assert.ok([...snapshot.values()].every(({ status }) => status !== 'failed'));
  });

  test('ends in the middle of a table, its sockets are not counted twice', t => {
    const made = threeNamespaces(t);
    made.start({ ...second, namespace: A, cgroup: '', inodes: [77] });
    let reads = 0;
    const last = (): number => {
      reads = 0;
      snapshotOf(readerOf(made), () => {
        reads++;
      });
      return reads;
    };
    const all = last();
    for (let at = 1; at <= all; at++) {
      const again = threeNamespaces(t);
      again.start({ ...second, namespace: A, cgroup: '', inodes: [77] });
      let seen = 0;
      const snapshot = snapshotOf(readerOf(again), () => {
        seen++;
        if (seen === at) again.end(20);
      });
      const sockets = samplesOf(snapshot, 'sockets').filter(
        sample => sample.includes('netns=C') && !sample.endsWith(' 0'),
      );
      const isFirst = sockets.join() === 'family=inet protocol=tcp state=CLOSE_WAIT netns=C container=C 2';
      const isSecond = sockets.join() === 'family=inet protocol=tcp state=ESTABLISHED netns=C container=C 1';
      assert.ok(isFirst || isSecond, `${at}: ${sockets.join()}`);
      const owned = samplesOf(snapshot, 'program_sockets').filter(
        sample => sample.includes('netns=C') && !sample.endsWith(' 0'),
      );
      const count = owned.reduce((sum, sample) => sum + Number(sample.slice(sample.lastIndexOf(' '))), 0);
      assert.equal(count, isFirst ? 2 : 1, `${at}: ${owned.join()}`);
    }
  });
});

test('a file that fails in one namespace costs that collector there, and is told', t => {
  const made = threeNamespaces(t);
  writeFileSync(join(made.procfs, '20', 'net', 'tcp'), 'no table at all\n');
  const snapshot = snapshotOf(readerOf(made));
  const tcp = snapshot.get('tcp');
  assert.ok(tcp?.status === 'failed');
  assert.match(tcp.message, new RegExp(`^namespace ${CONTAINER}: net/tcp:1: `));
  assert.deepEqual(
    samplesOf(snapshot, 'close_wait_sockets').filter(sample => sample.includes('eof=read')),
    [`family=inet eof=read netns=${HOST} 0`, `family=inet eof=read netns=${B} 1`],
  );
  // A part of its sockets is a wrong number, and the others have nothing to do with it.
  const programs = snapshot.get('programs');
  assert.deepEqual(
    programs?.namespaces?.map(({ outcome }) => outcome.status),
    ['ok', 'failed', 'ok'],
  );
});

test('a family that one namespace lacks is absent there alone', t => {
  const made = threeNamespaces(t);
  rmSync(join(made.procfs, '1', 'net', 'tcp'));
  const snapshot = snapshotOf(readerOf(made), undefined, ['tcp']);
  const tcp = snapshot.get('tcp');
  assert.deepEqual(
    tcp?.namespaces?.map(({ outcome }) => outcome.status),
    ['absent', 'ok', 'ok'],
  );
  assert.equal(tcp.status, 'ok');
});

describe('a page', () => {
  const query = { table: 'sockets', where: {}, sort: undefined, limit: 10 } as const;
  const pageOf = (read: ReadAll, netns?: string): Outcome | undefined =>
    new Map(read(['tcp'], undefined, { ...query, netns })).get(PAGE);
  const inodesIn = (outcome: Outcome | undefined): readonly (number | undefined)[] => {
    assert.ok(outcome?.status === 'ok', JSON.stringify(outcome));
    return ((outcome.data as TablePage).rows.sockets ?? []).map(({ inode }) => inode);
  };

  test('is of one namespace, of the first where none is asked for', t => {
    const read = readerOf(threeNamespaces(t));
    assert.deepEqual(inodesIn(pageOf(read)), [11]);
    assert.deepEqual(inodesIn(pageOf(read, String(HOST))), [11]);
    assert.deepEqual(inodesIn(pageOf(read, CONTAINER)), [21, 22]);
    assert.deepEqual(inodesIn(pageOf(read, String(B))), [31]);
  });

  test('tells which there are', t => {
    const outcome = pageOf(readerOf(threeNamespaces(t)), CONTAINER);
    assert.ok(outcome?.status === 'ok');
    assert.deepEqual((outcome.data as TablePage).namespaces, {
      read: CONTAINER,
      all: [String(HOST), CONTAINER, String(B)],
    });
  });

  test('of a namespace that is not there is absent', t => {
    const made = threeNamespaces(t);
    assert.equal(pageOf(readerOf(made), 'x')?.status, 'absent');
    assert.equal(pageOf(readerOf(made, { exclude: String(B) }), String(B))?.status, 'absent');
  });

  test('does not make the ages in other namespaces be forgotten', t => {
    const read = readerOf(threeNamespaces(t));
    snapshotOf(read);
    const before = samplesOf(snapshotOf(read), 'exporter_remembered_sockets');
    for (let i = 0; i < 40; i++) pageOf(read, String(HOST));
    assert.deepEqual(samplesOf(snapshotOf(read), 'exporter_remembered_sockets'), before);
  });
});

test('what is remembered of sockets is forgotten where their programs are not told in other namespaces either', t => {
  const made = threeNamespaces(t);
  const read = readerOf(made, { collectors: ['dev', 'tcp'] });
  const remembered = (): number => {
    const programs = snapshotOf(read).get('programs');
    assert.ok(programs?.status === 'ok');
    return (programs.data as Programs).remembered?.sockets ?? NaN;
  };
  const FORGOTTEN_AFTER = 48;
  let inode = 1000;
  const atFirst = remembered();
  for (let reading = 0; reading < FORGOTTEN_AFTER; reading++) {
    const file = join(made.procfs, '20', 'net', 'tcp');
    writeFileSync(file, tcpOf([{ state: ESTABLISHED, inode: inode++ }]));
    writeFileSync(join(made.procfs, '1', 'net', 'tcp'), tcpOf([{ state: ESTABLISHED, inode: inode++ }]));
    remembered();
  }
  assert.ok(remembered() <= atFirst + FORGOTTEN_AFTER, `${remembered()} after ${atFirst}`);
});
