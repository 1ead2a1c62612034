/** The text that exporters print, read by the simplest means and not by ours. */
import assert from 'node:assert/strict';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const samplesIn = (text: string): readonly Sample[] =>
  text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name, labels = '', value] = /^([a-z_A-Z][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      assert.ok(name !== undefined, `not a sample: ${line}`);
      return { name, labels: labelsIn(labels), value: numberIn(value ?? '') };
    });

const labelsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]),
  );

const numberIn = (text: string): number => {
  const value = Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
  assert.ok(text === 'NaN' || !Number.isNaN(value), `not a number: ${text}`);
  return value;
};

/** Name and labels in one, the same for the same series whatever the order of its labels. */
export const seriesOf = (name: string, labels: Readonly<Record<string, string>>): string => {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join()}}`;
};

/** The value of every series; no two samples may be of the same one. */
export const valuesBySeries = (text: string): ReadonlyMap<string, number> => {
  const samples = samplesIn(text);
  const values = new Map(samples.map(({ name, labels, value }) => [seriesOf(name, labels), value]));
  assert.equal(values.size, samples.length, 'two samples with equal labels');
  return values;
};

/** The samples of a family that have these labels, by the values of the other labels. */
export const pick = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Record<string, number> =>
  Object.fromEntries(
    samples
      .filter(
        sample =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => (sample.labels[label] ?? '') === value),
      )
      .map(sample => [
        Object.entries(sample.labels)
          .filter(([label]) => !(label in labels))
          .map(([, value]) => value)
          .join(' '),
        sample.value,
      ]),
  );

/** The value of the one series with these labels. */
export const one = (
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => pick(samples, name, labels)[''];

/** How many there are of each, in the order of what there can be; what cannot be is an error. */
export const tally = <Word extends string>(
  words: readonly string[],
  possible: readonly Word[],
): Record<Word, number> => {
  for (const word of words) assert.ok((possible as readonly string[]).includes(word), `unexpected: ${word}`);
  return Object.fromEntries(
    possible.map(word => [word, words.filter(each => each === word).length]),
  ) as Record<Word, number>;
};

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
