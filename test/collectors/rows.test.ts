// Protects: whoever looks at sockets one by one sees just those that the metrics count, on every host and in every broken file.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { collectors } from '../../src/collectors/index.ts';
import { memory, type Source } from '../../src/procfs/source.ts';
import { hostNames, hostSource, root } from '../hosts.ts';
import { inMemory, keep, socketsFrom, type KeptSocket } from '../rows.ts';
import { readRows } from '../../src/snapshot/rows.ts';
import { familyIn, littleEndian, readSource, reportOf, type AnyCollector } from './reading.ts';

const all: readonly AnyCollector[] = collectors;
const counting = all.filter(({ families }) => families.some(({ name }) => name === 'sockets'));
const showing = counting.filter(({ rows }) => rows?.of === 'sockets');

interface Reading {
  /** `absent`, `ok`, `ok, 1 skipped: …`, `failed parse: …`. */
  readonly report: string;
  /** By family, protocol and state, those without any left out. */
  readonly sockets: readonly string[];
}

const counted = (collector: AnyCollector, source: Source): Reading => {
  const { report, counted } = readSource(collector, source);
  return { report, sockets: familyIn(counted, 'sockets') };
};

const keptFrom = (collector: AnyCollector, source: Source) => {
  const kept: KeptSocket[] = [];
  const outcome = readRows(collector, source, { sockets: socket => kept.push(keep(socket)) });
  return { report: outcome === undefined ? 'no rows' : reportOf(outcome), kept };
};

const shown = (collector: AnyCollector, source: Source): Reading => {
  const { report, kept } = keptFrom(collector, source);
  // What a file had before it failed was shown, and none of it is counted.
  if (!report.startsWith('ok')) return { report, sockets: [] };
  const counts = new Map<string, number>();
  for (const { family, protocol, state } of kept) {
    const key = `{family="${family}",protocol="${protocol}",state="${state}"}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return { report, sockets: Array.from(counts, ([key, count]) => `${key} ${count}`).sort() };
};

test('every table that counts sockets can show them', () => {
  assert.deepEqual(
    counting.filter(collector => !showing.includes(collector)).map(({ name }) => name),
    [],
  );
});

describe('as many sockets of each kind are shown as are counted', () => {
  for (const host of hostNames) {
    test(host, () => {
      const source = hostSource(host);
      for (const collector of showing) {
        assert.deepEqual(shown(collector, source), counted(collector, source), collector.name);
      }
    });
  }
});

test('every table that shows sockets shows some on a captured host', () => {
  const empty = showing.filter(collector =>
    hostNames.every(host => keptFrom(collector, hostSource(host)).kept.length === 0),
  );
  // No host has one: the protocol is gone from newer kernels, and nobody used it before.
  assert.deepEqual(
    empty.map(({ name }) => name),
    ['cmtp'],
  );
});

const malformed = (collector: AnyCollector): readonly string[] =>
  readdirSync(join(root, 'test', 'malformed', collector.name)).filter(name => !name.endsWith('.error'));

describe('of a broken file the same lines are skipped, and the rest is shown', () => {
  for (const collector of showing) {
    test(collector.name, () => {
      for (const name of malformed(collector)) {
        const text = readFileSync(join(root, 'test', 'malformed', collector.name, name), 'latin1');
        const source = memory({ [collector.file]: text }, littleEndian);
        assert.deepEqual(shown(collector, source), counted(collector, source), name);
      }
    });
  }
});

const LINES = 5;

/** The first lines of the file on each host that has it under the name that it has today, with a socket in it. */
const beginnings = (collector: AnyCollector): readonly string[] =>
  hostNames.flatMap(host => {
    const source = hostSource(host);
    const chunks = source.open(collector.file);
    if (chunks === undefined || keptFrom(collector, source).kept.length === 0) return [];
    const text = Array.from(chunks, chunk => Buffer.from(chunk).toString('latin1')).join('');
    return [text.split('\n').slice(0, LINES).join('\n')];
  });

/** One field of the text is another one, or none. */
const damaged = (text: string, at: number, by: string): string => {
  // Fields have what is between them at their right.
  const parts = text.split(/([ \t\n]+)/);
  const fields = (parts.length + 1) / 2;
  return parts.with(2 * (at % fields), by).join('');
};

const damage = fc.oneof(
  fc.constantFrom(
    '',
    '\n',
    ' ',
    '-1',
    '*',
    '???',
    '<->',
    ':',
    '0',
    'FF',
    '0x',
    '18446744073709551616',
    '(0)',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }),
);

test('whichever field is damaged, what is counted is shown and what is skipped is not', () => {
  for (const collector of showing) {
    const texts = beginnings(collector);
    if (texts.length === 0) continue;
    const property = fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat({ max: 10_000 }), damage), { minLength: 1, maxLength: 3 }),
      (text, places) => {
        const broken = places.reduce((whole, [at, by]) => damaged(whole, at, by), `${text}\n`);
        const source = memory({ [collector.file]: broken }, littleEndian);
        assert.deepEqual(shown(collector, source), counted(collector, source));
      },
    );
    fc.assert(property, { numRuns: 100 });
  }
});

test('a socket in a state that the kernel does not have is skipped, and the others are shown', () => {
  for (const name of ['tcp', 'udp', 'raw'] as const) {
    const [header = '', row = ''] = readFileSync(
      join(root, 'test', 'hosts', 'inet', 'proc', 'net', name),
      'latin1',
    ).split('\n');
    const unknown = row.replace(/^(.{34})../, '$1FE');
    assert.notEqual(unknown, row);
    const { outcome, rows } = socketsFrom(
      inMemory(`net/${name}`, [header, unknown, row, ''].join('\n')),
      name,
    );
    assert.equal(rows.length, 1, name);
    assert.match(
      outcome === undefined ? '' : reportOf(outcome),
      /^ok, 1 skipped: net\/\w+:2: field 4: /,
      name,
    );
  }
});
