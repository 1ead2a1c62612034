// Protects: no bytes, however broken, crash or hang a reader, or make it tell what cannot be; and the judges who say so can be displeased.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collector, type Collector } from '../src/collectors/collector.ts';
import { collectors } from '../src/collectors/index.ts';
import { sockstat } from '../src/collectors/sockstat.ts';
import type { MetricFamily } from '../src/metrics/family.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { createExposition } from './exposing.ts';
import { HANGS, TAKES_ALL_MEMORY, THROWS } from './fuzz/bad-thread.ts';
import { runCampaign } from './fuzz/campaign.ts';
import { ofDomains, ofFamilies, ofOutcome, ofProgress, ofText, unusableLines } from './fuzz/complaints.ts';
import { subjects } from './fuzz/fuzz.ts';
import { inChunks, mutated, mutationNames } from './fuzz/mutate.ts';
import { randomOf } from './fuzz/random.ts';
import { ofShown } from './fuzz/subjects/rows.ts';

/** Each subject has its turn several times; `npm run fuzz` tries a million. */
const SEED = 20_260_101;
const INPUTS = 5000;

test(`of ${INPUTS} broken inputs none comes to a bad end`, async () => {
  const { inputs, findings, endings } = await runCampaign({ seed: SEED, inputs: INPUTS });
  assert.deepEqual(findings, []);
  assert.equal(inputs, INPUTS);
  const ended = Object.values(endings).flatMap(counts => Object.values(counts));
  assert.equal(
    ended.reduce((sum, count) => sum + count, 0),
    INPUTS,
  );

  const all: readonly Collector<string, unknown>[] = collectors;
  for (const { name, ofSockets } of all)
    assert.ok(ofSockets === true || endings[name] !== undefined, `${name} had none of them`);
  // A fuzzer that breaks everything proves as little as one that breaks nothing.
  const read = all.reduce((sum, { name }) => sum + (endings[name]?.['ok'] ?? 0), 0);
  assert.ok(read > INPUTS / 10 && read < (INPUTS * 9) / 10, `${read} were read`);
  const kinds = new Set(subjects.map(({ kind }) => kind));
  assert.deepEqual(
    [...kinds].filter(kind => endings[kind] === undefined),
    [],
  );
});

test('a thread that hangs, takes all memory or ends is a finding, and the inputs behind it are tried', async () => {
  const thread = new URL('./fuzz/bad-thread.js', import.meta.url);
  const { inputs, findings } = await runCampaign({ seed: 1, inputs: 10 }, { thread, hangSeconds: 5 });
  assert.equal(inputs, 10);
  assert.deepEqual(
    findings.map(({ number, complaint }) => [number, complaint.split(':')[0]]),
    [
      [HANGS, 'a hang'],
      [TAKES_ALL_MEMORY, 'memory'],
      [THROWS, 'a crash of the thread'],
    ],
  );
});

describe('what breaks files', () => {
  const original = Buffer.from('Name: a b c\n eth0: 1 2 3\n  lo: 4 5 6\n');
  const others = [Buffer.from('Idx x\n1 eth1\n')] as const;

  test('does so by chance alone, and the same chance does the same', () => {
    const texts = new Set<string>();
    for (let number = 0; number < 300; number++) {
      const [a, b] = [1, 2].map(() => mutated(original, randomOf(7, number), others));
      assert.deepEqual(a, b);
      texts.add(a?.bytes.toString('latin1').slice(0, 1000) ?? '');
    }
    assert.ok(texts.size > 200, `${texts.size} different ones`);
    assert.equal(original.toString(), 'Name: a b c\n eth0: 1 2 3\n  lo: 4 5 6\n');
  });

  test('uses each of its ways', () => {
    const small = Buffer.from('a 1\n');
    const unused = new Set(mutationNames);
    for (let number = 0; unused.size > 0 && number < 40_000; number++)
      for (const name of mutated(small, randomOf(3, number), others).how) unused.delete(name);
    assert.deepEqual([...unused], []);
  });

  test('hands over every byte in its order, in pieces of one storage', () => {
    const sizes = new Set<number>();
    const storages = new Set<ArrayBufferLike>();
    for (let number = 0; number < 50; number++) {
      let text = '';
      let before: Uint8Array = Buffer.alloc(0);
      for (const piece of inChunks(original, randomOf(5, number))) {
        text += Buffer.from(piece).toString();
        sizes.add(piece.length);
        storages.add(piece.buffer);
        before = piece;
      }
      assert.equal(text, original.toString());
      // Whoever kept the last piece has other bytes by now.
      assert.ok(before.every(byte => byte === 0x39));
    }
    assert.ok(sizes.size > 10);
    assert.equal(storages.size, 1);
  });
});

describe('the judges name', () => {
  const names = (complaints: readonly string[]): readonly string[] =>
    complaints.map(complaint => complaint.split(':')[0] ?? '');
  const skipped = (count: number, ...examples: readonly string[]): Outcome => ({
    ...{ status: 'ok', data: undefined, seconds: 0, skipped: { count, examples } },
  });
  const failed = (reason: 'parse' | 'internal', message: string): Outcome => ({
    ...{ status: 'failed', reason, message, seconds: 0 },
  });
  const outcomes: Readonly<Record<string, readonly [outcome: Outcome, unusable: number]>> = {
    absent: [{ status: 'absent', seconds: 0 }, 0],
    'a failure that nobody declared': [failed('internal', 'net/x: it is not a function'), 0],
    'a message that names no place': [failed('parse', 'field 3'), 0],
    'a long message': [failed('parse', `net/x:1: ${'x'.repeat(500)}`), 0],
    'a message with control characters': [failed('parse', 'net/x:1: found "\u001b"'), 0],
    'lines lost in silence': [skipped(0), 1],
    '2 skipped lines, 1 examples': [skipped(2, 'net/x:1: a'), 0],
  };
  for (const [name, [outcome, unusable]] of Object.entries(outcomes)) {
    test(`in outcomes: ${name}`, () => {
      assert.deepEqual(names(ofOutcome(['net/x'], outcome, unusable)), [name]);
    });
  }

  test('no outcome that is as it has to be', () => {
    assert.deepEqual(ofOutcome(['net/x'], skipped(1, 'net/x:1: a'), 1), []);
    assert.deepEqual(ofOutcome(['net/x'], failed('parse', 'net/x:2: field 1: missing')), []);
    assert.deepEqual(ofOutcome(['net/x'], failed('parse', 'net/x over netlink: no count')), []);
  });

  const family = (
    kind: 'counter' | 'gauge',
    samples: readonly (readonly [value: number, ...labels: string[]])[],
  ): MetricFamily => ({
    ...{
      name: kind === 'counter' ? 'netstat_a_total' : 'netstat_a',
      kind,
      help: 'Some help.',
      labels: ['device'],
    },
    samples: samples.map(([value, ...labels]) => ({ value, labels })),
    isKept: false,
  });
  const families: Readonly<Record<string, readonly MetricFamily[]>> = {
    'a number that is none': [family('gauge', [[NaN, 'lo']])],
    'a negative counter': [family('counter', [[-1, 'lo']])],
    'a negative gauge': [family('gauge', [[-1, 'lo']])],
    'a family twice': [family('gauge', [[1, 'lo']]), family('gauge', [[1, 'eth0']])],
    'a series twice': [
      family('gauge', [
        [1, 'lo'],
        [2, 'lo'],
      ]),
    ],
    'labels without a name or value': [family('gauge', [[1]])],
  };
  for (const [name, each] of Object.entries(families)) {
    test(`in families: ${name}`, () => {
      assert.deepEqual(names(ofFamilies(each)), [name]);
    });
  }
  test('in families: what is infinite', () => {
    assert.deepEqual(names(ofFamilies([family('gauge', [[Infinity, 'lo']])])), ['a number that is none']);
    assert.deepEqual(ofFamilies([family('gauge', [[1e30, 'a"b\n']])]), []);
  });

  test('in domains: a value outside, and more series than the manual says', () => {
    const bad = collector({
      ...sockstat,
      families: [
        {
          ...{ name: 'a', kind: 'gauge', help: 'Some help.', labels: [{ name: 'family', values: ['inet'] }] },
          sample(_data, emit) {
            emit(1, 'constructor');
          },
        },
      ],
    });
    assert.deepEqual(names(ofDomains(bad, skipped(0), 2)), [
      'a value outside its domain',
      'more series than the worst case',
    ]);
  });

  test('in counters: one that goes backwards', () => {
    const before = new Map([['a', 2]]);
    assert.deepEqual(names(ofProgress(before, new Map([['a', 1]]))), ['a counter that went backwards']);
    assert.deepEqual(ofProgress(before, new Map([['b', 0]])), []);
  });

  const good = [family('counter', [[1, 'a"b\\c\n']])];
  const spoilt: Readonly<Record<string, (text: string) => string>> = {
    'a quotation mark that is not escaped': text => text.replace('\\"', '"'),
    'a backslash that is not escaped': text => text.replace('\\\\', '\\'),
    'a line end that is not escaped': text => text.replace('\\n', '\n'),
    'a label twice': text => text.replace('{', '{device="x",'),
    'a value that is none': text => text.replace(/ 1$/m, ' NaN'),
    'a value that is another': text => text.replace(/ 1$/m, ' 2'),
    'a series twice': text => text.replace(/^netstat_a_total.*\n/m, line => line + line),
    'a help twice': text => text.replace(/^# HELP.*\n/m, line => line + line),
    'a family twice': text => text.replace(/^# HELP[^]*?\} 1\n/m, block => block + block),
    'no type': text => text.replace(/^# TYPE.*\n/m, ''),
    'no line end': text => text.trimEnd(),
    'half a character': text => `${text}\ud800`,
  };
  for (const format of ['classic', 'openmetrics'] as const) {
    for (const [name, spoil] of Object.entries(spoilt)) {
      test(`in ${format} text: ${name}`, async () => {
        const text = await createExposition()(good, format);
        assert.deepEqual(ofText(good, Buffer.from(text), format), []);
        const bytes = Buffer.from(spoil(text), name === 'half a character' ? 'latin1' : 'utf8');
        const complaints = ofText(
          good,
          name === 'half a character' ? Buffer.concat([bytes, Buffer.of(0xc3, 0x0a)]) : bytes,
          format,
        );
        assert.notDeepEqual(complaints, []);
      });
    }
  }

  test('in tables: a number that is none, a row too many, and what a terminal would obey', () => {
    const ask = {
      view: 'groups',
      format: 'text',
      where: {},
      netns: undefined,
      sort: undefined,
      limit: 1,
    } as const;
    const base = { ask, netns: '', namespaces: undefined, unread: [], matched: 2, counts: {} };
    const columns = [{ name: 'users', heading: 'Users' }];
    const shown = { ...base, columns, rows: [NaN, 1].map(cell => ({ cells: [cell], detail: undefined })) };
    assert.deepEqual(names(ofShown(shown, ['\u001b[31m'], 1)), [
      'more rows than the limit',
      'a cell that is no number',
      'a line with control characters',
    ]);
  });

  test('lines that nobody can use: those beyond the limit, and one without an end', () => {
    assert.equal(unusableLines(Buffer.from(`a\n${'x'.repeat(65_537)}\nb\nc`)), 2);
    assert.equal(unusableLines(Buffer.from(`a\n${'x'.repeat(65_536)}\n`)), 0);
  });
});
