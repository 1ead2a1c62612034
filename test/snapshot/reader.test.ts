// Protects: the reading thread delivers what reading here would, and neither its death nor a file that never answers lasts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import type { Programs } from '../../src/collectors/owned-sockets.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { startReader, type Reader, type Reading } from '../../src/snapshot/reader.ts';
import { shareReadings } from '../../src/snapshot/share.ts';
import { takeSnapshot } from '../../src/snapshot/take.ts';
import { hostFolder, readHost } from '../hosts.ts';
import { captureOf, NEVER_ANSWERS, type Capture } from './capture.ts';
import { createMaterializer } from '../materializing.ts';

const names = collectors.map(({ name }): string => name);

/** A reader of a capture; both are gone after the test. */
const readerOf = (t: TestContext, capture: Capture, ...blocked: readonly string[]): Reader => {
  const reader = startReader(capture.settings);
  t.after(async () => {
    await unblockedUntil(reader.close(), capture, ...blocked);
    capture.remove();
  });
  return reader;
};

/** A reader may come to the file only after it was unblocked once. */
const unblockedUntil = async <T>(
  done: Promise<T>,
  capture: Capture,
  ...files: readonly string[]
): Promise<T> => {
  const timer = setInterval(() => {
    files.forEach(capture.unblock);
  }, 10);
  try {
    return await done;
  } finally {
    clearInterval(timer);
  }
};

/** The thread alone does not keep this process alive. */
const outcomesOf = async ({ finished, outcomes }: Reading): Promise<ReadonlyMap<string, Outcome>> => {
  const timer = setInterval(() => undefined, 1000);
  await finished;
  clearInterval(timer);
  return outcomes();
};

const statusOf = (outcomes: ReadonlyMap<string, Outcome>) =>
  Object.fromEntries(
    [...outcomes].map(([name, outcome]) => [
      name,
      outcome.status === 'failed' ? outcome.reason : outcome.status,
    ]),
  );

const withoutSeconds = (outcome: Outcome | undefined) => ({ ...outcome, seconds: 0 });

describe('the reading thread', () => {
  test('delivers what reading in this thread gives', async t => {
    const outcomes = await outcomesOf(readerOf(t, captureOf('inet', {})).read(names));
    const here = readHost('inet', names);
    assert.deepEqual([...outcomes.keys()], names);
    for (const name of names) {
      assert.deepEqual(withoutSeconds(outcomes.get(name)), withoutSeconds(here.get(name)), name);
    }
  });

  test('reads only what is asked for', async t => {
    const outcomes = await outcomesOf(readerOf(t, captureOf('netns', {})).read(['udp', 'tcp']));
    assert.deepEqual(statusOf(outcomes), { udp: 'ok', tcp: 'ok' });
  });

  test('answers several readings, each with its own', async t => {
    const reader = readerOf(t, captureOf('netns', {}));
    const readings = [['tcp'], ['udp', 'unix'], ['nobody'], names].map(asked => reader.read(asked));
    const outcomes = await Promise.all(readings.map(outcomesOf));
    assert.deepEqual(
      outcomes.map(({ size }) => size),
      [1, 2, 0, names.length],
    );
  });

  test('remembers from one reading to the next what sockets dropped', async t => {
    const capture = captureOf('kernel-6.18', {});
    const reader = readerOf(t, capture);
    const udp = join(capture.settings.places.procfs, 'net', 'udp');
    const text = readFileSync(udp, 'latin1');
    const drops = async (): Promise<number | undefined> => {
      const snapshot = await outcomesOf(reader.read(['udp']));
      const { families } = createMaterializer(collectors, {
        device: () => true,
        statistic: () => true,
        limits: {},
      })(snapshot);
      return families.find(({ name }) => name === 'netstat_socket_drops_total')?.samples[0]?.value;
    };
    assert.equal(await drops(), 37);
    assert.equal(await drops(), 37);
    writeFileSync(udp, text.replace(/ 37( *)$/m, ' 40$1'));
    assert.equal(await drops(), 40);
    writeFileSync(udp, `${text.split('\n')[0] ?? ''}\n`);
    assert.equal(await drops(), 40, 'the socket is gone, its drops are not');
  });
});

describe('other settings', () => {
  test('hold from the next reading on, and the one under way keeps its own', async t => {
    const capture = captureOf('closewait-a', {});
    const reader = readerOf(t, capture);
    const programsOf = async (reading: Reading): Promise<readonly string[]> => {
      const programs = (await outcomesOf(reading)).get('programs');
      assert.ok(programs?.status === 'ok', JSON.stringify(programs));
      return (programs.data as Programs).closeWait.map(({ program }) => program);
    };
    const before = reader.read(['programs']);
    const rules = [
      { program: 'renamed', comm: 'leaky-svc', executable: '', command_line: '', user: '', unit: '' },
    ];
    reader.configure({ ...capture.settings, programs: { ...capture.settings.programs, rules } });
    const after = reader.read(['programs']);
    assert.ok((await programsOf(before)).includes('leaky-svc'));
    assert.ok((await programsOf(after)).includes('renamed'));
  });

  test('leave the drops of sockets that went away', async t => {
    const capture = captureOf('kernel-6.18', {});
    const reader = readerOf(t, capture);
    const udp = join(capture.settings.places.procfs, 'net', 'udp');
    const select = { device: () => true, statistic: () => true, limits: {} };
    const drops = async (): Promise<number | undefined> => {
      const { families } = createMaterializer(collectors, select)(await outcomesOf(reader.read(['udp'])));
      return families.find(({ name }) => name === 'netstat_socket_drops_total')?.samples[0]?.value;
    };
    assert.equal(await drops(), 37);
    writeFileSync(udp, readFileSync(udp, 'latin1').replace(/\n[^]*$/, '\n'));
    reader.configure({ ...capture.settings, top: { port: 1, user: 1 } });
    assert.equal(await drops(), 37);
  });

  test('leave what is known of sockets in CLOSE_WAIT: since when they are', async t => {
    const capture = captureOf('closewait-a', {});
    const reader = readerOf(t, capture);
    const oldest = async (): Promise<number> => {
      const programs = (await outcomesOf(reader.read(['programs']))).get('programs');
      assert.ok(programs?.status === 'ok', JSON.stringify(programs));
      const { closeWait } = programs.data as Programs;
      return Math.max(...closeWait.map(({ oldestSeconds }) => oldestSeconds ?? -1));
    };
    assert.equal(await oldest(), 0);
    await new Promise(resolve => setTimeout(resolve, 1100));
    const programs = { ...capture.settings.programs, top: 2 };
    reader.configure({ ...capture.settings, programs });
    assert.ok((await oldest()) >= 1);
  });

  test('reach a thread that is started after them', async t => {
    const capture = captureOf('closewait-a', {});
    const reader = readerOf(t, capture);
    const enabled = capture.settings.enabled.filter(name => name !== 'tcp');
    reader.configure({ ...capture.settings, enabled });
    const programs = (await outcomesOf(reader.read(['programs']))).get('programs');
    assert.ok(programs?.status === 'ok', JSON.stringify(programs));
    const { tables } = programs.data as Programs;
    assert.ok(!tables.some(({ family, protocol }) => family === 'inet' && protocol === 'tcp'));
  });
});

describe('what a collector meets', () => {
  const cases: readonly (readonly [
    what: string,
    changes: Parameters<typeof captureOf>[1],
    status: string,
  ])[] = [
    ['a file that is not there', { 'proc/net/udp': undefined }, 'absent'],
    ['a folder that is not there', { 'proc/net': undefined, 'proc/net/dev': '' }, 'absent'],
    ['an empty file', { 'proc/net/udp': '' }, 'parse'],
    ['a header of something else', { 'proc/net/udp': 'Iface Destination\n' }, 'parse'],
  ];
  for (const [what, changes, status] of cases) {
    test(`${what}: ${status}`, async t => {
      const outcomes = await outcomesOf(readerOf(t, captureOf('netns', changes)).read(['udp']));
      assert.deepEqual(statusOf(outcomes), { udp: status });
    });
  }

  test('rows that cannot be read are skipped, counted, and the first three told', async t => {
    const text = readFileSync(join(hostFolder('netns'), 'proc/net/tcp'), 'latin1');
    const rows = text.trimEnd().split('\n').length - 1;
    const capture = captureOf('netns', { 'proc/net/tcp': text + 'bad\n'.repeat(5) });
    const outcome = (await outcomesOf(readerOf(t, capture).read(['tcp']))).get('tcp');
    assert.ok(outcome?.status === 'ok');
    assert.equal(outcome.skipped.count, 5);
    assert.equal(outcome.skipped.examples.length, 3);
    assert.ok(outcome.skipped.examples[0]?.startsWith(`net/tcp:${rows + 2}: field `));
  });

  test('a message names the file and the line', async t => {
    const capture = captureOf('netns', { 'proc/net/udp': 'Iface Destination\n' });
    const outcome = (await outcomesOf(readerOf(t, capture).read(['udp']))).get('udp');
    assert.ok(outcome?.status === 'failed');
    assert.match(outcome.message, /^net\/udp:1: /);
  });
});

/** More interfaces than the thread's heap holds: some 20 MB of rows. */
const tooManyInterfaces = (): string => {
  const text = readFileSync(join(hostFolder('netns'), 'proc/net/dev'), 'latin1');
  const header = text.split('\n').slice(0, 2).join('\n');
  const numbers = '    123456789'.repeat(16);
  return `${header}\n${Array.from({ length: 150_000 }, (_, i) => `i${i}:${numbers}`).join('\n')}\n`;
};

describe('the death of the thread', () => {
  test('fails the readings under way, and the next one starts another thread', async t => {
    const capture = captureOf('netns', { 'proc/net/dev': tooManyInterfaces() });
    const reader = readerOf(t, capture);
    const readings = [reader.read(['dev', 'tcp']), reader.read(['udp'])];
    const outcomes = await Promise.all(readings.map(outcomesOf));
    assert.deepEqual(outcomes.map(statusOf), [{ dev: 'internal', tcp: 'internal' }, { udp: 'internal' }]);
    const message = [...(outcomes[0]?.values() ?? [])].map(each =>
      each.status === 'failed' ? each.message : '',
    )[0];
    assert.match(message ?? '', /^the reading thread failed: .*memory/);

    rmSync(join(capture.settings.places.procfs, 'net', 'dev'));
    assert.deepEqual(statusOf(await outcomesOf(reader.read(['dev', 'tcp']))), { dev: 'absent', tcp: 'ok' });
  });

  test('after the end of the reader nobody waits for ever', async t => {
    const wedged = 'proc/net/tcp';
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    const reading = reader.read(['udp', 'tcp', 'tcp6']);
    await until(() => reading.outcomes().has('udp'));
    await unblockedUntil(reader.close(), capture, wedged);
    const outcomes = await outcomesOf(reading);
    assert.equal(outcomes.get('udp')?.status, 'ok', 'what was there stays');
    assert.equal(outcomes.size, 3);
  });
});

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5));
};

describe('a file that never answers', () => {
  const wedged = 'proc/net/tcp';

  test('holds up itself and what comes after it, and the deadline serves the rest', async t => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    // The thread is there before the deadline counts.
    await outcomesOf(reader.read(['udp']));
    const share = shareReadings(reader);
    const snapshot = await takeSnapshot(share(names), names, 1);
    assert.deepEqual(
      [...snapshot].filter(([, { status }]) => status === 'failed').map(([name]) => name),
      ['tcp', 'tcp6', 'programs', 'conntrack'],
    );
    assert.equal(snapshot.get('udp')?.status, 'ok');
  });

  test('a reading that was abandoned meanwhile reads nothing more once the file answers', async t => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    const reading = reader.read(['udp', 'tcp', 'tcp6']);
    await until(() => reading.outcomes().has('udp'));
    reading.abandon();
    const outcomes = await unblockedUntil(outcomesOf(reading), capture, wedged);
    assert.equal(outcomes.get('udp')?.status, 'ok');
    const late = outcomes.get('tcp6');
    assert.ok(late?.status === 'failed');
    assert.equal(late.reason, 'deadline');
    assert.equal(late.message, 'net/tcp6: nobody waits for the result any more');
  });

  test('holds no second thread for the owners of its sockets', async t => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    const reading = reader.read(['udp', 'tcp']);
    await until(() => reading.outcomes().has('udp'));
    // It is abandoned when it waits for the file, and not before it opens it.
    await new Promise(resolve => setTimeout(resolve, 500));
    reading.abandon();
    await new Promise(resolve => setTimeout(resolve, 1100));
    for (const asked of [['udp', 'programs'], ['programs'], ['udp', 'programs']]) {
      const outcomes = await outcomesOf(reader.read(asked));
      assert.deepEqual(statusOf(outcomes), {
        ...(asked.includes('udp') && { udp: 'ok' }),
        programs: 'deadline',
      });
      const programs = outcomes.get('programs');
      assert.ok(programs?.status === 'failed');
      assert.equal(programs.message, 'an earlier scrape still waits for this file');
    }
  });

  test('one that comes to it after it was late is found out as well', async t => {
    const slow = 'proc/net/udp';
    const capture = captureOf('netns', { [slow]: NEVER_ANSWERS, [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, slow, wedged);
    const reading = reader.read(['udp', 'tcp']);
    await new Promise(resolve => setTimeout(resolve, 500));
    reading.late();
    capture.unblock(slow);
    await until(() => reading.outcomes().has('udp'));
    await new Promise(resolve => setTimeout(resolve, 2000));
    const outcomes = await outcomesOf(reader.read(['tcp']));
    assert.deepEqual(statusOf(outcomes), { tcp: 'deadline' });
  });

  test('once it answers, the next reading is like any other', async t => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    const share = shareReadings(reader);
    await takeSnapshot(share(names), names, 0.2);
    const path = join(capture.folder, wedged);
    linkSync(path, `${path}.before`);
    writeFileSync(`${path}.after`, readFileSync(join(hostFolder('netns'), wedged)));
    renameSync(`${path}.after`, path);
    const next = takeSnapshot(share(names), names, 10);
    const snapshot = await unblockedUntil(next, capture, `${wedged}.before`);
    assert.deepEqual(
      [...snapshot].filter(([, { status }]) => status === 'failed'),
      [],
    );
  });

  test('does not pile up readings: beyond a limit they are refused at once', async t => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const reader = readerOf(t, capture, wedged);
    const waiting = Array.from({ length: 64 }, () => reader.read(['tcp']));
    const refused = await outcomesOf(reader.read(['tcp', 'udp']));
    assert.deepEqual(statusOf(refused), { tcp: 'deadline', udp: 'deadline' });
    for (const reading of waiting) reading.abandon();
    await unblockedUntil(Promise.all(waiting.map(({ finished }) => finished)), capture, wedged);
    rmSync(join(capture.folder, wedged));
    assert.deepEqual(statusOf(await outcomesOf(reader.read(['tcp', 'udp']))), { tcp: 'absent', udp: 'ok' });
  });
});

const failedIn = (snapshot: ReadonlyMap<string, Outcome>) =>
  Object.fromEntries(
    [...snapshot].flatMap(([name, each]) => (each.status === 'failed' ? [[name, each.reason]] : [])),
  );

describe('scrapes one after the other beside files that never answer', () => {
  /** As of a pair of Prometheus servers: the next asker comes before the last has left. */
  test('askers who overlap do not hold on to a reading that got stuck', async t => {
    const wedged = 'proc/net/tcp';
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const share = shareReadings(readerOf(t, capture, wedged));
    const rest = ['tcp', 'programs'];
    const asking: Promise<void>[] = [];
    const served = new Set<string>();
    while (asking.length < 60 && !served.has(rest.join())) {
      asking.push(
        takeSnapshot(share(names), names, 1.5).then(snapshot => {
          served.add(Object.keys(failedIn(snapshot)).join());
        }),
      );
      await new Promise(resolve => setTimeout(resolve, 700));
    }
    await Promise.all(asking);
    assert.ok(served.has(rest.join()), 'all but the sockets of TCP are served in the end');
  });

  test('two files cost two collectors, and neither threads nor descriptors pile up', async t => {
    const wedged = ['proc/net/udp', 'proc/net/snmp6'];
    const capture = captureOf('netns', Object.fromEntries(wedged.map(file => [file, NEVER_ANSWERS])));
    const share = shareReadings(readerOf(t, capture, ...wedged));
    const scrape = (seconds: number) => takeSnapshot(share(names), names, seconds);
    const expected = { udp: 'deadline', snmp6: 'deadline', programs: 'deadline' };
    let failed = failedIn(await scrape(3));
    for (let i = 0; i < 6 && Object.keys(failed).length > 3; i++) {
      await new Promise(resolve => setTimeout(resolve, 1100));
      failed = failedIn(await scrape(3));
    }
    assert.deepEqual(failed, expected);
    const held = used();
    for (let i = 0; i < 50; i++) assert.deepEqual(failedIn(await scrape(20)), expected);
    assert.ok(used().threads <= held.threads, `${used().threads} threads after ${held.threads}`);
    assert.ok(used().descriptors <= held.descriptors, 'descriptors');

    for (const file of wedged) capture.unblock(file);
    for (const file of wedged) rmSync(join(capture.folder, file));
    await until(() => used().threads <= held.threads - 2);
    assert.deepEqual(failedIn(await scrape(20)), {});
  });
});

/** By this process. */
const used = () => ({
  threads: readdirSync('/proc/self/task').length,
  descriptors: readdirSync('/proc/self/fd').length,
});

describe('a file that answers a few bytes at a time, without an end', () => {
  const slow = 'proc/net/if_inet6';

  test('costs its own collector, from the second scrape on', async t => {
    const [row = ''] = readFileSync(join(hostFolder('netns'), slow), 'latin1').split('\n');
    const capture = captureOf('netns', { [slow]: NEVER_ANSWERS });
    const feed = `trap '' PIPE
while :; do { while printf '%s\n' "$1"; do sleep 0.02; done; } 2>/dev/null > "$0"; done`;
    const feeder = spawn('sh', ['-c', feed, join(capture.folder, slow), row], { stdio: 'ignore' });
    t.after(async () => {
      feeder.kill('SIGKILL');
      await once(feeder, 'exit');
    });
    const share = shareReadings(readerOf(t, capture, slow));
    const first = failedIn(await takeSnapshot(share(names), names, 2));
    assert.equal(first['if_inet6'], 'deadline');
    assert.equal(first['interfaces'], undefined, 'what comes before it in the list');
    assert.equal(first['tcp'], 'deadline', 'what comes after it');
    const { threads } = used();
    for (let i = 0; i < 3; i++) {
      const snapshot = await takeSnapshot(share(names), names, 2);
      assert.deepEqual(failedIn(snapshot), { if_inet6: 'deadline' });
    }
    assert.ok(used().threads <= threads, 'the thread was not replaced');
  });
});
