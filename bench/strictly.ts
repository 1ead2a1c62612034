/** An answer in the format OpenMetrics, read as strictly as can be, and not by ours. */

export interface Answered {
  /** By name and labels as they stand there. */
  readonly values: ReadonlyMap<string, number>;
  readonly counters: ReadonlySet<string>;
}

const description = /^# (TYPE|HELP|UNIT) ([a-z_][a-z0-9_]*) (\S.*)$/;
const sample = /^(([a-z_][a-z0-9_]*)(?:\{(?:[a-z_][a-z0-9_]*="(?:[^"\\]|\\["\\n])*",?)+\})?) (\S+)$/;
const END = '# EOF';

/** Throws where anything is wrong: a line, a sample outside of its family, a value that is no number, a series or a family that is there twice. */
export const readStrictly = (text: string): Answered => {
  const values = new Map<string, number>();
  const counters = new Set<string>();
  const families = new Set<string>();
  let family = '';
  let type = '';
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== END) throw new Error('the end is missing');
  for (const line of lines) {
    const [, what, described = '', word = ''] = description.exec(line) ?? [];
    if (what !== undefined) {
      if (described !== family) {
        if (families.has(described)) throw new Error(`a family that is there twice: ${line}`);
        families.add(described);
        family = described;
        type = '';
      }
      if (what === 'TYPE') type = word;
      continue;
    }
    const [, series, name, number = ''] = sample.exec(line) ?? [];
    if (series === undefined) throw new Error(`no sample: ${line}`);
    if (name !== (type === 'counter' ? `${family}_total` : family) || type === '')
      throw new Error(`not of the family ${family}: ${line}`);
    const value = Number(number);
    if (!Number.isFinite(value)) throw new Error(`no number: ${line}`);
    if (values.has(series)) throw new Error(`a series that is there twice: ${line}`);
    values.set(series, value);
    if (type === 'counter') counters.add(series);
  }
  return { values, counters };
};
