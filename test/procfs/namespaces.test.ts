// Protects: every network namespace that a process is in is found once, under a name that stays and that no other has.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { createNamespaces, isInNamespace, type NamespaceChoice } from '../../src/procfs/namespaces.ts';
import { namespaceInode } from '../../src/procfs/source.ts';
import { makeProcfs } from './made-procfs.ts';

const HOST = 4_026_531_840;
const id = (digit: string): string => digit.repeat(64);
const docker = (digit: string): string => `0::/system.slice/docker-${id(digit)}.scope\n`;
const everything: NamespaceChoice = { include: '', exclude: '', limit: 100 };

const noRoot = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-root-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
};

const threeContainers = (t: TestContext) =>
  makeProcfs(t, [
    { pid: 1, namespace: HOST, cgroup: '0::/init.scope\n' },
    { pid: 7, namespace: HOST },
    { pid: 30, namespace: HOST + 300, cgroup: docker('a') },
    { pid: 31, namespace: HOST + 300, cgroup: docker('a') },
    { pid: 100, namespace: HOST + 100, cgroup: docker('b') },
    { pid: 9, namespace: HOST + 200 },
    { pid: 200, namespace: undefined },
  ]);

test('each is found once, with the processes that can stand for it, the lowest first', t => {
  const { procfs } = threeContainers(t);
  const { home, others, unread, hiddenProcesses } = createNamespaces(procfs, noRoot(t), everything)();
  assert.deepEqual(
    { ...home, pids: undefined },
    { netns: String(HOST), container: '', pod: '', inode: String(HOST), isInit: 'true', pids: undefined },
  );
  const none = { pod: '', isInit: 'false' };
  assert.deepEqual(others, [
    { ...none, netns: String(HOST + 200), container: '', inode: String(HOST + 200), pids: [9] },
    { ...none, netns: id('a'), container: id('a'), inode: String(HOST + 300), pids: [30, 31] },
    { ...none, netns: id('b'), container: id('b'), inode: String(HOST + 100), pids: [100] },
  ]);
  assert.deepEqual(
    { unread, hiddenProcesses },
    { unread: { excluded: 0, limit: 0, process: 0 }, hiddenProcesses: 0 },
  );
});

test('of the namespaces of one container that of its first process goes by its name', t => {
  const { procfs } = makeProcfs(t, [
    { pid: 1, namespace: HOST },
    { pid: 50, namespace: HOST + 1, cgroup: docker('a') },
    { pid: 40, namespace: HOST + 2, cgroup: docker('a') },
  ]);
  const { others } = createNamespaces(procfs, noRoot(t), everything)();
  assert.deepEqual(
    others.map(({ netns, container }) => [netns, container]),
    [
      [id('a'), id('a')],
      [String(HOST + 1), id('a')],
    ],
  );
});

describe('of those that are there are read', () => {
  const choices: readonly (readonly [Partial<NamespaceChoice>, read: readonly string[], unread: object])[] = [
    [{ include: `${id('a')}|${HOST + 200}` }, [String(HOST + 200), id('a')], { excluded: 1, limit: 0 }],
    [{ include: 'a+' }, [id('a')], { excluded: 2, limit: 0 }],
    [{ include: 'a' }, [], { excluded: 3, limit: 0 }],
    [{ exclude: '[0-9a-f]{64}' }, [String(HOST + 200)], { excluded: 2, limit: 0 }],
    [{ include: '.*', exclude: '.*b' }, [String(HOST + 200), id('a')], { excluded: 1, limit: 0 }],
    [{ limit: 2 }, [String(HOST + 200), id('a')], { excluded: 0, limit: 1 }],
    [{ exclude: '4.*', limit: 1 }, [id('a')], { excluded: 1, limit: 1 }],
  ];
  for (const [choice, read, unread] of choices) {
    test(JSON.stringify(choice), t => {
      const { procfs } = threeContainers(t);
      const found = createNamespaces(procfs, noRoot(t), { ...everything, ...choice })();
      assert.deepEqual(
        found.others.map(({ netns }) => netns),
        read,
      );
      assert.deepEqual(found.unread, { ...unread, process: 0 });
      assert.equal(found.home.netns, String(HOST), 'the first is read in any case');
    });
  }
});

test('those that were chosen stay while there are too many', t => {
  const { procfs, start, end } = threeContainers(t);
  const find = createNamespaces(procfs, noRoot(t), { ...everything, limit: 2 });
  const namesOf = (): readonly string[] =>
    find()
      .others.map(({ inode }) => String(Number(inode) - HOST))
      .sort();
  assert.deepEqual(namesOf(), ['200', '300']);
  start({ pid: 2, namespace: HOST + 400 });
  start({ pid: 3, namespace: HOST + 500 });
  assert.deepEqual(namesOf(), ['200', '300']);
  end(9);
  assert.deepEqual(namesOf(), ['300', '400']);
  start({ pid: 9, namespace: HOST + 200 });
  assert.deepEqual(namesOf(), ['300', '400']);
});

test('a process tells whether it still is in its namespace', t => {
  const { procfs, move, end } = threeContainers(t);
  const isThere = isInNamespace(procfs, 30, String(HOST + 300));
  assert.ok(isThere());
  move(30, HOST);
  assert.ok(!isThere());
  move(30, HOST + 300);
  assert.ok(isThere());
  end(30);
  assert.ok(!isThere());
});

test('of names below /run/netns those on which no namespace is mounted name none', t => {
  const { procfs } = threeContainers(t);
  const root = noRoot(t);
  mkdirSync(join(root, 'run', 'netns'), { recursive: true });
  writeFileSync(join(root, 'run', 'netns', 'left-over'), '');
  const { others, unread } = createNamespaces(procfs, root, everything)();
  assert.equal(others.length, 3);
  assert.equal(unread.process, 0);
});

test('of this host each process is in a namespace that is found, unless it is hidden', () => {
  const { home, others, hiddenProcesses } = createNamespaces('/proc', '/', { ...everything, limit: 512 })();
  assert.equal(home.inode, namespaceInode('/proc/self/ns/net'));
  assert.ok(others.every(({ inode }) => inode !== home.inode));
  assert.ok(Number.isInteger(hiddenProcesses) && hiddenProcesses >= 0);
});
