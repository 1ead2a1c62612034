/**
 * The command line of `show`, read as netstat of net-tools 2.10 reads its own: one table of options, of which the parser and
 * the help are made.
 */
import { columns, UsageError } from './usage.ts';
import { argumentsOf, spellingsOf, withValue, type Given, type Option } from './getopt.ts';
import {
  contentsOf,
  families,
  familyCalled,
  type Asked,
  type Contents,
  type Family,
  type SocketKind,
  type Table,
} from './show-contents.ts';

/** What the words behind `show` ask for. Throws a UsageError when they make no sense. */
export const parseShow = (argv: readonly string[]): ShowOptions | 'help' | 'version' => {
  const given: Given<Deed>[] = [];
  const operands: string[] = [];
  for (const each of argumentsOf(argv, table)) {
    if (typeof each === 'string') {
      operands.push(each);
      continue;
    }
    const { does } = each.option;
    // As with netstat, nothing that stands behind them is looked at.
    if (does.kind === 'answer') return does.answer;
    if (does.kind === 'refusal') throw new UsageError(`${each.written}: ${does.reason}`);
    given.push(each);
  }
  return optionsOf(given, operands);
};

export interface ShowOptions extends Contents {
  /** How often -e was given. */
  readonly extended: number;
  readonly all: boolean;
  readonly listening: boolean;
  readonly numeric: { readonly hosts: boolean; readonly ports: boolean; readonly users: boolean };
  readonly symbolic: boolean;
  readonly timers: boolean;
  readonly programs: boolean;
  readonly verbose: boolean;
  readonly wide: boolean;
  /** The pause between one listing and the next; undefined where one is all. */
  readonly continuousSeconds: number | undefined;
  /** Routes by which is forwarded, and those of the cache: one of the two, or both. */
  readonly forwarding: boolean;
  readonly cache: boolean;
  readonly json: boolean;
  readonly paths: { readonly procfs: string; readonly sysfs: string };
}

type Deed =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'groups' }
  | { readonly kind: 'protocol'; readonly protocol: SocketKind }
  | { readonly kind: 'family'; readonly family: Family }
  | { readonly kind: 'families' }
  | { readonly kind: 'switch'; readonly on: Switch }
  | { readonly kind: 'folder'; readonly folder: 'procfs' | 'sysfs' }
  | { readonly kind: 'answer'; readonly answer: 'help' | 'version' }
  | { readonly kind: 'refusal'; readonly reason: string };

type Switch =
  | 'all'
  | 'cache'
  | 'continuous'
  | 'extended'
  | 'forwarding'
  | 'json'
  | 'listening'
  | 'nothing'
  | 'numeric'
  | 'numeric hosts'
  | 'numeric ports'
  | 'numeric users'
  | 'programs'
  | 'symbolic'
  | 'timers'
  | 'verbose'
  | 'wide';

interface ShowOption extends Option<Deed> {
  /** One sentence. */
  readonly help: string;
}

/** @param spellings letters and words, without their dashes */
const option = (spellings: string, does: Deed, help: string): ShowOption => {
  const words = spellings.split(' ');
  return {
    short: words.filter(word => word.length === 1),
    long: words.filter(word => word.length > 1),
    does,
    help,
  };
};
const shows = (spellings: string, table: Table, help: string): ShowOption =>
  option(spellings, { kind: 'table', table }, help);
const picks = (spellings: string, protocol: SocketKind, help: string): ShowOption =>
  option(spellings, { kind: 'protocol', protocol }, help);
const turns = (spellings: string, on: Switch, help: string): ShowOption =>
  option(spellings, { kind: 'switch', on }, help);

/** What netstat does not have is written in full, so that the abbreviations of what it has stay what they are. */
const ofOurs = (option: ShowOption): ShowOption => ({ ...option, inFull: true });

const ofFamily = (family: Family): ShowOption => {
  const { name, aliases = [], letter, about, isOurs } = family;
  const spellings = [...(letter === undefined ? [] : [letter]), name, ...aliases].join(' ');
  const ours = option(spellings, { kind: 'family', family }, about);
  return isOurs === true ? ofOurs(ours) : ours;
};

const withArgument = (argument: string, option: ShowOption): ShowOption => ({ ...option, argument });

/** By the heading under which they stand in the help. */
const sections: Readonly<Record<string, readonly ShowOption[]>> = {
  'Tables; sockets when none is named': [
    shows('r route', 'routes', 'Routes, of IPv4 when no family is named.'),
    shows('i interfaces', 'interfaces', 'Interfaces that are up; all with -a.'),
    option('g groups', { kind: 'groups' }, 'Multicast groups, also beside sockets.'),
    shows('s statistics', 'statistics', 'Counters by protocol, of IPv4 when no family is named.'),
    shows('M masquerade', 'nat', 'Translated connections.'),
  ],
  'Sockets by protocol': [
    picks('t tcp', 'tcp', 'TCP.'),
    picks('u udp', 'udp', 'UDP.'),
    picks('U udplite', 'udplite', 'UDP-Lite.'),
    picks('S sctp', 'sctp', 'SCTP.'),
    picks('w raw', 'raw', 'Raw sockets.'),
    picks('2 l2cap', 'l2cap', 'L2CAP of Bluetooth.'),
    picks('f rfcomm', 'rfcomm', 'RFCOMM of Bluetooth.'),
  ],
  'Address families': [
    withArgument(
      'FAMILY',
      option('A protocol', { kind: 'families' }, 'Families by the names below, several with commas between.'),
    ),
    ...families.map(ofFamily),
  ],
  'What of them, and how': [
    turns('l listening', 'listening', 'Only sockets that wait to be spoken to.'),
    turns('a all', 'all', 'These as well; of interfaces also those that are down.'),
    turns('n numeric', 'numeric', 'Numbers in place of all names.'),
    turns('numeric-hosts', 'numeric hosts', 'Addresses in place of the names of hosts.'),
    turns('numeric-ports', 'numeric ports', 'Numbers in place of the names of ports.'),
    turns('numeric-users', 'numeric users', 'Numbers in place of the names of users.'),
    turns('N symbolic', 'symbolic', 'Names of hardware.'),
    turns('e extend', 'extended', 'More columns; still more when given twice.'),
    turns('o timers', 'timers', 'The timers of sockets.'),
    turns('p programs', 'programs', 'The processes that hold the sockets.'),
    turns('v verbose', 'verbose', 'Say which tables the kernel does not have.'),
    turns('W T wide notrim', 'wide', 'Cut nothing to the width of its column.'),
    turns('F fib', 'forwarding', 'Routes by which is forwarded, as without -C.'),
    turns('C cache', 'cache', 'Routes in the cache, of IPv6 the neighbours.'),
    turns('c continuous', 'continuous', 'Again and again, with a pause of DELAY seconds, or of 1.'),
    ofOurs(turns('json', 'json', 'As JSON.')),
    turns('d', 'nothing', 'Changes nothing, here as in netstat.'),
    option(
      'Z context',
      { kind: 'refusal', reason: 'the SELinux contexts of sockets are not shown' },
      'Refused: SELinux contexts are not shown.',
    ),
  ],
  Others: [
    ...(['procfs', 'sysfs'] as const).map(folder => {
      const filesystem = folder.replace('fs', '');
      const help = `Where the ${filesystem} filesystem is mounted.`;
      return withArgument('DIR', ofOurs(option(`path.${folder}`, { kind: 'folder', folder }, help)));
    }),
    option('V version', { kind: 'answer', answer: 'version' }, 'Print the version.'),
    option('h ? help', { kind: 'answer', answer: 'help' }, 'Print this text.'),
  ],
};

const table: readonly ShowOption[] = Object.values(sections).flat();

/** Every way to write an option. */
export const showSpellings: readonly string[] = table.flatMap(spellingsOf);

/** Every option as it is written, with its sentence. */
export const showHelp = (): string =>
  [
    'usage: netstat-exporter show [OPTION...] [DELAY]',
    '',
    'Print what netstat prints with the same options.',
    ...Object.entries(sections).flatMap(([heading, options]) => [
      '',
      `${heading}:`,
      ...columns(options.map(each => [asWritten(each), each.help] as const)),
    ]),
    '',
  ].join('\n');

const asWritten = (option: ShowOption): string => {
  const { argument } = option;
  const write = (spelling: string) => (argument === undefined ? spelling : withValue(spelling, argument));
  return spellingsOf(option).map(write).join(', ');
};

const optionsOf = (given: readonly Given<Deed>[], operands: readonly string[]): ShowOptions => {
  const count = (on: Switch): number =>
    given.filter(({ option: { does } }) => does.kind === 'switch' && does.on === on).length;
  const has = (on: Switch): boolean => count(on) > 0;
  const folder = (which: 'procfs' | 'sysfs'): string | undefined =>
    given.findLast(({ option: { does } }) => does.kind === 'folder' && does.folder === which)?.value;

  const numeric = has('numeric');
  return {
    ...contentsOf(askedIn(given)),
    extended: count('extended'),
    all: has('all'),
    listening: has('listening'),
    numeric: {
      hosts: numeric || has('numeric hosts'),
      ports: numeric || has('numeric ports'),
      users: numeric || has('numeric users'),
    },
    symbolic: has('symbolic'),
    timers: has('timers'),
    programs: has('programs'),
    verbose: has('verbose'),
    wide: has('wide'),
    continuousSeconds: secondsOf(operands, has('continuous')),
    forwarding: has('forwarding') || !has('cache'),
    cache: has('cache'),
    json: has('json'),
    paths: { procfs: folder('procfs') ?? '/proc', sysfs: folder('sysfs') ?? '/sys' },
  };
};

const askedIn = (given: readonly Given<Deed>[]): Asked => {
  const tables = new Map<Table, string>();
  const protocols = new Set<SocketKind>();
  const families = new Map<Family, string>();
  let groups = false;
  for (const { option, value, written } of given) {
    const { does } = option;
    const name = (family: Family) => families.set(family, families.get(family) ?? written);
    if (does.kind === 'table') tables.set(does.table, written);
    if (does.kind === 'groups') groups = true;
    if (does.kind === 'protocol') protocols.add(does.protocol);
    if (does.kind === 'family') name(does.family);
    if (does.kind === 'families') for (const each of value.split(',')) name(familyCalled(each, written));
  }
  if (tables.size > 1) throw new UsageError(`${[...tables.values()].join(', ')}: one table at a time`);
  return { table: [...tables.keys()][0], groups, protocols, families };
};

/** A long pause is no listing again and again, and hardly any takes all of the processor. */
const PAUSE_SECONDS = { least: 0.1, most: 86_400 };

const secondsOf = ([delay, extra]: readonly string[], isContinuous: boolean): number | undefined => {
  if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`);
  if (delay === undefined) return isContinuous ? 1 : undefined;
  const seconds = /^\d+(\.\d+)?$/.test(delay) ? Number(delay) : undefined;
  if (!isContinuous) {
    const hint = seconds === undefined ? '' : '; a delay is for -c';
    throw new UsageError(`unexpected argument ${delay}${hint}`);
  }
  const { least, most } = PAUSE_SECONDS;
  if (seconds === undefined || seconds < least || seconds > most) {
    throw new UsageError(`-c ${delay}: expected a number of seconds from ${least} to ${most}`);
  }
  return seconds;
};
