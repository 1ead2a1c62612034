/**
 * The command line: one table, of which the parser, `--help` and the documentation are made.
 * A flag that sets something only says which key of the configuration it overrides; config.ts judges the value.
 */
import { parseArgs } from 'node:util';
import type { ConfigFile, Override } from './config-file.ts';
import { parseConfig } from './config.ts';
import type { CollectorDefault, Config } from './config.ts';
import { columns, didYouMean, UsageError } from './usage.ts';

/** What the command line asks for. Throws a UsageError when it makes no sense. */
export function parseFlags(argv: readonly string[], collectors: readonly CollectorDefault[]): Flags {
  const asksHelp = argv.includes('--help') || argv.includes('-h');
  const { words, given } = asksHelp
    ? { words: ['help'], given: [] }
    : readArguments(argv, flagTable(collectors));
  const valuesOf = (name: string) => given.filter(({ flag }) => flag.name === name).map(({ value }) => value);

  const [word = 'serve', ...rest] = valuesOf('version').at(-1) === 'true' ? ['version'] : words;
  if (!isCommand(word)) {
    throw new UsageError(`unknown command ${word}${didYouMean(word, Object.keys(commands))}`);
  }
  if (word === 'show') throw new UsageError('show has to be the first word, and its options follow it');
  if (rest[0] !== undefined) throw new UsageError(`unexpected argument ${rest[0]}`);
  const stranger = given.find(({ flag }) => !flag.commands.includes(word));
  if (stranger !== undefined) throw new UsageError(`${stranger.text}: not a flag of the command ${word}`);

  return {
    command: word,
    configFile: valuesOf('config.file').at(-1),
    collect: namesIn(valuesOf('collect'), collectors),
    disableDefaults: valuesOf('collector.disable-defaults').at(-1) === 'true',
    overrides: overridesOf(given),
  };
}

export interface Flags {
  readonly command: Command;
  readonly configFile: string | undefined;
  /** The only collectors to run; undefined means all that are enabled. */
  readonly collect: readonly string[] | undefined;
  readonly disableDefaults: boolean;
  readonly overrides: readonly Override[];
}

/** The configuration in effect: defaults, then the file, then the flags. Throws a ConfigError. */
export function settings(
  flags: Flags,
  file: ConfigFile | undefined,
  collectors: readonly CollectorDefault[],
): Config {
  // What the file or a flag enables by name stays on: only the defaults are gone.
  const defaults = flags.disableDefaults ? collectors.map(each => ({ ...each, enabled: false })) : collectors;
  return parseConfig(file, defaults, flags.overrides);
}

export const commands = {
  serve: 'Serve /metrics; the command when none is named.',
  scrape: 'Print one scrape; the exit status is 1 when a collector failed.',
  show: 'Print what netstat prints; its options follow the word, and show --help lists them.',
  check: 'Validate the configuration and print the effective one.',
  reference: 'Print the reference of all metrics.',
  help: 'Print this text.',
  version: 'Print the version.',
} as const;

/** The command line of `show` is netstat's, and read elsewhere. */
export type Command = Exclude<keyof typeof commands, 'show'>;

export interface Flag {
  readonly name: string;
  /** What its value is called in the help. A flag without one is a switch, and has a `--no-` form. */
  readonly argument?: string;
  /** One sentence. */
  readonly help: string;
  readonly commands: readonly Command[];
  /** What it overrides in the configuration, as `web.max_requests`; a flag without it steers the program itself. */
  readonly key?: string;
  /** Given several times it makes a list; any other flag counts as it was given last. */
  readonly repeatable?: true;
  readonly short?: string;
}

export function flagTable(collectors: readonly CollectorDefault[]): readonly Flag[] {
  return [
    { name: 'help', short: 'h', help: commands.help, commands: all },
    { name: 'version', help: commands.version, commands: all },
    {
      name: 'config.file',
      argument: 'FILE',
      help: 'Read the configuration from this YAML file.',
      commands: running,
    },
    {
      ...setting(
        'web.listen-address',
        'web.listen_addresses',
        'ADDRESS',
        'Listen on :PORT, HOST:PORT or [IPv6]:PORT.',
      ),
      repeatable: true,
    },
    turning(
      'web.systemd-socket',
      'web.systemd_socket',
      'Listen on the sockets that systemd passes, in place of addresses.',
    ),
    setting(
      'web.config.file',
      'web.config_file',
      'FILE',
      'Read TLS, passwords, headers and the limit of requests from this YAML file.',
    ),
    turning(
      'web.enable-lifecycle',
      'web.enable_lifecycle',
      'Read both configuration files again at POST /-/reload, as at SIGHUP.',
    ),
    setting('web.telemetry-path', 'web.telemetry_path', 'PATH', 'Serve the metrics under this path.'),
    setting(
      'web.max-requests',
      'web.max_requests',
      'N',
      'Answer at most so many scrapes at once; 0 means no limit.',
    ),
    turning(
      'web.disable-exporter-metrics',
      'web.disable_exporter_metrics',
      'Leave out metrics about the exporter itself.',
    ),
    turning(
      'web.enable-tables',
      'web.enable_tables',
      'Serve sockets, routes and other tables row by row below /tables.',
    ),
    setting('path.procfs', 'paths.procfs', 'DIR', 'Where the proc filesystem is mounted.'),
    setting('path.sysfs', 'paths.sysfs', 'DIR', 'Where the sys filesystem is mounted.'),
    setting(
      'path.rootfs',
      'paths.rootfs',
      'DIR',
      "Where the host's root filesystem is mounted, for the names of network namespaces.",
    ),
    setting('log.level', 'log.level', 'LEVEL', 'Log from this level up: debug, info, warn or error.'),
    setting('log.format', 'log.format', 'FORMAT', 'Log as logfmt or json.'),
    {
      name: 'collect',
      argument: 'NAME[,NAME]',
      help: 'Run only these collectors.',
      commands: ['scrape'],
      repeatable: true,
    },
    {
      name: 'collector.disable-defaults',
      help: 'Run only what a flag or the file enables by name.',
      commands: running,
    },
    ...collectors.map(({ name }) =>
      turning(`collector.${name}`, `collectors.${name}.enabled`, `Run the ${name} collector.`),
    ),
    ...collectors
      .filter(({ hasReaders }) => hasReaders === true)
      .map(({ name }) =>
        setting(
          `collector.${name}.reader`,
          `collectors.${name}.reader`,
          'READER',
          `Read the sockets of ${name} by this way: auto, netlink or procfs.`,
        ),
      ),
  ];
}

/** All take the same settings, so that the line of a unit file can be tried with `check` or `scrape` added to it. */
const running = ['serve', 'scrape', 'check'] as const;
const all = ['serve', 'scrape', 'check', 'reference', 'help', 'version'] as const;

function setting(name: string, key: string, argument: string, help: string): Flag {
  return { name, key, argument, help, commands: running };
}

function turning(name: string, key: string, help: string): Flag {
  return { name, key, help, commands: running };
}

/** Every flag as it is written, with its sentence and its default. */
export function helpText(collectors: readonly CollectorDefault[]): string {
  const defaults = parseConfig(undefined, collectors);
  const flags = flagTable(collectors).map(flag => [asWritten(flag), sentence(flag, defaults)] as const);
  return [
    'usage: netstat-exporter [COMMAND] [FLAG...]',
    '',
    'Prometheus exporter for everything netstat shows of a Linux host.',
    '',
    'Commands:',
    ...columns(Object.entries(commands)),
    '',
    'Flags:',
    ...columns(flags),
    '',
  ].join('\n');
}

interface Given {
  readonly flag: Flag;
  /** 'true' or 'false' for a switch. */
  readonly value: string;
  /** As it stood on the command line, for messages. */
  readonly text: string;
}

function readArguments(argv: readonly string[], table: readonly Flag[]) {
  const spellings = new Map(table.flatMap(spellingsOf));
  const options = Object.fromEntries(
    table.map(({ name, argument }) => [
      name,
      { type: argument === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  // Not strict: its messages know neither the nearest flag nor how a switch is turned off.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const words: string[] = [];
  const given: Given[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const spelling = spellings.get(token.rawName);
    if (spelling === undefined) {
      const written = (argv[token.index] ?? token.rawName).replace(/=.*$/s, '');
      const known = [...spellings.keys()].filter(each => each.startsWith('--'));
      throw new UsageError(`unknown flag ${written}${didYouMean(written, known)}`);
    }
    given.push(givenAs(spelling, token));
  }
  return { words, given };
}

interface Spelling {
  readonly flag: Flag;
  /** What a switch spelled so means. */
  readonly value?: 'true' | 'false';
}

function spellingsOf(flag: Flag): (readonly [string, Spelling])[] {
  const { name, argument, short } = flag;
  if (argument !== undefined) return [[`--${name}`, { flag }]];
  const on = { flag, value: 'true' } as const;
  return [
    [`--${name}`, on],
    [`--no-${name}`, { flag, value: 'false' }],
    ...(short === undefined ? [] : [[`-${short}`, on] as const]),
  ];
}

function givenAs(
  { flag, value }: Spelling,
  token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined },
): Given {
  if (value !== undefined) {
    if (token.value === undefined) return { flag, value, text: token.rawName };
    const instead = `write --${flag.name} or --no-${flag.name}`;
    throw new UsageError(`${token.rawName}=${token.value}: takes no value; ${instead}`);
  }
  // "--path.procfs --version" is a forgotten value, not a folder called --version.
  if (!token.value || (!token.inlineValue && token.value.startsWith('-'))) {
    throw new UsageError(`${token.rawName} needs a value: ${asWritten(flag)}`);
  }
  return { flag, value: token.value, text: `${token.rawName}=${token.value}` };
}

/** One override for each flag that sets something: all of a list, otherwise what was given last. */
function overridesOf(given: readonly Given[]): Override[] {
  return [...new Set(given.map(({ flag }) => flag))].flatMap(flag => {
    if (flag.key === undefined) return [];
    const same = given.filter(each => each.flag === flag);
    const counted = flag.repeatable ? same : same.slice(-1);
    const values = counted.map(({ value }) => typed(value, flag));
    return [
      {
        path: flag.key.split('.'),
        value: flag.repeatable ? values : values[0],
        given: counted.map(({ text }) => text),
      },
    ];
  });
}

/** As YAML would read it. What looks like nothing of the kind stays text, for config.ts to refuse. */
function typed(value: string, { argument }: Flag): unknown {
  if (argument === undefined) return value === 'true';
  return argument === 'N' && /^\d+$/.test(value) ? Number(value) : value;
}

function namesIn(lists: readonly string[], collectors: readonly CollectorDefault[]) {
  if (lists.length === 0) return undefined;
  const known = collectors.map(({ name }) => name);
  const names = lists.join(',').split(',');
  const unknown = names.find(name => !known.includes(name));
  if (unknown === undefined) return names;
  throw new UsageError(
    `--collect=${lists.join(',')}: unknown collector ${unknown}${didYouMean(unknown, known)}`,
  );
}

/** `; did you mean tcp?`, or nothing where no word is near. */
function isCommand(word: string): word is keyof typeof commands {
  return Object.hasOwn(commands, word);
}

/** --web.listen-address=ADDRESS..., --[no-]collector.tcp */
export function asWritten({ name, argument, short, repeatable }: Flag): string {
  const long = argument === undefined ? `--[no-]${name}` : `--${name}=${argument}`;
  return `${short === undefined ? '' : `-${short}, `}${long}${repeatable ? '...' : ''}`;
}

function sentence({ help, commands: accepting, key }: Flag, defaults: Config): string {
  const only = accepting.length === 1 ? ` Only with ${accepting.join()}.` : '';
  const value = key
    ?.split('.')
    .reduce<unknown>((section, step) => new Map(Object.entries(section ?? {})).get(step), defaults);
  return `${help}${only}${value === undefined ? '' : ` (default: ${JSON.stringify(value)})`}`;
}
