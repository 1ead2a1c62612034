/** What netstat -s printed, and we: sections, and the numbers in their sentences. */
import assert from 'node:assert/strict';

export const isHeading = (line: string): boolean => /^\S.*:$/.test(line);

export const headingsOf = (lines: readonly string[]): readonly string[] => lines.filter(isHeading);

export const linesOf = (text: string): readonly string[] => text.split('\n').filter(line => line !== '');

/** The lines below each heading, which a tool may print twice. */
export const sectionsOf = (lines: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const sections = new Map<string, string[]>();
  let section = '';
  for (const line of lines) {
    if (isHeading(line)) section = line.slice(0, -1);
    else sections.set(section, [...(sections.get(section) ?? []), line]);
  }
  return sections;
};

export interface Counter {
  readonly name: string;
  readonly value: number;
}

/** What a line of ours tells: `    3 Connections lost (ListenDrops)`, or `    Newest: 7` of one that has no words. */
export const counterIn = (line: string): Counter => {
  const [, value, name] = /^ {4}(-?\d+) .* \((\w+)\)$/.exec(line) ?? [];
  if (name !== undefined) return { name, value: Number(value) };
  const [, bare = '', number] = /^ {4}(\w+): (-?\d+)$/.exec(line) ?? assert.fail(line);
  return { name: bare, value: Number(number) };
};

/**
 * Holds that every number of these lines is one of the counters of its section, and no counter two of them.
 * @returns how many there are
 */
export const assertCounted = (
  section: string,
  lines: readonly string[],
  counters: readonly Counter[],
): number => {
  const values = counters.map(({ value }) => value);
  let compared = 0;
  for (const line of lines) {
    // `    Forwarding: 1`, `        Icmp6InType1: 3`: a name that netstat has no words for.
    const [, told, number] = /^ +([A-Z][A-Za-z0-9]*): (\d+)$/.exec(line) ?? [];
    if (told !== undefined) {
      const counter = counters.find(({ name }) => told === name || told === section + name);
      assert.equal(counter?.value, Number(number), line);
    }
    const numbers = Array.from(line.matchAll(/(?<![A-Za-z0-9])\d+\b/g), ([digits]) => Number(digits));
    if (line.endsWith(' histogram:')) continue;
    assert.equal(numbers.length, 1, line);
    const at = values.indexOf(numbers[0] ?? NaN);
    assert.ok(at >= 0, `${section}: ${line}`);
    values.splice(at, 1);
    compared++;
  }
  return compared;
};
