/** `netstat-exporter show`: prints what netstat prints with the same options, from the files and by the parsers that are scraped. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { Route } from '../collectors/rows.ts';
import { groupHeadings } from '../faces/netstat/groups.ts';
import { interfaceHeadings, isListed, joinInterfaces, orderedByName } from '../faces/netstat/interfaces.ts';
import { isTranslated, natHeadings } from '../faces/netstat/nat.ts';
import { isAskedFor, routeHeadings } from '../faces/netstat/routes.ts';
import { shown } from '../faces/netstat/shown.ts';
import { socketTables } from '../faces/netstat/socket-tables.ts';
import { statisticRows } from '../faces/netstat/statistics.ts';
import { thisMachine } from '../procfs/machine.ts';
import { loadNetlink } from '../procfs/netlink.ts';
import { directory, showsOwnNamespace } from '../procfs/source.ts';
import { createHolders, type Holders } from '../snapshot/holders.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import { createReadSockets } from '../snapshot/read-sockets.ts';
import type { View } from '../show-contents.ts';
import { parseShow, showHelp, type ShowOptions } from '../show-options.ts';
import { createHostNames } from './host-names.ts';
import { createNames, type ShownNames } from './names.ts';
import { createJsonOutput, createTextOutput, type Output } from './output.ts';
import { interfaceOptions, natOptions, routeOptions, selectionOf, socketColumns } from './show-layout.ts';
import { asJson, asText, type RowTexts } from './show-rows.ts';
import { calledByNetstat, createLearner, readSockets, type Reading } from './show-sockets.ts';
import { readGroups, readInterfaces, readRoutes, readSessions, readStatistics } from './show-tables.ts';
import { versionLine } from './version.ts';

const MILLISECONDS_PER_SECOND = 1000;

/** @param argv behind the word `show` */
export const runShow = async (argv: readonly string[]): Promise<number> => {
  const options = parseShow(argv);
  if (typeof options !== 'string') return show(options);
  process.stdout.write(options === 'help' ? showHelp() : versionLine());
  return 0;
};

/** Resolves with the exit status: 1 where something that was asked for could not be shown. */
const show = async (options: ShowOptions): Promise<number> => {
  const { json, programs, paths } = options;
  const output = json ? createJsonOutput(process.stdout) : createTextOutput(process.stdout);
  const names = createNames(options, createHostNames(complain));
  const holders = programs ? createHolders(paths.procfs) : undefined;
  const texts = json ? asJson(options, holders) : asText(options, names, holders);
  const readSockets = await socketReader(options);
  for (;;) {
    const isWhole = await list(options, { output, names, holders, texts, readSockets });
    if (options.continuousSeconds === undefined || output.isClosed() || !isWhole) return isWhole ? 0 : 1;
    await delay(options.continuousSeconds * MILLISECONDS_PER_SECOND);
  }
};

/** Netlink is cheaper, but does not tell all that -o shows, and nothing of another host or namespace. */
const socketReader = async ({ views, timers, paths }: ShowOptions): Promise<Means['readSockets']> => {
  if (timers || !views.includes('sockets') || !showsOwnNamespace(paths.procfs)) return undefined;
  const netlink = await loadNetlink(thisMachine().byteOrder);
  return netlink && createReadSockets({}, netlink);
};

interface Means {
  readonly output: Output;
  readonly names: ShownNames;
  /** Undefined where nobody asks whose the sockets are. */
  readonly holders: Holders | undefined;
  readonly texts: RowTexts;
  readonly readSockets: Reading['readSockets'];
}

const complain = (sentence: string): void => {
  process.stderr.write(`netstat-exporter: ${shown(sentence)}\n`);
};

/** @returns whether all that was asked for was there and could be read */
const list = async (options: ShowOptions, means: Means): Promise<boolean> => {
  let isWhole = true;
  const fail = (sentence: string): void => {
    complain(sentence);
    isWhole = false;
  };
  const reading: Reading = {
    source: directory(options.paths, thisMachine()),
    readSockets: means.readSockets,
    report(collector, outcome) {
      const sentence = complaintOf(collector, outcome);
      if (sentence === undefined) return;
      if (outcome.status === 'failed') fail(sentence);
      else complain(sentence);
    },
  };
  await learn(options, { ...reading, report: () => undefined }, means);
  for (const view of options.views) {
    means.output.open(view);
    printers[view](options, reading, means, fail);
    means.output.close();
  }
  means.output.end();
  return isWhole;
};

const complaintOf = ({ file }: Collector<string, unknown>, outcome: Outcome): string | undefined => {
  if (outcome.status === 'failed') return outcome.message;
  if (outcome.status === 'absent' || outcome.skipped.count === 0) return undefined;
  return `${file}: ${outcome.skipped.count} lines are no rows, the first: ${outcome.skipped.examples[0] ?? ''}`;
};

/** Rows are printed as they are read, so what is to stand in them is looked for before, in a reading of its own. */
const learn = async (options: ShowOptions, reading: Reading, { names, holders }: Means): Promise<void> => {
  const wantsHosts = !options.numeric.hosts && !options.json;
  const addresses = new Set<string>();
  const add = (address: string): void => {
    if (addresses.size < ADDRESSES_LIMIT && address !== '') addresses.add(address);
  };
  if (options.views.includes('sockets') && (wantsHosts || holders !== undefined)) {
    const learned = createLearner();
    readSockets(options, reading, learned.taker);
    for (const address of learned.addresses) add(address);
    holders?.learn(learned.inodes);
    const sentence = holders === undefined ? undefined : hiddenIn(holders, options.paths.procfs);
    if (sentence !== undefined) complain(sentence);
  }
  if (!wantsHosts) return;
  if (options.views.includes('routes')) {
    for (const family of options.families.filter(each => each === 'inet' || each === 'inet6')) {
      for (const cached of routeTables(options)) {
        readRoutes(reading, family, cached, ({ destination, prefixLength, gateway }) => {
          // As netstat does it: of IPv6 networks are looked for as hosts.
          if (family === 'inet6' || prefixLength === HOST_PREFIX_LENGTH) add(destination);
          add(gateway);
        });
      }
    }
  }
  if (options.views.includes('groups')) {
    readGroups(reading, options.ipVersions, ({ group }) => {
      add(group);
    });
  }
  if (options.views.includes('nat')) {
    readSessions(reading, options.ipVersions, session => {
      if (!isTranslated(session)) return;
      add(session.source);
      add(session.replySource);
    });
  }
  await names.learn(addresses);
};

const hiddenIn = (holders: Holders, procfs: string): string | undefined => {
  if (!holders.areSomeHidden()) return undefined;
  return holders.areProcessesSeen()
    ? 'some processes do not let us see what they hold; root sees whose all sockets are'
    : `no process is seen in ${procfs}, so nobody is known to hold these sockets`;
};

/** More than can be asked for in the time that there is. */
const ADDRESSES_LIMIT = 65_536;

const HOST_PREFIX_LENGTH = 32;

type Printer = (
  options: ShowOptions,
  reading: Reading,
  means: Means,
  fail: (sentence: string) => void,
) => void;

/** In the words of netstat, which scripts may look for. */
const noSupport = (what: string): string => `no support for \`${what}' on this system.`;

const printers: Readonly<Record<View, Printer>> = {
  sockets(options, reading, { output, texts }, fail) {
    const missing = readSockets(options, reading, {
      headings(table) {
        const lines = socketTables[table].headings(selectionOf(options), socketColumns(options));
        for (const line of lines) output.heading(line);
      },
      row(table, socket) {
        output.row(texts.socket(table, socket));
      },
    });
    for (const kind of missing) {
      if (options.required.includes(kind)) fail(noSupport(calledByNetstat(kind)));
      else if (options.verbose) complain(noSupport(calledByNetstat(kind)));
    }
  },

  routes(options, reading, { output, texts }, fail) {
    for (const family of options.families) {
      for (const cached of routeTables(options)) {
        const layout = routeOptions(options, cached);
        const begin = once(() => {
          for (const line of routeHeadings(family, layout)) output.heading(line);
        });
        const isThere = readRoutes(reading, family, cached, (route, neighbourOf) => {
          if (!isAskedFor(route, layout)) return;
          begin();
          output.row(texts.route(route, layout, neighbourOf));
        });
        if (isThere) begin();
        else fail(noSupport(afNames[family] ?? family));
      }
    }
  },

  interfaces(options, reading, { output, texts }) {
    for (const line of interfaceHeadings(interfaceOptions(options))) output.heading(line);
    for (const each of orderedByName(joinInterfaces(readInterfaces(reading)))) {
      if (!isListed(each, options)) continue;
      for (const line of texts.interface(each)) output.row(line);
    }
  },

  groups(options, reading, { output, texts }, fail) {
    for (const line of groupHeadings()) output.heading(line);
    const isThere = readGroups(reading, options.ipVersions, group => {
      output.row(texts.group(group));
    });
    if (!isThere) fail(noSupport('AF INET (igmp)'));
  },

  nat(options, reading, { output, texts }, fail) {
    const begin = once(() => {
      for (const line of natHeadings(natOptions(options))) output.heading(line);
    });
    const isThere = readSessions(reading, options.ipVersions, session => {
      if (!isTranslated(session)) return;
      begin();
      output.row(texts.session(session));
    });
    if (!isThere) fail(noSupport('ip_masquerade'));
  },

  statistics(_options, reading, { output, texts }) {
    const rows = statisticRows(readStatistics(reading), collectors);
    for (const line of texts.statistics(rows)) output.row(line);
  },
};

/** Whether the routes are those of the cache: of a table, and behind it of another where both are asked for. */
const routeTables = ({ forwarding, cache }: ShowOptions): readonly boolean[] => [
  ...(forwarding ? [false] : []),
  ...(cache ? [true] : []),
];

const once = (act: () => void): (() => void) => {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
};

const afNames: Readonly<Partial<Record<Route['family'], string>>> = {
  inet: 'AF INET',
  inet6: 'AF INET6',
  ax25: 'AF AX25',
  netrom: 'AF NETROM',
  rose: 'AF ROSE',
  x25: 'AF X25',
  ipx: 'AF IPX',
  ddp: 'AF APPLETALK',
};
