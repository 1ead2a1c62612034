// Protects: a process is described as far as it can be read, whatever it calls itself, ends meanwhile or keeps to itself, and never at more than a bounded cost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { programName } from '../../src/collectors/program-name.ts';
import { describeProcess, descriptorLimit } from '../../src/procfs/program.ts';

/** A folder as procfs has one for each process. */
function folderOf(t: TestContext, files: Readonly<Record<string, string | Buffer>>, executable?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'process-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  if (executable !== undefined) symlinkSync(executable, join(folder, 'exe'));
  return folder;
}

test('a process is described by its name, its command line, its file, its user and its control groups', t => {
  const folder = folderOf(
    t,
    {
      comm: 'python3\n',
      cmdline: 'python3\0-c\0a b\0\0',
      cgroup: '0::/system.slice/shop.service\n',
    },
    '/usr/bin/python3.11',
  );
  assert.deepEqual(describeProcess(folder), {
    comm: 'python3',
    commandLine: ['python3', '-c', 'a b', ''],
    executable: '/usr/bin/python3.11',
    uid: process.getuid?.(),
    cgroups: '0::/system.slice/shop.service\n',
  });
});

test('of a process that ended meanwhile everything is empty', () => {
  const folder = join(tmpdir(), 'there-is-no-such-process');
  assert.deepEqual(describeProcess(folder), {
    comm: '',
    commandLine: [],
    executable: '',
    uid: undefined,
    cgroups: '',
  });
  assert.equal(descriptorLimit(folder), undefined);
});

test('a zombie and a kernel thread have a name and no command line', t => {
  const { comm, commandLine, executable } = describeProcess(
    folderOf(t, { comm: 'kworker/0:1-events\n', cmdline: '' }),
  );
  assert.deepEqual(
    { comm, commandLine, executable },
    { comm: 'kworker/0:1-events', commandLine: [], executable: '' },
  );
});

test('the file of a program that was upgraded under it keeps its name', t => {
  const { executable } = describeProcess(folderOf(t, {}, '/usr/sbin/nginx (deleted)'));
  assert.equal(executable, '/usr/sbin/nginx');
});

test("a title without an end is a word, and only the last line end of a name is the kernel's", t => {
  const { comm, commandLine } = describeProcess(folderOf(t, { comm: 'a\nb\n\n', cmdline: 'nginx: master' }));
  assert.equal(comm, 'a\nb\n');
  assert.deepEqual(commandLine, ['nginx: master']);
});

test('bytes that are no UTF-8 come as text, and different ones stay different', t => {
  const bytes = (...codes: number[]) => Buffer.from([0x61, ...codes]);
  const described = (...codes: number[]) =>
    describeProcess(folderOf(t, { comm: bytes(...codes, 0x0a), cmdline: bytes(...codes, 0x00) }, '/bin/a'));
  assert.equal(described(0xff).comm, 'a\\xff');
  assert.deepEqual(described(0xfe).commandLine, ['a\\xfe']);
  assert.equal(described(0xc3, 0xbc).comm, 'aü');
});

test('a command line of megabytes is read so far as names go, and no half word is taken for a whole one', t => {
  const long = `java\0-cp\0${'x'.repeat(20_000)}\0kafka.Kafka\0${'y'.repeat(2_000_000)}`;
  const { commandLine } = describeProcess(folderOf(t, { cmdline: long }));
  assert.deepEqual(
    commandLine.map(word => word.length),
    [4, 3, 20_000, 11],
  );
  assert.equal(programName({ comm: 'java', executable: '', commandLine }), 'kafka.Kafka');
  assert.deepEqual(describeProcess(folderOf(t, { cmdline: 'x'.repeat(2_000_000) })).commandLine, []);
});

test('control groups that are cut end with a whole line', t => {
  const { cgroups } = describeProcess(folderOf(t, { cgroup: `1:a:/b\n2:c:/${'d'.repeat(20_000)}\n` }));
  assert.equal(cgroups, '1:a:/b\n');
});

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \n` +
  `Max processes             31347                31347                processes \n` +
  `Max open files            ${soft.padEnd(20)} 1048576              files     \n`;

test('the soft limit of descriptors is the one that counts, and there may be none', t => {
  assert.equal(descriptorLimit(folderOf(t, { limits: limits('1024') })), 1024);
  assert.equal(descriptorLimit(folderOf(t, { limits: limits('0') })), 0);
  assert.equal(descriptorLimit(folderOf(t, { limits: limits('unlimited') })), undefined);
  assert.equal(descriptorLimit(folderOf(t, { limits: '' })), undefined);
  assert.equal(descriptorLimit(folderOf(t, { limits: 'Max open files' })), undefined);
});

test('this process is described as the kernel has it', () => {
  const described = describeProcess('/proc/self');
  assert.equal(described.executable, process.execPath);
  assert.equal(described.uid, process.geteuid?.());
  assert.equal(described.commandLine[0], process.argv0);
  assert.ok((descriptorLimit('/proc/self') ?? Infinity) > 0);
});

test('a script and a title of node are what the kernel and the command line tell of them', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const script = join(folder, 'sync.mjs');
  writeFileSync(
    script,
    'if (process.argv[2]) process.title = process.argv[2]; console.log("ready"); process.stdin.resume();',
  );
  const nameOf = async (...words: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const name = programName(describeProcess(`/proc/${child.pid ?? 0}`));
    child.stdin.end();
    await once(child, 'exit');
    return name;
  };
  assert.equal(await nameOf('--max-old-space-size=64', script), 'sync.mjs');
  assert.equal(await nameOf(script, 'the-shop'), 'the-shop');
  assert.equal(await nameOf(script, 'gunicorn: master [app:app]'), 'gunicorn: maste');
  assert.equal(await nameOf(script, `node ${script}`), 'sync.mjs');
  assert.equal(await nameOf('-e', 'console.log("ready"); process.stdin.resume();'), 'node');
});
