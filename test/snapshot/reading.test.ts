// Protects: whoever asks for the owners of sockets gets those of all sockets and nothing else, and a part is never taken for all.
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Programs } from '../../src/collectors/owned-sockets.ts';
import { collectors } from '../../src/collectors/index.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { Abandoned } from '../../src/snapshot/read.ts';
import { createReading, type ReadAll, type ReaderSettings } from '../../src/snapshot/reading.ts';
import { hostFolder, machineOf, readHost, readingSettings } from '../hosts.ts';
import { captureOf } from './capture.ts';

const names = collectors.map(({ name }): string => name);

const settingsOf = (host: string): ReaderSettings => ({
  places: { procfs: `${hostFolder(host)}/proc`, sysfs: `${hostFolder(host)}/sys` },
  machine: machineOf(host),
  ...readingSettings,
});

const outcomesOf = (read: ReadAll, asked: readonly string[]): ReadonlyMap<string, Outcome> =>
  new Map(read(asked));

const dataOf = (outcome: Outcome | undefined): Programs => {
  assert.ok(outcome?.status === 'ok', JSON.stringify(outcome));
  return outcome.data as Programs;
};

/** Without the time that passed, and the ages that come of it. */
const lasting = (data: Programs): Programs => ({
  ...data,
  remembered: undefined,
  closeWait: data.closeWait.map(each => ({ ...each, oldestSeconds: undefined })),
});

const socketsOf = ({ counts }: Programs): number =>
  counts.flatMap(({ sockets }) => sockets).reduce((sum, each) => sum + each, 0);

const changed = (
  t: TestContext,
  host: string,
  changes: Readonly<Record<string, string | undefined>>,
): ReaderSettings => {
  const { settings, remove } = captureOf(host, changes);
  t.after(remove);
  return settings;
};

describe('who asks for the owners of sockets alone', () => {
  for (const host of ['closewait-a', 'inet']) {
    test(`gets no other outcome, and of ${host} the same as who asks for all`, () => {
      const alone = readHost(host, ['programs']);
      assert.deepEqual([...alone.keys()], ['programs']);
      const all = readHost(host, names);
      assert.equal(all.size, names.length);
      const data = dataOf(alone.get('programs'));
      assert.deepEqual(lasting(data), lasting(dataOf(all.get('programs'))));
      assert.ok(socketsOf(data) > 100, String(socketsOf(data)));
    });
  }

  test('gets the outcomes of those that are asked for beside them, in the order of the list', () => {
    const outcomes = readHost('closewait-a', ['programs', 'udp', 'tcp']);
    assert.deepEqual([...outcomes.keys()], ['udp', 'tcp', 'programs']);
  });

  test('gets those of tables that are switched on, and no table of those that are not', () => {
    const enabled = names.filter(name => !['tcp', 'unix'].includes(name));
    const read = createReading({ ...settingsOf('inet'), enabled });
    const { tables } = dataOf(outcomesOf(read, ['programs']).get('programs'));
    const kinds = new Set(tables.map(({ family, protocol }) => `${family} ${protocol}`));
    assert.ok(kinds.has('inet6 tcp') && kinds.has('inet udp'));
    assert.ok(![...kinds].some(kind => kind === 'inet tcp' || kind.startsWith('unix')));
  });

  test('does not have a file read that is switched off, or tells of no sockets', t => {
    const settings = changed(t, 'closewait-a', {
      'proc/net/tcp6': 'no table at all\n',
      'proc/net/dev': 'no table at all\n',
    });
    const enabled = names.filter(name => name !== 'tcp6');
    const outcome = outcomesOf(createReading({ ...settings, enabled }), ['programs']).get('programs');
    assert.ok(socketsOf(dataOf(outcome)) > 100);
  });
});

describe('a table that fails', () => {
  const asked = ['tcp', 'udp', 'unix', 'programs'];

  test('makes the owners fail with it, for its own reason, and the others stand', t => {
    const settings = changed(t, 'closewait-a', { 'proc/net/tcp': 'no table at all\n' });
    const outcomes = outcomesOf(createReading(settings), asked);
    const { tcp, udp, unix, programs } = Object.fromEntries(outcomes);
    assert.deepEqual([udp?.status, unix?.status], ['ok', 'ok']);
    assert.ok(tcp?.status === 'failed' && tcp.reason === 'parse');
    assert.equal(programs, tcp);
  });

  test('makes the owners fail, though nobody asked for the table', t => {
    const settings = changed(t, 'closewait-a', { 'proc/net/udp': 'no table at all\n' });
    const outcomes = outcomesOf(createReading(settings), ['programs']);
    const programs = outcomes.get('programs');
    assert.deepEqual([...outcomes.keys()], ['programs']);
    assert.ok(programs?.status === 'failed' && programs.reason === 'parse');
    assert.match(programs.message, /^net\/udp:1: /);
  });

  test('for the disk and not for what is in it makes the owners fail alike', t => {
    const { settings, folder, remove } = captureOf('closewait-a', { 'proc/net/tcp6': undefined });
    t.after(remove);
    symlinkSync('tcp6', join(folder, 'proc', 'net', 'tcp6'));
    const programs = outcomesOf(createReading(settings), ['programs']).get('programs');
    assert.ok(programs?.status === 'failed' && programs.reason === 'io', JSON.stringify(programs));
  });

  test('and is gone leaves the owners of the others', t => {
    const settings = changed(t, 'closewait-a', { 'proc/net/tcp6': undefined });
    const outcomes = outcomesOf(createReading(settings), ['tcp6', 'programs']);
    assert.equal(outcomes.get('tcp6')?.status, 'absent');
    const { tables } = dataOf(outcomes.get('programs'));
    assert.ok(!tables.some(({ family, protocol }) => family === 'inet6' && protocol === 'tcp'));
  });

  test('fails the owners of that reading and not of the next', t => {
    const capture = captureOf('closewait-a', {});
    t.after(capture.remove);
    const broken = changed(t, 'closewait-a', { 'proc/net/tcp': 'no table at all\n' });
    // The places are looked up for each reading, so the host may break between two.
    const places = { ...capture.settings.places };
    const read = createReading({ ...capture.settings, places });
    const first = dataOf(outcomesOf(read, ['programs']).get('programs'));
    places.procfs = broken.places.procfs;
    assert.equal(outcomesOf(read, ['programs']).get('programs')?.status, 'failed');
    places.procfs = capture.settings.places.procfs;
    const after = dataOf(outcomesOf(read, ['programs']).get('programs'));
    assert.deepEqual(after.counts, first.counts);
  });
});

test('a host that came without its processes tells nothing of owners, and all of its sockets', () => {
  const outcomes = readHost('bare', ['tcp', 'programs']);
  assert.equal(outcomes.get('programs')?.status, 'absent');
  assert.equal(outcomes.get('tcp')?.status, 'ok');
});

describe('one reading after the other', () => {
  const leakOf = (data: Programs) => data.closeWait.find(({ program }) => program === 'leaky-svc');

  test('goes on with the ages of CLOSE_WAIT', t => {
    const now = performance.now.bind(performance);
    let later = 0;
    performance.now = () => now() + later;
    t.after(() => {
      performance.now = now;
    });
    const read = createReading(settingsOf('closewait-a'));
    const readAll = (): Programs => dataOf(outcomesOf(read, ['programs']).get('programs'));
    assert.equal(leakOf(readAll())?.oldestSeconds, 0);
    later = 61_000;
    const { oldestSeconds = 0, olderThan, unread } = leakOf(readAll()) ?? {};
    assert.ok(oldestSeconds >= 61 && oldestSeconds < 120, String(oldestSeconds));
    assert.deepEqual([olderThan, unread], [[40, 0, 0], 40]);
  });

  test('tells the same of the same host, and remembers no more', () => {
    const read = createReading(settingsOf('closewait-a'));
    const readAll = (): Programs => dataOf(outcomesOf(read, names).get('programs'));
    const first = lasting(readAll());
    for (let i = 0; i < 5; i++) assert.deepEqual(lasting(readAll()), first);
    assert.deepEqual(
      first.closeWait.map(({ program, unread, read }) => [program, unread, read]),
      [['leaky-svc', 40, 0]],
    );
  });

  test('of a part of the tables does not take away what is known of the others', () => {
    const read = createReading(settingsOf('closewait-a'));
    const first = dataOf(outcomesOf(read, names).get('programs'));
    outcomesOf(read, ['tcp']);
    outcomesOf(read, ['dev']);
    const after = dataOf(outcomesOf(read, names).get('programs'));
    assert.deepEqual(after.counts, first.counts);
    assert.deepEqual(after.emptied, []);
  });
});

test('a reading that nobody waits for any more ends before the holders are looked for, and is no error of the thread', () => {
  let isOver = false;
  const read = createReading(settingsOf('closewait-a'));
  const proceed = (): void => {
    if (isOver) throw new Abandoned('nobody waits');
  };
  const outcomes = new Map<string, Outcome>();
  for (const [name, outcome] of read(['tcp', 'unix', 'programs'], proceed)) {
    outcomes.set(name, outcome);
    isOver = outcomes.size === 2;
  }
  const { tcp, unix, programs } = Object.fromEntries(outcomes);
  assert.deepEqual([tcp?.status, unix?.status], ['ok', 'ok']);
  assert.ok(programs?.status === 'failed' && programs.reason === 'deadline', JSON.stringify(programs));
  isOver = false;
  assert.equal(outcomesOf(read, ['programs']).get('programs')?.status, 'ok');
});
