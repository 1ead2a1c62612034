// Protects: sockets of L2CAP and RFCOMM have the columns of netstat, with each end below its own heading.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bluetoothHeadings, bluetoothLine } from '../../../src/faces/netstat/bluetooth.ts';
import { socketsOfHost } from '../../rows.ts';
import { socketOf } from './sockets.ts';

const linesOf = (host: string, protocol: 'l2cap' | 'rfcomm'): readonly string[] => [
  ...bluetoothHeadings(protocol),
  ...socketsOfHost(host, protocol).rows.map(row => bluetoothLine(socketOf(row))),
];

/** No netstat at hand is built with Bluetooth: the widths are those of its source. */
test('L2CAP has addresses, states, channels and units, those of the peer below Destination, DCID and OMTU', () => {
  assert.deepEqual(linesOf('bluetooth', 'l2cap'), [
    'Proto  Destination       Source            State         PSM DCID   SCID      IMTU    OMTU Security',
    'l2cap  *                 00:00:5e:00:53:01 LISTEN          1 0x0000 0x0000     672       0 SDP    ',
    'l2cap  *                 00:00:5e:00:53:01 LISTEN         25 0x0000 0x0000     672       0 MEDIUM ',
    'l2cap  *                 00:00:5e:00:53:01 LISTEN         23 0x0000 0x0000     672       0 MEDIUM ',
    'l2cap  *                 00:00:5e:00:53:01 LISTEN         31 0x0000 0x0000     672       0 LOW    ',
    'l2cap  *                 *                 LISTEN         17 0x0000 0x0000     672       0 MEDIUM ',
    'l2cap  *                 *                 LISTEN         19 0x0000 0x0000     672       0 MEDIUM ',
    'l2cap  00:00:5e:00:53:05 00:00:5e:00:53:01 CONNECTED      25 0x0041 0x0040     672    1021 MEDIUM ',
    'l2cap  00:00:5e:00:53:05 00:00:5e:00:53:01 CONNECTED      25 0x0043 0x0042     672    1021 MEDIUM ',
    'l2cap  00:00:5e:00:53:05 00:00:5e:00:53:01 CONNECTED      23 0x0045 0x0044     672     672 MEDIUM ',
    'l2cap  00:00:5e:00:53:05 00:00:5e:00:53:01 CONNECTED       3 0x0047 0x0046    1013    1013 MEDIUM ',
    'l2cap  00:00:5e:00:53:03 00:00:5e:00:53:01 CONNECTED      17 0x0049 0x0040     672     672 MEDIUM ',
    'l2cap  00:00:5e:00:53:03 00:00:5e:00:53:01 CONNECTED      19 0x004a 0x0041     672     672 MEDIUM ',
    'l2cap  00:00:5e:00:53:02 00:00:5e:00:53:01 CONFIG          1 0x0000 0x0040     672     672 SDP    ',
    'l2cap  00:00:5e:00:53:02 00:00:5e:00:53:01 CONNECT        15 0x0000 0x0000    1691       0 MEDIUM ',
    'l2cap  00:00:5e:00:53:04 00:00:5e:00:53:01 CONNECTED       0 0x0004 0x0004     672      23 LOW    ',
    'l2cap  00:00:5e:00:53:04 00:00:5e:00:53:01 DISCONN       128 0x0040 0x0040     672     512 MEDIUM ',
    'l2cap  *                 00:00:5e:00:53:01 BOUND        4097 0x0000 0x0000     672       0 LOW    ',
    'l2cap  *                 *                 OPEN            0 0x0000 0x0000     672       0 LOW    ',
  ]);
});

test('RFCOMM has a channel', () => {
  assert.deepEqual(linesOf('bluetooth', 'rfcomm'), [
    'Proto  Destination       Source            State     Channel',
    'rfcomm *                 00:00:5e:00:53:01 LISTEN          3',
    'rfcomm *                 00:00:5e:00:53:01 LISTEN         12',
    'rfcomm *                 00:00:5e:00:53:01 LISTEN         13',
    'rfcomm 00:00:5e:00:53:05 00:00:5e:00:53:01 CONNECTED       1',
    'rfcomm 00:00:5e:00:53:02 00:00:5e:00:53:01 CONNECT         8',
    'rfcomm *                 *                 OPEN            0',
  ]);
});

test('what proc does not tell is a dash, and not any address', () => {
  assert.deepEqual(linesOf('ham', 'l2cap').slice(1), [
    'l2cap  -                 -                 -               - -      -            -       - -      ',
    'l2cap  -                 -                 -               - -      -            -       - -      ',
  ]);
  assert.deepEqual(linesOf('ham', 'rfcomm').slice(1), [
    'rfcomm -                 -                 -               -',
  ]);
});

test('a state that has no name is unknown, and an address cannot write to the terminal', () => {
  const line = bluetoothLine(
    socketOf({
      ...{ family: 'bluetooth', protocol: 'rfcomm', state: 'other', local: '\u001b]0;::::::::::::' },
      ...{ remote: '00:00:00:00:00:00', detail: { kind: 'bluetooth', channel: 3 } },
    }),
  );
  assert.equal(line, 'rfcomm *                 \\x1b]0;:::::::::::: UNKNOWN         3');
});
