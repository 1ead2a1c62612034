// Protects: counts that vanish with their sockets become counters that never fall, in memory that never grows without end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createMemories, REMEMBERED_LIMIT } from '../../src/snapshot/memory.ts';
import { Line } from '../../src/text/line.ts';
import { ParseError } from '../../src/text/parse-error.ts';

const line = new Line();
line.borrow(Buffer.from('x'), 0, 1, 7);

/** Reads one table after the other, each `inode: drops`, and gives the total after each. */
const totals = (...tables: readonly Readonly<Record<number, number>>[]): readonly number[] => {
  const memory = createMemories()('udp');
  return tables.map(table => {
    const increments = memory.increments();
    for (const [inode, drops] of Object.entries(table)) increments.seen(Number(inode), drops, line);
    return increments.total();
  });
};

describe('increments', () => {
  test('start with what there was', () => {
    assert.deepEqual(totals({ 1: 5, 2: 7 }), [12]);
  });

  test('grow by what each socket grew', () => {
    assert.deepEqual(totals({ 1: 5, 2: 7 }, { 1: 6, 2: 7 }, { 1: 6, 2: 17 }), [12, 13, 23]);
  });

  test('keep what a socket that closed had dropped', () => {
    assert.deepEqual(totals({ 1: 5, 2: 7 }, { 2: 7 }, {}, {}), [12, 12, 12, 12]);
  });

  test('of one total know nothing of those of another, be the things numbered alike', () => {
    const memory = createMemories()('netlink');
    const both = (): readonly number[] =>
      ['route', 'generic'].map(of => {
        const increments = memory.increments(of);
        increments.seen(1, of === 'route' ? 5 : 2, line);
        return increments.total();
      });
    assert.deepEqual(both(), [5, 2]);
    assert.deepEqual(both(), [5, 2]);
    assert.equal(memory.increments('route').total(), 5);
    assert.equal(memory.increments().total(), 0);
  });

  test('take a count that fell for another socket with the same number', () => {
    assert.deepEqual(totals({ 1: 100 }, { 1: 3 }, { 1: 4 }), [100, 103, 104]);
  });

  test('take a socket that went and came for a new one', () => {
    assert.deepEqual(totals({ 1: 5 }, {}, { 1: 5 }), [5, 5, 10]);
  });

  test('never fall, whatever comes', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48271) % 0x7fffffff;
      return seed % below;
    };
    const tables = Array.from({ length: 200 }, () =>
      Object.fromEntries(Array.from({ length: random(8) }, () => [random(5), random(1000)])),
    );
    const seen = totals(...tables);
    assert.ok(seen.every((total, i) => i === 0 || total >= (seen[i - 1] ?? 0)));
  });

  test('follow only the sum of sockets without a number', () => {
    assert.deepEqual(totals({ 0: 5 }, { 0: 8 }, { 0: 2 }, { 0: 4 }), [5, 8, 8, 10]);
    const memory = createMemories()('udp');
    const increments = memory.increments();
    increments.seen(0, 2, line);
    increments.seen(0, 3, line);
    assert.equal(increments.total(), 5);
  });
});

describe('the limit', () => {
  const fill = (memory: ReturnType<ReturnType<typeof createMemories>>, from: number, count: number) => {
    const increments = memory.increments();
    const refused: ParseError[] = [];
    for (let inode = from; inode < from + count; inode++) {
      try {
        increments.seen(inode, 1, line);
      } catch (error) {
        assert.ok(error instanceof ParseError);
        refused.push(error);
      }
    }
    return { total: increments.total(), refused };
  };

  test('is reported for each socket that is beyond it, with the line', () => {
    const { total, refused } = fill(createMemories()('udp'), 1, REMEMBERED_LIMIT + 3);
    assert.equal(total, REMEMBERED_LIMIT);
    assert.equal(refused.length, 3);
    assert.equal(refused[0]?.message, `drops left out, ${REMEMBERED_LIMIT} sockets are remembered`);
    assert.equal(refused[0].line, 7);
    assert.equal(refused[0].scope, 'line');
  });

  test('leaves those that are known as they are', () => {
    const memory = createMemories()('udp');
    fill(memory, 1, REMEMBERED_LIMIT);
    const { total, refused } = fill(memory, 1, REMEMBERED_LIMIT);
    assert.deepEqual([total, refused.length], [REMEMBERED_LIMIT, 0]);
  });

  test('has room again once sockets are gone', () => {
    const memory = createMemories()('udp');
    fill(memory, 1, REMEMBERED_LIMIT);
    fill(memory, 1, 10);
    const { refused } = fill(memory, 1, REMEMBERED_LIMIT);
    assert.equal(refused.length, 0);
  });

  test('does not count sockets without a number', () => {
    const memory = createMemories()('udp');
    const increments = memory.increments();
    for (let i = 0; i < REMEMBERED_LIMIT + 10; i++) increments.seen(0, 1, line);
    assert.equal(increments.total(), REMEMBERED_LIMIT + 10);
  });
});

describe('changes', () => {
  test('are counted from the second reading on', () => {
    const memory = createMemories()('route');
    assert.deepEqual(
      [1, 1, 2, 2, 1, 0, 0].map(fingerprint => memory.changes(fingerprint)),
      [0, 0, 1, 1, 2, 3, 3],
    );
  });
});

describe('the largest', () => {
  const largestOf = (of = 'program') => createMemories()('programs').largest(of);
  const totals = { a: 5, b: 9, c: 1, d: 7 };

  test('are so many as are asked for, the largest first', () => {
    for (const [limit, chosen] of [
      [0, []],
      [1, ['b']],
      [3, ['b', 'd', 'a']],
      [4, ['b', 'd', 'a', 'c']],
      [100, ['b', 'd', 'a', 'c']],
    ] as const) {
      assert.deepEqual(largestOf()(Object.entries(totals), limit), chosen, `${limit}`);
    }
  });

  test('of nothing are none', () => {
    assert.deepEqual(largestOf()([], 5), []);
  });

  test('are chosen by name where they are equal, in whatever order they come', () => {
    const equal = ['c', 'a', 'd', 'b'].map(key => [key, 3] as const);
    assert.deepEqual(largestOf()(equal, 2), ['a', 'b']);
    assert.deepEqual(largestOf()(equal.toReversed(), 2), ['a', 'b']);
  });

  test('may be numbers, which are equal by what they are and not by how they are written', () => {
    const equal = [100, 9, 20].map(key => [key, 3] as const);
    assert.deepEqual(largestOf('port')(equal, 3), [9, 20, 100]);
  });

  test('stay until a newcomer is larger by a quarter', () => {
    const largest = largestOf();
    const chosenOf = (a: number, b: number): readonly string[] =>
      largest(
        [
          ['a', a],
          ['b', b],
        ],
        1,
      );
    assert.deepEqual(chosenOf(100, 99), ['a']);
    assert.deepEqual(chosenOf(100, 124), ['a']);
    assert.deepEqual(chosenOf(100, 125), ['a']);
    assert.deepEqual(chosenOf(100, 126), ['b']);
    assert.deepEqual(chosenOf(100, 81), ['b']);
    assert.deepEqual(chosenOf(100, 79), ['a']);
  });

  test('that were gone for one reading have no advantage any more', () => {
    const largest = largestOf();
    largest([['a', 100]], 1);
    largest([], 1);
    const both = [
      ['a', 100],
      ['b', 101],
    ] as const;
    assert.deepEqual(largest(both, 1), ['b']);
  });

  test('of one name know nothing of those of another', () => {
    const memory = createMemories()('programs');
    const both = [
      ['a', 100],
      ['b', 101],
    ] as const;
    memory.largest('program')([['a', 1]], 1);
    assert.deepEqual(memory.largest('CLOSE_WAIT')(both, 1), ['b']);
    assert.deepEqual(memory.largest('program')(both, 1), ['a']);
  });

  const someTotals = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 2 }), fc.nat(20)), {
    selector: ([key]) => key,
  });
  const someNumbers = fc.uniqueArray(fc.tuple(fc.nat(), fc.nat(20)), { selector: ([key]) => key });

  test('are the largest indeed, whatever there is, when none was chosen before', () => {
    const assertLargest = (all: readonly (readonly [string | number, number])[], limit: number): void => {
      const sorted = all.toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
      assert.deepEqual(
        largestOf()(all, limit),
        sorted.slice(0, limit).map(([key]) => key),
      );
    };
    fc.assert(fc.property(someTotals, fc.nat(12), assertLargest));
    fc.assert(fc.property(someNumbers, fc.nat(12), assertLargest));
  });

  test('are, whatever was chosen before, smaller by a quarter at most than what is left out', () => {
    fc.assert(
      fc.property(fc.array(someTotals, { maxLength: 6 }), fc.nat(5), (readings, limit) => {
        const largest = largestOf();
        for (const all of readings) {
          const chosen = largest(all, limit);
          assert.equal(new Set(chosen).size, chosen.length);
          assert.equal(chosen.length, Math.min(limit, all.length));
          const isChosen = ([key]: readonly [string, number]): boolean => chosen.includes(key);
          const smallest = Math.min(...all.filter(isChosen).map(([, total]) => total));
          const left = Math.max(...all.filter(each => !isChosen(each)).map(([, total]) => total));
          assert.ok(chosen.length === 0 || left <= smallest * 1.25);
        }
      }),
    );
  });
});

describe('what was above zero lately', () => {
  const latelyOf = (of = 'CLOSE_WAIT') => createMemories()('programs').lately(of);

  test('is what was so in the last twenty readings and is not any more', () => {
    const lately = latelyOf();
    assert.deepEqual(lately(['a', 'b']), []);
    for (let reading = 1; reading <= 20; reading++) assert.deepEqual(lately(['b']), ['a'], `${reading}`);
    assert.deepEqual(lately(['b']), []);
  });

  test('is nothing that came back, which has twenty readings again when it goes', () => {
    const lately = latelyOf();
    lately(['a']);
    for (let reading = 1; reading <= 20; reading++) lately([]);
    assert.deepEqual(lately(['a']), []);
    for (let reading = 1; reading <= 20; reading++) assert.deepEqual(lately([]), ['a'], `${reading}`);
    assert.deepEqual(lately([]), []);
  });

  test('is remembered for so many names, and for others when these are gone', () => {
    const LIMIT = 4096;
    const lately = latelyOf();
    const many = Array.from({ length: LIMIT }, (_, i) => i);
    lately([...many, 'beyond']);
    assert.deepEqual(lately([]), many);
    // Those that are known are known on.
    lately([...many, 'beyond']);
    for (let reading = 1; reading <= 20; reading++) assert.equal(lately([]).length, LIMIT);
    assert.deepEqual(lately([]), []);
    lately(['beyond']);
    assert.deepEqual(lately([]), ['beyond']);
  });

  test('of one kind knows nothing of what was of another', () => {
    const memory = createMemories()('programs');
    memory.lately('CLOSE_WAIT')(['a']);
    assert.deepEqual(memory.lately('LISTEN')([]), []);
    assert.deepEqual(memory.lately('CLOSE_WAIT')([]), ['a']);
  });

  test('is what a list of all readings tells, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(['a', 'b', 'c', 'd']), { maxLength: 80 }), readings => {
        const lately = latelyOf();
        readings.forEach((above, i) => {
          const before = readings.slice(Math.max(0, i - 20), i).flat();
          const gone = new Set(before.filter(key => !above.includes(key)));
          assert.deepEqual(lately(above).toSorted(), [...gone].toSorted());
        });
      }),
    );
  });
});

test('each collector has a memory of its own, and always the same', () => {
  const memoryOf = createMemories();
  memoryOf('udp').increments().seen(1, 5, line);
  const first = memoryOf('udp').increments();
  first.seen(1, 5, line);
  assert.equal(first.total(), 5);
  const other = memoryOf('udp6').increments();
  other.seen(1, 3, line);
  assert.equal(other.total(), 3);
  assert.equal(memoryOf('udp'), memoryOf('udp'));
});
