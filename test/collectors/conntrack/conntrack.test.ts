// Protects: every tracked connection counts once, by its own protocol, state and flags, and is translated exactly where its two tuples say so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conntrack } from '../../../src/collectors/conntrack/conntrack.ts';
import { ROWS_LIMIT } from '../../../src/collectors/conntrack/entries.ts';
import { memory } from '../../../src/procfs/source.ts';
import { createMemories } from '../../../src/snapshot/memory.ts';
import { readCollector } from '../../../src/snapshot/read.ts';
import {
  countedIn,
  familyIn,
  lines,
  littleEndian,
  read,
  readSource,
  reportOf,
  samplesOf,
} from '../reading.ts';

const entriesIn = (text: string): readonly string[] =>
  familyIn(countedIn(conntrack, text), 'conntrack_entries');
const flagsIn = (text: string): readonly string[] =>
  familyIn(countedIn(conntrack, text), 'conntrack_flagged_entries');
const sessionsIn = (text: string): readonly string[] => familyIn(countedIn(conntrack, text), 'nat_sessions');

const state = (family: string, protocol: string, word: string, count = 1): string =>
  `{family="${family}",protocol="${protocol}",state="${word}"} ${count}`;
const nat = (family: string, protocol: string, kind: string, count = 1): string =>
  `{family="${family}",protocol="${protocol}",nat="${kind}"} ${count}`;

const tcp = (word: string, rest = '[ASSURED] mark=0 zone=0 use=2'): string =>
  `ipv4     2 tcp      6 431999 ${word} src=10.0.0.1 dst=10.0.0.2 sport=1025 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1025 ${rest}`;

test('states are the words of connection tracking, and a word that is new counts as other', () => {
  const words = ['SYN_SENT', 'SYN_SENT2', 'FIN_WAIT', 'CLOSE', 'CLOSE_WAIT', 'CLOSE_WAIT', 'LATER_STILL'];
  assert.deepEqual(entriesIn(lines(...words.map(word => tcp(word)))), [
    state('inet', 'tcp', 'CLOSE'),
    state('inet', 'tcp', 'CLOSE_WAIT', 2),
    state('inet', 'tcp', 'FIN_WAIT'),
    state('inet', 'tcp', 'SYN_SENT'),
    state('inet', 'tcp', 'SYN_SENT2'),
    state('inet', 'tcp', 'other'),
  ]);
});

test('every protocol is told by its word, ICMPv6 as the icmp of inet6, and those without states by their replies', () => {
  const ends = 'sport=1 dport=2';
  const swapped = 'sport=2 dport=1';
  const row = (words: string, own: string, reply: string, unreplied = ''): string =>
    `${words} src=10.0.0.1 dst=10.0.0.2 ${own}${unreplied} src=10.0.0.2 dst=10.0.0.1 ${reply} mark=0 use=2`;
  const text = lines(
    row('ipv4     2 udp      17 29', ends, swapped),
    row('ipv4     2 udp      17 29', ends, swapped, ' [UNREPLIED]'),
    row('ipv4     2 udplite  136 29', ends, swapped),
    row('ipv4     2 icmp     1 29', 'type=8 code=0 id=7', 'type=0 code=0 id=7'),
    row('ipv6     10 icmpv6   58 29', 'type=128 code=0 id=7', 'type=129 code=0 id=7', ' [UNREPLIED]'),
    row('ipv4     2 sctp     132 29 HEARTBEAT_SENT', ends, swapped),
    row('ipv4     2 dccp     33 29 PARTOPEN', ends, swapped),
    row(
      'ipv4     2 gre      47 29 timeout=30, stream_timeout=180',
      'srckey=0x1 dstkey=0x2',
      'srckey=0x2 dstkey=0x1',
    ),
    row('ipv4     2 unknown  89 29', '', '', ' [UNREPLIED]'),
    row('ipv4     2 esp      50 29', '', ''),
  );
  assert.deepEqual(entriesIn(text), [
    state('inet', 'dccp', 'PARTOPEN'),
    state('inet', 'gre', 'REPLIED'),
    state('inet', 'icmp', 'REPLIED'),
    state('inet', 'other', 'REPLIED'),
    state('inet', 'other', 'UNREPLIED'),
    state('inet', 'sctp', 'HEARTBEAT_SENT'),
    state('inet', 'udp', 'REPLIED'),
    state('inet', 'udp', 'UNREPLIED'),
    state('inet', 'udplite', 'REPLIED'),
    state('inet6', 'icmp', 'UNREPLIED'),
  ]);
  assert.deepEqual(sessionsIn(text), []);
});

test('an offloaded flow has neither seconds nor state; its flag is the one that is printed', () => {
  const offloaded = (flag: string): string => tcp('', `${flag} mark=0 zone=0 use=3`).replace('431999  ', '');
  const udp = offloaded('[OFFLOAD]').replace('tcp      6', 'udp      17');
  const text = lines(offloaded('[OFFLOAD]'), offloaded('[HW_OFFLOAD]'), udp, tcp('ESTABLISHED'));
  assert.deepEqual(entriesIn(text), [
    state('inet', 'tcp', 'ESTABLISHED'),
    state('inet', 'tcp', 'OFFLOAD', 2),
    state('inet', 'udp', 'REPLIED'),
  ]);
  assert.deepEqual(flagsIn(text), [
    '{family="inet",protocol="tcp",flag="ASSURED"} 1',
    '{family="inet",protocol="tcp",flag="HW_OFFLOAD"} 1',
    '{family="inet",protocol="tcp",flag="OFFLOAD"} 1',
    '{family="inet",protocol="udp",flag="OFFLOAD"} 1',
  ]);
});

test('a reply to or from another address or port than expected is a translation of source, destination or both', () => {
  const row = (reply: string): string =>
    `ipv4     2 tcp      6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1025 dport=80 ${reply} mark=0 use=2`;
  const kindOf = (reply: string): readonly string[] => sessionsIn(lines(row(reply)));
  assert.deepEqual(kindOf('src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1025'), []);
  assert.deepEqual(kindOf('src=10.0.0.2 dst=192.0.2.1 sport=80 dport=1025'), [nat('inet', 'tcp', 'source')]);
  assert.deepEqual(kindOf('src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1026'), [nat('inet', 'tcp', 'source')]);
  assert.deepEqual(kindOf('src=10.0.0.3 dst=10.0.0.1 sport=80 dport=1025'), [
    nat('inet', 'tcp', 'destination'),
  ]);
  assert.deepEqual(kindOf('src=10.0.0.2 dst=10.0.0.1 sport=8080 dport=1025'), [
    nat('inet', 'tcp', 'destination'),
  ]);
  assert.deepEqual(kindOf('src=10.0.0.3 dst=192.0.2.1 sport=80 dport=1025'), [nat('inet', 'tcp', 'both')]);
  assert.deepEqual(kindOf('src=10.0.0.2 dst=10.0.0.1 sport=81 dport=1026'), [nat('inet', 'tcp', 'both')]);
  // One address begins with the other.
  assert.deepEqual(kindOf('src=10.0.0.22 dst=10.0.0.1 sport=80 dport=1025'), [
    nat('inet', 'tcp', 'destination'),
  ]);
  assert.deepEqual(kindOf('src=10.0.0.2 dst=10.0.0.1 sport=80 dport=102'), [nat('inet', 'tcp', 'source')]);
});

test('translation of IPv6, of an echo by its id, of GRE by its keys, and of protocols without ports by addresses', () => {
  const six = (last: string): string => `2001:0db8:0007:0000:0000:0000:0000:${last}`;
  const text = lines(
    `ipv6     10 udp      17 29 src=${six('0010')} dst=${six('0001')} sport=5 dport=53 src=${six('0099')} dst=${six('0010')} sport=53 dport=5 mark=0 use=2`,
    `ipv6     10 udp      17 29 src=${six('0010')} dst=${six('0001')} sport=5 dport=53 src=${six('0001')} dst=${six('0002')} sport=53 dport=5 mark=0 use=2`,
    'ipv4     2 icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=8 mark=0 use=2',
    'ipv4     2 gre      47 9 timeout=30, stream_timeout=180 src=10.0.0.1 dst=10.0.0.2 srckey=0x1 dstkey=0x2 src=10.0.0.2 dst=10.0.0.1 srckey=0x2 dstkey=0x9 mark=0 use=2',
    'ipv4     2 unknown  89 29 src=10.0.0.1 dst=10.0.0.2 [UNREPLIED] src=10.0.0.3 dst=10.0.0.4 mark=0 use=2',
  );
  assert.deepEqual(sessionsIn(text), [
    nat('inet', 'gre', 'source'),
    nat('inet', 'icmp', 'source'),
    nat('inet', 'other', 'both'),
    nat('inet6', 'udp', 'destination'),
    nat('inet6', 'udp', 'source'),
  ]);
});

test('counters, zones, marks and contexts between the words change nothing', () => {
  const text = lines(
    'ipv4     2 udp      17 11 src=10.10.2.2 dst=10.10.1.2 sport=42098 dport=7777 zone-orig=9 packets=1 bytes=29 [UNREPLIED] src=10.10.1.2 dst=10.10.2.2 sport=7777 dport=42098 zone-reply=8 packets=0 bytes=0 mark=0 delta-time=18 use=2',
    'ipv4     2 tcp      6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1025 dport=80 packets=12 bytes=18446744073709551615 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1025 packets=14 bytes=15320 [ASSURED] mark=42 secctx=system_u:object_r:unlabeled_t:s0 zone=7 delta-time=19 use=2',
  );
  assert.deepEqual(entriesIn(text), [state('inet', 'tcp', 'ESTABLISHED'), state('inet', 'udp', 'UNREPLIED')]);
  assert.deepEqual(sessionsIn(text), []);
});

test('an empty table is one without connections, over both IP versions', () => {
  const samples = samplesOf(conntrack, '');
  for (const family of ['inet', 'inet6']) {
    for (const [name, series] of [
      ['conntrack_entries', 47],
      ['conntrack_flagged_entries', 22],
      ['nat_sessions', 24],
    ] as const) {
      const own = familyIn(samples, name).filter(sample => sample.startsWith(`{family="${family}",`));
      assert.equal(own.length, series, `${family} ${name}`);
    }
  }
  assert.ok(samples.every(sample => sample.endsWith(' 0')));
});

test('ip_conntrack is of IPv4 alone, and what it expects is no connection', () => {
  const text = lines(
    'tcp      6 431997 ESTABLISHED src=192.168.7.10 dst=203.0.113.50 sport=1034 dport=80 src=203.0.113.50 dst=203.0.113.1 sport=80 dport=1034 [ASSURED] use=1 ',
    'unknown  50 587 src=192.168.7.14 dst=203.0.113.77 [UNREPLIED] src=203.0.113.77 dst=192.168.7.14 use=1 ',
    'EXPECTING: 251 proto=6 src=203.0.113.51 dst=203.0.113.1 sport=0 dport=1181 ',
    'EXPECTING: - proto=17 src=0.0.0.0 dst=203.0.113.1 sport=0 dport=5060 ',
  );
  const source = memory({ 'net/ip_conntrack': text }, littleEndian);
  const { report, samples, counted } = readSource(conntrack, source);
  assert.equal(report, 'ok');
  assert.deepEqual(familyIn(counted, 'conntrack_entries'), [
    state('inet', 'other', 'UNREPLIED'),
    state('inet', 'tcp', 'ESTABLISHED'),
  ]);
  assert.deepEqual(familyIn(counted, 'nat_sessions'), [nat('inet', 'tcp', 'source')]);
  assert.ok(samples.every(sample => sample.includes('family="inet"')));
});

test('where a kernel lists the same connections twice, only nf_conntrack is read', () => {
  const row = tcp('ESTABLISHED');
  const files = {
    'net/nf_conntrack': lines(row),
    'net/ip_conntrack': lines(row.slice('ipv4     2 '.length)),
  };
  const { counted } = readSource(conntrack, memory(files, littleEndian));
  assert.deepEqual(familyIn(counted, 'conntrack_entries'), [state('inet', 'tcp', 'ESTABLISHED')]);
});

const masqueraded = (protocol: string, deltas: string): string =>
  `${protocol} C0A8070A:CE4E CB007132:0050 F230 00000000 ${deltas}   89712`.padEnd(127);

for (const [kernel, header, deltas] of [
  [
    '2.2',
    'Prc FromIP   FPrt ToIP     TPrt Masq Init-seq  Delta PDelta Expires (free=40960,40960,40960)',
    '0 -7',
  ],
  ['2.0', 'Prc FromIP   FPrt ToIP     TPrt Masq Init-seq Delta Expires (free=4096,4096)', '-7'],
] as const) {
  test(`ip_masquerade of Linux ${kernel}: each row is a translated source, and there are no states`, () => {
    const rows = ['TCP', 'TCP', 'UDP', 'ICMP', 'GRE', 'IP'].map(word => masqueraded(word, deltas));
    const source = memory({ 'net/ip_masquerade': lines(header.padEnd(127), ...rows) }, littleEndian);
    const { report, samples } = readSource(conntrack, source);
    assert.equal(report, 'ok');
    assert.deepEqual(samples, [
      `nat_sessions${nat('inet', 'gre', 'source')}`,
      `nat_sessions${nat('inet', 'icmp', 'source')}`,
      `nat_sessions${nat('inet', 'other', 'source')}`,
      `nat_sessions${nat('inet', 'tcp', 'source', 2)}`,
      `nat_sessions${nat('inet', 'udp', 'source')}`,
    ]);
  });
}

test('entries for root alone fail with the reason, whatever else is there', () => {
  const forbidden = (): never => {
    throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  };
  const files = { 'net/nf_conntrack': forbidden, 'net/ip_conntrack': lines(tcp('CLOSE').slice(11)) };
  const { report, samples } = readSource(conntrack, memory(files, littleEndian));
  assert.equal(report, 'failed permission: net/nf_conntrack: EACCES: permission denied');
  assert.deepEqual(samples, []);
});

test('a row that is cut, be it between two words, is skipped and counted', () => {
  const words = tcp('ESTABLISHED').split(' ');
  for (let length = 1; length < words.length; length++) {
    const { outcome, counted } = read(conntrack, lines(words.slice(0, length).join(' '), tcp('CLOSE')));
    assert.equal(outcome.status === 'ok' ? outcome.skipped.count : -1, 1, words[length]);
    assert.deepEqual(familyIn(counted, 'conntrack_entries'), [state('inet', 'tcp', 'CLOSE')]);
  }
});

for (const [name, header, row] of [
  ['nf_conntrack', '', tcp('ESTABLISHED')],
  [
    'ip_masquerade',
    'Prc FromIP   FPrt ToIP     TPrt Masq Init-seq Delta Expires (free=4096,4096)\n',
    masqueraded('TCP', '0'),
  ],
] as const) {
  test(`${name} with more rows than the limit says nothing, not a part`, () => {
    const page = Buffer.from(`${row}\n`.repeat(1000));
    function* tooMuch(): Iterable<Uint8Array> {
      yield Buffer.from(header);
      for (let rows = 0; rows <= ROWS_LIMIT; rows += 1000) yield page;
    }
    const source = { ...memory({}, littleEndian), open: tooMuch };
    const outcome = readCollector(conntrack, source, createMemories()('conntrack'));
    const report = `failed limit: net/nf_conntrack:${ROWS_LIMIT + 1}: more than ${ROWS_LIMIT} rows`;
    assert.equal(reportOf(outcome), report);
  });
}
