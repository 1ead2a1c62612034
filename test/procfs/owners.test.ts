// Protects: a socket counts for a process that holds it and for no other, at a cost that is bounded in time and memory.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { INODES_LIMIT } from '../../src/procfs/inode-table.ts';
import { createOwners, VERIFIED_LINKS, type Owners } from '../../src/procfs/owners.ts';
import { processFiles, REFUSED } from '../../src/procfs/process-files.ts';
import { PROCESSES_LIMIT } from '../../src/procfs/processes.ts';
import { createHost, ownersOf, readingOf, type Host } from './processes.ts';

const numbers = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** Sockets in a row: descriptor 3 has the first inode. */
const inARow = (firstInode: number, count: number): Readonly<Record<number, number>> =>
  Object.fromEntries(numbers(0, count).map(i => [3 + i, firstInode + i]));

describe('a socket', () => {
  test('counts for the process that holds it', t => {
    const host = createHost(t);
    host.start(20, { 0: 0, 3: 101, 4: 102 });
    host.start(30, { 3: 103 });
    assert.deepEqual(readingOf(ownersOf(host), [101, 103, 102]), [20, 30, 20]);
  });

  test('that several processes hold counts for the one with the lowest pid', t => {
    const host = createHost(t);
    host.start(300, { 5: 101 });
    host.start(20, { 0: 0, 7: 101 });
    host.start(100, { 3: 101 });
    assert.deepEqual(readingOf(ownersOf(host), [101]), [20]);
  });

  test('counts for another of its holders in the very reading in which the first has ended', t => {
    const host = createHost(t);
    for (const pid of [20, 30, 40]) host.start(pid, { 3: 101 });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101]), [20]);
    host.living.delete(20);
    assert.deepEqual(readingOf(owners, [101]), [30]);
    host.living.delete(30);
    assert.deepEqual(readingOf(owners, [101]), [40]);
    host.living.delete(40);
    assert.deepEqual(readingOf(owners, [101]), ['vanished']);
  });

  test('counts for the lowest pid that is left, in whatever order they were met', t => {
    const host = createHost(t);
    host.start(20, { 3: 101 });
    host.start(40, { 3: 101 });
    const owners = ownersOf(host);
    readingOf(owners, [101, 9]);
    host.start(30, { 3: 101 });
    readingOf(owners, [101, 10]);
    readingOf(owners, [101, 11]);
    host.living.delete(20);
    assert.deepEqual(readingOf(owners, [101]), [30]);
  });

  test('may be in several rows, as those of MPTCP are', t => {
    const host = createHost(t);
    host.start(20, { 3: 101 });
    assert.deepEqual(readingOf(ownersOf(host), [101, 101, 9, 9, 101]), [20, 20, 'vanished', 'vanished', 20]);
  });

  test('that a parent closed after the fork counts for the child', t => {
    const host = createHost(t);
    const parent = host.start(20, { 3: 101, 4: 102 });
    const owners = ownersOf(host);
    readingOf(owners, [101, 102]);
    host.start(21, { 3: 101, 4: 102 });
    parent.descriptors.delete(4);
    assert.deepEqual(readingOf(owners, [101, 102]), [20, 21]);
  });

  test('that moved to another descriptor still counts for its process', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, { 3: 101, 9: 0 });
    const owners = ownersOf(host);
    readingOf(owners, [101]);
    descriptors.set(9, 101).delete(3);
    assert.deepEqual(readingOf(owners, [101]), [20]);
  });

  test('that moved counts for its new holder after as many readings as it takes to verify all', t => {
    const host = createHost(t);
    const count = 2000;
    host.start(20, inARow(1000, count)).descriptors.set(1, 0);
    const owners = ownersOf(host);
    const inodes = numbers(1000, count);
    readingOf(owners, inodes);
    host.start(21, inARow(1000, count));
    for (const descriptor of inodes.keys()) host.living.get(20)?.descriptors.delete(3 + descriptor);
    const readings = Math.ceil(count / VERIFIED_LINKS);
    const last = numbers(0, readings).map(() => readingOf(owners, inodes));
    assert.equal(last[0]?.filter(pid => pid === 21).length, VERIFIED_LINKS);
    assert.ok(last.at(-1)?.every(pid => pid === 21));
  });

  test('on its way from one process to another is found when it has arrived', t => {
    const host = createHost(t);
    const sender = host.start(20, { 3: 101 });
    const receiver = host.start(30, { 0: 0 });
    const owners = ownersOf(host);
    readingOf(owners, [101]);
    sender.descriptors.delete(3);
    assert.deepEqual(readingOf(owners, [101]), ['vanished']);
    receiver.descriptors.set(3, 101);
    const answers = numbers(0, 33).map(() => readingOf(owners, [101])[0]);
    assert.equal(answers.at(-1), 30);
    assert.deepEqual([...new Set(answers)], ['vanished', 30]);
  });
});

describe('a process', () => {
  test('that runs another program keeps what it did not close', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, { 3: 101, 4: 102, 5: 103 });
    const owners = ownersOf(host);
    readingOf(owners, [101, 102, 103]);
    descriptors.delete(4);
    descriptors.delete(5);
    descriptors.set(4, 104);
    assert.deepEqual(readingOf(owners, [101, 102, 103, 104]), [20, 'vanished', 'vanished', 20]);
  });

  test('is not the one that had its pid before', t => {
    const host = createHost(t);
    host.start(20, { 3: 101 });
    host.start(30, { 3: 101 });
    const owners = ownersOf(host);
    readingOf(owners, [101]);
    const before = owners.process(owners.ownerOf(101));
    assert.equal(before?.pid, 20);
    host.start(20, { 3: 102 });
    assert.deepEqual(readingOf(owners, [101, 102]), [30, 20]);
    assert.notEqual(owners.process(owners.ownerOf(102)), before);
  });

  test('that held nothing is not taken for its successor either', t => {
    const host = createHost(t);
    host.start(20, { 0: 0 });
    host.start(30, { 3: 101 });
    const owners = ownersOf(host);
    readingOf(owners, [101, 9]);
    const begun = host.start(20, { 3: 102 });
    assert.deepEqual(readingOf(owners, [102]), [20]);
    assert.deepEqual(readingOf(owners, [102]), [20]);
    host.start(20, { 3: 103 }).startTicks = `${begun.startTicks}1`;
    assert.deepEqual(readingOf(owners, [102, 103]), ['vanished', 20]);
  });

  test('stays the same when procfs makes its folder anew', t => {
    const host = createHost(t);
    const living = host.start(20, { 3: 101 });
    const owners = ownersOf(host);
    readingOf(owners, [101]);
    const before = owners.process(owners.ownerOf(101));
    living.folderInode += 1000;
    host.read.lists = 0;
    assert.deepEqual(readingOf(owners, [101]), [20]);
    assert.equal(owners.process(owners.ownerOf(101)), before);
    assert.equal(host.read.lists, 0);
  });

  test('may vanish while it is walked through', t => {
    const host = createHost(t, () => {
      if (host.read.links === 3) host.living.delete(20);
    });
    host.start(20, inARow(100, 10));
    host.start(30, { 3: 200 });
    const owners = ownersOf(host);
    const pids = readingOf(owners, [200, 105]);
    assert.deepEqual(pids, [30, 'vanished']);
    assert.deepEqual(readingOf(owners, [100, 105, 200]), ['vanished', 'vanished', 30]);
  });

  test('that is new is found when the one before it has taken all the time', t => {
    const host = createHost(t);
    host.linkMilliseconds = 1;
    host.start(20, inARow(100, 10));
    host.start(30, { 3: 200 });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [200], 5), ['budget']);
    assert.deepEqual(readingOf(owners, [200], 5), [30]);
  });
});

describe('a socket without a holder', () => {
  test('is for want of budget until all processes were looked through', t => {
    const host = createHost(t);
    host.start(20, { 3: 101 });
    const owners = ownersOf(host);
    for (let i = 0; i < 3; i++) assert.deepEqual(readingOf(owners, [101, 9], 0), ['budget', 'budget']);
    assert.deepEqual([host.read.links, host.read.lists], [0, 0]);
    assert.deepEqual(readingOf(owners, [101, 9]), [20, 'vanished']);
  });

  test('is for want of permission while a process refuses to show its descriptors', t => {
    const host = createHost(t);
    const secretive = host.start(20, { 3: 101 });
    secretive.isRefusing = true;
    host.start(30, { 3: 102 });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101, 102]), ['permission', 30]);
    host.living.delete(20);
    assert.deepEqual(readingOf(owners, [101, 102]), ['vanished', 30]);
  });

  test('is for want of permission where processes are listed and tell nothing', t => {
    const host = createHost(t);
    const secretive = host.start(20, { 3: 101 });
    secretive.isRefusing = true;
    secretive.startTicks = '';
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101]), ['permission']);
    secretive.isRefusing = false;
    secretive.startTicks = '7';
    assert.deepEqual(readingOf(owners, [101, 102]), [20, 'vanished']);
  });

  test('is found when the process refuses no longer', t => {
    const host = createHost(t);
    const secretive = host.start(20, { 3: 101 });
    secretive.isRefusing = true;
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101]), ['permission']);
    secretive.isRefusing = false;
    assert.deepEqual(readingOf(owners, [101, 102]), [20, 'vanished']);
  });

  test('is for want of permission where processes are not listed', t => {
    const host = createHost(t);
    host.living.delete(1);
    host.start(20, { 3: 101 });
    assert.deepEqual(readingOf(ownersOf(host), [101, 102]), [20, 'permission']);
  });

  test('is for want of budget where more processes live than are looked into', t => {
    const host = createHost(t);
    const last = PROCESSES_LIMIT + 1;
    for (let pid = 2; pid <= last; pid++) host.start(pid);
    host.living.get(last)?.descriptors.set(3, 101);
    host.living.get(last - 1)?.descriptors.set(3, 102);
    assert.deepEqual(readingOf(ownersOf(host), [101, 102]), ['budget', last - 1]);
  });

  test('keeps its reason when processes come that nobody had cause to look into', t => {
    const host = createHost(t);
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [9]), ['vanished']);
    host.start(20, { 3: 101 });
    host.read.lists = 0;
    for (let i = 0; i < 3; i++) assert.deepEqual(readingOf(owners, [9]), ['vanished']);
    assert.equal(host.read.lists, 0);
  });

  test('costs one walk, not one for each reading', t => {
    const host = createHost(t);
    for (const pid of numbers(2, 100)) host.start(pid, { 0: 0, 3: 1000 + pid });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [9]), ['vanished']);
    host.read.links = host.read.lists = 0;
    for (let i = 0; i < 30; i++) assert.deepEqual(readingOf(owners, [9]), ['vanished']);
    assert.deepEqual([host.read.links, host.read.lists], [0, 0]);
  });
});

describe('a search', () => {
  test('for one new socket among 100,000 known ones reads hardly a link', t => {
    const host = createHost(t);
    for (const pid of numbers(2, 9)) host.start(pid, { 0: 0, 1: 0, 3: pid });
    const { descriptors } = host.start(20, inARow(1000, 100_000));
    const owners = ownersOf(host);
    const inodes = numbers(1000, 100_000);
    assert.ok(readingOf(owners, inodes).every(pid => pid === 20));

    const linksFor = (...more: readonly number[]): number => {
      host.read.links = host.read.lists = 0;
      assert.ok(readingOf(owners, [...inodes, ...more]).every(pid => pid === 20));
      return host.read.links;
    };
    assert.equal(linksFor(), VERIFIED_LINKS);
    descriptors.set(100_003, 500_000);
    assert.equal(linksFor(500_000), VERIFIED_LINKS + 1);
    // Another takes the descriptor of one that is closed: none but the sockets themselves tell where.
    descriptors.set(50_003, 500_001);
    const left = inodes.filter(inode => inode !== 51_000);
    host.read.links = host.read.lists = 0;
    assert.deepEqual(readingOf(owners, [...left, 500_000, 500_001]).at(-1), 20);
    assert.ok(host.read.links <= VERIFIED_LINKS + 1);
    assert.equal(host.read.lists, 0);
  });

  test('goes first to processes with churn', t => {
    const host = createHost(t);
    for (const pid of numbers(2, 50)) host.start(pid, inARow(1000 * pid, 100));
    const owners = ownersOf(host);
    const inodes = numbers(2, 50).flatMap(pid => numbers(1000 * pid, 100));
    readingOf(owners, inodes);
    const busy = host.living.get(40)?.descriptors;
    for (const descriptor of numbers(50, 20)) busy?.set(descriptor, 900_000 + descriptor);
    host.read.links = 0;
    const left = inodes.filter(inode => inode < 40_047 || inode >= 40_067);
    const found = numbers(900_050, 20);
    assert.ok(
      readingOf(owners, [...left, ...found])
        .slice(-20)
        .every(pid => pid === 40),
    );
    assert.ok(host.read.links <= VERIFIED_LINKS + found.length, String(host.read.links));
  });

  test('through a process too large for one reading goes on where it stopped', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, Object.fromEntries(numbers(0, 200).map(i => [i, 0])));
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101]), ['vanished']);
    descriptors.set(150, 102);
    host.linkMilliseconds = 1;
    host.read.lists = 0;
    const answers = numbers(0, 8).map(() => readingOf(owners, [101, 102])[1]);
    assert.deepEqual(answers, ['budget', 'budget', 'budget', 'budget', 'budget', 'budget', 20, 20]);
    assert.ok(host.read.lists <= 3, `the descriptors were listed ${host.read.lists} times`);
  });

  test('does not read again where known sockets are', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, { 0: 0, ...inARow(1000, 2000) });
    const owners = ownersOf(host);
    const inodes = numbers(1000, 2000);
    readingOf(owners, inodes);
    descriptors.delete(0);
    descriptors.set(0, 101);
    host.read.links = 0;
    assert.deepEqual(readingOf(owners, [...inodes, 101]).at(-1), 20);
    assert.equal(host.read.links, VERIFIED_LINKS + 2);
  });

  test('comes to every process in turn when one reading has no time for all', t => {
    const host = createHost(t);
    const files = Object.fromEntries(numbers(0, 20).map(i => [i, 0]));
    for (const pid of numbers(2, 10)) host.start(pid, files);
    const owners = ownersOf(host);
    readingOf(owners, [9]);
    host.living.get(11)?.descriptors.set(19, 101);
    host.linkMilliseconds = 1;
    const answers = numbers(0, 8).map(() => readingOf(owners, [101])[0]);
    assert.deepEqual([...new Set(answers)], ['budget', 11]);
    assert.equal(answers.indexOf(11), 7);
  });

  test('finishes one large process before it begins with another', t => {
    const host = createHost(t);
    const files = Object.fromEntries(numbers(0, 200).map(i => [i, 0]));
    host.start(20, files);
    const owners = ownersOf(host);
    readingOf(owners, [9]);
    host.linkMilliseconds = 1;
    readingOf(owners, [101]);
    host.start(30, files).descriptors.set(199, 101);
    const answers = numbers(0, 18).map(() => readingOf(owners, [101], 25)[0]);
    assert.deepEqual([answers[0], answers.at(-1)], ['budget', 30]);
  });

  test('does not look at one free descriptor after the other', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, inARow(1000, 3000));
    const busy = host.start(30, { 3: 101 });
    const owners = ownersOf(host);
    const inodes = numbers(1000, 3000);
    readingOf(owners, [...inodes, 101]);
    for (const descriptor of numbers(1003, 2000)) descriptors.delete(descriptor);
    busy.descriptors.set(4, 102);
    host.read.links = 0;
    assert.deepEqual(readingOf(owners, [...inodes.slice(0, 1000), 101, 102]).slice(-2), [30, 30]);
    const FREE_IN_A_ROW = 64;
    assert.ok(host.read.links <= VERIFIED_LINKS + FREE_IN_A_ROW + 3, String(host.read.links));
  });

  test('remembers a descriptor that was free, and looks there when there is another socket', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, inARow(1000, 500));
    const owners = ownersOf(host);
    const inodes = numbers(1000, 500);
    readingOf(owners, inodes);
    descriptors.delete(103);
    descriptors.set(300, 2000);
    const left = inodes.filter(inode => descriptors.get(inode - 997) === inode);
    assert.deepEqual(readingOf(owners, [...left, 2000]).at(-1), 20);
    descriptors.set(103, 2001);
    host.read.links = host.read.lists = 0;
    assert.deepEqual(readingOf(owners, [...left, 2000, 2001]).at(-1), 20);
    assert.ok(host.read.links <= VERIFIED_LINKS + 2, String(host.read.links));
    assert.equal(host.read.lists, 0);
  });

  test('comes to processes of other network namespaces last', t => {
    const host = createHost(t);
    for (const pid of numbers(2, 20)) host.start(pid, inARow(1000 * pid, 10)).isElsewhere = true;
    host.start(50, { 3: 101 });
    const owners = ownersOf(host);
    host.read.links = 0;
    assert.deepEqual(readingOf(owners, [101]), [50]);
    assert.equal(host.read.links, 1);
    assert.deepEqual(readingOf(owners, [101, 5003]), [50, 5]);
  });

  test('looks but once at sockets that left the tables and are still open', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, inARow(1000, 100));
    const owners = ownersOf(host);
    readingOf(owners, numbers(1000, 100));
    const linksFor = (descriptor: number, inodes: readonly number[]): number => {
      descriptors.set(descriptor, 5000 + descriptor);
      host.read.links = 0;
      assert.ok(readingOf(owners, [...inodes, 5000 + descriptor]).every(pid => pid === 20));
      return host.read.links;
    };
    assert.equal(linksFor(103, []), 100 + 100 + 1);
    assert.equal(linksFor(104, [5103]), 1 + 1);
  });

  test('that was not finished when the process ended does not stop others from being finished', t => {
    const host = createHost(t);
    const files = Object.fromEntries(numbers(0, 200).map(i => [i, 0]));
    for (const pid of [20, 30]) host.start(pid, files);
    const owners = ownersOf(host);
    readingOf(owners, [9]);
    host.living.get(30)?.descriptors.set(199, 101);
    host.linkMilliseconds = 1;
    assert.deepEqual(readingOf(owners, [101]), ['budget']);
    assert.ok(owners.bytes() > 4 * 200);
    host.living.delete(20);
    const answers = numbers(0, 8).map(() => readingOf(owners, [101])[0]);
    assert.equal(answers.at(-1), 30);
  });

  test('leaves sockets that are in none of the tables to the second look', t => {
    const host = createHost(t);
    host.start(20, inARow(1000, 1000));
    const owners = ownersOf(host);
    readingOf(owners, [9]);
    host.linkMilliseconds = 1;
    host.read.links = 0;
    assert.deepEqual(readingOf(owners, [9, 10]), ['vanished', 'budget']);
    assert.ok(host.read.links <= 30, String(host.read.links));
  });

  test('comes to those that hold few sockets first', t => {
    const host = createHost(t);
    const pids = numbers(20, 10);
    for (const pid of pids) host.start(pid, inARow(1000 * pid, 50));
    const few = host.start(90, { 3: 0, 4: 0, 5: 90_000, 6: 0, 7: 0 });
    const owners = ownersOf(host);
    const inodes = [...pids.flatMap(pid => numbers(1000 * pid, 50)), 90_000];
    readingOf(owners, [...inodes, 9]);
    few.descriptors.set(3, 90_001);
    host.listMilliseconds = 10;
    assert.equal(readingOf(owners, [...inodes, 90_001]).at(-1), 90);
  });

  test('is not needed for a socket that was seen before it was in a table', t => {
    const host = createHost(t);
    host.start(20, { 3: 101, 4: 102 });
    const owners = ownersOf(host);
    readingOf(owners, [101, 9]);
    host.read.lists = 0;
    assert.deepEqual(readingOf(owners, [101, 102]), [20, 20]);
    assert.equal(host.read.lists, 0);
  });

  test('makes use of 2,000 descriptors in a folder, and of threads that outlived the first', t => {
    const root = mkdtempSync(join(tmpdir(), 'netstat-owners-'));
    t.after(() => {
      rmSync(root, { recursive: true });
    });
    const start = (pid: number, state: string, folder: string, sockets: readonly number[]): void => {
      mkdirSync(join(root, String(pid), 'fd'), { recursive: true });
      mkdirSync(join(root, String(pid), folder), { recursive: true });
      const stat = `${pid} (x) ${state} ${'0 '.repeat(16)}2 0 ${pid} 0\n`;
      writeFileSync(join(root, String(pid), 'stat'), stat);
      sockets.forEach((inode, i) => {
        symlinkSync(`socket:[${inode}]`, join(root, String(pid), folder, String(i)));
      });
    };
    start(1, 'S', 'fd', []);
    start(20, 'S', 'fd', numbers(1000, 2000));
    start(30, 'Z', 'task/31/fd', [500]);
    let links = 0;
    const files = processFiles(root);
    const owners = createOwners(root, {
      ...files,
      socketAt(folder, descriptor) {
        links++;
        return files.socketAt(folder, descriptor);
      },
    });
    const inodes = [...numbers(1000, 2000), 500];
    assert.deepEqual([...new Set(readingOf(owners, inodes))], [20, 30]);
    assert.equal(links, inodes.length);
    links = 0;
    rmSync(join(root, '20', 'fd', '7'));
    symlinkSync('socket:[501]', join(root, '20', 'fd', '7'));
    const after = [...inodes.filter(inode => inode !== 1007), 501];
    assert.deepEqual([...new Set(readingOf(owners, after))], [20, 30]);
    assert.ok(links <= VERIFIED_LINKS + 10, String(links));
  });
});

describe('the memory', () => {
  test('does not grow with the processes that came and went', t => {
    const host = createHost(t);
    const owners = ownersOf(host);
    const bytes = numbers(2, 500).map(pid => {
      host.living.delete(pid - 1);
      host.start(pid, { 3: 1000 + pid });
      assert.deepEqual(readingOf(owners, [1000 + pid]), [pid]);
      assert.ok(owners.ownerOf(1000 + pid) <= 2);
      return owners.bytes();
    });
    assert.equal(new Set(bytes).size, 1);
  });

  test('is pruned with the sockets', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20, inARow(1000, 50_000));
    const owners = ownersOf(host);
    const atFirst = owners.bytes();
    readingOf(owners, [...numbers(1000, 50_000), 7, 8]);
    assert.equal(owners.entries(), 50_002);
    assert.ok(owners.bytes() > 16 * 50_000);
    descriptors.clear();
    descriptors.set(3, 1000);
    for (let i = 0; i < 32; i++) assert.deepEqual(readingOf(owners, [1000]), [20]);
    assert.equal(owners.entries(), 1);
    host.living.clear();
    readingOf(owners, []);
    assert.equal(owners.bytes(), atFirst);
  });

  test('depends on how many sockets there are, not on how high their descriptors', t => {
    const host = createHost(t);
    const pids = numbers(2, 1000);
    for (const pid of pids) host.start(pid, { 1_000_000: 1000 + pid, 1_073_741_815: 5000 + pid });
    const owners = ownersOf(host);
    const inodes = pids.flatMap(pid => [1000 + pid, 5000 + pid]);
    assert.deepEqual(
      readingOf(owners, inodes),
      pids.flatMap(pid => [pid, pid]),
    );
    assert.ok(owners.bytes() < 1_000_000, String(owners.bytes()));
  });

  test('that is full takes in no more, and what is beyond is for want of budget', t => {
    const SEARCHES = 8;
    const SOUGHT = INODES_LIMIT / SEARCHES;
    const host = createHost(t);
    const { descriptors } = host.start(20);
    for (let i = 0; i < INODES_LIMIT + 5; i++) descriptors.set(i, 1000 + i);
    const owners = ownersOf(host);
    for (const i of numbers(0, SEARCHES)) {
      const answers = readingOf(owners, numbers(1000 + i * SOUGHT, SOUGHT));
      assert.ok(answers.every(answer => answer === 20));
    }
    assert.equal(owners.entries(), INODES_LIMIT);
    // The table, and the list of the descriptors of a process that is too large for one search.
    assert.ok(owners.bytes() < (32 + 4 + 1) * 2 ** 20);
    assert.deepEqual([...new Set(readingOf(owners, numbers(1000 + INODES_LIMIT, 5)))], ['budget']);
  });

  test('of what is looked for in one reading is bounded, and the rest has its turn in the next', t => {
    const LIMIT = 131_072;
    const host = createHost(t);
    const { descriptors } = host.start(20);
    for (let i = 0; i < LIMIT + 5; i++) descriptors.set(i, 1000 + i);
    const owners = ownersOf(host);
    const inodes = numbers(1000, LIMIT + 5);
    assert.deepEqual(readingOf(owners, inodes).slice(LIMIT - 1), [20, ...numbers(0, 5).map(() => 'budget')]);
    assert.ok(readingOf(owners, inodes).every(answer => answer === 20));
  });

  test('has room for the sockets of the tables, be those of other namespaces ever so many', t => {
    const host = createHost(t);
    const { descriptors } = host.start(20);
    for (let i = 0; i < INODES_LIMIT / 2 + 1000; i++) descriptors.set(i, 1000 + i);
    host.start(30, { 3: 7 });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [7, 8]), [30, 'vanished']);
    assert.ok(owners.entries() <= INODES_LIMIT / 2 + 2);
  });
});

interface Model {
  readonly pids: readonly number[];
  readonly steps: readonly (readonly [pid: number, other: number, what: number, descriptor: number])[];
}

const aModel: fc.Arbitrary<Model> = fc.record({
  pids: fc.uniqueArray(fc.integer({ min: 2, max: 8 }), { minLength: 2 }),
  steps: fc.array(
    fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.integer({ min: 3, max: 9 })),
    { maxLength: 60 },
  ),
});

for (const tellsCount of [false, true]) {
  test(`whatever processes do, no socket ever counts for one that does not hold it, nor for none while one does, where the kernel ${tellsCount ? 'tells' : 'does not tell'} how many descriptors are open`, t => {
    fc.assert(
      fc.property(aModel, ({ pids, steps }) => {
        const host = createHost(t);
        host.tellsCount = tellsCount;
        const owners = ownersOf(host);
        let inode = 100;
        const at = (i: number): number => pids[i % pids.length] ?? 2;
        const held = (): readonly number[] => [
          ...new Set([...host.living.values()].flatMap(({ descriptors }) => [...descriptors.values()])),
        ];
        const change = (pid: number, other: number, what: number, descriptor: number): void => {
          const process = host.living.get(pid) ?? host.start(pid);
          if (what === 0) host.living.delete(pid);
          if (what === 1) host.start(pid, { [descriptor]: inode++ });
          if (what === 2) process.descriptors.delete(descriptor);
          if (what === 3 || what === 4) process.descriptors.set(descriptor, inode++);
          // A fork, or a message with a descriptor; the giver may have closed its own.
          if (what === 5) host.start(other, Object.fromEntries(process.descriptors));
          const given = process.descriptors.get(descriptor);
          if (what === 6 && given !== undefined) {
            (host.living.get(other) ?? host.start(other)).descriptors.set(descriptor + 7, given);
            process.descriptors.delete(descriptor);
          }
        };
        for (const [pid, other, what, descriptor] of steps) {
          if (pid % pids.length !== other % pids.length) change(at(pid), at(other), what, descriptor);
          const inodes = held().filter(each => each !== 0);
          readingOf(owners, inodes).forEach((answer, i) => {
            assert.ok(typeof answer === 'number', `${answer} of ${inodes[i]}`);
            const descriptors = host.living.get(answer)?.descriptors.values() ?? [];
            assert.ok([...descriptors].includes(inodes[i] ?? 0));
          });
        }
      }),
    );
  });
}

describe('where the kernel tells how many descriptors are open, a process that is new', () => {
  const countingHost = (t: TestContext, onLink?: () => void): Host => {
    const host = createHost(t, onLink);
    host.tellsCount = true;
    return host;
  };

  /** Process 1 has no descriptor: it is listed, and once more in case that its first thread has ended. */
  const LISTS_OF_NONE = 2;

  test('is not listed, and one descriptor behind the last is tried', t => {
    const host = countingHost(t);
    host.start(20, { 0: 0, 1: 0, 2: 0, ...inARow(101, 50) });
    assert.deepEqual(readingOf(ownersOf(host), [101, 150, 9]), [20, 20, 'vanished']);
    // The one behind the last is tried once more where new sockets of known processes are.
    assert.deepEqual([host.read.links, host.read.lists], [3 + 50 + 1 + 1, LISTS_OF_NONE]);
  });

  test('may have free descriptors below, which are tried as well', t => {
    const host = countingHost(t);
    host.start(20, { 3: 101, 4: 102, 20: 103, 60: 104 });
    assert.deepEqual(readingOf(ownersOf(host), [104, 101, 103, 102]), [20, 20, 20, 20]);
    assert.deepEqual([host.read.links, host.read.lists], [61, LISTS_OF_NONE]);
  });

  test('is listed where more are free than there is sense in trying', t => {
    const host = countingHost(t);
    host.start(20, { 3: 101, 100_000: 102 });
    assert.deepEqual(readingOf(ownersOf(host), [101, 102]), [20, 20]);
    assert.equal(host.read.lists, LISTS_OF_NONE + 1);
    assert.ok(host.read.links < 70, String(host.read.links));
  });

  test('is listed at every look but the first', t => {
    const host = countingHost(t);
    const { descriptors } = host.start(20, inARow(101, 10));
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101, 9]), [20, 'vanished']);
    descriptors.set(500, 200);
    host.read.lists = 0;
    assert.deepEqual(readingOf(owners, [101, 200]), [20, 20]);
    assert.ok(host.read.lists > 0);
  });

  test('may open descriptors while they are tried', t => {
    const host = countingHost(t, () => {
      const { links } = host.read;
      if (links > 0 && links % 10 === 0 && links <= 50)
        host.living.get(20)?.descriptors.set(100 + links / 10, 500 + links);
    });
    host.start(20, inARow(101, 98));
    host.start(30, { 3: 400 });
    const answers = readingOf(ownersOf(host), [198, 510, 520, 530, 540, 550, 400]);
    assert.deepEqual(answers, [20, 20, 20, 20, 20, 20, 30]);
  });

  test('may close descriptors while they are tried, and is listed when it comes to the end of them', t => {
    const host = countingHost(t, () => {
      if (host.read.links === 5) for (const i of numbers(3, 20)) host.living.get(20)?.descriptors.delete(i);
    });
    host.start(20, inARow(101, 30));
    assert.deepEqual(readingOf(ownersOf(host), [125, 130, 110]), [20, 20, 'vanished']);
  });

  test('may fill a free descriptor while they are tried: the last one is found later', t => {
    const host = countingHost(t, () => {
      if (host.read.links === 2) host.living.get(20)?.descriptors.set(5, 0);
    });
    host.start(20, { 0: 0, 1: 0, 2: 0, 3: 101, 4: 102, 6: 103, 8: 104 });
    const owners = ownersOf(host);
    const answers = numbers(0, 40).map(() => readingOf(owners, [104])[0]);
    assert.equal(answers.at(-1), 20);
  });

  test('for which the time was too short is gone on with in the next reading', t => {
    const host = countingHost(t);
    host.start(20, inARow(101, 100));
    host.linkMilliseconds = 1;
    const owners = ownersOf(host);
    const first = readingOf(owners, [150, 200], 60);
    assert.deepEqual(first, [20, 'budget']);
    assert.equal(host.read.links, 60);
    // Descriptors 0 to 2 are free; what was seen is made sure of, and not sought again.
    assert.deepEqual(readingOf(owners, [150, 200], 60), [20, 20]);
    assert.equal(host.read.links, 60 + 1 + 43);
    assert.equal(host.read.lists, LISTS_OF_NONE);
  });

  test('for which the time was too short, and that has ended, stands in nobody’s way', t => {
    const host = countingHost(t);
    host.start(20, inARow(101, 100));
    host.linkMilliseconds = 1;
    const owners = ownersOf(host);
    readingOf(owners, [200], 60);
    host.start(20, { 3: 200 });
    assert.deepEqual(readingOf(owners, [200], 60), [20]);
  });

  test('that refuses to show where its descriptors lead is asked once, and not for every descriptor', t => {
    const host = countingHost(t);
    host.start(20, inARow(101, 1000)).isRefusing = true;
    host.start(30, { 3: 7 });
    const owners = ownersOf(host);
    assert.deepEqual(readingOf(owners, [101, 7, 102]), ['permission', 30, 'permission']);
    assert.equal(host.read.links, 1 + 5 + 1);
    // Nor in the readings after it.
    host.read.links = 0;
    for (let i = 0; i < 10; i++) assert.deepEqual(readingOf(owners, [101, 7]), ['permission', 30]);
    assert.equal(host.read.links, 10);
  });
});

test('a process that can be listed and refuses to show where its descriptors lead is asked once', t => {
  const host = createHost(t);
  const { descriptors } = host.start(20, inARow(101, 1000));
  const keys = Uint32Array.from(descriptors.keys());
  const links: number[] = [];
  const owners = createOwners('/proc', {
    ...host.files,
    descriptorsIn: folder => (folder === '/proc/20/fd' ? keys : host.files.descriptorsIn(folder)),
    socketAt(folder, descriptor) {
      links.push(descriptor);
      return folder === '/proc/20/fd' ? REFUSED : host.files.socketAt(folder, descriptor);
    },
  });
  assert.deepEqual(readingOf(owners, [101, 102]), ['permission', 'permission']);
  assert.equal(links.length, 1);
});

test('a process that begins to refuse holds nothing that we know of', t => {
  const host = createHost(t);
  const process = host.start(20, inARow(101, 10));
  const owners = ownersOf(host);
  assert.deepEqual(readingOf(owners, [101, 102]), [20, 20]);
  process.isRefusing = true;
  assert.deepEqual(readingOf(owners, [101, 102]), ['permission', 'permission']);
  process.isRefusing = false;
  const answers = numbers(0, 40).map(() => readingOf(owners, [101, 102]).join());
  assert.equal(answers.at(-1), '20,20');
});

describe('on the live kernel', { timeout: 60_000 }, () => {
  const sockets = 300;
  /** Listens where it is told to, takes a server that it is sent, and ends with its parent. */
  const program = `
    const { createServer } = require('node:net');
    const kept = [];
    let waiting = ${sockets};
    for (let i = 0; i < ${sockets}; i++) {
      const server = createServer().listen(0, '127.0.0.1', () => { if (--waiting === 0) process.send('ready'); });
      kept.push(server);
    }
    process.on('message', (_, server) => { kept.push(server); process.send('taken'); });
    process.on('disconnect', () => process.exit());
  `;

  const childOf = async (t: TestContext): Promise<ChildProcess & { readonly pid: number }> => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    t.after(() => child.kill('SIGKILL'));
    await answerOf(child);
    assert.ok(hasPid(child));
    return child;
  };

  const hasPid = (child: ChildProcess): child is ChildProcess & { readonly pid: number } =>
    child.pid !== undefined;

  const answerOf = (child: ChildProcess): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve).once('error', reject).once('exit', reject);
    });

  /** As seen without what is tested. */
  const socketsOf = (pid: number): readonly number[] =>
    readdirSync(`/proc/${pid}/fd`).flatMap(descriptor => {
      try {
        return [Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? 0)];
      } catch {
        return [];
      }
    });

  const ownSockets = (pid: number): readonly number[] => {
    const ours = new Set(socketsOf(process.pid));
    return socketsOf(pid).filter(inode => inode !== 0 && !ours.has(inode));
  };

  /** Other processes of the machine may take the time of one reading. */
  const eventually = (owners: Owners, inodes: readonly number[], expected: readonly number[]): void => {
    let answers = readingOf(owners, inodes);
    for (let i = 0; i < 100 && answers.join() !== expected.join(); i++) answers = readingOf(owners, inodes);
    assert.deepEqual(answers, expected);
  };

  test('the sockets of a child are its own, until it ends', async t => {
    const child = await childOf(t);
    const owners = createOwners('/proc');
    const inodes = ownSockets(child.pid);
    assert.ok(inodes.length >= sockets);
    assert.deepEqual(
      readingOf(owners, inodes),
      inodes.map(() => child.pid),
    );
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    assert.ok(readingOf(owners, inodes).every(answer => typeof answer === 'string'));
  });

  test('a socket that we pass to a child and close is the child’s', async t => {
    const child = await childOf(t);
    const owners = createOwners('/proc');
    const before = new Set(socketsOf(process.pid));
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const inodes = socketsOf(process.pid).filter(inode => !before.has(inode));
    assert.equal(inodes.length, 1);
    eventually(owners, inodes, [process.pid]);
    const taken = answerOf(child);
    child.send('take', server);
    await taken;
    await new Promise(resolve => server.close(resolve));
    assert.ok(!socketsOf(process.pid).includes(inodes[0] ?? 0));
    eventually(owners, inodes, [child.pid]);
  });
});
