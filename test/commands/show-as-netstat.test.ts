// Protects: show prints what netstat printed on every captured host, line by line, but for differences that have a name and a reason.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hostFolder, hostNames, oracle } from '../hosts.ts';
import {
  assertCounted,
  counterIn,
  headingsOf,
  linesOf,
  sectionsOf,
} from '../faces/netstat/statistics-printed.ts';
import { differenceOf, noDifference, pathsCut, spelledOut, type Difference } from './printed.ts';
import { runLoaded, type Run } from './run.ts';

const families = ['ax25', 'netrom', 'rose', 'x25', 'ipx', 'ddp'];

/** With which options the tables of test/hosts/README.md were asked for. */
const tables: Readonly<Record<string, readonly string[]>> = {
  'netstat-tuwxan': ['-tuwxan'],
  'netstat-tuwxanpeeo': ['-tuwxanpeeo'],
  'netstat-udplite': ['-anpee', '--udplite'],
  'netstat-sctp-anpee': ['-anpee', '--sctp'],
  'netstat-rn': ['-rn'],
  'netstat-rne': ['-rne'],
  'netstat-rnee': ['-rnee'],
  'netstat-rCn': ['-rCn'],
  'netstat-rCne': ['-rCne'],
  'netstat-rCnee': ['-rCnee'],
  'netstat-rn6': ['-A', 'inet6', '-rn'],
  'netstat-rCn6': ['-A', 'inet6', '-rCn'],
  'netstat-gn': ['-gn'],
  'netstat-ia': ['-i', '-a'],
  'netstat-M': ['-M', '-n'],
  'netstat-Me': ['-M', '-n', '-e'],
  ...Object.fromEntries(
    families.flatMap(family => [
      [`netstat-${family}`, ['-A', family, '-an']],
      [`netstat-${family}-e`, ['-A', family, '-ane']],
      [`netstat-${family}-r`, ['-A', family, '-rn']],
    ]),
  ),
};

/** Likewise of statistics, of which netstat leaves out zeros as it sees fit: here all are shown. */
const statistics: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  (['', '6'] as const).flatMap(six =>
    ['', 't', 'u', 'U', 'S', 'w'].map(letter => [
      `netstat-s${six}${letter}`,
      ['-s', '-v', ...(six === '' ? [] : ['-6']), ...(letter === '' ? [] : [`-${letter}`])],
    ]),
  ),
);

/** Oracles that are not asked for here, and hosts without any. */
const leftOut: Readonly<Record<string, string>> = {
  'netstat-r': 'asks name servers; test/live/show.test.ts asks where nobody but /etc/hosts knows names',
  'netstat-r6': 'likewise',
  'big-endian':
    'its bytes are those of another machine than this one, and netstat read them as this one would',
  bluetooth: 'netstat of Debian is built without Bluetooth',
  'kernel-2.6-router': 'netstat knows only ip_masquerade of the files that it has',
};

const shownBy = (host: string, options: readonly string[]): Promise<Run> =>
  runLoaded(
    ...['show', ...options],
    `--path.procfs=${hostFolder(host)}/proc`,
    `--path.sysfs=${hostFolder(host)}/sys`,
  );

interface Case {
  readonly host: string;
  readonly name: string;
  /** A character for each byte. */
  readonly theirs: string;
  readonly run: Promise<Run>;
}

const casesOf = (asked: Readonly<Record<string, readonly string[]>>): readonly Case[] =>
  Object.entries(asked).flatMap(([name, options]) =>
    hostNames.flatMap(host => {
      const theirs = oracle(host, name);
      return theirs === undefined ? [] : [{ host, name, theirs, run: shownBy(host, options) }];
    }),
  );

/** One way in which we mean to differ. */
interface Exemption {
  readonly reason: string;
  /** Of `HOST ORACLE`. */
  readonly of: RegExp;
  /** Our text, as netstat would print it. */
  readonly ours?: (text: string) => string;
  /** What netstat printed, as it is compared. */
  readonly theirs?: (text: string) => string;
}

/** Of interfaces that moved on; what follows is the line of one. */
const withoutCounters = (device: string) => (text: string) =>
  text.replace(new RegExp(`^(${device} +\\d+) .* (\\S+)$`, 'm'), '$1 ... $2');

const withoutFlags = (device: string, hidden: RegExp) => (text: string) =>
  text.replace(new RegExp(`^${device} .* (\\S+)$`, 'm'), (line, flags: string) =>
    line.replace(flags, flags.replace(hidden, '')),
  );

/** It asks by ioctl and so asked the machine, not the capture: HOST.md names the devices whose counters had moved on. */
const movedOn: Readonly<Record<string, readonly string[]>> = {
  'closewait-a': ['lo'],
  ham: ['axv0', 'axv1', 'bpq1', 'dummyat', 'dummyat2', 'lo', 'xv0', 'xv1'],
  inet: ['eth0', 'lo', 'veth-db', 'veth-web'],
  netns: ['v1', 'v2', 'v3', 'v4', 'v5', 'v6'],
  unpriv: ['eth0', 'lo', 'veth-db', 'veth-web'],
};

const ofInterfaces: readonly Exemption[] = [
  ...Object.entries(movedOn).flatMap(([host, devices]) =>
    devices.map(device => ({
      reason: `packets of ${device} on ${host} had moved on when netstat asked`,
      of: new RegExp(`^${host} netstat-ia$`),
      ours: withoutCounters(device),
      theirs: withoutCounters(device),
    })),
  ),
  ...['inet', 'unpriv'].flatMap(host =>
    Object.entries({ 'veth-db': /A/, 'veth-web': /A/, vp0: /[AP]/g }).map(([device, hidden]) => ({
      reason: `the kernel switched flags of ${device} on by itself on ${host}, and hides them from ioctl`,
      of: new RegExp(`^${host} netstat-ia$`),
      ours: withoutFlags(device, hidden),
    })),
  ),
  {
    reason: 'Debian mended CVE-2025-46836 so that counters behind a name of fifteen characters are not read',
    of: /^(inet|unpriv) netstat-ia$/,
    ours: text =>
      text.replace(
        /^(fifteen-chars-x +\d+) (.*) (\S+)$/m,
        (_, start: string, counters: string, flags: string) =>
          [start, counters.replace(/\d/g, '0'), flags].join(' '),
      ),
  },
  {
    reason: 'labels of addresses such as eth0:1 are known to ioctl alone',
    of: /^(inet|unpriv) netstat-ia$/,
    theirs: text => text.replace(/^.*- no statistics available -.*\n/gm, ''),
  },
];

const ofSctp: readonly Exemption[] = [
  {
    reason:
      'netstat prints all addresses of an association below each other, and its user, inode and program behind the last',
    of: /^ham netstat-sctp-anpee$/,
    theirs: text =>
      text.replace(/^(sctp .*)\n((?: {20}.*\n)+)/gm, (_, first: string, more: string) => {
        const last = more.split('\n').at(-2) ?? '';
        return `${first}${last.slice(first.length)}\n`;
      }),
  },
  {
    reason:
      'netstat prints the state of the socket, of an association that nobody accepted that of its listener',
    of: /^ham netstat-sctp-anpee$/,
    ours: text => text.replace(association, '$1 ... '),
    theirs: text => text.replace(association, '$1 ... '),
  },
  {
    reason: 'netstat marks IPv6 in the name of every protocol but this',
    of: /^ham netstat-sctp-anpee$/,
    ours: text => text.replace(/^sctp6/gm, 'sctp '),
  },
];
const association = /^(sctp6? +\d+ +\d+ \S+:\d+ +\S+:\d+ +)[A-Z_]+ +/gm;

const ofCircuits: readonly Exemption[] = [
  {
    reason: 'a link that has no socket has no queues; netstat prints 0',
    of: /^(ham|kernel-2\.2) netstat-ax25$/,
    ours: text => text.replace(/-( +)-( +)$/gm, '0$10$2'),
  },
  {
    reason:
      'netstat does not know the column dama of kernels before 2.1, and prints 0 for the queues behind it',
    of: /^kernel-2\.2 netstat-ax25$/,
    ours: text => text.replace(/(\d\/\d+ +)(\d+) ( *)(\d+)( +)$/gm, zeroQueues),
  },
  {
    reason:
      'no kernel since 2.0 counts uses of AX.25 routes; netstat reads a number in the mode, where there is none',
    of: /^ham netstat-ax25-r$/,
    ours: text => text.replace(/-$/gm, '0'),
  },
  {
    reason: 'all routes of a node have failed; netstat prints what is left of the line before',
    of: /^kernel-2\.2 netstat-netrom-r$/,
    ours: text => text.replace(/^GB7DXM-1 .*$/m, 'GB7DXM-1               150      GB7BYE-3   ax1 '),
  },
  {
    reason: 'netstat clears the first address of a row of ROSE before it prints it',
    of: /^ham netstat-rose$/,
    ours: text => text.replace(/^(\d{10}|\* {9})/gm, ' '.repeat(10)),
  },
  {
    reason: 'netstat reads the hexadecimal channel of ROSE as a decimal number',
    of: /^ham netstat-rose$/,
    ours: text =>
      text.replace(/(rose0) ( *\d+)/g, (_, device: string, channel: string) =>
        [device, Number(channel).toString(16).padStart(channel.length)].join(' '),
      ),
  },
  {
    reason: 'netstat cannot read a channel of X.25 with a letter, and prints what it has of the row before',
    of: /^kernel-2\.[24] netstat-x25$/,
    ours: text =>
      text
        .replace(/^(31342001 .* lapb0   )10 .*$/m, '$10    ESTABLISHED  01/01  0       512   ')
        .replace(/^(31342003 .* x25tap0 ).*$/m, '$11    ESTABLISHED  01/01  0       1536  ')
        .replace(/^(31342004 .* x25tap0 ).*$/m, '$10    ESTABLISHED  01/01  0       1536  '),
  },
  {
    reason: 'an address of X.25 of fifteen digits moves what netstat reads behind it',
    of: /^kernel-2\.4 netstat-x25$/,
    ours: text =>
      text.replace(
        /^123456789012345 .*$/m,
        '1234567890      2345 3134       02      1    ESTABLISHED  01/01  0       1536  ',
      ),
  },
];
const zeroQueues = (_: string, before: string, send: string, blanks: string, receive: string, end: string) =>
  `${before}0${' '.repeat(send.length)}${blanks}0${' '.repeat(receive.length - 1)}${end}`;

const ofIpx: readonly Exemption[] = [
  {
    reason: 'netstat prints what waits to be sent below Recv-Q, and what was received below Send-Q',
    of: /netstat-ipx(-e)?$/,
    ours: text => text.replace(/^(IPX  )( *\d+)( *\d+)/gm, '$1$3$2'),
  },
  {
    reason:
      'netstat takes numbers of sockets, which are printed for people, to be in the order of bytes of the network',
    of: /netstat-ipx(-e)?$/,
    ours: text => text.replace(/:([0-9A-F]{2})([0-9A-F]{2})(?= )/g, ':$2$1'),
  },
  {
    reason: 'netstat prints nothing of an address on network 0',
    of: /^kernel-2\.4 netstat-ipx(-e)?$/,
    ours: text =>
      text.replace(
        / 00000000:[0-9A-F]{12}(:[0-9A-F]{4} *)/g,
        (whole, port: string) => ` ${port.padEnd(whole.length - 1)}`,
      ),
  },
  {
    reason:
      'netstat reads the number of a state as a decimal one, and nothing behind it where that has a letter',
    of: /^kernel-2\.4 netstat-ipx-e$/,
    ours: text => text.replace(/(UNK\. +)65534/, '$10    '),
  },
  {
    reason: 'netstat reads the D of Directly and the C of Connected as numbers',
    of: /netstat-ipx-r$/,
    ours: text => text.replaceAll('Directly', '0000000D').replaceAll('Connected   ', 'C00000000000'),
  },
];

/** In the order in which they are made use of. */
const exemptions: readonly Exemption[] = [
  {
    reason: 'a program of which netstat prints a line end in its name breaks its own line',
    of: /^inet netstat-tuwxanpeeo$/,
    theirs: text => text.replace('634/new\nline argv    off', String.raw`634/new\x0aline arg  off`),
  },
  {
    reason: 'netstat prints the bytes of names as they are, and counts them to fill up a column',
    of: /^(inet|unpriv) netstat-(tuwxan|tuwxanpeeo|gn|ia)$/,
    theirs: spelledOut,
  },
  {
    reason: 'netstat ends the path of a unix socket at its first white space',
    of: /^(inet|unpriv|kernel-2\.6|kernel-6\.18) netstat-(tuwxan|tuwxanpeeo)$/,
    ours: pathsCut,
  },
  {
    reason: 'netstat cuts devices to six characters, by which eth0.100 and eth0.101 are the same',
    of: /netstat-rnee$/,
    ours: text => text.replace(/^(\d.{71}\S{6})\S+/gm, '$1'),
  },
  ...ofInterfaces,
  ...ofSctp,
  ...ofCircuits,
  ...ofIpx,
];

const compared = ({ host, name, theirs }: Case, shown: string, exempt: readonly Exemption[]): Difference => {
  const due = exempt.filter(({ of }) => of.test(`${host} ${name}`));
  const ours = due.reduce((text, each) => each.ours?.(text) ?? text, shown);
  const bytes = due.reduce((text, each) => each.theirs?.(text) ?? text, theirs);
  return differenceOf(ours, Buffer.from(bytes, 'latin1').toString());
};

const ofTables = casesOf(tables);
const ofStatistics = casesOf(statistics);

describe('netstat, of every captured host where it was asked', () => {
  for (const each of ofTables) {
    test(`${each.host}: ${each.name}`, async () => {
      const { status, stdout, stderr } = await each.run;
      assert.deepEqual({ status, stderr: complaintsIn(each, stderr) }, { status: 0, stderr: '' });
      assert.deepEqual(compared(each, stdout, exemptions), noDifference);
    });
  }

  test('no exemption is one that nothing needs', async () => {
    const needed = new Set<Exemption>();
    for (const each of ofTables) {
      const { stdout } = await each.run;
      for (const one of exemptions.filter(({ of }) => of.test(`${each.host} ${each.name}`))) {
        const others = exemptions.filter(other => other !== one);
        const { ours, theirs } = compared(each, stdout, others);
        if (ours.length + theirs.length > 0) needed.add(one);
      }
    }
    assert.deepEqual(
      exemptions.filter(each => !needed.has(each)).map(({ reason }) => reason),
      [],
    );
  });

  test('most lines are equal as they are', async () => {
    let [different, all] = [0, 0];
    for (const each of ofTables) {
      all += each.theirs.split('\n').length;
      different += compared(each, (await each.run).stdout, []).theirs.length;
    }
    assert.ok(all > 3000 && different / all < 0.1, `${different} of ${all}`);
  });
});

describe('netstat -s, of every captured host where it was asked', () => {
  for (const { host, name, theirs, run } of ofStatistics) {
    test(`${host}: ${name}: the same sections, and every number in its own`, async () => {
      const { status, stdout, stderr } = await run;
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      const ours = sectionsOf(linesOf(stdout));
      assert.deepEqual(headingsOf(linesOf(stdout)), headingsOf(linesOf(theirs)));
      for (const [section, lines] of sectionsOf(linesOf(theirs)))
        assertCounted(section, lines, (ours.get(section) ?? []).map(counterIn));
    });
  }
});

test('everything that netstat printed on a captured host is compared, or left out for a reason', () => {
  const printed = new Set<string>();
  for (const host of hostNames) {
    const names = namesIn(host);
    if (names.length === 0) printed.add(host);
    for (const name of names) printed.add(name);
  }
  const known = new Set([...ofTables, ...ofStatistics].map(({ name }) => name));
  assert.deepEqual([...printed].filter(name => !known.has(name)).sort(), Object.keys(leftOut).sort());
});

const namesIn = (host: string): readonly string[] =>
  (existsSync(join(hostFolder(host), 'oracle')) ? readdirSync(join(hostFolder(host), 'oracle')) : [])
    .filter(file => /^netstat-.*\.txt$/.test(file))
    .map(file => file.replace('.txt', ''));

/** Captures that came without their processes, of which is said so; others have no sockets, or were not asked for their holders. */
const withoutProcesses = ['kernel-2.6', 'kernel-6.18', 'unpriv'];

const complaintsIn = ({ host, name }: Case, stderr: string): string =>
  withoutProcesses.includes(host) && /peeo|udplite/.test(name)
    ? stderr.replace(
        /^netstat-exporter: no process is seen in \S+, so nobody is known to hold these sockets\n/,
        '',
      )
    : stderr;
