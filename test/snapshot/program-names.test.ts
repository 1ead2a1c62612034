// Protects: programs are called as their processes call themselves by now or were called lately, at no cost for each reading.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Process } from '../../src/procfs/owners.ts';
import { createProgramNames, type ProgramNames } from '../../src/snapshot/program-names.ts';

const KEPT_READINGS = 8;
const IN_TIME = Infinity;
const TOO_LATE = 0;

interface Pretended extends Process {
  readonly isCalled: (name: string) => void;
  readonly mayOpen: (descriptors: number | 'unlimited' | undefined) => void;
}

/** A process whose files a test may write. */
const pretend = (t: TestContext, pid: number, name = 'before'): Pretended => {
  const root = mkdtempSync(join(tmpdir(), 'netstat-names-'));
  t.after(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const folder = join(root, String(pid));
  mkdirSync(folder);
  const isCalled = (comm: string): void => {
    writeFileSync(join(folder, 'comm'), `${comm}\n`);
  };
  isCalled(name);
  return {
    pid,
    folder,
    isCalled,
    mayOpen(descriptors) {
      const row = `Max open files            ${descriptors}              524288               files     \n`;
      const head = 'Limit                     Soft Limit           Hard Limit           Units     \n';
      writeFileSync(join(folder, 'limits'), descriptors === undefined ? head : head + row);
    },
  };
};

const createNames = (): ProgramNames => createProgramNames([], String);

/** One reading after the other. */
const reading = <T>(names: ProgramNames, ask: () => T): T => {
  names.begin();
  return ask();
};

test('a name is kept for eight readings, and then looked at again', t => {
  const names = createNames();
  // Whose pid is divisible by the number of readings is read for the first time when its turn is.
  const process = pretend(t, 2 * KEPT_READINGS);
  const nameIn = (): string | undefined => reading(names, () => names.nameOf(process, IN_TIME));
  assert.equal(nameIn(), 'before');
  process.isCalled('after');
  for (let i = 1; i < KEPT_READINGS; i++) assert.equal(nameIn(), 'before', `reading ${i}`);
  assert.equal(nameIn(), 'after');
  process.isCalled('again');
  for (let i = 1; i < KEPT_READINGS; i++) assert.equal(nameIn(), 'after', `reading ${i}`);
  assert.equal(nameIn(), 'again');
});

test('processes that were met in one reading are not all looked at again in one', t => {
  const names = createNames();
  const processes = Array.from({ length: KEPT_READINGS }, (_, i) => pretend(t, 100 + i));
  const namesIn = (): readonly (string | undefined)[] =>
    reading(names, () => processes.map(process => names.nameOf(process, IN_TIME)));
  assert.deepEqual([...new Set(namesIn())], ['before']);
  for (const process of processes) process.isCalled('after');
  for (let read = 1; read <= KEPT_READINGS; read++) {
    assert.equal(namesIn().filter(name => name === 'after').length, read);
  }
});

test('there is no name where the time was up before the process was ever looked at', t => {
  const names = createNames();
  const process = pretend(t, 20);
  assert.equal(
    reading(names, () => names.nameOf(process, TOO_LATE)),
    undefined,
  );
  assert.equal(
    reading(names, () => names.nameOf(process, IN_TIME)),
    'before',
  );
});

test('a name that is known goes on where the time is up, until there is time again', t => {
  const names = createNames();
  const process = pretend(t, 20);
  reading(names, () => names.nameOf(process, IN_TIME));
  process.isCalled('after');
  for (let i = 0; i < 3 * KEPT_READINGS; i++) {
    assert.equal(
      reading(names, () => names.nameOf(process, TOO_LATE)),
      'before',
    );
  }
  assert.equal(
    reading(names, () => names.nameOf(process, IN_TIME)),
    'after',
  );
});

test('a process that took the pid of another has a name of its own at once', t => {
  const names = createNames();
  const process = pretend(t, 20);
  reading(names, () => names.nameOf(process, IN_TIME));
  process.isCalled('after');
  assert.equal(
    reading(names, () => names.nameOf({ ...process }, IN_TIME)),
    'after',
  );
});

test('a process that has ended has the name that it had, and none of ours where it had not', t => {
  const names = createNames();
  const known = pretend(t, 20);
  reading(names, () => names.nameOf(known, IN_TIME));
  rmSync(known.folder, { recursive: true });
  assert.equal(
    reading(names, () => names.nameOf(known, IN_TIME)),
    'before',
  );
  const unknown = pretend(t, 21);
  rmSync(unknown.folder, { recursive: true });
  assert.equal(
    reading(names, () => names.nameOf(unknown, IN_TIME)),
    '(unnamed)',
  );
});

test('what the user says a process is called goes before what it calls itself', t => {
  const rule = { program: 'shop', comm: '^before$', executable: '', command_line: '', user: '', unit: '' };
  const names = createProgramNames([rule], String);
  assert.deepEqual(
    reading(names, () => [
      names.nameOf(pretend(t, 20), IN_TIME),
      names.nameOf(pretend(t, 21, 'other'), IN_TIME),
    ]),
    ['shop', 'other'],
  );
});

test('a limit of descriptors is kept for eight readings, and then looked at again', t => {
  const names = createNames();
  const process = pretend(t, 20);
  process.mayOpen(1024);
  const limitIn = (): number | undefined => reading(names, () => names.descriptorLimitOf(process));
  assert.equal(limitIn(), 1024);
  process.mayOpen(65_536);
  for (let i = 1; i < KEPT_READINGS; i++) assert.equal(limitIn(), 1024, `reading ${i}`);
  assert.equal(limitIn(), 65_536);
  process.mayOpen('unlimited');
  for (let i = 1; i < KEPT_READINGS; i++) assert.equal(limitIn(), 65_536, `reading ${i}`);
  assert.equal(limitIn(), undefined);
});

test('there is no limit where none can be read, which is not asked again in every reading', t => {
  const names = createNames();
  const process = pretend(t, 20);
  const limitIn = (): number | undefined => reading(names, () => names.descriptorLimitOf(process));
  assert.equal(limitIn(), undefined);
  process.mayOpen(1024);
  for (let i = 1; i < KEPT_READINGS; i++) assert.equal(limitIn(), undefined, `reading ${i}`);
  assert.equal(limitIn(), 1024);
  const silent = pretend(t, 21);
  silent.mayOpen(undefined);
  assert.equal(
    reading(names, () => names.descriptorLimitOf(silent)),
    undefined,
  );
});
