/**
 * /proc/net/atalk/socket: one line an AppleTalk socket, printed by atalk_seq_socket_show() in
 * net/appletalk/atalk_proc.c. Up to 2.4 the file is net/appletalk, and its header is in lower case.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket } from '../rows.ts';
import { receiveMemory, sendMemory, socketsByState } from '../sockets/families.ts';
import { datagramSocket } from './datagram-rows.ts';
import {
  addSocket,
  emptyRow,
  noSockets,
  states,
  type DatagramRow,
  type DatagramTally,
} from './datagram-tally.ts';

const protocols = ['dgram', 'raw', 'other'] as const;
type Protocol = (typeof protocols)[number];
type DdpTally = Readonly<Record<Protocol, DatagramTally>>;

/** The header names both halves of the queues, which are one field: fields behind it are one less than words. */
const field = { type: 0, local: 1, remote: 2, queues: 3, state: 4, user: 5 } as const;

/** include/uapi/linux/net.h */
const protocolByType: Readonly<Record<number, Protocol>> = { 2: 'dgram', 3: 'raw' };

const readRow = (line: Line, row: DatagramRow): Protocol => {
  const protocol = protocolByType[line.hex(field.type)] ?? 'other';
  const queues = line.pair(field.queues);
  row.sent = queues.left;
  row.received = queues.right;
  row.state = line.hex(field.state);
  row.uid = line.decimal(field.user);
  return protocol;
};

const socketLines = (): Fold<Line, DdpTally> => {
  const tally = { dgram: noSockets(), raw: noSockets(), other: noSockets() };
  const row = emptyRow();
  return {
    add(line) {
      const protocol = readRow(line, row);
      addSocket(tally[protocol], row);
    },
    end: () => tally,
  };
};

/** Of a socket that is not bound, and of the peer of one that is not connected. */
const NO_ADDRESS = '0000:00:00';

const socketRows = ({ offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const row = emptyRow();
  return {
    add(line) {
      const protocol = readRow(line, row);
      offer(datagramSocket(line, { family: 'ddp', protocol }, row, { ...field, none: NO_ADDRESS }));
    },
    end: () => undefined,
  };
};

const HEADER =
  'Type Local_addr|local_addr Remote_addr|remote_addr Tx_queue|tx_queue Rx_queue|rx_queue St|st UID|uid';

export const ddp = collector({
  name: 'ddp',
  file: 'net/atalk/socket',
  otherwise: ['net/appletalk'],
  about: 'AppleTalk sockets by type and state with their memory.',
  fold: () => headed(HEADER, socketLines),
  rows: { of: 'sockets', fold: ask => headed(HEADER, () => socketRows(ask)) },
  families: [
    socketsByState(
      'ddp',
      protocols,
      states,
      (tally: DdpTally, protocol, state) => tally[protocol].sockets[state],
    ),
    receiveMemory('ddp', protocols, (tally: DdpTally, protocol) => tally[protocol].receiveMemoryBytes),
    sendMemory('ddp', protocols, (tally: DdpTally, protocol) => tally[protocol].sendMemoryBytes),
  ],
});
