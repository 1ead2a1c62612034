// Protects: the counters of net/snmp6 get the names of their IPv4 twins and the family that tells them apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snmp6 } from '../../src/collectors/snmp6.ts';
import { snmp } from '../../src/collectors/snmp.ts';
import { familyIn, lines, onlyTier, read, samplesOf } from './reading.ts';

test('section and name are told apart in the one word, also where one section ends like another', () => {
  const text = lines(
    'Ip6InReceives                   \t7',
    'Icmp6InMsgs                     \t4',
    'Udp6InDatagrams                 \t12',
    'UdpLite6InDatagrams             \t13',
  );
  assert.deepEqual(samplesOf(snmp6, text), [
    'icmp_in_msgs_total{family="inet6"} 4',
    'ip_in_receives_total{family="inet6"} 7',
    'udp_in_datagrams_total{family="inet6"} 12',
    'udplite_in_datagrams_total{family="inet6"} 13',
  ]);
});

test('the same thing under two names is one metric', () => {
  assert.deepEqual(samplesOf(snmp6, lines('Ip6OutForwDatagrams \t7', 'Icmp6InParmProblems \t8')).slice(1), [
    'icmp_messages_total{family="inet6",direction="receive",message="parameter_problem"} 8',
    'ip_forw_datagrams_total{family="inet6"} 7',
  ]);
  assert.deepEqual(samplesOf(snmp, lines('Ip: ForwDatagrams', 'Ip: 7')), [
    'ip_forw_datagrams_total{family="inet"} 7',
  ]);
});

test('messages are told by name or, without one, by their type', () => {
  const text = lines(
    ...['Icmp6InEchos \t5', 'Icmp6InType128 \t5', 'Icmp6OutMLDv2Reports \t6', 'Icmp6OutType143 \t6'],
    ...['Icmp6OutType100 \t7', 'Icmp6InType3 \t1', 'Icmp6InTimeExcds \t1'],
  );
  assert.deepEqual(familyIn(samplesOf(snmp6, text), 'icmp_messages_total'), [
    '{family="inet6",direction="receive",message="echo_request"} 5',
    '{family="inet6",direction="receive",message="time_exceeded"} 1',
    '{family="inet6",direction="transmit",message="multicast_listener_report_v2"} 6',
    '{family="inet6",direction="transmit",message="type_100"} 7',
  ]);
});

test('a counter of a newer kernel is exposed when everything is asked for, and only then', () => {
  const text = lines('Ip6NewThing \t1', 'Udp6InDatagrams \t2', 'Unheard \t3');
  assert.deepEqual(samplesOf(snmp6, text), [
    'ip_new_thing_total{family="inet6"} 1',
    'udp_in_datagrams_total{family="inet6"} 2',
  ]);
  assert.deepEqual(samplesOf(snmp6, text, onlyTier('minimal')), ['udp_in_datagrams_total{family="inet6"} 2']);
});

test('a line without a value or with a wrong one is skipped, the other counters stand', () => {
  const text = lines(
    'Ip6InReceives',
    'Ip6InDelivers \t-1',
    'Ip6OutRequests \t2 3',
    'Ip6InHdrErrors \t18446744073709551615',
  );
  const { report, samples } = read(snmp6, text);
  assert.equal(
    report,
    'ok, 3 skipped: net/snmp6:1: field 2: expected a name and one value; ' +
      'net/snmp6:2: field 2: expected a decimal number, found "-1"; ' +
      'net/snmp6:3: field 2: expected a name and one value, found "2"',
  );
  assert.deepEqual(samples, [`ip_in_hdr_errors_total{family="inet6"} ${2 ** 64}`]);
});
