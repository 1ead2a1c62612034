// Protects: on a live kernel, with sockets of every state and family, show prints what netstat prints at the same time in the same namespace.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { differenceOf, noDifference, pathsCut, spelledOut } from '../commands/printed.ts';
import {
  assertCounted,
  counterIn,
  headingsOf,
  linesOf,
  sectionsOf,
} from '../faces/netstat/statistics-printed.ts';
import { needs } from '../needs.ts';
import { namespaceOfOwners, namespaceOfRouter, namespaceWithSockets } from './namespaces.ts';
import { createNobody, quoted, withMounts, type Nobody } from './nobody.ts';
import {
  eventually,
  exporter,
  isRefused,
  output,
  run,
  start,
  type Command,
  type Finished,
} from './programs.ts';

const tools = ['unshare', 'nsenter', 'setpriv', 'mount', 'python3', 'ip', 'nft', 'netstat', 'conntrack'];

/** Of programs, which choose them: what stands first in their command lines; a character for each byte. */
const hostileNames = [
  ...['esc\x1b[31m', 'rtl \u202e', 'c1 \u009b3m', 'del\x7f', 'new\nline', '/opt/with blank/program'],
  ...['', '<script>', '/ends-with/', 'a-name-of-more-than-twenty'],
].map(name => Buffer.from(name).toString('latin1'));
const noUtf8 = 'bad\xff';

/** Each holds a socket of TCP and one of unix, at a path that has its name. */
const hostilePrograms = `
import socket, subprocess, sys
for number, name in enumerate(bytes.fromhex(each) for each in sys.argv[1:]):
    tcp = socket.create_server(('127.0.0.1', 21000 + number))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(b'\\0hostile ' + name.replace(b'\\n', b'') if number % 2 else b'\\0' + name.replace(b'\\n', b''))
    unix.listen()
    held = [tcp.fileno(), unix.fileno()]
    subprocess.Popen([name], executable='/bin/cat', stdin=subprocess.PIPE, pass_fds=held)
    tcp.close()
    unix.close()
print('ready', flush=True)
sys.stdin.read()
`;

/** What changes its user can be looked into by that user again when it says so. */
const listenerOfNobody = `
import ctypes, os, socket, sys
PR_SET_DUMPABLE = 4
libc = ctypes.CDLL(None)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
libc.prctl(PR_SET_DUMPABLE, 1)
listening = socket.create_server(('127.0.0.1', 22000))
print('ready', flush=True)
sys.stdin.read()
`;

/** Names that nobody has to ask for: some are longer than their column. */
const names: Readonly<Record<string, string>> = {
  '/etc/nsswitch.conf': ['passwd', 'hosts', 'networks', 'services', 'protocols']
    .map(each => `${each}: files\n`)
    .join(''),
  '/etc/hosts': [
    ...['127.0.0.1 localhost', '::1 localhost6', '192.0.2.254 gateway', '192.0.2.3 third.example'],
    ...['192.0.2.2 a-router-with-a-long-name.example.org', '203.0.113.7 one-host.example'],
    ...[
      '2001:db8::fe gateway6',
      '2001:db8::2 a-router-with-a-long-name-of-ipv6.example.org',
      '224.0.0.1 all-hosts',
    ],
    ...['239.192.0.7 our-group', 'ff02::1 ip6-allnodes', ''],
  ].join('\n'),
  '/etc/networks': 'loopback 127.0.0.0\nour-network 198.51.100.0\n',
  '/etc/services': [
    ...['idle 20001/tcp', 'waiting-to-be-accepted 20002/tcp', 'unread 20004/tcp', 'hostile 21000/tcp'],
    ...['group 20101/udp', 'group-of-the-other-interface 20103/udp', ''],
  ].join('\n'),
};

describe('netstat and show beside each other', needs({ root: true, tools }), () => {
  let namespace: Awaited<ReturnType<typeof namespaceWithSockets>>;
  let nobody: Nobody;
  const stops: (() => Promise<void>)[] = [];
  let folder: string;
  let mounts: readonly string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    mounts = [
      'mount -t sysfs sysfs /sys',
      ...Object.entries(names).map(([file, text], i) => {
        writeFileSync(join(folder, String(i)), text);
        return `if [ -e ${file} ]; then mount --bind ${quoted(join(folder, String(i)))} ${file}; fi`;
      }),
    ];
    namespace = await namespaceWithSockets();
    stops.push(namespace.stop);
    const inHex = [...hostileNames, noUtf8].map(name => Buffer.from(name, 'latin1').toString('hex'));
    for (const words of [[hostilePrograms, ...inHex], [listenerOfNobody]]) {
      const { stop } = await start(namespace.inside(['python3', '-c', ...words]), /ready/);
      stops.push(stop);
    }
    nobody = createNobody();
  });
  after(async () => {
    for (const stop of stops.toReversed()) await stop();
    nobody.remove();
    rmSync(folder, { recursive: true });
  });

  const inside = (command: Command): Finished => run(namespace.inside(withMounts(mounts, command)));

  /** A character for each byte. */
  const netstat = (options: readonly string[]): string => {
    const { status, stdout } = inside(['netstat', ...options]);
    assert.equal(status, 0);
    return stdout;
  };
  const show = (options: readonly string[]): string => {
    const { status, stdout, stderr } = inside(exporter('show', ...options));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    return Buffer.from(stdout, 'latin1').toString();
  };

  /** One way in which we mean to differ. */
  interface Exemption {
    readonly reason: string;
    readonly ours?: (text: string) => string;
    readonly theirs?: (bytes: string) => string;
  }

  const exemptions: readonly Exemption[] = [
    {
      reason: 'a line end in the name of a program breaks the line of netstat',
      theirs: bytes => bytes.replace(/(\d\/new)\nline {3}/g, String.raw`$1\x0aline`),
    },
    {
      reason: 'netstat prints the bytes of names as they are, and counts them to fill up a column',
      theirs: spelledOut,
    },
    { reason: 'netstat ends the path of a unix socket at its first white space', ours: pathsCut },
    {
      reason: 'netstat cuts programs with -W, too',
      ours: text => text.replace(/\d+\/a-name-of-more-than-twenty$/gm, cell => cell.slice(0, 19).padEnd(20)),
    },
    {
      reason: 'netstat cuts the names of destinations and gateways of IPv4 to their columns',
      ours: text =>
        text.replace(
          /^(\S{1,15})\S* +(\S{1,15})\S* +(?=\d+\.\d+\.\d+\.\d+ +[A-Z!]+ )/gm,
          (_, destination: string, gateway: string) => `${destination.padEnd(15)} ${gateway.padEnd(15)} `,
        ),
    },
    {
      reason: 'netstat finds no name in /etc/hosts for an address of IPv4 that is mapped into IPv6',
      ours: text => text.replace(/^tcp6 .*$/gm, line => line.replaceAll('localhost:', '127.0.0.1:')),
    },
  ];
  const needed = new Set<Exemption>();

  const ourText = (text: string, exempt = exemptions): string =>
    exempt.reduce((made, { ours }) => ours?.(made) ?? made, text);
  const theirText = (bytes: string, exempt = exemptions): string =>
    Buffer.from(
      exempt.reduce((made, { theirs }) => theirs?.(made) ?? made, bytes),
      'latin1',
    ).toString();

  const options = [
    ...['-tan', '-uan', '-wan', '-xan', '-Uan', '-lntup', '-tuwxanpee', '-tlnpW', '-rn', '-rne', '-rnee'],
    ...['-6 -rn', '-gn', '-6 -gn', '-tn -gn', '', '-a', '-t', '-tl', '-u', '-6 -a', '-p', '-tW'],
    ...['-r', '-6 -r', '-g', '-tae --numeric-hosts', '-te --numeric-ports --numeric-users'],
  ];
  for (const each of options) {
    test(`netstat ${each}`, async () => {
      const words = each.split(' ').filter(Boolean);
      await eventually(() => {
        const [theirs, ours] = [netstat(words), show(words)];
        assert.deepEqual(differenceOf(ourText(ours), theirText(theirs)), noDifference);
        for (const one of exemptions) {
          const others = exemptions.filter(other => other !== one);
          const left = differenceOf(ourText(ours, others), theirText(theirs, others));
          if (left.ours.length + left.theirs.length > 0) needed.add(one);
        }
      });
    });
  }

  test('no exemption is one that nothing needs', () => {
    assert.deepEqual(
      exemptions.filter(each => !needed.has(each)).map(({ reason }) => reason),
      [],
    );
  });

  test('the namespace has sockets of every state, and some of every family and kind', () => {
    const text = show(['-an']);
    for (const state of Object.keys(namespace.opened.expected.tcp)) {
      for (const word of ['tcp ', 'tcp6']) assert.match(text, new RegExp(`^${word} .* ${state} *$`, 'm'));
    }
    const lacksUdplite = namespace.opened.missing.includes('udplite');
    for (const word of ['udp', 'udp6', 'raw', 'raw6', 'unix', ...(lacksUdplite ? [] : ['udpl', 'udpl6'])])
      assert.ok(text.includes(`\n${word} `), word);
    assert.match(text, /^tcp6 .* 127\.0\.0\.1:/m);
  });

  /** `on (12.34/5/0)`: a timer that runs, or a line without one. */
  const timerOf = (line: string) => {
    const [text = '', kind = '', seconds, retransmits, probes] =
      / (off|on|keepalive|timewait|probe) \((\d+\.\d\d)\/(\d+)\/(\d+)\)$/.exec(line) ?? [];
    const counts = [Number(retransmits), Number(probes)];
    return { key: line.slice(0, line.length - text.length), kind, seconds: Number(seconds), counts };
  };
  type Timer = ReturnType<typeof timerOf>;

  /** The kernel tells a timer in hundredths of a second. */
  const HUNDREDTH = 0.011;

  test('netstat -tuwxanpeeo: a timer is between what netstat says before and after, or began anew in between', async () => {
    const words = ['-tuwxanpeeo'];
    await eventually(() => {
      const texts = [netstat(words), show(words), netstat(words)] as const;
      const [first, ours, last] = [theirText(texts[0]), ourText(texts[1]), theirText(texts[2])].map(text =>
        text.split('\n').map(timerOf),
      );
      const keysOf = (timers: readonly Timer[] = []): string => timers.map(({ key }) => key).join('\n');
      assert.deepEqual(differenceOf(keysOf(ours), keysOf(first)), noDifference);

      const find = (timers: readonly Timer[] = [], { key }: Timer) => timers.find(each => each.key === key);
      let [running, anew] = [0, 0];
      for (const timer of ours?.filter(({ kind }) => kind !== '') ?? []) {
        const [before, after] = [find(first, timer), find(last, timer)];
        assert.ok(before !== undefined && after !== undefined, timer.key);
        const told = JSON.stringify([before, timer, after]);
        if (before.kind !== 'off') running++;
        // One that ended was set again, mostly with one more retransmission or probe; TIME_WAIT begins anew when the peer asks again.
        const isAnew =
          before.kind !== after.kind ||
          String(before.counts) !== String(after.counts) ||
          after.seconds > before.seconds;
        if (isAnew) {
          anew++;
          assert.ok([before.kind, after.kind].includes(timer.kind), told);
          continue;
        }
        assert.deepEqual([timer.kind, timer.counts], [before.kind, before.counts], told);
        assert.ok(
          timer.seconds <= before.seconds + HUNDREDTH && timer.seconds >= after.seconds - HUNDREDTH,
          told,
        );
      }
      assert.ok(running > 20 && anew < running / 2, `${anew} of ${running} began anew`);
    });
  });

  for (const each of ['-i', '-ia']) {
    test(`netstat ${each}: counters that move on are between what netstat says before and after`, async () => {
      /** `lo              65536      588      0 …`, without what is counted. */
      const countsOf = (line: string): readonly [key: string, counts: readonly number[]] => {
        const [, name = line, counts = '', flags = ''] = /^(\S+ +\d+) ((?: *\d+){8}) (\S+)$/.exec(line) ?? [];
        return [`${name} ${flags}`, (counts.match(/\d+/g) ?? []).map(Number)];
      };
      await eventually(() => {
        const texts = [netstat([each]), show([each]), netstat([each])] as const;
        const [first, ours, last] = [theirText(texts[0]), texts[1], theirText(texts[2])].map(text =>
          text.split('\n').map(countsOf),
        );
        assert.deepEqual(
          ours?.map(([key]) => key),
          first?.map(([key]) => key),
        );
        ours?.forEach(([key, counts], i) => {
          const [least, most] = [first?.[i]?.[1] ?? [], last?.[i]?.[1] ?? []];
          assert.ok(
            counts.every((count, at) => count >= (least[at] ?? 0) && count <= (most[at] ?? 0)),
            `${key}: ${String(least)}, ${String(counts)}, ${String(most)}`,
          );
        });
        assert.ok(ours?.some(([key, counts]) => key.startsWith('lo ') && (counts[0] ?? 0) > 0));
      });
    });
  }

  for (const each of ['-s', '-s -6', '-st']) {
    test(`netstat ${each}: the same sections, and every number that does not move on in its own`, async () => {
      const words = each.split(' ');
      await eventually(() => {
        const [first, text, plain, last] = [
          netstat(words),
          show([...words, '-v']),
          show(words),
          netstat(words),
        ];
        const theirs = linesOf(first);
        assert.deepEqual(headingsOf(linesOf(text)), headingsOf(theirs));
        assert.deepEqual(headingsOf(linesOf(plain)), headingsOf(theirs));
        const still = new Set(linesOf(last));
        const ours = sectionsOf(linesOf(text));
        let [compared, moved] = [0, 0];
        for (const [section, lines] of sectionsOf(theirs)) {
          const kept = lines.filter(line => still.has(line));
          moved += lines.length - kept.length;
          compared += assertCounted(section, kept, (ours.get(section) ?? []).map(counterIn));
        }
        assert.ok(compared > 5 && moved < compared, `${moved} of ${compared} moved`);
      });
    });
  }

  test('whatever programs and paths are called, what is printed has no character that a terminal obeys', () => {
    for (const words of [['-anp'], ['-apW'], ['-anp', '--json']]) {
      const text = show(words);
      assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u);
      if (words.includes('--json')) continue;
      for (const name of [
        String.raw`esc\x1b[31m`,
        String.raw`rtl \u{202e}`,
        String.raw`c1 \x9b3m`,
        String.raw`bad\xff`,
      ]) {
        assert.ok(text.includes(`/${name}`), name);
      }
    }
  });

  test('JSON has the rows of the text, and names and paths as they are', () => {
    const { sockets } = JSON.parse(show(['-anp', '--json'])) as {
      readonly sockets: readonly { readonly command: string | null; readonly local_address: string }[];
    };
    const rows = show(['-anp'])
      .split('\n')
      .filter(line => /^(tcp|udp|raw|unix)/.test(line));
    assert.equal(sockets.length, rows.length);
    const commands = new Set(sockets.map(({ command }) => command));
    const paths = new Set(sockets.map(({ local_address }) => local_address));
    for (const bytes of hostileNames) {
      const name = Buffer.from(bytes, 'latin1').toString();
      assert.ok(commands.has(name), JSON.stringify(name));
      const path = name.replace('\n', '');
      assert.ok(paths.has(`@${path}`) || paths.has(`@hostile ${path}`), JSON.stringify(path));
    }
    assert.ok(commands.has(String.raw`bad\xff`));
  });

  test('as nobody -p names the own sockets as netstat does, and one sentence tells of the others', () => {
    const theirs = run(namespace.inside(nobody.command(['netstat', '-lntpe'])));
    const { status, stdout, stderr } = run(namespace.inside(nobody.exporter(['show', '-lntpe'])));
    assert.equal(status, 0);
    assert.equal(
      stderr,
      'netstat-exporter: some processes do not let us see what they hold; root sees whose all sockets are\n',
    );
    assert.deepEqual(differenceOf(stdout, theirs.stdout), noDifference);
    assert.match(stdout, /^tcp .* 127\.0\.0\.1:22000 .* 65534 +\d+ +\d+\/python3 +$/m);
    assert.match(stdout, /^tcp .* 127\.0\.0\.1:20001 .* 0 +\d+ +- +$/m);
  });

  test('as nobody, without -p nothing is said, and what is shown is what root sees', () => {
    for (const words of [['-lnt'], ['-rn']]) {
      const { status, stdout, stderr } = run(namespace.inside(nobody.exporter(['show', ...words])));
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.equal(Buffer.from(stdout, 'latin1').toString(), show(words));
    }
  });

  test('as nobody -M: the file of tracked connections is for root, which is told, and the end is 1', () => {
    const { status, stdout, stderr } = run(namespace.inside(nobody.exporter(['show', '-Mn'])));
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
    assert.match(stderr, /^netstat-exporter: net\/nf_conntrack: EACCES: .*\n$/);
  });
});

describe('a router with translated connections', needs({ root: true, tools }), () => {
  let router: Awaited<ReturnType<typeof namespaceOfRouter>>;
  before(async () => {
    router = await namespaceOfRouter();
  });
  after(async () => {
    await router.stop();
  });

  /** `tcp      6 295 TIME_WAIT src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0 use=1`. */
  const sessionIn = (line: string) => {
    const [protocol = '', , seconds] = line.split(/ +/);
    const [source = '', replySource = ''] = told(line, 'src');
    const [destination, replyDestination] = told(line, 'dst');
    const [port, replyPort] = told(line, 'sport');
    const [wanted, back] = told(line, 'dport');
    const [, replyId] = told(line, 'id');
    const [id] = told(line, 'id');
    const isSource = source !== replyDestination || port !== back;
    const isDestination = destination !== replySource || wanted !== replyPort;
    const between = isSource ? back : wanted;
    const ports =
      port === undefined
        ? `${id ?? ''} -> - (${replyId ?? ''})`
        : `${port} -> ${replyPort ?? ''} (${between ?? ''})`;
    return {
      isTranslated: isSource || isDestination || (id !== undefined && id !== replyId),
      seconds: Number(seconds),
      row: `${protocol} ${source.padEnd(20)} ${replySource.padEnd(20)} ${ports}`,
    };
  };

  for (const [option, families] of [
    ['-4', ['ipv4']],
    ['-6', ['ipv6']],
    ['-46', ['ipv4', 'ipv6']],
  ] as const) {
    test(`show ${option} -M has every translated connection that conntrack lists, and no other`, async () => {
      const listed = () =>
        families
          .flatMap(family => linesOf(output(router.inside(['conntrack', '-L', '-f', family]))))
          .map(sessionIn)
          .filter(({ isTranslated }) => isTranslated);
      await eventually(() => {
        const first = listed();
        const { status, stdout, stderr } = run(router.inside(exporter('show', option, '-Mn')));
        const last = listed();
        assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
        const [title, columns, ...rows] = linesOf(stdout);
        assert.deepEqual([title, columns?.split(/ +/)[0]], ['IP masquerading entries', 'prot']);
        const times = new Map<string, number>();
        const withoutTimes = rows.map(row => {
          const [, protocol = '', minutes, seconds, rest = ''] =
            /^(\w+) +(\d+):(\d\d\.\d\d) (.*)$/.exec(row) ?? assert.fail(row);
          times.set(`${protocol} ${rest}`, Number(minutes) * 60 + Number(seconds));
          return `${protocol} ${rest}`;
        });
        assert.deepEqual([...withoutTimes].sort(), first.map(({ row }) => row).sort());
        for (const { row, seconds } of first) {
          const time = times.get(row) ?? NaN;
          // Conntrack leaves out what is left of a second.
          assert.ok(
            time <= seconds + 1 && time >= (last.find(each => each.row === row)?.seconds ?? NaN) - 1,
            row,
          );
        }
        assert.equal(rows.length, sumOf(router.opened.sessions, option));
      });
    });
  }

  test('netstat itself finds nothing there', () => {
    assert.notEqual(run(router.inside(['netstat', '-Mn'])).status, 0);
  });
});

const sumOf = (sessions: Readonly<Record<string, number>>, option: '-4' | '-6' | '-46'): number =>
  Object.entries(sessions)
    .filter(([key]) => option === '-46' || key.startsWith(option === '-4' ? 'inet ' : 'inet6 '))
    .reduce((sum, [, count]) => sum + count, 0);

/** The values behind a key, of the first packet and of a reply. */
const told = (line: string, key: string): readonly (string | undefined)[] =>
  Array.from(line.matchAll(new RegExp(` ${key}=(\\S+)`, 'g')), ([, value]) => value);

/** Runs while sockets and programs come and go. */
const SOAK_RUNS = 10;

describe('while sockets and programs come and go', needs({ root: true, tools }), () => {
  test('every listing is whole, and nothing is said', async t => {
    const namespace = await namespaceOfOwners();
    t.after(() => namespace.stop());
    await namespace.tell('churn');
    const isRow = /^(Active|Proto) |^(tcp6? |udp6? |raw6? ) *\d+ +\d+ \S+ +\S+ |^unix +\d+ +\[ /;
    for (let i = 0; i < SOAK_RUNS; i++) {
      const words = i % 2 === 0 ? ['-tan'] : ['-anp', '-e', '-o'];
      const { status, stdout, stderr } = run(namespace.inside(exporter('show', ...words)));
      // Of a socket whose program has just ended it may be said that somebody hides it, where somebody does.
      const said = isRefused
        ? stderr.replace(/^netstat-exporter: some processes do not let us see .*\n$/, '')
        : stderr;
      assert.deepEqual({ status, said }, { status: 0, said: '' });
      const strange = linesOf(stdout).filter(line => !isRow.test(line));
      assert.deepEqual(strange, []);
      assert.ok(stdout.endsWith('\n') && stdout.includes('CLOSE_WAIT'));
    }
    const { ended = 0 } = await namespace.tell('calm');
    assert.ok(ended > SOAK_RUNS, `${ended} processes`);
  });
});
