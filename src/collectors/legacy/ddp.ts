/**
 * /proc/net/atalk/socket: one line an AppleTalk socket, printed by atalk_seq_socket_show() in
 * net/appletalk/atalk_proc.c. Up to 2.4 the file is net/appletalk, and its header is in lower case.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { receiveMemory, sendMemory, socketsByState } from '../sockets/families.ts';
import { addSocket, noSockets, states, type DatagramTally } from './datagram-tally.ts';

const protocols = ['dgram', 'raw', 'other'] as const;
type DdpTally = Readonly<Record<(typeof protocols)[number], DatagramTally>>;

/** The header names both halves of the queues, which are one field: fields behind it are one less than words. */
const field = { type: 0, local: 1, remote: 2, queues: 3, state: 4, user: 5 } as const;

/** include/uapi/linux/net.h */
const protocolByType: Readonly<Record<number, keyof DdpTally>> = { 2: 'dgram', 3: 'raw' };

const socketLines = (): Fold<Line, DdpTally> => {
  const tally = { dgram: noSockets(), raw: noSockets(), other: noSockets() };
  return {
    add(line) {
      const protocol = protocolByType[line.hex(field.type)] ?? 'other';
      const queues = line.pair(field.queues);
      const state = line.hex(field.state);
      line.decimal(field.user);
      addSocket(tally[protocol], state, queues.left, queues.right);
    },
    end: () => tally,
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
