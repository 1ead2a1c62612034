// Protects: what is read of processes is theirs, and processes that end or hide themselves meanwhile are no error.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { NO_DESCRIPTOR, NO_SOCKET, processFiles, REFUSED } from '../../src/procfs/process-files.ts';
import { needs } from '../needs.ts';

const procfsOf = (t: TestContext): string => {
  const root = mkdtempSync(join(tmpdir(), 'netstat-processes-'));
  t.after(() => {
    rmSync(root, { recursive: true });
  });
  return root;
};

/** As do_task_stat() prints it: 52 fields. */
const stat = (pid: number, name: string, state: string, threads: number, start: number): string =>
  `${pid} (${name}) ${state} 1 ${'0 '.repeat(15)}${threads} 0 ${start} ${'0 '.repeat(29)}0\n`;

const link = (folder: string, links: Readonly<Record<number, string>>): void => {
  mkdirSync(folder, { recursive: true });
  for (const [descriptor, target] of Object.entries(links)) symlinkSync(target, join(folder, descriptor));
};

test('pids are in their order, and nothing else of the procfs is one', t => {
  const root = procfsOf(t);
  for (const name of ['10', '9', '100', 'net', '1x', 'sys', ''])
    mkdirSync(join(root, name), { recursive: true });
  assert.deepEqual(processFiles(root).pids(), [9, 10, 100]);
  assert.deepEqual(processFiles(join(root, 'missing')).pids(), []);
});

test('the start is found behind any name', t => {
  const root = procfsOf(t);
  const { folderOf, startOf } = processFiles(root);
  for (const [pid, name] of [
    [5, 'nginx'],
    [6, ') R 1 2 3 (('],
    [7, 'a b\nc'],
  ] as const) {
    link(join(folderOf(pid), 'fd'), {});
    writeFileSync(join(folderOf(pid), 'stat'), stat(pid, name, 'S', 1, 4000 + pid));
    assert.equal(startOf(folderOf(pid)), String(4000 + pid));
  }
  assert.equal(startOf(folderOf(8)), undefined);
});

test('descriptors that lead to sockets are told from others', t => {
  const root = procfsOf(t);
  const fd = join(root, '5', 'fd');
  link(fd, {
    0: '/dev/null',
    1: 'socket:[123]',
    2: 'pipe:[123]',
    9: 'anon_inode:[eventpoll]',
    10: 'socket:[]',
    11: 'socket:[x]',
    12: 'socket:[9e99]',
    13: 'socket:[-1]',
  });
  const { descriptorsIn, socketAt } = processFiles(root);
  assert.deepEqual(
    [...(descriptorsIn(fd) ?? [])].toSorted((a, b) => a - b),
    [0, 1, 2, 9, 10, 11, 12, 13],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 9].map(descriptor => socketAt(fd, descriptor)),
    [NO_SOCKET, 123, NO_SOCKET, NO_DESCRIPTOR, NO_SOCKET],
  );
  assert.deepEqual(
    [10, 11, 12, 13].map(descriptor => socketAt(fd, descriptor)),
    [NO_SOCKET, NO_SOCKET, NO_SOCKET, NO_SOCKET],
  );
  assert.deepEqual(descriptorsIn(join(root, '6', 'fd')), new Uint32Array(0));
  assert.equal(socketAt(join(root, '6', 'fd'), 0), NO_DESCRIPTOR);
});

test('when the first thread has ended, the descriptors are those of another', t => {
  const root = procfsOf(t);
  const { folderOf, descriptorFolder } = processFiles(root);
  const describe = (pid: number, state: string, threads: number): string => {
    const folder = folderOf(pid);
    link(join(folder, 'fd'), {});
    link(join(folder, 'task', String(pid), 'fd'), {});
    link(join(folder, 'task', String(pid + 1), 'fd'), { 3: 'socket:[77]' });
    writeFileSync(join(folder, 'stat'), stat(pid, 'x', state, threads, 1));
    return descriptorFolder(folder).slice(folder.length + 1);
  };
  assert.equal(describe(50, 'Z', 2), 'task/51/fd');
  assert.equal(describe(60, 'S', 2), 'fd');
  assert.equal(describe(70, 'Z', 1), 'fd');
  assert.equal(descriptorFolder(folderOf(80)), join(folderOf(80), 'fd'));
});

test('a process that is gone has no folder', t => {
  const root = procfsOf(t);
  const { folderOf, inodeOf } = processFiles(root);
  mkdirSync(folderOf(5));
  assert.equal(typeof inodeOf(folderOf(5)), 'number');
  rmSync(folderOf(5), { recursive: true });
  assert.equal(inodeOf(folderOf(5)), undefined);
});

test('a process is elsewhere when its network namespace is known to be another than the one that is read', t => {
  const root = procfsOf(t);
  const { folderOf, isElsewhere } = processFiles(root);
  const namespaces = { 1: 4026531840, 5: 4026531840, 6: 4026532000 };
  mkdirSync(folderOf(7));
  for (const [pid, inode] of Object.entries(namespaces)) {
    mkdirSync(join(root, pid, 'ns'), { recursive: true });
    symlinkSync(`net:[${inode}]`, join(root, pid, 'ns', 'net'));
  }
  mkdirSync(join(root, '1', 'net'));
  assert.deepEqual(
    [1, 5, 6, 7].map(pid => isElsewhere(folderOf(pid))),
    [false, false, true, false],
  );
});

test('where nothing tells which network namespace is read, no process is elsewhere', t => {
  const root = procfsOf(t);
  const { folderOf, isElsewhere } = processFiles(root);
  mkdirSync(join(root, '6', 'ns'), { recursive: true });
  symlinkSync('net:[4026532000]', join(root, '6', 'ns', 'net'));
  assert.equal(isElsewhere(folderOf(6)), false);
});

test('the live proc tells of this process what its own links tell', async t => {
  const server = createServer();
  t.after(() => server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const files = processFiles('/proc');
  const folder = files.folderOf(process.pid);
  assert.ok(files.pids().includes(process.pid));
  assert.equal(files.inodeOf(folder), files.inodeOf(folder));
  assert.match(files.startOf(folder) ?? '', /^\d+$/);
  const fd = files.descriptorFolder(folder);
  assert.equal(fd, `/proc/${process.pid}/fd`);
  const sockets = [...(files.descriptorsIn(fd) ?? [])].filter(each => files.socketAt(fd, each) > NO_SOCKET);
  assert.ok(sockets.length > 0);
  for (const each of sockets)
    assert.equal(readlinkSync(join(fd, String(each))), `socket:[${files.socketAt(fd, each)}]`);
});

/** Linux tells the number of open descriptors as the size of their folder since 6.2. */
const tellsCount = ((): boolean => {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
})();

/** The folder of a process that does nothing, with so many descriptors beside those that it inherits. */
const idle = async (t: TestContext, descriptors: number): Promise<string> => {
  const nothing = openSync('/dev/null', 'r');
  const stdio = Array.from({ length: 3 + descriptors }, () => nothing);
  const child = spawn('sh', ['-c', 'kill -STOP $$'], { stdio });
  t.after(() => child.kill('SIGKILL'));
  closeSync(nothing);
  await once(child, 'spawn');
  const { folderOf } = processFiles('/proc');
  const folder = folderOf(child.pid ?? 0);
  // It has opened and closed its libraries by the time that it stops.
  while (!/^State:\s+T/m.test(readFileSync(join(folder, 'status'), 'latin1'))) await setTimeout(5);
  return join(folder, 'fd');
};

test('the live proc tells how many descriptors are open where the kernel does, as many as it lists', async t => {
  const { countIn } = processFiles('/proc');
  const folders = [await idle(t, 0), await idle(t, 17)];
  const [few = 0, many = 0] = folders.map(folder => readdirSync(folder).length);
  assert.equal(many - few, 17);
  assert.deepEqual(folders.map(countIn), tellsCount ? [few, many] : [undefined, undefined]);
});

test('nothing tells how many descriptors are open of a process that has none or is gone', t => {
  const { countIn } = processFiles('/proc');
  // A thread of the kernel; in a namespace of our own there may be none.
  const none = existsSync('/proc/2/fd') && readdirSync('/proc/2/fd').length === 0;
  if (none) assert.equal(countIn('/proc/2/fd'), undefined);
  assert.equal(countIn('/proc/4194305/fd'), undefined);
  t.diagnostic(none ? 'a thread of the kernel was asked' : 'there is no thread of the kernel');
});

test('a folder that is no procfs tells nothing by its size', t => {
  const root = procfsOf(t);
  const fd = join(root, '5', 'fd');
  link(fd, Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, `socket:[${i}]`])));
  assert.equal(processFiles(root).countIn(fd), undefined);
  assert.equal(processFiles(join(root, 'missing')).countIn(fd), undefined);
});

describe('for a user without rights', () => {
  /** What a user without rights is told of process 1 of a proc: of its number, list, and first link. */
  const toldOf = (hidepid: number): readonly unknown[] => {
    const source = `
      import { processFiles } from '${new URL('../../src/procfs/process-files.js', import.meta.url).href}';
      process.setgroups([]); process.setgid(65534); process.setuid(65534);
      const files = processFiles(process.argv[1]);
      const fd = files.descriptorFolder(files.folderOf(1));
      const count = files.countIn(fd);
      console.log(JSON.stringify([typeof count, typeof files.descriptorsIn(fd), files.socketAt(fd, 0)]));
    `;
    const folder = mkdtempSync(join(tmpdir(), 'netstat-hidepid-'));
    const mounted = `mount -t proc -o hidepid=${hidepid} proc "$1" && exec "$2" --input-type=module -e "$3" "$1"`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', mounted, 'sh', folder, process.execPath, source],
      // Nor may that user write down what was run, where coverage is measured.
      { encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: '' } },
    );
    rmSync(folder, { recursive: true });
    assert.equal(stderr, '');
    return JSON.parse(stdout) as readonly unknown[];
  };

  test('links of others are refused, and that is no error', needs({ root: true, tools: ['unshare'] }), () => {
    const [count, list, socket] = toldOf(0);
    assert.deepEqual([count, list, socket], [tellsCount ? 'number' : 'undefined', 'undefined', REFUSED]);
  });

  test(
    'processes that are hidden are refused as a whole, and that is no error',
    needs({ root: true, tools: ['unshare'] }),
    () => {
      assert.deepEqual(toldOf(1), ['undefined', 'undefined', REFUSED]);
      assert.deepEqual(toldOf(2), ['undefined', 'object', NO_DESCRIPTOR]);
    },
  );
});
