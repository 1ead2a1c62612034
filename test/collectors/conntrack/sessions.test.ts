// Protects: every tracked connection is a row of its own, with the addresses and ports that conntrack -L has, and is told as the metrics count it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { conntrack } from '../../../src/collectors/conntrack/conntrack.ts';
import type { Session } from '../../../src/collectors/rows.ts';
import { memory, type Source } from '../../../src/procfs/source.ts';
import { hostFolder, hostNames, hostSource, machineOf, oracle, root } from '../../hosts.ts';
import { inMemory, rowsFrom } from '../../rows.ts';
import { familyIn, lines, littleEndian, readSource, reportOf } from '../reading.ts';

const read = (source: Source) => rowsFrom(source, 'conntrack', 'nat');

const sessionsIn = (text: string, file = 'net/nf_conntrack'): readonly Session[] => {
  const { outcome, rows } = read(inMemory(file, text));
  assert.equal(outcome && reportOf(outcome), 'ok');
  return rows;
};

const sessionIn = (text: string, file?: string): Session => {
  const [session, ...more] = sessionsIn(text, file);
  assert.ok(session !== undefined && more.length === 0);
  return session;
};

/** `{family="inet",protocol="tcp",nat="source"} 2`, sorted, as the metrics say it. */
const counted = (each: readonly (readonly [session: Session, label: string, value: string])[]) => {
  const counts = new Map<string, number>();
  for (const [{ family, protocol }, label, value] of each) {
    const labels = `{family="${family}",protocol="${protocol}",${label}="${value}"}`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return Array.from(counts, ([labels, count]) => `${labels} ${count}`).sort();
};

describe('hosts', () => {
  const tracking = hostNames.filter(host => {
    const { outcome } = read(hostSource(host));
    return outcome?.status === 'ok';
  });

  test('there are hosts of each of the three layouts', () => {
    assert.deepEqual(tracking, [
      'ham',
      'inet',
      'kernel-2.2',
      'kernel-2.4',
      'kernel-2.6-router',
      'kernel-6.18',
    ]);
  });

  for (const host of tracking) {
    test(`${host}: the rows add up to the metrics`, () => {
      const { outcome, rows } = read(hostSource(host));
      const metrics = readSource(conntrack, hostSource(host));
      assert.equal(outcome && reportOf(outcome), metrics.report);

      const translated = rows.filter(({ nat }) => nat !== '');
      assert.deepEqual(
        counted(translated.map(each => [each, 'nat', each.nat])),
        familyIn(metrics.counted, 'nat_sessions'),
      );
      const withState = rows.filter(({ state }) => state !== '');
      assert.deepEqual(
        counted(withState.map(each => [each, 'state', each.state])),
        familyIn(metrics.counted, 'conntrack_entries'),
      );
      assert.deepEqual(
        counted(rows.flatMap(each => each.flags.map(flag => [each, 'flag', flag] as const))),
        familyIn(metrics.counted, 'conntrack_flagged_entries'),
      );
    });
  }
});

describe('conntrack -L', () => {
  interface Flow {
    readonly key: string;
    readonly seconds: number;
  }

  const key = (family: string, ends: readonly (string | number | undefined)[]): string =>
    `${family} ${ends.map(end => end ?? '').join(' ')}`;

  /** A key of GRE is hexadecimal; ICMP has one id in each tuple. */
  const flowOf = (line: string): Flow => {
    const told = (name: string, tuple: number): string | number | undefined => {
      const found = Array.from(line.matchAll(new RegExp(` ${name}=(\\S+)`, 'g')), ([, value = '']) => value);
      const value = found[tuple];
      return value === undefined || name === 'src' || name === 'dst' ? value : Number(value);
    };
    const tuples = [0, 1].flatMap(tuple => {
      const id = told('type', tuple) === undefined ? undefined : told('id', tuple);
      const source = told('sport', tuple) ?? told('srckey', tuple) ?? id;
      return [
        ...[told('src', tuple), source],
        ...[told('dst', tuple), told('dport', tuple) ?? told('dstkey', tuple)],
      ];
    });
    const seconds = /^ipv[46] +\d+ \S+ +\d+ (\d+) /.exec(line)?.[1];
    return { key: key(line.startsWith('ipv6') ? 'inet6' : 'inet', tuples), seconds: Number(seconds) };
  };

  const keyOf = (session: Session): string =>
    key(session.family, [
      ...[session.source, session.sourcePort, session.destination, session.destinationPort],
      ...[
        session.replySource,
        session.replySourcePort,
        session.replyDestination,
        session.replyDestinationPort,
      ],
    ]);

  /** The file as it was when the tool had been asked, where that was kept: connections come and go. */
  const sourceOf = (host: string): Source => {
    const file = join(hostFolder(host), 'oracle', 'after', 'net', 'nf_conntrack');
    return existsSync(file)
      ? memory({ 'net/nf_conntrack': readFileSync(file) }, machineOf(host))
      : hostSource(host);
  };

  /** By the id that ends a row of the tool. */
  const goneAfterwards: Readonly<Record<string, readonly string[]>> = {
    inet: [
      // Linux 6.1 leaves out the row that does not fit into a page any more.
      'id=3423006503',
      // It had four seconds left.
      'id=549936984',
    ],
  };

  const ASKED_SECONDS_BEFORE = 7;
  /** Meanwhile the pings went on, and SCTP sent a heartbeat; the time of an offloaded flow is the tool's alone. */
  const isQuiet = ({ protocol, flags }: Session): boolean =>
    protocol !== 'icmp' && protocol !== 'sctp' && !flags.includes('OFFLOAD');

  const asked = hostNames.filter(host => oracle(host, 'conntrack-L') !== undefined);

  test('some host says which connections there are', () => {
    assert.ok(asked.some(host => oracle(host, 'conntrack-L') !== ''));
    assert.ok(asked.some(host => oracle(host, 'conntrack-L6') !== ''));
  });

  const byKey = (a: Flow, b: Flow): number => (a.key < b.key ? -1 : 1);

  for (const host of asked) {
    for (const [name, families] of [
      ['conntrack-L', ['inet', 'inet6']],
      ['conntrack-L6', ['inet6']],
    ] as const) {
      test(`${host}: addresses, ports and seconds are those of ${name}`, () => {
        const theirs = (oracle(host, name) ?? '')
          .split('\n')
          .filter(line => line !== '' && !(goneAfterwards[host] ?? []).some(id => line.endsWith(id)))
          .map(flowOf)
          .sort(byKey);
        const sessions = read(sourceOf(host)).rows.filter(({ family }) =>
          families.some(each => each === family),
        );
        const ours = sessions
          .map(session => ({
            key: keyOf(session),
            seconds: session.expiresSeconds ?? NaN,
            isQuiet: isQuiet(session),
          }))
          .sort(byKey);
        assert.deepEqual(
          ours.map(flow => flow.key),
          theirs.map(flow => flow.key),
        );
        ours.forEach(({ key: flow, seconds, isQuiet }, i) => {
          if (!isQuiet) return;
          const passed = (theirs[i]?.seconds ?? NaN) - seconds;
          assert.ok(passed >= 0 && passed <= ASKED_SECONDS_BEFORE, `${flow}: ${passed}`);
        });
      });
    }
  }
});

test('a row tells both tuples, the seconds that are left, state, flags and kind of translation', () => {
  const text = lines(
    'ipv4     2 tcp      6 52 FIN_WAIT src=192.168.7.11 dst=203.0.113.51 sport=1180 dport=443 packets=9 bytes=1210 src=203.0.113.51 dst=203.0.113.1 sport=443 dport=1024 packets=8 bytes=5133 [ASSURED] mark=0 secmark=0 use=1',
  );
  assert.deepEqual(sessionIn(text), {
    family: 'inet',
    protocol: 'tcp',
    state: 'FIN_WAIT',
    nat: 'source',
    expiresSeconds: 52,
    source: '192.168.7.11',
    sourcePort: 1180,
    destination: '203.0.113.51',
    destinationPort: 443,
    replySource: '203.0.113.51',
    replySourcePort: 443,
    replyDestination: '203.0.113.1',
    replyDestinationPort: 1024,
    flags: ['ASSURED'],
  });
});

test('addresses of IPv6 are short, and an address that is none stands as it is', () => {
  const six = (last: string): string => `2001:0db8:0007:0000:0000:0000:0000:${last}`;
  const row = (from: string): string =>
    lines(
      `ipv6     10 udp      17 29 src=${from} dst=${six('0001')} sport=5 dport=53 src=${six('0099')} dst=${six('0010')} sport=53 dport=5 mark=0 use=2`,
    );
  const session = sessionIn(row(six('0010')));
  assert.equal(session.family, 'inet6');
  assert.equal(session.source, '2001:db8:7::10');
  assert.equal(session.replySource, '2001:db8:7::99');
  assert.equal(session.nat, 'destination');
  assert.equal(sessionIn(row('0000:0000:0000:0000:0000:ffff:0a01:0203')).source, '::ffff:10.1.2.3');
  assert.equal(sessionIn(row('not-an-address')).source, 'not-an-address');
  assert.equal(sessionIn(row('')).source, '');
});

test('ICMP has an id in place of ports, GRE its keys, and a protocol without either has none', () => {
  const [echo, call, igmp] = sessionsIn(
    lines(
      'ipv4     2 icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=192.0.2.1 type=0 code=0 id=8 mark=0 use=2',
      'ipv4     2 gre      47 9 timeout=30, stream_timeout=180 src=10.0.0.1 dst=10.0.0.2 srckey=0x4000 dstkey=0x801 src=10.0.0.2 dst=192.0.2.1 srckey=0x801 dstkey=0x9 mark=0 use=2',
      'ipv4     2 unknown  2 29 src=10.0.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=10.0.0.1 mark=0 use=2',
    ),
  );
  const ports = (session: Session | undefined) => [
    ...[session?.sourcePort, session?.destinationPort],
    ...[session?.replySourcePort, session?.replyDestinationPort],
  ];
  assert.deepEqual(ports(echo), [7, undefined, 8, undefined]);
  assert.deepEqual(ports(call), [0x4000, 0x801, 0x801, 9]);
  assert.deepEqual(ports(igmp), [undefined, undefined, undefined, undefined]);
  assert.deepEqual([echo?.state, call?.state, igmp?.state], ['REPLIED', 'REPLIED', 'UNREPLIED']);
  assert.deepEqual([echo?.nat, call?.nat, igmp?.nat], ['source', 'source', '']);
  assert.deepEqual([igmp?.protocol, igmp?.flags], ['other', ['UNREPLIED']]);
});

test('an offloaded flow does not expire, and only TCP and its like have a state then', () => {
  const row = (protocol: string): string =>
    `ipv4     2 ${protocol} src=10.0.0.1 dst=10.0.0.2 sport=1025 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1025 [HW_OFFLOAD] mark=0 use=3`;
  const [tcp, udp] = sessionsIn(lines(row('tcp      6'), row('udp      17')));
  assert.deepEqual(
    [tcp?.expiresSeconds, tcp?.state, tcp?.flags, tcp?.nat],
    [undefined, 'OFFLOAD', ['HW_OFFLOAD'], ''],
  );
  assert.deepEqual([udp?.expiresSeconds, udp?.state], [undefined, 'REPLIED']);
});

test('a time that is over is below zero, as older kernels print it', () => {
  const row =
    'udp      17 -3 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=1';
  assert.equal(sessionIn(lines(row), 'net/ip_conntrack').expiresSeconds, -3);
});

test('what ip_conntrack expects is no connection', () => {
  const row =
    'udp      17 3 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=1';
  const expected = 'EXPECTING: 251 proto=6 src=203.0.113.51 dst=203.0.113.1 sport=0 dport=1181 ';
  assert.equal(sessionsIn(lines(expected, row), 'net/ip_conntrack').length, 1);
});

describe('ip_masquerade', () => {
  const header =
    'Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40960,40960,40960)';
  const headerOf20 = 'Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta Expires (free=4096,4096)';

  test('a masqueraded source is hidden behind a port, of an address that is not told', () => {
    const row = 'TCP C0A8070B:049C CB007133:0015 EE49 FFFFFFFF     -7     12    5930';
    assert.deepEqual(sessionIn(lines(header, row), 'net/ip_masquerade'), {
      family: 'inet',
      protocol: 'tcp',
      state: '',
      nat: 'source',
      expiresSeconds: 59.3,
      source: '192.168.7.11',
      sourcePort: 1180,
      destination: '203.0.113.51',
      destinationPort: 21,
      replySource: '203.0.113.51',
      replySourcePort: 21,
      replyDestination: '',
      replyDestinationPort: 61001,
      flags: [],
      sequence: { initial: 0xffffffff, delta: -7, previousDelta: 12 },
    });
  });

  test('Linux 2.0 does not tell the delta before', () => {
    const row = 'UDP C0A8070B:049C CB007133:0035 EE49 00000000      3    5930';
    const session = sessionIn(lines(headerOf20, row), 'net/ip_masquerade');
    assert.deepEqual(session.sequence, { initial: 0, delta: 3, previousDelta: undefined });
    assert.equal(session.expiresSeconds, 59.3);
  });

  test('time is in ticks of the machine, and addresses are the same on one of the other byte order', () => {
    const text = lines(header, 'TCP C0A8070B:049C CB007133:0015 EE49 00000000      0      0    2048');
    const alpha = { byteOrder: 'big', pageSizeBytes: 8192, ticksPerSecond: 1024 } as const;
    const [session] = read(inMemory('net/ip_masquerade', text, alpha)).rows;
    assert.equal(session?.expiresSeconds, 2);
    assert.equal(session.source, '192.168.7.11');
  });

  test('a protocol that the metrics have no value for is other, be its name what it may', () => {
    const row = (word: string): string =>
      `${word} C0A8070B:049C CB007133:0000 0000 00000000      0      0    2048`;
    const rows = sessionsIn(lines(header, row('ESP'), row('constructor'), row('GRE')), 'net/ip_masquerade');
    assert.deepEqual(
      rows.map(({ protocol }) => protocol),
      ['other', 'other', 'gre'],
    );
  });
});

describe('malformed', () => {
  const folder = join(root, 'test', 'malformed', 'conntrack');
  const cases = readdirSync(folder).filter(name => !name.endsWith('.error'));

  test('there are broken files', () => {
    assert.ok(cases.length > 10);
  });

  for (const name of cases) {
    test(`${name}: the rows are wrong where the metrics say so`, () => {
      const source = (): Source =>
        memory({ 'net/nf_conntrack': readFileSync(join(folder, name)) }, littleEndian);
      const { outcome, rows } = read(source());
      const metrics = readSource(conntrack, source());
      assert.equal(outcome && reportOf(outcome), metrics.report);
      const isTold = metrics.counted.length > 0;
      assert.equal(rows.length > 0, isTold);
    });
  }

  test('a port that is no number is wrong, which the metrics need not know', () => {
    const row = (port: string): string =>
      `ipv4     2 udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=${port} dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=${port} mark=0 use=2`;
    const { outcome, rows } = read(
      inMemory('net/nf_conntrack', lines(row('x'), row(''), row('0x'), row('-1'), row('123456'), row('80'))),
    );
    assert.equal(
      outcome && reportOf(outcome),
      'ok, 5 skipped: net/nf_conntrack:1: field 8: expected sport= and a number, found "sport=x"; ' +
        'net/nf_conntrack:2: field 8: expected sport= and a number, found "sport="; ' +
        'net/nf_conntrack:3: field 8: expected sport= and a number, found "sport=0x"',
    );
    assert.deepEqual(
      rows.map(({ sourcePort }) => sourcePort),
      [80],
    );
  });
});
