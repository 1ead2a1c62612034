// Protects: whatever stands in a kernel file, its collector fails, or skips and counts, at the right place; and the rest is right.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collectors } from '../../src/collectors/index.ts';
import { LINE_BYTES_LIMIT } from '../../src/text/lines.ts';
import { hostNames, root } from '../hosts.ts';
import { capturedFile, read, type AnyCollector } from './reading.ts';

const folder = join(root, 'test', 'malformed');
const updates = process.env['UPDATE'] === '1';

/** Those that have lines of their own. */
const all = collectors.filter(({ ofSockets }: AnyCollector) => ofSockets !== true);
const cases = (collector: AnyCollector): readonly string[] =>
  readdirSync(join(folder, collector.name)).filter(name => !name.endsWith('.error'));

const required = ['bad-number', 'binary', 'binary-after-header', 'empty', 'too-few-fields', 'truncated-row'];

/** What is reported, and below it the samples that are not 0. */
const verdict = (collector: AnyCollector, text: string): string => {
  const { report, counted } = read(collector, text);
  return [report, ...counted].map(line => `${line}\n`).join('');
};

test('every collector has a case of every kind', () => {
  for (const each of all) {
    const missing = required.filter(name => !cases(each).includes(name));
    assert.deepEqual(missing, [], each.name);
  }
});

test('every folder is that of a collector, and every verdict has its case', () => {
  const folders = readdirSync(folder).filter(name => !name.startsWith('.'));
  assert.deepEqual(folders.toSorted(), all.map(({ name }) => name).toSorted());
  for (const each of folders) {
    const names = readdirSync(join(folder, each));
    const verdicts = names.filter(name => name.endsWith('.error'));
    assert.deepEqual(
      verdicts.filter(name => !names.includes(name.replace(/\.error$/, ''))),
      [],
      each,
    );
  }
});

for (const collector of all) {
  for (const name of cases(collector)) {
    test(`${collector.name} with ${name.replaceAll('-', ' ')}: what is wrong is told, and the rest is right`, () => {
      const file = join(folder, collector.name, name);
      const told = verdict(collector, readFileSync(file, 'latin1'));
      if (updates) writeFileSync(`${file}.error`, told);
      assert.ok(existsSync(`${file}.error`), 'no .error beside it; UPDATE=1 writes it');
      assert.equal(told, readFileSync(`${file}.error`, 'utf8'));
    });
  }
}

/** What is in the file, of those captured hosts that have it. */
const captured = (collector: AnyCollector): readonly string[] =>
  hostNames.flatMap(host => capturedFile(collector, host)?.toString('latin1') ?? []);

const lineCount = (text: string): number => text.split('\n').length - 1;

/** Files that are one block: a line of them that is lost takes all others with it. */
const blocks: readonly string[] = [
  ...['snmp', 'netstat', 'sockstat', 'sockstat6'],
  ...['rt6_stats', 'arp_cache', 'ndisc_cache'],
  ...['conntrack_count', 'conntrack_max', 'conntrack_stat'],
];

test('a line without an end costs nothing but itself in a table, and a block as a whole, on every host', () => {
  for (const collector of all) {
    for (const text of captured(collector)) {
      const { samples } = read(collector, text);
      const more = read(collector, `${text}9: 9 9`);
      const place = `${collector.file}:${lineCount(text) + 1}`;
      const lost = `${place}: cut short: the line does not end`;
      const isBlock = blocks.includes(collector.name);
      assert.equal(more.report, isBlock ? `failed parse: ${lost}` : `ok, 1 skipped: ${lost}`);
      assert.deepEqual(more.samples, isBlock ? [] : samples);
    }
  }
});

test('a gigantic line costs nothing but itself in a table, and a block as a whole, on every host', () => {
  const gigantic = 'x'.repeat(1_000_000);
  for (const collector of all) {
    for (const text of captured(collector)) {
      const { samples } = read(collector, text);
      const more = read(collector, `${text}${gigantic}\n`);
      const place = `${collector.file}:${lineCount(text) + 1}`;
      const lost = `${place}: longer than ${LINE_BYTES_LIMIT} bytes`;
      const isBlock = blocks.includes(collector.name);
      assert.equal(more.report, isBlock ? `failed parse: ${lost}` : `ok, 1 skipped: ${lost}`);
      assert.deepEqual(more.samples, isBlock ? [] : samples);
    }
  }
});

test('a file that is one gigantic line without an end gives no series of what it never told', () => {
  for (const collector of all) {
    const { outcome, counted } = read(collector, '0'.repeat(3_000_000));
    assert.deepEqual(counted, [], collector.name);
    assert.notEqual(outcome.status, 'absent');
    if (outcome.status !== 'ok') continue;
    assert.deepEqual(outcome.skipped.examples, [`${collector.file}:1: cut short: the line does not end`]);
  }
});
