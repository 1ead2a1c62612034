// Protects: askers share a reading, none waits beyond its own deadline, and the last to leave ends it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { Reader } from '../../src/snapshot/reader.ts';
import { shareReadings } from '../../src/snapshot/share.ts';
import { takeSnapshot } from '../../src/snapshot/take.ts';

const ok: Outcome = { status: 'ok', data: 1, skipped: { count: 0, examples: [] }, seconds: 0 };

/** A reader whose readings do what the test says, when it says so. */
const manualReader = () => {
  const readings: {
    readonly asked: readonly string[];
    readonly deliver: (name: string) => void;
    readonly finish: () => void;
    abandoned: number;
    late: number;
  }[] = [];
  const reader: Reader = {
    read(asked) {
      const outcomes = new Map<string, Outcome>();
      let finish = (): void => undefined;
      const finished = new Promise<void>(resolve => (finish = resolve));
      const reading = {
        asked,
        deliver(name: string) {
          outcomes.set(name, ok);
        },
        finish,
        abandoned: 0,
        late: 0,
      };
      readings.push(reading);
      return {
        finished,
        outcomes: () => outcomes,
        late() {
          reading.late++;
        },
        abandon() {
          reading.abandoned++;
        },
      };
    },
    configure: () => undefined,
    close: () => Promise.resolve(),
  };
  const at = (i: number) => readings[i] ?? assert.fail(`no reading ${i}`);
  return { reader, readings, at };
};

const LONG_SECONDS = 20;

describe('a deadline', () => {
  test('a reading that finishes in time is taken whole, and nobody waits for the deadline', async () => {
    const { reader, at } = manualReader();
    const share = shareReadings(reader);
    const taken = takeSnapshot(share(['tcp', 'udp']), ['tcp', 'udp'], LONG_SECONDS);
    at(0).deliver('tcp');
    at(0).deliver('udp');
    at(0).finish();
    assert.deepEqual(Object.fromEntries(await taken), { tcp: ok, udp: ok });
  });

  test('what is done by then stands, the rest has failed', async () => {
    const { reader, at } = manualReader();
    const taken = takeSnapshot(shareReadings(reader)(['tcp', 'udp']), ['tcp', 'udp'], 0.02);
    at(0).deliver('tcp');
    assert.deepEqual(Object.fromEntries(await taken), {
      tcp: ok,
      udp: { status: 'failed', reason: 'deadline', message: 'not done after 0.02 s', seconds: 0.02 },
    });
    assert.equal(at(0).abandoned, 1, 'nobody waits for the rest');
  });

  test('what is delivered afterwards does not change what was taken', async () => {
    const { reader, at } = manualReader();
    const snapshot = await takeSnapshot(shareReadings(reader)(['tcp']), ['tcp'], 0.01);
    at(0).deliver('tcp');
    at(0).finish();
    assert.equal(snapshot.get('tcp')?.status, 'failed');
  });

  test('the collectors come in the order in which they were asked for', async () => {
    const { reader, at } = manualReader();
    const names = ['udp', 'tcp', 'igmp'];
    const taken = takeSnapshot(shareReadings(reader)(names), names, 0.02);
    at(0).deliver('tcp');
    at(0).deliver('udp');
    assert.deepEqual([...(await taken).keys()], names);
  });
});

describe('sharing', () => {
  test('askers of the same collectors at the same time read once', async () => {
    const { reader, readings, at } = manualReader();
    const share = shareReadings(reader);
    const names = ['tcp', 'udp'];
    const both = [1, 2].map(() => takeSnapshot(share(names), names, LONG_SECONDS));
    assert.equal(readings.length, 1);
    assert.deepEqual(at(0).asked, names);
    at(0).deliver('tcp');
    at(0).deliver('udp');
    at(0).finish();
    const [one, two] = await Promise.all(both);
    assert.deepEqual(one, two);
  });

  test('askers of other collectors do not share', () => {
    const { reader, readings } = manualReader();
    const share = shareReadings(reader);
    share(['tcp']);
    share(['tcp', 'udp']);
    share(['udp']);
    assert.equal(readings.length, 3);
  });

  test('whoever comes after a reading is finished gets a new one', async () => {
    const { reader, readings, at } = manualReader();
    const share = shareReadings(reader);
    const first = takeSnapshot(share(['tcp']), ['tcp'], LONG_SECONDS);
    at(0).finish();
    await first;
    void takeSnapshot(share(['tcp']), ['tcp'], 0.01);
    assert.equal(readings.length, 2);
  });

  test('a reading goes on while one asker still waits', async () => {
    const { reader, at } = manualReader();
    const share = shareReadings(reader);
    const hasty = takeSnapshot(share(['tcp']), ['tcp'], 0.01);
    const patient = takeSnapshot(share(['tcp']), ['tcp'], LONG_SECONDS);
    assert.equal((await hasty).get('tcp')?.status, 'failed');
    assert.equal(at(0).abandoned, 0);
    at(0).deliver('tcp');
    at(0).finish();
    assert.equal((await patient).get('tcp'), ok);
    assert.equal(at(0).abandoned, 0, 'it was done in time for the last');
  });

  test('a reading that was abandoned is not joined by anybody', async () => {
    const { reader, readings } = manualReader();
    const share = shareReadings(reader);
    await takeSnapshot(share(['tcp']), ['tcp'], 0.01);
    void share(['tcp']);
    assert.equal(readings.length, 2);
  });

  test('an old reading that ends late does not disturb its successor', async () => {
    const { reader, readings, at } = manualReader();
    const share = shareReadings(reader);
    await takeSnapshot(share(['tcp']), ['tcp'], 0.01);
    share(['tcp']);
    at(0).finish();
    await new Promise(resolve => setImmediate(resolve));
    share(['tcp']);
    assert.equal(readings.length, 2, 'the second one is still shared');
  });

  test('one that was late for somebody is not joined either, however many still wait for it', async () => {
    const { reader, readings, at } = manualReader();
    const share = shareReadings(reader);
    const hasty = takeSnapshot(share(['tcp']), ['tcp'], 0.01);
    const patient = takeSnapshot(share(['tcp']), ['tcp'], 0.05);
    await hasty;
    assert.equal(at(0).late, 1);
    const next = takeSnapshot(share(['tcp']), ['tcp'], LONG_SECONDS);
    assert.equal(readings.length, 2);
    await patient;
    assert.equal(at(0).abandoned, 1);
    at(1).deliver('tcp');
    at(1).finish();
    assert.equal((await next).get('tcp'), ok);
    assert.equal(at(1).late, 0, 'it was done in time');
  });
});
