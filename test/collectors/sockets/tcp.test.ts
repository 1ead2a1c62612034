// Protects: every row of tcp and tcp6 is counted once, in the right state, and its numbers mean what the kernel meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tcp, tcp6 } from '../../../src/collectors/sockets/inet.ts';
import { countedIn, familyIn, lines, read, samplesOf, unkeyed } from '../reading.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ';
const header6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** A row as get_tcp4_sock() prints it. */
const row = ({
  state = '01',
  queues = '00000000:00000000',
  timer = '00:00000000',
  retransmits = '00000000',
}) =>
  `   0: 0100007F:1F91 0100007F:B01A ${state} ${queues} ${timer} ${retransmits}  1000        0 240182 2 00000000c8954a1e 20 0 0 16 -1`;

const table = (...rows: readonly string[]): string => lines(header, ...rows);

test('every state of the kernel has its own name', () => {
  const states = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B'];
  // As many rows of each as its number, so that two states cannot be mistaken for one another.
  const rows = states.flatMap((state, i) => Array.from({ length: i + 1 }, () => row({ state })));
  assert.deepEqual(familyIn(samplesOf(tcp, table(...rows)), 'sockets'), [
    '{family="inet",protocol="tcp",state="CLOSE"} 7',
    '{family="inet",protocol="tcp",state="CLOSE_WAIT"} 8',
    '{family="inet",protocol="tcp",state="CLOSING"} 11',
    '{family="inet",protocol="tcp",state="ESTABLISHED"} 1',
    '{family="inet",protocol="tcp",state="FIN_WAIT1"} 4',
    '{family="inet",protocol="tcp",state="FIN_WAIT2"} 5',
    '{family="inet",protocol="tcp",state="LAST_ACK"} 9',
    '{family="inet",protocol="tcp",state="LISTEN"} 10',
    '{family="inet",protocol="tcp",state="SYN_RECV"} 3',
    '{family="inet",protocol="tcp",state="SYN_SENT"} 2',
    '{family="inet",protocol="tcp",state="TIME_WAIT"} 6',
  ]);
});

test('a table without sockets exposes every series, each 0', () => {
  const samples = samplesOf(tcp, table());
  assert.deepEqual(
    samples.filter(sample => !sample.endsWith(' 0')),
    [],
  );
  assert.equal(familyIn(samples, 'sockets').length, 11);
  assert.equal(familyIn(samples, 'socket_receive_queue_bytes').length, 10);
  assert.equal(familyIn(samples, 'socket_send_queue_bytes').length, 10);
  assert.deepEqual(familyIn(samples, 'socket_timers'), [
    '{family="inet",protocol="tcp",timer="keepalive"} 0',
    '{family="inet",protocol="tcp",timer="off"} 0',
    '{family="inet",protocol="tcp",timer="on"} 0',
    '{family="inet",protocol="tcp",timer="probe"} 0',
    '{family="inet",protocol="tcp",timer="timewait"} 0',
  ]);
  assert.deepEqual(familyIn(samples, 'close_wait_sockets'), [
    '{family="inet",eof="read"} 0',
    '{family="inet",eof="unread"} 0',
  ]);
});

test('a file that the kernel does not have is absent, and gives no zeros', () => {
  const { report, samples } = read(tcp6, undefined);
  assert.equal(report, 'absent');
  assert.deepEqual(samples, []);
});

test('the connections that wait at a listener are not counted as bytes', () => {
  const text = table(
    '   2: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 240172 3 00000000484e5d9c 100 0 0 10 0',
  );
  assert.deepEqual(unkeyed(countedIn(tcp, text)), [
    'socket_timers{family="inet",protocol="tcp",timer="off"} 1',
    'sockets{family="inet",protocol="tcp",state="LISTEN"} 1',
  ]);
});

test('queues are hexadecimal, send before receive, and added up by state', () => {
  const samples = samplesOf(
    tcp,
    table(
      row({ queues: '0039B600:0000000A' }),
      row({ queues: '00000001:00000010' }),
      row({ state: '04', queues: 'FFFFFFFF:00000000' }),
    ),
  );
  const above = (name: string) => familyIn(samples, name).filter(sample => !sample.endsWith(' 0'));
  assert.deepEqual(above('socket_send_queue_bytes'), [
    '{family="inet",protocol="tcp",state="ESTABLISHED"} 3782145',
    '{family="inet",protocol="tcp",state="FIN_WAIT1"} 4294967295',
  ]);
  assert.deepEqual(above('socket_receive_queue_bytes'), [
    '{family="inet",protocol="tcp",state="ESTABLISHED"} 26',
  ]);
});

test('CLOSE_WAIT tells a reader that is stuck from a descriptor that leaked', () => {
  const samples = samplesOf(
    tcp,
    table(
      row({ state: '08', queues: '00000000:00000001' }),
      row({ state: '08', queues: '00000000:00000B01' }),
      row({ state: '08', queues: '00000005:00000000' }),
      // The same queue in another state says nothing of the kind.
      row({ state: '09', queues: '00000001:00000001' }),
    ),
  );
  assert.deepEqual(familyIn(samples, 'close_wait_sockets'), [
    '{family="inet",eof="read"} 1',
    '{family="inet",eof="unread"} 2',
  ]);
});

test('each timer code has its word', () => {
  const timers = ['00', '01', '02', '03', '04'];
  const rows = timers.flatMap((code, i) =>
    Array.from({ length: i + 1 }, () => row({ state: '05', timer: `${code}:00000027` })),
  );
  assert.deepEqual(familyIn(samplesOf(tcp, table(...rows)), 'socket_timers'), [
    '{family="inet",protocol="tcp",timer="keepalive"} 3',
    '{family="inet",protocol="tcp",timer="off"} 1',
    '{family="inet",protocol="tcp",timer="on"} 2',
    '{family="inet",protocol="tcp",timer="probe"} 5',
    '{family="inet",protocol="tcp",timer="timewait"} 4',
  ]);
});

test('a timer of a newer kernel leaves the socket out of the timers only', () => {
  assert.deepEqual(unkeyed(countedIn(tcp, table(row({ timer: '05:00000001' })))), [
    'sockets{family="inet",protocol="tcp",state="ESTABLISHED"} 1',
  ]);
});

test('only ESTABLISHED sockets can lack a timer', () => {
  const text = table(row({}), row({ timer: '02:00000FFF' }), row({ state: '0A' }), row({ state: '08' }));
  assert.deepEqual(familyIn(samplesOf(tcp, text), 'established_sockets_without_timer'), [
    '{family="inet"} 1',
  ]);
});

test('retransmissions are hexadecimal, and a socket counts once however many it has', () => {
  const text = table(
    row({ retransmits: '0000000A' }),
    row({ state: '03', retransmits: '00000001' }),
    row({}),
  );
  assert.deepEqual(familyIn(samplesOf(tcp, text), 'sockets_retransmitting'), [
    '{family="inet",protocol="tcp"} 2',
  ]);
});

test('FIN_WAIT2 that lives on as a mini-socket stays FIN_WAIT2', () => {
  const text = table(
    '  10: 0100007F:BA98 0100007F:1F93 05 00000000:00000000 03:000016E8 00000000     0        0 0 3 00000000b456547f',
  );
  assert.deepEqual(unkeyed(countedIn(tcp, text)), [
    'socket_timers{family="inet",protocol="tcp",timer="timewait"} 1',
    'sockets{family="inet",protocol="tcp",state="FIN_WAIT2"} 1',
  ]);
});

test('rows that stop after the inode, the pointer, or go on behind the window are all sockets', () => {
  const short =
    '   0: 0100007F:1F91 0100007F:B01A 01 00000000:00000000 00:00000000 00000000  1000        0 240182';
  const text = table(short, `${short} 2 00000000c8954a1e`, `${short} 2 f7d3c040 20 0 0 16 -1 7 8 9`);
  assert.deepEqual(familyIn(countedIn(tcp, text), 'sockets'), [
    '{family="inet",protocol="tcp",state="ESTABLISHED"} 3',
  ]);
});

test('a row that was cut before its inode is skipped and counted', () => {
  const text = table(
    row({}),
    '   1: 0100007F:1F91 0100007F:B01A 08 00000000:00000000 00:00000000 00000000  1000        0',
  );
  const { report, counted } = read(tcp, text);
  assert.equal(report, 'ok, 1 skipped: net/tcp:3: field 10: missing, the line has 9');
  assert.deepEqual(familyIn(counted, 'sockets'), ['{family="inet",protocol="tcp",state="ESTABLISHED"} 1']);
});

test('a state that no kernel prints is skipped and counted, not guessed', () => {
  const text = table(row({ state: '0C' }), row({ state: '00' }), row({ state: '0A' }), row({ state: '1' }));
  const { report, counted } = read(tcp, text);
  assert.equal(
    report,
    'ok, 2 skipped: net/tcp:2: field 4: unknown state, found "0C"; net/tcp:3: field 4: unknown state, found "00"',
  );
  assert.deepEqual(familyIn(counted, 'sockets'), [
    '{family="inet",protocol="tcp",state="ESTABLISHED"} 1',
    '{family="inet",protocol="tcp",state="LISTEN"} 1',
  ]);
});

test('a row that is skipped leaves nothing behind in any series', () => {
  const text = table(row({ state: '08', queues: '00000001:00000001', timer: '01:0000000Z' }));
  const { report, counted } = read(tcp, text);
  assert.match(report, /^ok, 1 skipped: net\/tcp:2: field 6: expected a hexadecimal number/);
  assert.deepEqual(counted, []);
});

test('tcp6 has the header of its own kernel and the label of its own family', () => {
  const text = lines(
    header6,
    '   1: B80D0120000000000000000005000000:B3A4 B80D0120000000000000000005000000:1F9A 01 00000000:00000000 00:00000000 00000000     0        0 240192 1 00000000f41423c4 20 0 0 10 -1',
    // IPv4 over a socket of IPv6: it is in this file alone, and so it counts here.
    '   2: 0000000000000000FFFF00000100007F:B3A4 0000000000000000FFFF00000100007F:1F9A 01 00000000:00000000 02:00000000 00000000     0        0 240193 1 00000000f41423c4 20 0 0 10 -1',
  );
  assert.deepEqual(unkeyed(countedIn(tcp6, text)), [
    'established_sockets_without_timer{family="inet6"} 1',
    'socket_timers{family="inet6",protocol="tcp",timer="keepalive"} 1',
    'socket_timers{family="inet6",protocol="tcp",timer="off"} 1',
    'sockets{family="inet6",protocol="tcp",state="ESTABLISHED"} 2',
  ]);
});
