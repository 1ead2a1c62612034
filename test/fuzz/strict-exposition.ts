/** Reads what is exposed as strictly as it is written: what Prometheus would put up with is an error here. */
import assert from 'node:assert/strict';
import type { Format } from '../../src/faces/exposition.ts';

export interface ReadSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  /** As the samples are called. */
  readonly name: string;
  readonly kind: string;
  readonly samples: readonly ReadSample[];
}

const helpLine = /^# HELP ([a-z][a-z0-9_]*) ((?:[^\\\n"]|\\[\\n]|")+)$/;
const typeLine = /^# TYPE ([a-z][a-z0-9_]*) (counter|gauge)$/;
const sampleLine = /^([a-z][a-z0-9_]*)(?:\{(.+)\})? (-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/s;
const labelPair = /([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const escape = /\\(.)/g;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const labelsIn = (text: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    labelPair.lastIndex = at;
    const [all, name = '', value = '', end = ''] =
      labelPair.exec(text) ?? assert.fail(`not a label: ${quoted(text.slice(at))}`);
    assert.ok(!Object.hasOwn(labels, name), `the label ${name} twice`);
    assert.notEqual(value, '', `the label ${name} without a value`);
    labels[name] = value.replace(escape, (_, character: string) => (character === 'n' ? '\n' : character));
    at += all.length;
    assert.ok(end === '' || at < text.length, 'a comma, and no label behind it');
  }
  return labels;
};

const QUOTED = 100;

const quoted = (text: string): string => JSON.stringify(text.slice(0, QUOTED));

/** Throws an AssertionError at whatever is not as the format has it. */
export const parseExposition = (bytes: Uint8Array, format: Format): readonly ReadFamily[] => {
  const text = strictUtf8.decode(bytes);
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line has no end');
  if (format === 'openmetrics') assert.equal(lines.pop(), '# EOF', 'no # EOF at the end');
  const families: { name: string; kind: string; samples: ReadSample[] }[] = [];
  const known = new Set<string>();
  const seen = new Set<string>();
  let described: string | undefined;

  for (const line of lines) {
    if (line === '') {
      assert.equal(format, 'classic', 'an empty line in OpenMetrics');
      continue;
    }
    const last = families.at(-1);
    if (line.startsWith('# HELP')) {
      const [, name = ''] = helpLine.exec(line) ?? assert.fail(`not a help: ${quoted(line)}`);
      assert.equal(described, undefined, `${name}: two helps`);
      assert.ok(!known.has(name), `${name}: two families of one name`);
      known.add(name);
      described = name;
      continue;
    }
    if (line.startsWith('#')) {
      const [, name = '', kind = ''] = typeLine.exec(line) ?? assert.fail(`not a type: ${quoted(line)}`);
      assert.equal(name, described, `${name}: the type is not that of the help before it`);
      assert.ok(last === undefined || last.samples.length > 0, `${last?.name ?? ''}: no sample`);
      described = undefined;
      families.push({
        name: format === 'openmetrics' && kind === 'counter' ? `${name}_total` : name,
        kind,
        samples: [],
      });
      continue;
    }
    const [, name = '', labels = '', value = ''] =
      sampleLine.exec(line) ?? assert.fail(`not a sample: ${quoted(line)}`);
    assert.equal(described, undefined, `${name}: no type`);
    assert.equal(name, last?.name, `${name}: a sample of another family`);
    const sample = { labels: labelsIn(labels), value: Number(value) };
    const key = `${name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    assert.ok(!seen.has(key), `two samples of ${quoted(key)}`);
    seen.add(key);
    last?.samples.push(sample);
  }
  assert.equal(described, undefined, 'a help without a type');
  return families;
};
