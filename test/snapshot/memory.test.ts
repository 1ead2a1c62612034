// Protects: counts that vanish with their sockets become counters that never fall, in memory that never grows without end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
