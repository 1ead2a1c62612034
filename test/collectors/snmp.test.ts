// Protects: the MIB counters of net/snmp keep their names, their values and their units, whatever order a kernel prints them in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snmp } from '../../src/collectors/snmp.ts';
import { familyIn, lines, onlyTier, read, samplesOf } from './reading.ts';

const tcpNames =
  'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors';
const tcpValues = 'Tcp: 1 200 120000 -1 1103 9 8 51 15 653161 594855 348 98 1038 2';

test('TCP is without a family, its times are seconds, and no limit is -1', () => {
  assert.deepEqual(samplesOf(snmp, lines(tcpNames, tcpValues)), [
    'tcp_active_opens_total 1103',
    'tcp_attempt_fails_total 8',
    'tcp_curr_estab 15',
    'tcp_estab_resets_total 51',
    'tcp_in_csum_errors_total 2',
    'tcp_in_errs_total 98',
    'tcp_in_segs_total 653161',
    'tcp_max_conn -1',
    'tcp_out_rsts_total 1038',
    'tcp_out_segs_total 594855',
    'tcp_passive_opens_total 9',
    'tcp_retrans_segs_total 348',
    'tcp_rto_algorithm 1',
    'tcp_rto_max_seconds 120',
    'tcp_rto_min_seconds 0.2',
  ]);
});

test('values go with the names above them, in any order', () => {
  assert.deepEqual(samplesOf(snmp, lines('Tcp: OutSegs InSegs', 'Tcp: 5 7')), [
    'tcp_in_segs_total 7',
    'tcp_out_segs_total 5',
  ]);
});

test('forwarding is 1 or 2 in SNMP, and 1 or 0 here', () => {
  const forwarding = (value: number): readonly string[] =>
    samplesOf(snmp, lines('Ip: Forwarding DefaultTTL', `Ip: ${value} 64`));
  assert.deepEqual(forwarding(1), ['ip_default_ttl{family="inet"} 64', 'ip_forwarding{family="inet"} 1']);
  assert.deepEqual(forwarding(2), ['ip_default_ttl{family="inet"} 64', 'ip_forwarding{family="inet"} 0']);
});

test('IP, ICMP, UDP and UDP-Lite carry the address family', () => {
  const text = lines(
    ...['Ip: InReceives ForwDatagrams', 'Ip: 1 2', 'Icmp: InMsgs', 'Icmp: 3'],
    ...['Udp: InDatagrams', 'Udp: 4', 'UdpLite: InDatagrams', 'UdpLite: 5'],
  );
  assert.deepEqual(samplesOf(snmp, text), [
    'icmp_in_msgs_total{family="inet"} 3',
    'ip_forw_datagrams_total{family="inet"} 2',
    'ip_in_receives_total{family="inet"} 1',
    'udp_in_datagrams_total{family="inet"} 4',
    'udplite_in_datagrams_total{family="inet"} 5',
  ]);
});

test('a block that is printed twice is one, since IcmpMsg comes in batches', () => {
  const text = lines('IcmpMsg: InType9 OutType9', 'IcmpMsg: 1 2', 'IcmpMsg: InType42', 'IcmpMsg: 3');
  assert.deepEqual(samplesOf(snmp, text), [
    'icmp_messages_total{family="inet",direction="receive",message="type_42"} 3',
    'icmp_messages_total{family="inet",direction="receive",message="type_9"} 1',
    'icmp_messages_total{family="inet",direction="transmit",message="type_9"} 2',
  ]);
});

test('a message that has a name is not counted again under its number', () => {
  const text = lines(
    ...['Icmp: InDestUnreachs InEchos OutEchoReps', 'Icmp: 4 5 6'],
    ...['IcmpMsg: InType3 InType8 OutType0 OutType10', 'IcmpMsg: 4 5 6 7'],
  );
  assert.deepEqual(familyIn(samplesOf(snmp, text), 'icmp_messages_total'), [
    '{family="inet",direction="receive",message="destination_unreachable"} 4',
    '{family="inet",direction="receive",message="echo_request"} 5',
    '{family="inet",direction="transmit",message="echo_reply"} 6',
    '{family="inet",direction="transmit",message="type_10"} 7',
  ]);
});

test('empty lines, as early kernels print them, are nothing', () => {
  assert.deepEqual(samplesOf(snmp, lines('Udp: InDatagrams', 'Udp: 4', '', 'Tcp: InSegs', 'Tcp: 1')), [
    'tcp_in_segs_total 1',
    'udp_in_datagrams_total{family="inet"} 4',
  ]);
});

test('a counter of a newer kernel is exposed when everything is asked for, and only then', () => {
  const text = lines('Tcp: InSegs NewThing', 'Tcp: 1 2', 'Ip: HTTPDrops', 'Ip: 3', 'Quic: InPkts', 'Quic: 4');
  assert.deepEqual(samplesOf(snmp, text), [
    'ip_http_drops_total{family="inet"} 3',
    'quic_in_pkts_total 4',
    'tcp_in_segs_total 1',
    'tcp_new_thing_total 2',
  ]);
  assert.deepEqual(samplesOf(snmp, text, onlyTier('minimal')), ['tcp_in_segs_total 1']);
  assert.deepEqual(samplesOf(snmp, text, onlyTier('default')), []);
});

test('a counter of a newer kernel that clashes with a metric of other labels is left out', () => {
  const text = lines('Icmp: InEchos Messages', 'Icmp: 1 2');
  assert.deepEqual(samplesOf(snmp, text), [
    'icmp_in_echos_total{family="inet"} 1',
    'icmp_messages_total{family="inet",direction="receive",message="echo_request"} 1',
  ]);
});

test('a name that no metric can have is no metric', () => {
  assert.deepEqual(samplesOf(snmp, lines('Tcp: InSegs 1x In-Segs In_Segs', 'Tcp: 1 2 3 4')), [
    'tcp_in_segs_total 1',
  ]);
});

test('counters of 64 bits are read to the last of them', () => {
  const text = lines('Ip: InReceives InDelivers', 'Ip: 18446744073709551615 9007199254740993');
  assert.deepEqual(samplesOf(snmp, text), [
    'ip_in_delivers_total{family="inet"} 9007199254740992',
    `ip_in_receives_total{family="inet"} ${2 ** 64}`,
  ]);
});

test('a value too few or too many, a name without values and a negative counter each fail the whole file', () => {
  const reports = [
    lines('Tcp: InSegs OutSegs', 'Tcp: 1'),
    lines('Tcp: InSegs OutSegs', 'Tcp: 1 2 3'),
    lines('Udp: InErrors', 'Udp: 1', 'Tcp: InSegs OutSegs'),
    lines('Tcp: InSegs', 'Udp: 1'),
    lines('Tcp: InSegs', 'Tcp: -1'),
    lines('Tcp: InSegs', 'Tcp: 18446744073709551616'),
    lines('Tcp InSegs', 'Tcp 1'),
    '',
  ].map(text => {
    const { report, samples } = read(snmp, text);
    assert.deepEqual(samples, []);
    return report;
  });
  assert.deepEqual(reports, [
    'failed parse: net/snmp:2: 1 values for 2 names of Tcp',
    'failed parse: net/snmp:2: 3 values for 2 names of Tcp',
    'failed parse: net/snmp:3: Tcp has names but no values',
    'failed parse: net/snmp:2: field 1: expected the values of Tcp, found "Udp:"',
    'failed parse: net/snmp:2: field 2: expected a decimal number, found "-1"',
    'failed parse: net/snmp:2: field 2: expected a number below 2^64, found "18446744073709551616"',
    'failed parse: net/snmp:1: field 1: expected the name of a section and a colon, found "Tcp"',
    'failed parse: net/snmp: no values',
  ]);
});
