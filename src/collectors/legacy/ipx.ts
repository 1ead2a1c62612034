/**
 * /proc/net/ipx/socket: one line an IPX socket, printed by ipx_seq_socket_show() in net/ipx/ipx_proc.c until 4.17. With
 * CONFIG_IPX_INTERN the local address holds a node too; it stays one field, and so does the remote one in words.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from '../sockets/families.ts';
import { addSocket, noSockets, states, type DatagramTally } from './datagram-tally.ts';

const field = { sendQueue: 2, receiveQueue: 3, state: 4, user: 5 } as const;

const socketLines = (): Fold<Line, DatagramTally> => {
  const tally = noSockets();
  return {
    add(line) {
      const sent = line.hex(field.sendQueue);
      const received = line.hex(field.receiveQueue);
      const state = line.hex(field.state);
      line.decimal(field.user);
      addSocket(tally, state, sent, received);
    },
    end: () => tally,
  };
};

export const ipx = collector({
  name: 'ipx',
  file: 'net/ipx/socket',
  // Up to 2.4 it is a file, and then a folder.
  otherwise: ['net/ipx'],
  about: 'IPX sockets by state with their memory.',
  fold: () => headed('Local_Address Remote_Address Tx_Queue Rx_Queue State Uid', socketLines),
  families: [
    socketsByState('ipx', [UNTOLD], states, ({ sockets }: DatagramTally, _, state) => sockets[state]),
    receiveMemory('ipx', [UNTOLD], ({ receiveMemoryBytes }: DatagramTally) => receiveMemoryBytes),
    sendMemory('ipx', [UNTOLD], ({ sendMemoryBytes }: DatagramTally) => sendMemoryBytes),
  ],
});
