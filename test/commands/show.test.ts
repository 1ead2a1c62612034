// Protects: show as its users and their scripts meet it: what is printed where, which rows and columns, JSON, and the exit status.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { interfaceColumns, statisticColumns } from '../../src/faces/tables/shown.ts';
import { tables } from '../../src/snapshot/tables.ts';
import { hostFolder } from '../hosts.ts';
import { captureOf, type Capture } from '../snapshot/capture.ts';
import { run, runLoaded, runInShell, type Run } from './run.ts';

const foldersOf = (host: string): readonly string[] => [
  `--path.procfs=${hostFolder(host)}/proc`,
  `--path.sysfs=${hostFolder(host)}/sys`,
];

const captures: Capture[] = [];
after(() => {
  for (const each of captures) each.remove();
});

const changed = (...args: Parameters<typeof captureOf>): { folder: string; folders: readonly string[] } => {
  const capture = captureOf(...args);
  captures.push(capture);
  const { folder } = capture;
  return { folder, folders: [`--path.procfs=${folder}/proc`, `--path.sysfs=${folder}/sys`] };
};

/** Runs of captured hosts are kept: several tests look at some. */
const runs = new Map<string, Promise<Run>>();
const show = (host: string, options: string): Promise<Run> => {
  const key = `${host} ${options}`;
  const run = runs.get(key) ?? runLoaded('show', ...options.split(' '), ...foldersOf(host));
  runs.set(key, run);
  return run;
};

/** Its lines, where all went well. */
const linesOf = async (run: Promise<Run>): Promise<readonly string[]> => {
  const { status, stdout, stderr } = await run;
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
};

const isHeading = (line: string): boolean =>
  /^(Active |Proto |Kernel |Destination |Dest |User |dest_addr|Iface |IPv6\/IPv4 |Interface |-{15}|IP masq|prot |Source )/.test(
    line,
  );
const rowsIn = (lines: readonly string[]): readonly string[] => lines.filter(line => !isHeading(line));

const noSupport = (...names: readonly string[]): string =>
  names.map(name => `netstat-exporter: no support for \`${name}' on this system.\n`).join('');

const internetHeadings = [
  'Active Internet connections (w/o servers)',
  'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ',
];
const unixHeadings = [
  'Active UNIX domain sockets (w/o servers)',
  'Proto RefCnt Flags       Type       State         I-Node   Path',
];
const asText = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');

describe('what the kernel does not have', () => {
  for (const [options, name] of [
    ['--ipx', 'AF IPX'],
    ['-A ax25', 'AF AX25'],
    ['--protocol=netrom', 'AF NETROM'],
    ['-A rose -e', 'AF ROSE'],
    ['--x25 -a', 'AF X25'],
    ['-A ddp', 'AF APPLETALK'],
    ['-2', 'AF BLUETOOTH (l2cap)'],
    ['-A ipx -rn', 'AF IPX'],
    ['-A rose -r', 'AF ROSE'],
    ['-M', 'ip_masquerade'],
  ] as const) {
    test(`${options}: asked for by name it is told, nothing is printed, and the end is 1`, async () => {
      assert.deepEqual(await show('bare', options), { status: 1, stdout: '', stderr: noSupport(name) });
    });
  }

  test('a protocol of the internet has its heading all the same, and what is beside it is shown', async () => {
    const { status, stdout, stderr } = await show('bare', '-S -x -n');
    assert.deepEqual({ status, stderr }, { status: 1, stderr: noSupport('AF INET (sctp)') });
    assert.equal(stdout, asText([...internetHeadings, ...unixHeadings]));
  });

  test('not asked for by name nothing is said of it', async () => {
    assert.deepEqual(await linesOf(show('bare', '-n')), [...internetHeadings, ...unixHeadings]);
    assert.deepEqual(rowsIn(await linesOf(show('bare', '-4 -an'))), []);
  });

  test('with -v a sentence is said of each, and the end is 0', async () => {
    const { status, stdout, stderr } = await show('bare', '-n -v');
    assert.equal(status, 0);
    assert.equal(stdout, asText([...internetHeadings, ...unixHeadings]));
    const families = ['AF IPX', 'AF AX25', 'AF X25', 'AF NETROM', 'AF ROSE'];
    const bluetooth = ['AF BLUETOOTH (l2cap)', 'AF BLUETOOTH (rfcomm)'];
    assert.equal(stderr, noSupport('AF INET (sctp)', ...families, ...bluetooth));
  });

  test('tables without a row have their headings, but for that of translated connections', async () => {
    for (const [host, options, headings] of [
      ['bare', '-tan', 2],
      ['bare', '-xan', 2],
      ['bare', '-rn', 2],
      ['bare', '-rCn', 2],
      ['kernel-6.18', '-A inet6 -rCn', 2],
      ['bare', '-A packet', 2],
    ] as const) {
      const lines = await linesOf(show(host, options));
      assert.deepEqual([lines.length, rowsIn(lines)], [headings, []], options);
    }
    assert.deepEqual(await linesOf(show('ham', '-Mn')), []);
  });
});

describe('what cannot be read, or makes no sense', () => {
  test('an option that there is not: the nearest is named, nothing is printed, and the end is 2', async () => {
    for (const [options, sentence] of [
      ['--numerik', 'unknown option --numerik; did you mean --numeric?'],
      ['-tan --prgrams', 'unknown option --prgrams; did you mean --programs?'],
      ['-tanq', 'unknown option -q in -tanq'],
      ['-A inet7', '-A inet7: unknown address family inet7; did you mean inet?'],
      ['-rs', '-r, -s: one table at a time'],
      ['-tan 5', 'unexpected argument 5; a delay is for -c'],
    ] as const) {
      const stderr = `netstat-exporter: ${sentence}\n`;
      assert.deepEqual(await show('bare', options), { status: 2, stdout: '', stderr }, options);
    }
  });

  test('a file that cannot be read: why is told, the others are shown, and the end is 1', async () => {
    const { folder, folders } = changed('netns', {});
    for (const name of ['tcp6', 'nf_conntrack', 'igmp6']) {
      rmSync(join(folder, 'proc/net', name), { force: true });
      symlinkSync(name, join(folder, 'proc/net', name));
    }
    const [sockets, sessions, groups] = await Promise.all(
      ['-tan', '-Mn', '-gn'].map(options => runLoaded('show', options, ...folders)),
    );
    const why = (file: string) => new RegExp(`^netstat-exporter: net/${file}: ELOOP: .*\\n$`);
    assert.match(sockets?.stderr ?? '', why('tcp6'));
    assert.match(sessions?.stderr ?? '', why('nf_conntrack'));
    assert.match(groups?.stderr ?? '', why('igmp6'));
    assert.deepEqual([sockets?.status, sessions?.status, groups?.status], [1, 1, 1]);
    assert.equal(sessions?.stdout, '');
    const rowsOf = (lines: readonly string[], beginning: RegExp) =>
      lines.filter(line => beginning.test(line));
    assert.deepEqual(
      sockets?.stdout.split('\n').slice(2, -1),
      rowsOf(await linesOf(show('netns', '-tan')), /^tcp /),
    );
    assert.deepEqual(
      groups?.stdout.split('\n').slice(3, -1),
      rowsOf(await linesOf(show('netns', '-gn')), / 224\./),
    );
  });

  test('a file that is not what a kernel prints: where and why is told, and the end is 1', () => {
    const { folders } = changed('netns', { 'proc/net/udp': 'not what a kernel prints\n' });
    const { status, stdout, stderr } = run('show', '-uan', ...folders);
    assert.equal(status, 1);
    assert.match(stderr, /^netstat-exporter: net\/udp:1: .*\n$/);
    assert.equal(rowsIn(stdout.split('\n').slice(0, -1)).filter(line => line.startsWith('udp ')).length, 0);
  });

  test('a line that is no row: the first is told without what a terminal would obey, and the end is 0', async () => {
    const text = readFileSync(join(hostFolder('netns'), 'proc/net/tcp'), 'latin1');
    const row = text.split('\n')[1] ?? '';
    const broken = row.replace(/^( +\d+: )\S+/, '$10100007F\x1b[31m:\x07');
    const { folders } = changed('netns', { 'proc/net/tcp': `${text}${broken}\n` });
    const { status, stdout, stderr } = run('show', '-tan', ...folders);
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^netstat-exporter: net\/tcp: 1 lines are no rows, the first: net\/tcp:\d+: [^\x1b\x07]*\\x1b[^\x1b\x07]*\n$/,
    );
    assert.equal(stdout, (await show('netns', '-tan')).stdout);
  });

  test('a procfs that is not there: each file is told, and the end is 1', () => {
    const { status, stdout, stderr } = run('show', '-tan', '--path.procfs=/nonexistent');
    assert.equal(status, 1);
    assert.match(stderr, /^(netstat-exporter: net\/tcp6?: ENOENT: .*\n){2}$/);
    assert.equal(rowsIn(stdout.split('\n').slice(0, -1)).length, 0);
  });

  test('a host without processes has nobody who holds a socket, and that is told', async () => {
    const { status, stdout, stderr } = await show('kernel-6.18', '-tanp');
    assert.equal(status, 0);
    const procfs = `${hostFolder('kernel-6.18')}/proc`;
    const sentence = `no process is seen in ${procfs}, so nobody is known to hold these sockets`;
    assert.equal(stderr, `netstat-exporter: ${sentence}\n`);
    for (const line of rowsIn(stdout.split('\n').slice(0, -1))) assert.match(line, / -( {19})$/);
  });
});

describe('who reads the output', () => {
  const folders = foldersOf('inet');
  /** A pipeline tells the status of its last part alone. */
  const intoPipe = (reader: string): string => `{ timeout 20 "$@"; echo "$?" >&2; } | ${reader}`;

  test('one who has seen enough of a large table ends it without a word', () => {
    const [heading = '', row = ''] = readFileSync(join(hostFolder('netns'), 'proc/net/tcp'), 'latin1').split(
      '\n',
    );
    const large = changed('netns', { 'proc/net/tcp': `${heading}\n${`${row}\n`.repeat(30_000)}` });
    const { stdout, stderr } = runInShell(intoPipe('head -1'), 'show', '-tan', ...large.folders);
    assert.deepEqual(
      { stdout, stderr },
      { stdout: 'Active Internet connections (servers and established)\n', stderr: '0\n' },
    );
    const whole = runInShell(intoPipe('wc -l'), 'show', '-tan', ...large.folders);
    assert.deepEqual([whole.stdout.trim(), whole.stderr], ['30003', '0\n']);
  });

  test('nobody: a closed output is no failure', () => {
    const { status, stdout, stderr } = runInShell('"$@" >&-', 'show', '-tan', ...folders);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  test('an output that is full is told, and the end is 1', () => {
    for (const options of [['-rn'], ['-tan', '--json'], ['-rn', '-c'], ['--help']]) {
      const { status, stderr } = runInShell('"$@" > /dev/full', 'show', ...options, ...folders);
      assert.equal(status, 1);
      assert.match(stderr, /^netstat-exporter: standard output: ENOSPC: .*\n$/);
    }
  });

  test('-c prints one listing after the other, until nobody reads any more', () => {
    const started = performance.now();
    const script = intoPipe('head -6');
    const { stdout, stderr } = runInShell(script, 'show', '-tan', '-c', '0.2', ...foldersOf('bare'));
    assert.equal(stderr, '0\n');
    assert.equal(stdout, asText(servers).repeat(3));
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 0.4 && seconds < 15, `${seconds} s`);
  });

  test('-c with JSON prints one object after the other', () => {
    const { stdout } = runInShell(
      intoPipe('head -6'),
      'show',
      '-tan',
      '-c',
      '0.1',
      '--json',
      ...foldersOf('bare'),
    );
    assert.equal(stdout, '{"sockets":[\n]\n}\n'.repeat(2));
  });

  test('-c ends with 1 where a listing is not whole', () => {
    const { status, stdout, stderr } = run('show', '--ipx', '-c', '0.1', ...foldersOf('bare'));
    assert.deepEqual({ status, stdout, stderr }, { status: 1, stdout: '', stderr: noSupport('AF IPX') });
  });

  const servers = ['Active Internet connections (servers and established)', ...internetHeadings.slice(1)];
});

describe('which sockets', () => {
  const sorted = (lines: readonly string[]): readonly string[] => [...lines].sort();

  for (const options of ['-tn', '-un', '-wn', '-xn', '-Un', '-n']) {
    test(`${options}: with -a those of -l and those without, with -l and -a all`, async () => {
      const [others = [], servers = [], all = [], both = []] = await Promise.all(
        ['', 'l', 'a', 'la'].map(async more => {
          const lines = await linesOf(show('inet', options + more));
          const titles = lines
            .filter(line => line.startsWith('Active '))
            .map(line => /\(.*\)/.exec(line)?.[0]);
          const words = ['(w/o servers)', '(only servers)', '(servers and established)'];
          assert.deepEqual([...new Set(titles)], [words[Math.min(['', 'l', 'a', 'la'].indexOf(more), 2)]]);
          return rowsIn(lines);
        }),
      );
      assert.deepEqual(sorted([...others, ...servers]), sorted(all));
      assert.deepEqual(both, all);
      assert.ok(servers.length > 0 && (others.length > 0 || options === '-Un'));
    });
  }

  test('servers are those that wait to be spoken to', async () => {
    const words = async (options: string, column: number): Promise<readonly string[]> => [
      ...new Set(rowsIn(await linesOf(show('inet', options))).map(line => line.slice(column).trim())),
    ];
    const state = 68;
    assert.deepEqual(await words('-tnl', state), ['LISTEN']);
    assert.ok(!(await words('-tn', state)).includes('LISTEN'));
    assert.deepEqual(await words('-un', state), ['ESTABLISHED']);
    assert.deepEqual(await words('-unl', state), ['']);
    for (const line of rowsIn(await linesOf(show('inet', '-xnl'))))
      assert.match(line, /\[ ACC .* LISTENING /);
  });

  test('-4 and -6 show the sockets of one version', async () => {
    const all = rowsIn(await linesOf(show('inet', '-tuwan')));
    const is6 = (line: string): boolean => /^\w+6 /.test(line);
    assert.deepEqual(
      rowsIn(await linesOf(show('inet', '-tuwan -4'))),
      all.filter(line => !is6(line)),
    );
    assert.deepEqual(rowsIn(await linesOf(show('inet', '-tuwan -6'))), all.filter(is6));
    assert.deepEqual(rowsIn(await linesOf(show('inet', '-tuwan -46'))), all);
  });
});

describe('which columns', () => {
  /** Where the columns of each option begin in a row that has all of them. */
  const ends = { always: 79, e: 101, p: 122 };

  test('-e, -p and -o add theirs, each in its place, to the headings and to every row', async () => {
    const whole = await linesOf(show('closewait-a', '-tanepo'));
    assert.equal(whole[1], `${internetHeadings[1] ?? ''} User       Inode      PID/Program name     Timer`);
    for (const options of ['', 'e', 'p', 'o', 'ep', 'eo', 'po']) {
      const kept = (line: string): string =>
        [
          line.slice(0, ends.always),
          options.includes('e') ? line.slice(ends.always, ends.e) : '',
          options.includes('p') ? line.slice(ends.e, ends.p) : '',
          options.includes('o') ? line.slice(ends.p) : '',
        ].join('');
      assert.deepEqual(
        await linesOf(show('closewait-a', `-tan${options}`)),
        whole.map((line, i) => (i === 0 ? line : kept(line))),
        options,
      );
    }
    assert.ok(
      rowsIn(whole).every(line => / (off|on|keepalive|timewait|probe) \(\d+\.\d\d\/\d+\/\d+\)$/.test(line)),
    );
  });

  test('-e given twice adds no more, and -n and -v change nothing where there are no names', async () => {
    const lines = await linesOf(show('closewait-a', '-tanepo'));
    assert.deepEqual(await linesOf(show('closewait-a', '-tan -ee -p -o -v')), lines);
    assert.deepEqual(await linesOf(show('closewait-a', '-ta -e -p -o --numeric-hosts')), lines);
  });

  test('unix sockets have the column of programs, and no other', async () => {
    const whole = await linesOf(show('netns', '-xanp'));
    const without = whole.map(line =>
      line.startsWith('Active') ? line : line.slice(0, 58) + line.slice(79),
    );
    assert.deepEqual(await linesOf(show('netns', '-xan')), without);
    assert.deepEqual(await linesOf(show('netns', '-xanpeo')), whole);
  });

  test('-W shows addresses whole; without it they are cut so that the port stays', () => {
    const cutEnd = (place: string): string => {
      const at = place.lastIndexOf(':');
      const [host, port] = [place.slice(0, at), place.slice(at + 1)];
      return `${host.slice(0, 22 - port.length)}:${port}`;
    };
    const text = readFileSync(join(hostFolder('inet'), 'proc/net/tcp6'), 'latin1');
    // fdc7:1111:2222:3333:4444:5555:6666:7777 and a port of five digits.
    const long = 'FDC71111222233334444555566667777'.replace(/(..)(..)(..)(..)/g, '$4$3$2$1');
    const { folders } = changed('inet', {
      'proc/net/tcp6': text.replace(/^( +\d+: )\S+ \S+/gm, `$1${long}:FFFF ${long}:0050`),
    });
    const [cut = [], whole = []] = ['-tuwan', '-tuwanW'].map(options =>
      rowsIn(
        run('show', options, ...folders)
          .stdout.split('\n')
          .slice(0, -1),
      ).map(line => line.trim().split(/ +/)),
    );
    assert.deepEqual(
      cut,
      whole.map(([protocol = '', receive = '', send = '', local = '', remote = '', ...rest]) => [
        ...[protocol, receive, send, cutEnd(local), cutEnd(remote), ...rest],
      ]),
    );
    assert.ok(whole.some(([, , , local]) => local === 'fdc7:1111:2222:3333:4444:5555:6666:7777:65535'));
    assert.ok(cut.some(([, , , local]) => local === 'fdc7:1111:2222:33:65535'));
  });

  test('-W shows programs whole', async () => {
    const names = async (options: string) =>
      (await linesOf(show('inet', options))).flatMap(line => / \d+\/.*$/.exec(line)?.[0].trim() ?? []);
    const [cut, whole] = [await names('-tanp'), await names('-tanp -W')];
    assert.deepEqual(
      cut,
      whole.map(name => name.slice(0, 19).trim()),
    );
    assert.ok(whole.includes(String.raw`634/new\x0aline argv`));
  });
});

describe('--json', () => {
  type Row = Readonly<Record<string, unknown>>;
  const parsed = async (host: string, options: string): Promise<Readonly<Record<string, readonly Row[]>>> => {
    const { status, stdout } = await show(host, `${options} --json`);
    assert.equal(status, 0);
    return JSON.parse(stdout) as Readonly<Record<string, readonly Row[]>>;
  };
  const columnsOf: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    ...{ sockets: tables.sockets.columns, routes: tables.routes.columns, groups: tables.groups.columns },
    ...{ nat: tables.nat.columns, interfaces: interfaceColumns, statistics: statisticColumns },
  };

  for (const [host, options, ...views] of [
    ['inet', '-anpeo', 'sockets'],
    ['inet', '-ln', 'sockets'],
    ['inet', '--netlink -A packet', 'sockets'],
    ['ham', '-an', 'sockets'],
    ['ham', '-A ddp -an', 'sockets'],
    ['kernel-2.2', '-an', 'sockets'],
    ['kernel-2.4', '-an', 'sockets'],
    ['bluetooth', '-2 -f -an', 'sockets'],
    ['bare', '-an', 'sockets'],
    ['inet', '-rn', 'routes'],
    ['inet', '-46 -rCFn', 'routes'],
    ['ham', '-A ax25,netrom,rose,x25,ddp -rn', 'routes'],
    ['kernel-2.6', '-rCn', 'routes'],
    ['inet', '-gn', 'groups'],
    ['inet', '-Mn', 'nat'],
    ['kernel-2.2', '-Mne', 'nat'],
    ['inet', '-ia', 'interfaces'],
    ['inet', '-i', 'interfaces'],
    ['inet', '-s -v', 'statistics'],
    ['inet', '-s -6 -t -v', 'statistics'],
    ['inet', '-t -g -n', 'sockets', 'groups'],
  ] as const) {
    test(`${host}: show ${options}: as many rows as in the text, each with the columns of its table`, async () => {
      const told = await parsed(host, options);
      assert.deepEqual(Object.keys(told), views);
      const text = (await show(host, options)).stdout.split('\n').slice(0, -1);
      const rows = options.startsWith('-s') ? text.filter(line => line.startsWith('    ')) : rowsIn(text);
      assert.equal(Object.values(told).flat().length, rows.length);
      assert.ok(rows.length > 0 || host === 'bare');
      for (const view of views) {
        const columns = columnsOf[view]?.map(({ name }) => name) ?? [];
        for (const row of told[view] ?? []) {
          assert.deepEqual(
            Object.keys(row).filter(name => name !== 'detail'),
            columns,
          );
          // JSON has no undefined, and a number that is none is null.
          for (const name of columns) assert.notEqual(row[name], undefined);
        }
      }
    });
  }

  const one = (rows: readonly Row[] | undefined, where: Row): Row => {
    const found = rows?.find(row => Object.entries(where).every(([name, value]) => row[name] === value));
    assert.ok(found !== undefined, JSON.stringify(where));
    return found;
  };

  test('numbers are numbers and names are names, as the text has them', async () => {
    const { sockets } = await parsed('inet', '-anpeo');
    const listener = one(sockets, { protocol: 'tcp', local_port: 9905, state: 'LISTEN' });
    assert.deepEqual(
      { ...listener, detail: null },
      {
        ...{ family: 'inet', protocol: 'tcp', receive_queue: 0, send_queue: 0 },
        ...{ local_address: '127.0.0.1', local_port: 9905, remote_address: '0.0.0.0', remote_port: 0 },
        ...{ state: 'LISTEN', age_seconds: null, program: listener['program'], pid: 634 },
        ...{ command: 'new\nline argv', user: '0', uid: 0, inode: 12254, device: null },
        ...{ timer: 'off', timer_seconds: 0, retransmits: 0, probes: 0, drops: null, detail: null },
      },
    );
  });

  test('what is not known is null, and neither 0 nor empty', async () => {
    const { sockets } = await parsed('inet', '-an');
    for (const row of sockets ?? []) {
      const { program, pid, command, age_seconds } = row;
      assert.deepEqual([program, pid, command, age_seconds], [null, null, null, null]);
    }
    const path = one(sockets, { family: 'unix', local_address: '/run/ux/stream.sock' });
    assert.deepEqual(
      [path['receive_queue'], path['uid'], path['user'], path['local_port']],
      [null, null, null, null],
    );

    const held = await parsed('inet', '-anp');
    const nobodys = one(held['sockets'], { state: 'TIME_WAIT' });
    assert.deepEqual([nobodys['program'], nobodys['pid'], nobodys['inode']], ['', null, 0]);

    const listener = one((await parsed('ham', '-an'))['sockets'], { protocol: 'sctp', local_port: 2905 });
    assert.deepEqual([listener['receive_queue'], listener['remote_port']], [null, null]);
    const { nat } = await parsed('inet', '-Mn');
    assert.ok(nat?.some(({ expires_seconds }) => expires_seconds === null));
    const { interfaces } = await parsed('bare', '-ia');
    assert.equal(one(interfaces, { device: 'lo' })['speed_bytes_per_second'], null);
    const [route] = (await parsed('ham', '-A ax25,netrom,rose,x25,ddp -rn'))['routes'] ?? [];
    assert.deepEqual([route?.['family'], route?.['uses']], ['ax25', null]);
  });

  test('whatever a path or the name of a device may hold is whole', async () => {
    const { sockets } = await parsed('inet', '-anpeo');
    const paths = new Set(sockets?.map(row => row['local_address']));
    for (const path of [
      ...['/run/ux/seq packet.sock', '/run/ux/with  two spaces', '/run/ux/trail ', '/run/ux/tab\there'],
      ...['/run/ux/esc\u001b[31mred', '/run/ux/cr\rx', '/run/ux/quote"\'', '/run/ux/back\\slash'],
      ...[
        '/run/ux/utf8-é€',
        String.raw`/run/ux/bad-\xff\xfe`,
        String.raw`@\xff\xfe` + '\u0001bin',
        '@abs with space',
      ],
    ]) {
      assert.ok(paths.has(path), JSON.stringify(path));
    }
    const commands = new Set(sockets?.map(row => row['command']));
    assert.ok(commands.has('esc\u001b[31m') && commands.has(String.raw`bad\xff`));
    const { interfaces } = await parsed('inet', '-ia');
    const devices = new Set(interfaces?.map(row => row['device']));
    for (const device of ['ünï-0', '{x="y"}', 'fifteen-chars-x']) assert.ok(devices.has(device), device);
  });
});

describe('whatever a terminal would obey', () => {
  const marks = '\u202eltr\u2066\u200f \u009b31m \u0085 \u2028 \x7f \x1b[2J \u{e0041} \ud83d\ude80';
  const { folders } = changed('netns', {
    'proc/net/unix':
      'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      `0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/${marks}\n`,
  });
  const invisible = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u;

  test('is spelled out in text', () => {
    const { stdout } = run('show', '-xan', ...folders);
    assert.doesNotMatch(stdout, invisible);
    assert.ok(
      stdout.endsWith(
        String.raw`/run/\u{202e}ltr\u{2066}\u{200f} \x9b31m \x85 \u{2028} \x7f \x1b[2J \u{e0041} ` +
          '\ud83d\ude80\n',
      ),
    );
  });

  test('is spelled out in an address that is none, too', () => {
    const text = readFileSync(join(hostFolder('netns'), 'proc/net/tcp'), 'latin1');
    const address = { 'proc/net/tcp': text.replace(/^( +0: )\w+/m, '$1\x1b[31m\x07') };
    const { stdout } = run('show', '-tan', ...changed('netns', address).folders);
    assert.doesNotMatch(stdout, invisible);
    assert.match(stdout, / \\x1b\[31m\\x07:\d+ /);
  });

  test('is escaped in JSON, from which it comes back', () => {
    const { stdout } = run('show', '-xan', '--json', ...folders);
    assert.doesNotMatch(stdout, invisible);
    const { sockets } = JSON.parse(stdout) as { sockets: readonly { local_address: string }[] };
    assert.equal(sockets[0]?.local_address, `/run/${marks}`);
  });

  test('is on no captured host in what is shown', async () => {
    for (const options of ['-anpeo', '-ia', '-gn', '-ia --json', '-anpeo --json']) {
      assert.doesNotMatch((await show('inet', options)).stdout, invisible, options);
    }
  });
});
