/** What /tables and `show` make of the rows of every captured file that has some: pages, JSON and netstat's lines. */
import { AssertionError } from 'node:assert';
import type { Collector } from '../../../src/collectors/collector.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { tableAsHtml } from '../../../src/faces/tables/as-html.ts';
import { tableAsJson } from '../../../src/faces/tables/as-json.ts';
import { notesAsText, pageAsText, statisticsAsText } from '../../../src/faces/tables/as-text.ts';
import { askOf, type TableAsk, type View } from '../../../src/faces/tables/ask.ts';
import { pageShown, statisticsShown, type TableShown } from '../../../src/faces/tables/shown.ts';
import { createFirstSeen } from '../../../src/snapshot/first-seen.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import type { Outcome } from '../../../src/snapshot/outcome.ts';
import { readCollector } from '../../../src/snapshot/read.ts';
import { ofOneFile } from '../../../src/snapshot/read.ts';
import { noPage } from '../../../src/snapshot/table-page.ts';
import { readTable } from '../../../src/snapshot/table-reading.ts';
import { parsePage } from '../../faces/tables/strict-html.ts';
import { ofOutcome, unusableLines } from '../complaints.ts';
import { otherFiles, rowSeeds, seeds, sourceOf, type Seed } from '../corpus.ts';
import { mutated } from '../mutate.ts';
import type { Random } from '../random.ts';
import type { Subject } from '../subject.ts';
import { endingOf } from './collectors.ts';

/** What a terminal would take for more than text; lines of notes have none either. */
const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
const QUOTED = 100;

const quoted = (text: string): string => JSON.stringify(text.slice(0, QUOTED));

/** Whatever is shown is shown as text, and every number is one. */
export const ofShown = (shown: TableShown, lines: readonly string[], limit: number): readonly string[] => {
  const complaints: string[] = [];
  const settings = { version: '0', domains: { collectors, enabled: [], netns: '' } };
  try {
    parsePage(tableAsHtml(shown, settings));
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    complaints.push(`a page that is not strict: ${error.message}`);
  }
  const json = tableAsJson(shown);
  if (control.test(json.replaceAll('\n', ''))) complaints.push('JSON with control characters');
  const { rows } = JSON.parse(json) as { readonly rows: readonly unknown[] };
  if (rows.length !== shown.rows.length)
    complaints.push(`${rows.length} rows in JSON of ${shown.rows.length}`);
  if (shown.rows.length > limit) complaints.push(`more rows than the limit: ${shown.rows.length}`);
  for (const { cells } of shown.rows)
    for (const cell of cells)
      if (typeof cell === 'number' && !Number.isFinite(cell))
        complaints.push(`a cell that is no number: ${cell}`);
  for (const line of [...lines, ...notesAsText(shown)])
    if (control.test(line)) complaints.push(`a line with control characters: ${quoted(line)}`);
  return complaints;
};

const LIMITS = [1, 20, 200, 2000] as const;

const askFor = (view: View, limit: number): TableAsk => {
  const ask = askOf(view, { limit: String(limit) }, { collectors, netns: '' });
  if (typeof ask === 'string') throw new Error(ask);
  return ask;
};

/** Neighbours are shown beside the routes that lead by them. */
const viewOf = ({ rows }: Collector<string, unknown>): Exclude<View, 'statistics'> =>
  rows === undefined || rows.of === 'neighbours' ? 'routes' : rows.of;

const rowSubject = (seed: Seed): Subject => {
  const { collector, file, host } = seed;
  const view = viewOf(collector);
  return {
    name: `rows of ${collector.name} of ${host} in ${file}`,
    kind: 'rows',
    attempt(random) {
      const { bytes, how } = mutated(seed.bytes, random, otherFiles);
      const limit = random.pick(LIMITS);
      const ask = askFor(view, limit);
      const query = { table: view, where: {}, sort: ask.sort, limit };
      const outcomes = new Map<string, Outcome>();
      const memory = { holders: undefined, closeWaitSince: createFirstSeen(), userName: ofOneFile.userName };
      const reading = readTable(query, [collector], sourceOf(seed, bytes, random), memory, 0);
      let page = noPage;
      for (let each = reading.next(); ; each = reading.next()) {
        if (each.done === true) {
          page = each.value;
          break;
        }
        outcomes.set(...each.value);
      }
      const outcome = outcomes.get(collector.name) ?? { status: 'absent', seconds: 0 };
      const complaints = [
        ...ofOutcome([file], outcome, unusableLines(bytes)),
        ...ofShown(pageShown(ask, '', outcomes, page), pageAsText(ask, page), limit),
      ];
      return { input: bytes, how, ending: endingOf(outcome), complaints };
    },
  };
};

const statistics: readonly string[] = ['snmp', 'netstat', 'snmp6', 'sctp_snmp'];

const statisticSubject = (seed: Seed): Subject => {
  const { collector, file, host } = seed;
  return {
    name: `statistics of ${collector.name} of ${host}`,
    kind: 'rows',
    attempt(random: Random) {
      const { bytes, how } = mutated(seed.bytes, random, otherFiles);
      const limit = random.pick(LIMITS);
      const ask = askFor('statistics', limit);
      const outcome = readCollector(
        collector,
        sourceOf(seed, bytes, random),
        createMemories()(collector.name),
      );
      const snapshot = new Map([[collector.name, outcome]]);
      const shown = statisticsShown(ask, { netns: '', namespaces: undefined }, snapshot, [collector]);
      const complaints = [
        ...ofOutcome([file], outcome, unusableLines(bytes)),
        ...ofShown(shown, statisticsAsText(ask, snapshot, [collector]), limit),
      ];
      return { input: bytes, how, ending: endingOf(outcome), complaints };
    },
  };
};

export const rowSubjects: readonly Subject[] = [
  ...rowSeeds.map(rowSubject),
  ...seeds.filter(({ collector }) => statistics.includes(collector.name)).map(statisticSubject),
];
