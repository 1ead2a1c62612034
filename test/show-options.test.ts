// Protects: show understands every command line that netstat understands, and as netstat does; any other it refuses with a sentence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { UsageError } from '../src/usage.ts';
import type { SocketKind } from '../src/show-contents.ts';
import { parseShow, showHelp, showSpellings, type ShowOptions } from '../src/show-options.ts';
import { needs } from './needs.ts';

const parse = (line: string) => parseShow(line.split(' ').filter(Boolean));

const optionsOf = (line: string): ShowOptions => {
  const options = parse(line);
  assert.ok(typeof options === 'object', line);
  return options;
};

/** What comes of a command line, be it refused. */
const outcomeOf = (argv: readonly string[]): unknown => {
  try {
    return parseShow(argv);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
};

const internet: readonly SocketKind[] = ['tcp', 'sctp', 'udp', 'udplite', 'raw'];
const others: readonly SocketKind[] = ['unix', 'ipx', 'ax25', 'x25', 'netrom', 'rose', 'l2cap', 'rfcomm'];

const plain: ShowOptions = {
  views: ['sockets'],
  sockets: [...internet, ...others],
  required: [],
  ipVersions: ['inet', 'inet6'],
  families: [],
  extended: 0,
  all: false,
  listening: false,
  numeric: { hosts: false, ports: false, users: false },
  symbolic: false,
  timers: false,
  programs: false,
  verbose: false,
  wide: false,
  continuousSeconds: undefined,
  forwarding: true,
  cache: false,
  json: false,
  paths: { procfs: '/proc', sysfs: '/sys' },
};

const named = (...sockets: readonly SocketKind[]): Partial<ShowOptions> => ({ sockets, required: sockets });
const routes = (...families: ShowOptions['families']): Partial<ShowOptions> => ({
  ...{ views: ['routes'], sockets: [], families },
});
const alone = (view: 'interfaces' | 'nat'): Partial<ShowOptions> => ({ views: [view], sockets: [] });
const statistics: Partial<ShowOptions> = { views: ['statistics'], sockets: internet, families: ['inet'] };
const numeric = { hosts: true, ports: true, users: true };

/** By command line: in what its options differ from those of none. */
const table: Readonly<Record<string, Partial<ShowOptions>>> = {
  '': {},

  // Protocols and families.
  '-t': named('tcp'),
  '-ut': named('tcp', 'udp'),
  '-w -U -S': named('sctp', 'udplite', 'raw'),
  '-x': named('unix'),
  '-xt': named('tcp', 'unix'),
  '-2': named('l2cap'),
  '-f --l2cap': named('l2cap', 'rfcomm'),
  '--bluetooth': named('l2cap', 'rfcomm'),
  '--bluetooth -f': named('rfcomm'),
  '-t -A bluetooth,unix': named('tcp', 'unix', 'l2cap', 'rfcomm'),
  '--rose --netrom --ax25 --x25 --ipx': named('ipx', 'ax25', 'x25', 'netrom', 'rose'),
  '--ddp': named('ddp'),
  '--appletalk -x': named('unix', 'ddp'),
  '-A packet,netlink': named('packet', 'netlink'),
  '--packet': named('packet'),
  '--netlink': named('netlink'),

  // An IP version stands for all protocols unless one is named, and then none of them is missed.
  '-4': { sockets: internet, ipVersions: ['inet'] },
  '-6': { sockets: internet, ipVersions: ['inet6'] },
  '-64': { sockets: internet },
  '--ip': { sockets: internet, ipVersions: ['inet'] },
  '--tcpip': { sockets: internet, ipVersions: ['inet'] },
  '-A ip6': { sockets: internet, ipVersions: ['inet6'] },
  '-t6': { ...named('tcp'), ipVersions: ['inet6'] },
  '-x6': { sockets: [...internet, 'unix'], required: ['unix'], ipVersions: ['inet6'] },
  '-2 -4': { sockets: [...internet, 'l2cap'], required: ['l2cap'], ipVersions: ['inet'] },

  // The ways to spell a family.
  '-A inet,unix': { sockets: [...internet, 'unix'], required: ['unix'], ipVersions: ['inet'] },
  '-Ainet,unix': { sockets: [...internet, 'unix'], required: ['unix'], ipVersions: ['inet'] },
  '-aAinet': { sockets: internet, ipVersions: ['inet'], all: true },
  '-aA inet': { sockets: internet, ipVersions: ['inet'], all: true },
  '--protocol=inet': { sockets: internet, ipVersions: ['inet'] },
  '--protocol inet -t': { ...named('tcp'), ipVersions: ['inet'] },
  '--prot inet6 --unix': { sockets: [...internet, 'unix'], required: ['unix'], ipVersions: ['inet6'] },

  // Tables.
  '-r': routes('inet'),
  '-6r': { ...routes('inet6'), ipVersions: ['inet6'] },
  '-6 -r -4': routes('inet6', 'inet'),
  '-r -A ax25,inet -A ax25': { ...routes('ax25', 'inet'), ipVersions: ['inet'] },
  '--route --ddp --ipx --x25 --rose --netrom --inet6': {
    ...routes('ddp', 'ipx', 'x25', 'rose', 'netrom', 'inet6'),
    ipVersions: ['inet6'],
  },
  '-rt': routes('inet'),
  '-rg': routes('inet'),
  '-rr': routes('inet'),
  '-rF': routes('inet'),
  '-rC': { ...routes('inet'), forwarding: false, cache: true },
  '-rCF': { ...routes('inet'), cache: true },
  '-i': alone('interfaces'),
  '-ia': { ...alone('interfaces'), all: true },
  '-i -x': alone('interfaces'),
  '-M': alone('nat'),
  '-M -6': { ...alone('nat'), ipVersions: ['inet6'] },
  '-s': statistics,
  '-s6': { ...statistics, families: ['inet6'], ipVersions: ['inet6'] },
  '-s --inet --inet6': { ...statistics, families: ['inet', 'inet6'] },
  '-st': { ...statistics, sockets: ['tcp'] },
  '-swu': { ...statistics, sockets: ['udp', 'raw'] },
  '-s -2': statistics,
  '-g': { views: ['groups'], sockets: [] },
  '-ag': { views: ['groups'], sockets: [], all: true },
  '-gt': { views: ['sockets', 'groups'], ...named('tcp') },
  '-gx': { views: ['sockets', 'groups'], ...named('unix') },
  '-g4': { views: ['sockets', 'groups'], sockets: internet, ipVersions: ['inet'] },

  // How it is shown.
  '-n': { numeric },
  '--numeric': { numeric },
  '--numeric-hosts': { numeric: { ...numeric, ports: false, users: false } },
  '--numeric-ports': { numeric: { ...numeric, hosts: false, users: false } },
  '--numeric-users': { numeric: { ...numeric, hosts: false, ports: false } },
  '--numeric-p --numeric-u': { numeric: { ...numeric, hosts: false } },
  '-e': { extended: 1 },
  '-eoe --extend': { extended: 3, timers: true },
  '-la': { listening: true, all: true },
  '-N -p -v -W': { symbolic: true, programs: true, verbose: true, wide: true },
  '-T': { wide: true },
  '--notrim': { wide: true },
  '-d': {},
  '--json': { json: true },
  '--path.procfs=/host/proc --path.sysfs /host/sys': { paths: { procfs: '/host/proc', sysfs: '/host/sys' } },
  '--path.procfs=/a --path.procfs=/b=c': { paths: { procfs: '/b=c', sysfs: '/sys' } },
  '-tanp': { ...named('tcp'), all: true, numeric, programs: true },

  // Again and again.
  '-c': { continuousSeconds: 1 },
  '-c 2': { continuousSeconds: 2 },
  '--continuous 0.5': { continuousSeconds: 0.5 },
  '-tc -n 10': { ...named('tcp'), numeric, continuousSeconds: 10 },
  '3 -c': { continuousSeconds: 3 },
  '-c -- 3': { continuousSeconds: 3 },
  '-c2': { ...named('l2cap'), continuousSeconds: 1 },
};

describe('what a command line asks for', () => {
  for (const [line, difference] of Object.entries(table)) {
    test(line === '' ? 'nothing in particular' : line, () => {
      assert.deepEqual(parse(line), { ...plain, ...difference });
    });
  }

  test('each option has a line in the table', () => {
    const written = Object.keys(table).flatMap(line => line.split(' '));
    const letters = new Set(
      written.filter(word => /^-\w/.test(word)).flatMap(word => Array.from(word.slice(1))),
    );
    const untried = showSpellings.filter(
      spelling =>
        spelling.length === 2 && !letters.has(spelling.slice(1)) && !'hVZ?'.includes(spelling.slice(1)),
    );
    assert.deepEqual(untried, []);
  });
});

test('help and version are answered where they stand: what stands before them has to make sense, what stands behind has not', () => {
  for (const line of ['-h', '--help', '--h', '-?', '-tanh', '-r -i -h', '-h --bogus', '-hV']) {
    assert.equal(parse(line), 'help', line);
  }
  for (const line of ['-V', '--version', '-tV --bogus', '-V -h']) assert.equal(parse(line), 'version', line);
  assert.throws(() => parse('--bogus -h'), new UsageError('unknown option --bogus'));
});

describe('what makes no sense is refused with a sentence', () => {
  const refused: Readonly<Record<string, string>> = {
    '-q': 'unknown option -q',
    '-anq': 'unknown option -q in -anq',
    '-numeric': 'unknown option -m in -numeric; did you mean --numeric?',
    '--bogus': 'unknown option --bogus',
    '--lisening': 'unknown option --lisening; did you mean --listening?',
    '--config.file=a.yaml': 'unknown option --config.file',
    '--num': '--num may be --numeric, --numeric-hosts, --numeric-ports or --numeric-users',
    '--ine': '--ine may be --inet or --inet6',
    '--t': '--t may be --tcp, --tcpip or --timers',
    '--js': 'unknown option --js',
    '--path.proc=/x': 'unknown option --path.proc; did you mean --path.procfs?',
    '--tcp=1': '--tcp=1: takes no value',
    '--tcp=': '--tcp=: takes no value',
    '-A': '-A needs a value: -A FAMILY',
    '-A -r': '-A needs a value: -A FAMILY',
    '-nA': '-A needs a value: -A FAMILY',
    '--protocol': '--protocol needs a value: --protocol=FAMILY',
    '--protocol=': '--protocol needs a value: --protocol=FAMILY',
    '--path.procfs --json': '--path.procfs needs a value: --path.procfs=DIR',
    '-A bogus': '-A bogus: unknown address family bogus',
    '-A inet,unx': '-A inet,unx: unknown address family unx; did you mean unix?',
    '-Ainet,': '-A inet,: unknown address family ',
    '--protocol=econet': '--protocol=econet: the kernel has no table of the family econet',
    '-A ash': '-A ash: the kernel has no table of the family ash',
    '-r -i': '-r, -i: one table at a time',
    '-isM --route': '-i, -s, -M, --route: one table at a time',
    '-rx': '-x: there are no routes of the family unix',
    '-r -A inet,bluetooth': '-A inet,bluetooth: there are no routes of the family bluetooth',
    '-r --packet': '--packet: there are no routes of the family packet',
    '-s --unix': '--unix: there are no statistics of the family unix',
    '-s -A ax25': '-A ax25: there are no statistics of the family ax25',
    '-Z': '-Z: the SELinux contexts of sockets are not shown',
    '--context': '--context: the SELinux contexts of sockets are not shown',
    extra: 'unexpected argument extra',
    '-': 'unexpected argument -',
    '-n -- -r': 'unexpected argument -r',
    '2': 'unexpected argument 2; a delay is for -c',
    '-c 2 3': 'unexpected argument 3',
    '-c 0': '-c 0: expected a number of seconds from 0.1 to 86400',
    '-c 1e3': '-c 1e3: expected a number of seconds from 0.1 to 86400',
    '-c 100000': '-c 100000: expected a number of seconds from 0.1 to 86400',
    '-c soon': '-c soon: expected a number of seconds from 0.1 to 86400',
    '--continuous=2': '--continuous=2: takes no value',
  };
  for (const [line, message] of Object.entries(refused)) {
    test(line, () => {
      assert.throws(() => parse(line), new UsageError(message));
    });
  }

  test('an empty word', () => {
    assert.throws(() => parseShow(['']), new UsageError('unexpected argument '));
    assert.throws(() => parseShow(['-A', '']), new UsageError('-A needs a value: -A FAMILY'));
    assert.throws(() => parseShow(['-A', 'toString']), /unknown address family toString$/);
  });
});

describe('spellings', () => {
  const letters = showSpellings
    .filter(each => /^-[^-?]$/.test(each) && each !== '-A')
    .map(each => each.slice(1));
  const longWords = showSpellings.filter(each => each.startsWith('--') && !/^--(protocol|path\.)/.test(each));

  test('letters that are joined mean what they mean one by one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...letters), { minLength: 1 }),
        fc.integer({ min: 1 }),
        (given, size) => {
          const bundles = Array.from({ length: Math.ceil(given.length / size) }, (_, i) =>
            given.slice(i * size, (i + 1) * size),
          );
          const joined = bundles.map(bundle => `-${bundle.join('')}`);
          assert.deepEqual(outcomeOf(joined), outcomeOf(given.map(letter => `-${letter}`)));
        },
      ),
    );
  });

  test('a value behind its letter, in the same word or the next, and behind a long word is the same', () => {
    const families = fc.array(fc.constantFrom('inet', 'ip6', 'unix', 'ax25', 'appletalk', 'netlink'), {
      minLength: 1,
    });
    const flags = fc.array(fc.constantFrom('t', 'u', 'w', 'a', 'n', 'l', 'e', 'p'), { maxLength: 5 });
    fc.assert(
      fc.property(families, flags, (names, flags) => {
        const [value, before] = [names.join(','), flags.join('')];
        const plain = outcomeOf([...flags.map(flag => `-${flag}`), '-A', value]);
        assert.ok(typeof plain === 'object');
        for (const argv of [
          [`-${before}A`, value],
          [`-${before}A${value}`],
          [`--protocol=${value}`, ...flags.map(flag => `-${flag}`)],
          ...(before === '' ? [] : [['--protocol', value, `-${before}`]]),
          [...names.flatMap(name => ['-A', name]), ...flags.map(flag => `-${flag}`)],
        ]) {
          assert.deepEqual(outcomeOf(argv), plain, argv.join(' '));
        }
      }),
    );
  });

  test('a delay may stand anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('-t', '-n', '-x', '--all', '-pe')), fc.nat(), (words, nat) => {
        const at = nat % (words.length + 1);
        assert.deepEqual(
          outcomeOf([...words.slice(0, at), '7', ...words.slice(at), '-c']),
          outcomeOf(['-c', ...words, '7']),
        );
      }),
    );
  });

  test('no command line does anything but parse or be refused', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...showSpellings, '--', '-', '-A', 'inet,unix', '1'),
      fc.string().map(text => `-${text}`),
      fc.string().map(text => `--protocol=${text}`),
    );
    fc.assert(fc.property(fc.array(word), argv => outcomeOf(argv) !== undefined));
  });

  test('no two options are spelled alike', () => {
    assert.equal(new Set(showSpellings).size, showSpellings.length);
  });

  test('the help names each, and every line of it is an option with its sentence', () => {
    const lines = showHelp().split('\n');
    for (const spelling of showSpellings) {
      const written = new RegExp(`^ {2}(.*, )?${spelling.replace(/[?.]/g, '\\$&')}(, |=| )`);
      assert.ok(
        lines.some(line => written.test(line)),
        spelling,
      );
    }
    for (const line of lines.filter(each => each.startsWith('  ')))
      assert.match(line, /^ {2}-.* {2,}\S.*\.$/);
    assert.ok(lines.every(line => line.length <= 110));
  });

  test('long words are words', () => {
    for (const word of longWords) assert.match(word, /^--[a-z][a-z0-9-]+$/);
  });
});

/** Spoken to in English, and with a listing that ends. */
const netstat = (...args: readonly string[]) =>
  spawnSync('netstat', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, timeout: 20_000 });

describe('beside the netstat of this host', needs({ tools: ['netstat'] }), () => {
  test('every option that its help names is one of ours', () => {
    const { stdout, stderr } = netstat('--help');
    const help = stdout + stderr;
    const long = help.match(/--[a-z][a-z0-9-]+/g) ?? [];
    const letters = [...help.matchAll(/(?<![\w-])-([a-zA-Z0-9]+)/g)].flatMap(([, bundle = '']) =>
      Array.from(bundle),
    );
    assert.ok(long.length > 25 && letters.length > 40);
    const known = new Set(showSpellings);
    assert.deepEqual(
      [...new Set([...long, ...letters.map(letter => `-${letter}`)])].filter(each => !known.has(each)),
      [],
    );
  });

  /** It looks at nothing behind -V, and says nothing else if all before makes sense. */
  const takes = (word: string): boolean => netstat(word, '-V').status === 0;
  const weTake = (word: string): boolean => ['help', 'version'].includes(String(outcomeOf([word, '-V'])));

  test('it takes the letters that we take, and no others', () => {
    const exempt = new Set([
      '-A', // takes what follows for its value
      '-T', // was -W in net-tools 1.60 and is gone
      '-?', // prints the help as well, and then ends with 3
      '-Z', // depends on the host
      '--', // is no option
    ]);
    const characters = Array.from({ length: 0x7e - 0x20 }, (_, i) => String.fromCharCode(0x21 + i));
    for (const letter of characters.map(each => `-${each}`).filter(each => !exempt.has(each))) {
      assert.equal(weTake(letter), takes(letter), letter);
    }
  });

  test('it takes the beginnings of words that we take, and no others', () => {
    const onlyOurs = /^--(json|path\.procfs|path\.sysfs|packet|netlink|notrim|ip6)$/;
    /** It has `unix` twice and finds that ambiguous; of inet and inet6 it takes the first. */
    const exempt = new Set([
      '--un',
      '--uni',
      '--ine',
      '--not',
      '--notr',
      '--notri',
      '--no',
      '--contex',
      '--conte',
      '--context',
    ]);
    const words = showSpellings.filter(each => each.startsWith('--') && !onlyOurs.test(each));
    const beginnings = new Set(
      words.flatMap(word => Array.from({ length: word.length - 2 }, (_, i) => word.slice(0, i + 3))),
    );
    assert.ok(beginnings.size > 150);
    const different = [...beginnings].filter(each => {
      const written = '--protocol'.startsWith(each) ? `${each}=inet` : each;
      return weTake(written) !== takes(written);
    });
    assert.deepEqual(
      different.filter(each => !exempt.has(each)),
      [],
    );
    assert.ok(different.includes('--ine'));
  });

  test('it knows the families that we know', () => {
    const names = [
      'inet',
      'ip',
      'tcpip',
      'inet6',
      'ip6',
      'unix',
      'ax25',
      'netrom',
      'rose',
      'x25',
      'ipx',
      'ddp',
      'appletalk',
      'bluetooth',
    ];
    for (const name of [...names, 'ec', 'l2cap', 'INET', 'unspec', '']) {
      assert.equal(takes(`--protocol=${name}`), names.includes(name), name);
      assert.equal(typeof outcomeOf([`--protocol=${name}`]) === 'object', names.includes(name), name);
    }
  });

  /** The headings that tell which tables it shows, in their order. */
  const headings: Readonly<Record<string, string>> = {
    'Active Internet connections': 'internet',
    'IPv6/IPv4 Group Memberships': 'groups',
    'Active UNIX domain sockets': 'unix',
    'Kernel IP routing table': 'inet',
    'Kernel IPv6 routing table': 'inet6',
  };
  const shownBy = (stdout: string): readonly string[] =>
    stdout.split('\n').flatMap(line =>
      Object.entries(headings)
        .filter(([heading]) => line.startsWith(heading))
        .map(([, what]) => what),
    );
  const shownByUs = ({ views, sockets, families }: ShowOptions): readonly string[] => [
    ...(sockets.some(kind => internet.includes(kind)) ? ['internet'] : []),
    ...(views.includes('groups') ? ['groups'] : []),
    ...(sockets.includes('unix') ? ['unix'] : []),
    ...families,
  ];

  test('it shows the tables that we show, in the same order', () => {
    const switches = ['t', 'g', 'x', '4', '6', 'a', 'U'];
    for (let chosen = 0; chosen < 2 ** switches.length; chosen++) {
      const argument = `-n${switches.filter((_, i) => chosen & (2 ** i)).join('')}`;
      const { stdout } = netstat(argument);
      assert.deepEqual(shownBy(stdout), shownByUs(optionsOf(argument)), argument);
    }
    for (const line of ['-rn', '-rn4', '-rn64', '-rntg', '-rn -A inet6 -A inet']) {
      const { stdout } = netstat(...line.split(' '));
      assert.deepEqual(shownBy(stdout), shownByUs(optionsOf(line)), line);
    }
  });

  test('it misses what we miss where the kernel does not have it', () => {
    const files: Readonly<Partial<Record<SocketKind, string>>> = {
      ...{ sctp: 'sctp/eps', ipx: 'ipx', ax25: 'ax25', x25: 'x25', netrom: 'nr', rose: 'rose' },
    };
    const isMissing = (kind: SocketKind): boolean => {
      const file = files[kind];
      return file !== undefined && !existsSync(`/proc/net/${file}`);
    };
    const lines = [
      '-n',
      '-n4',
      '-n6',
      '-nS',
      '-ntS',
      '-nS4',
      '-nt',
      '-nx --ipx',
      '--ax25',
      '--x25',
      '--netrom',
      '--rose',
      '-n -A rose',
    ];
    for (const line of lines) {
      const { status } = netstat(...line.split(' '));
      assert.equal(status, optionsOf(line).required.some(isMissing) ? 1 : 0, line);
    }
  });

  test('more than one table, and statistics of what has none, are mistakes to it as well', () => {
    for (const line of ['-ri', '-Ms', '-s -x', '-r -x', '-r -A bluetooth', '--tcp=1', '--bogus', '-A']) {
      assert.notEqual(netstat(...line.split(' ')).status, 0, line);
      assert.throws(() => parse(line), UsageError);
    }
  });
});
