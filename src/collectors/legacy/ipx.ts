/**
 * /proc/net/ipx/socket: one line an IPX socket, printed by ipx_seq_socket_show() in net/ipx/ipx_proc.c until 4.17. With
 * CONFIG_IPX_INTERN the local address holds a node too; it stays one field, and so does the remote one in words.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket } from '../rows.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from '../sockets/families.ts';
import { datagramSocket } from './datagram-rows.ts';
import {
  addSocket,
  emptyRow,
  noSockets,
  states,
  type DatagramRow,
  type DatagramTally,
} from './datagram-tally.ts';

const field = { local: 0, remote: 1, sendQueue: 2, receiveQueue: 3, state: 4, user: 5 } as const;

const readRow = (line: Line, row: DatagramRow): void => {
  row.sent = line.hex(field.sendQueue);
  row.received = line.hex(field.receiveQueue);
  row.state = line.hex(field.state);
  row.uid = line.decimal(field.user);
};

const socketLines = (): Fold<Line, DatagramTally> => {
  const tally = noSockets();
  const row = emptyRow();
  return {
    add(line) {
      readRow(line, row);
      addSocket(tally, row);
    },
    end: () => tally,
  };
};

const socketRows = ({ offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const row = emptyRow();
  return {
    add(line) {
      readRow(line, row);
      const { local, remote } = field;
      const none = 'Not_Connected';
      offer(datagramSocket(line, { family: 'ipx', protocol: UNTOLD }, row, { local, remote, none }));
    },
    end: () => undefined,
  };
};

const HEADER = 'Local_Address Remote_Address Tx_Queue Rx_Queue State Uid';

export const ipx = collector({
  name: 'ipx',
  file: 'net/ipx/socket',
  // Up to 2.4 it is a file, and then a folder.
  otherwise: ['net/ipx'],
  about: 'IPX sockets by state with their memory.',
  fold: () => headed(HEADER, socketLines),
  rows: { of: 'sockets', fold: ask => headed(HEADER, () => socketRows(ask)) },
  families: [
    socketsByState('ipx', [UNTOLD], states, ({ sockets }: DatagramTally, _, state) => sockets[state]),
    receiveMemory('ipx', [UNTOLD], ({ receiveMemoryBytes }: DatagramTally) => receiveMemoryBytes),
    sendMemory('ipx', [UNTOLD], ({ sendMemoryBytes }: DatagramTally) => sendMemoryBytes),
  ],
});
