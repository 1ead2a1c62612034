// Protects: on a host where everything comes and goes no scrape fails, no counter falls, no series is there twice, and nothing leaks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createContinuity, type Moment } from '../../bench/continuity.ts';
import { verdictsOn, type Level } from '../../bench/levels.ts';
import { readStrictly } from '../../bench/strictly.ts';
import { needs } from '../needs.ts';

const MINUTES = 0.4;
const LIMIT_SECONDS = 110;

const soak = fileURLToPath(new URL('../../bench/soak.js', import.meta.url));

describe(
  'everything comes and goes while the exporter is asked',
  needs({
    root: true,
    tools: ['unshare', 'setpriv', 'mount', 'python3', 'ip'],
  }),
  () => {
    test('a short soak finds nothing wrong', async () => {
      const { status, printed } = await new Promise<{ status: unknown; printed: string }>(resolve => {
        execFile(
          process.execPath,
          [soak, `--minutes=${MINUTES}`],
          { timeout: LIMIT_SECONDS * 1000, killSignal: 'SIGTERM' },
          (error, stdout, stderr) => {
            resolve({ status: error === null ? 0 : error.code, printed: stdout + stderr });
          },
        );
      });
      assert.equal(status, 0, printed);
      assert.match(printed, /the server of all namespaces: \d+ scrapes/);
    });
  },
);

describe('the soak finds', () => {
  const answer = (...lines: readonly string[]): string =>
    ['# TYPE a counter', ...lines, '# EOF', ''].join('\n');
  const good = answer('a_total{device="x"} 1', 'a_total 2', '# TYPE b gauge', '# HELP b Of b.', 'b -3.5e-2');

  test('nothing in a good answer', () => {
    const { values, counters } = readStrictly(good);
    assert.deepEqual(
      [...values],
      [
        ['a_total{device="x"}', 1],
        ['a_total', 2],
        ['b', -0.035],
      ],
    );
    assert.deepEqual([...counters], ['a_total{device="x"}', 'a_total']);
  });

  const wrong: Readonly<Record<string, string>> = {
    'no number': answer('a_total NaN'),
    'a series that is there twice': answer('a_total{x="1"} 1', 'a_total{x="1"} 1'),
    'a family that is there twice': answer('a_total 1', '# TYPE b gauge', 'b 1', '# TYPE a counter'),
    'not of the family': answer('b_total 1'),
    'no sample': answer('a_total{x="1" 1'),
    'the end is missing': good.slice(0, -7),
  };
  for (const [what, text] of Object.entries(wrong)) {
    test(what, () => {
      assert.throws(() => readStrictly(text), new RegExp(`^Error: ${what}`));
    });
  }

  const moment = (interfaces: Readonly<Record<string, number>>, namespaces = {}): Moment => ({
    interfaces: new Map(Object.entries(interfaces)),
    namespaces: new Map(Object.entries(namespaces)),
  });
  const at = (value: number, labels = '{device="x"}') => readStrictly(answer(`a_total${labels} ${value}`));

  test('a counter that falls, though an answer between lacks it', () => {
    const { judge } = createContinuity('1');
    const now = moment({ x: 7 });
    assert.deepEqual(judge(at(5), now, now), []);
    assert.deepEqual(judge(at(5), now, now), []);
    assert.deepEqual(judge(readStrictly(answer()), now, now), []);
    assert.deepEqual(judge(at(4), now, now), ['a_total{device="x"} fell from 5 to 4']);
  });

  test('nothing in that of another interface of the same name, or of one that came during the scrape', () => {
    const continuity = createContinuity('1');
    const [seventh, eighth] = [moment({ x: 7 }), moment({ x: 8 })];
    assert.deepEqual(continuity.judge(at(5), seventh, seventh), []);
    assert.deepEqual(continuity.judge(at(4), seventh, eighth), []);
    assert.equal(continuity.unjudged(), 1);
    assert.deepEqual(continuity.judge(at(3), eighth, eighth), []);
    assert.deepEqual(continuity.judge(at(2), eighth, eighth), ['a_total{device="x"} fell from 3 to 2']);
  });

  test('the same of a network namespace, but for the one of the server, which is always there', () => {
    const { judge } = createContinuity('1');
    const there = (life: number): Moment => moment({}, { '2': life });
    assert.deepEqual(judge(at(5, '{netns="2"}'), there(1), there(1)), []);
    assert.deepEqual(judge(at(4, '{netns="2"}'), there(2), there(2)), []);
    assert.equal(judge(at(3, '{netns="2"}'), there(2), there(2)).length, 1);
    assert.deepEqual(judge(at(5, '{netns="1"}'), moment({}), moment({})), []);
    assert.equal(judge(at(4, '{netns="1"}'), moment({}), moment({})).length, 1);
  });

  test('each level that is higher in the last quarter than in the second', () => {
    const flat: Level = {
      ...{ seconds: 0, residentBytes: 100e6, heapBytes: 20e6, readerHeapBytes: 10e6 },
      ...{ descriptors: 25, threads: 12, handles: 6, series: 1000 },
    };
    const levels = (last: Partial<Level>): readonly Level[] =>
      Array.from({ length: 8 }, (_, i) => ({ ...flat, ...(i >= 6 ? last : {}), seconds: i * 200 }));
    const found = (last: Partial<Level>): readonly string[] =>
      verdictsOn(levels(last))
        .filter(({ isKept }) => !isKept)
        .map(({ what }) => what);
    assert.deepEqual(found({}), []);
    assert.deepEqual(found({ residentBytes: 130e6 }), ['residentBytes']);
    assert.deepEqual(found({ heapBytes: 40e6, readerHeapBytes: 20e6 }), ['heapBytes', 'readerHeapBytes']);
    assert.deepEqual(found({ descriptors: 30, threads: 13, handles: 11 }), [
      'descriptors',
      'threads',
      'handles',
    ]);
    assert.deepEqual(found({ series: 2000 }), ['series']);
  });
});
