// Protects: the counters beyond the standard, none of which has a family, and the one among them that is no counter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netstat } from '../../src/collectors/netstat.ts';
import { lines, onlyTier, read, samplesOf } from './reading.ts';

test('the sections are groups without a family', () => {
  const text = lines(
    ...['TcpExt: ListenOverflows TCPOFOQueue TCPRcvQDrop TW', 'TcpExt: 1 2 3 4'],
    ...['IpExt: InOctets InNoECTPkts', 'IpExt: 18446744073709551615 5'],
    ...['MPTcpExt: MPCapableSYNRX', 'MPTcpExt: 6'],
  );
  assert.deepEqual(samplesOf(netstat, text), [
    `ipext_in_no_ect_pkts_total 5`,
    `ipext_in_octets_total ${2 ** 64}`,
    'mptcpext_mp_capable_synrx_total 6',
    'tcpext_listen_overflows_total 1',
    'tcpext_tcp_rcv_q_drop_total 3',
    'tcpext_tcpofo_queue_total 2',
    'tcpext_tw_total 4',
  ]);
});

test('MPTCP connections are a level', () => {
  assert.deepEqual(samplesOf(netstat, lines('MPTcpExt: MPCurrEstab', 'MPTcpExt: 6')), [
    'mptcpext_curr_estab 6',
  ]);
});

test('a counter, or a section, of a newer kernel is exposed when everything is asked for, and only then', () => {
  const text = lines('TcpExt: ListenOverflows TCPNewThing', 'TcpExt: 1 2', 'SmcExt: InFoo', 'SmcExt: 3');
  assert.deepEqual(samplesOf(netstat, text), [
    'smcext_in_foo_total 3',
    'tcpext_listen_overflows_total 1',
    'tcpext_tcp_new_thing_total 2',
  ]);
  assert.deepEqual(samplesOf(netstat, text, onlyTier('minimal')), ['tcpext_listen_overflows_total 1']);
});

test('a short line of values fails the file', () => {
  assert.equal(
    read(netstat, lines('TcpExt: ListenOverflows ListenDrops', 'TcpExt: 1')).report,
    'failed parse: net/netstat:2: 1 values for 2 names of TcpExt',
  );
});
