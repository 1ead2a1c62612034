/** The reference manual: every metric with its labels, its help and how many series it can have at the worst. */
import type { Collector } from '../collectors/collector.ts';
import type { FamilySpec } from '../metrics/family.ts';
import { isOpen, worstCase, type Label } from '../metrics/label.ts';
import { consistencyFamilies } from '../snapshot/consistency.ts';
import { configFamilies, exporterFamilies, processFamilies } from '../snapshot/exporter.ts';
import { healthFamilies } from '../snapshot/health.ts';
import { PREFIX } from '../snapshot/materialize.ts';

type AnyFamily = FamilySpec<never>;

export const referenceManual = (collectors: readonly Collector<string, unknown>[]): string => {
  const all = collectors.flatMap(({ families }) => families);
  return [
    '# Metrics',
    '',
    'Written by `npm run docs` from the collectors; a test holds the two equal.',
    '',
    'The worst case is how many series a metric can have on one host: the product of its labels, with the limit of an',
    'open label (and `other`) where its values are not known beforehand. `limits` in the configuration changes them.',
    'Protocol counters are exposed by tier: `minimal`, `default` (which holds the former) or `all`.',
    'With `namespaces.mode: all` every metric of a collector has the labels `netns` and `container` as well, and the worst case is that of each namespace.',
    '',
    `In all ${all.length + healthFamilies.length + consistencyFamilies.length + exporterFamilies.length + configFamilies.length + processFamilies.length} metrics, each counted in every collector that has it; at the worst ${sum(all)} series with tier \`all\` and the default limits.`,
    '',
    ...collectors.flatMap(collectorChapter),
    '## The exporter itself',
    '',
    ...table(PREFIX, [...healthFamilies, ...consistencyFamilies, ...exporterFamilies, ...configFamilies]),
    ...table('', processFamilies, false),
    '',
  ].join('\n');
};

const sum = (families: readonly AnyFamily[]): number =>
  families.reduce((series, { labels }) => series + worstCase(labels), 0);

const collectorChapter = ({
  name,
  file,
  otherwise = [],
  attributes,
  everyFile,
  optional,
  about,
  families,
}: Collector<string, unknown>): readonly string[] => {
  const inside = attributes === undefined ? (everyFile === true ? '/*' : '') : `/*/{${attributes.join(',')}}`;
  const places = [file, ...otherwise].map(each => `\`${mountOf(each)}/${each}${inside}\``);
  return [
    `## ${name}`,
    '',
    `${about} Reads ${places.join(', or else ')}; at the worst ${sum(families)} series.${optional === true ? ' Off by default.' : ''}`,
    '',
    ...table(PREFIX, families),
    '',
  ];
};

const mountOf = (file: string): string => (/^(net|sys|PID)\//.test(file) ? '/proc' : '/sys');

const table = (prefix: string, families: readonly AnyFamily[], headed = true): readonly string[] => [
  ...(headed ? ['| metric | kind | labels | tier | worst case | help |', '|---|---|---|---|---|---|'] : []),
  ...families.map(({ name, kind, labels, statistic, help }) => {
    const cells = [
      `\`${prefix}${name}\``,
      kind,
      labels.map(described).join('; '),
      statistic?.tier ?? '',
      String(worstCase(labels)),
      help,
    ];
    return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  }),
];

const described = (label: Label): string => {
  if ('of' in label) return `\`${label.name}\` (one for each ${label.of})`;
  if ('with' in label) return `\`${label.name}\` (each pair with a ${label.with} counts as one)`;
  if (isOpen(label)) return `\`${label.name}\` (up to ${label.limit}, then ${label.surplus})`;
  return `\`${label.name}\` (${label.values.map(value => (value === '' ? 'empty' : value)).join(', ')})`;
};
