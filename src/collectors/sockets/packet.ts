/**
 * /proc/net/packet: one line a packet socket, with which tcpdump, DHCP clients and the like read off the wire. Printed
 * by packet_seq_show() in net/packet/af_packet.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { receiveMemory, socketsByState, UNTOLD } from './families.ts';

const protocols = ['dgram', 'raw', 'packet', 'other'] as const;
type Protocol = (typeof protocols)[number];

interface PacketSockets {
  sockets: number;
  receiveMemoryBytes: number;
}

type PacketTally = Readonly<Record<Protocol, PacketSockets>>;

const field = { type: 2, receiveMemory: 6, inode: 8 } as const;

/** The number of the socket type; 10 is how programs of the last century asked for one. */
const protocolsByType: Readonly<Record<number, Protocol>> = { 2: 'dgram', 3: 'raw', 10: 'packet' };

const tally = (): Fold<Line, PacketTally> => {
  const none = (): PacketSockets => ({ sockets: 0, receiveMemoryBytes: 0 });
  const sockets = { dgram: none(), raw: none(), packet: none(), other: none() };
  return {
    add(line) {
      const ofProtocol = sockets[protocolsByType[line.decimal(field.type)] ?? 'other'];
      const receiveMemoryBytes = line.decimal(field.receiveMemory);
      line.decimal(field.inode);
      ofProtocol.sockets++;
      ofProtocol.receiveMemoryBytes += receiveMemoryBytes;
    },
    end: () => sockets,
  };
};

export const packet = collector({
  name: 'packet',
  file: 'net/packet',
  about: 'Packet sockets, which read off the wire, by type with their memory.',
  fold: () => headed('sk RefCnt Type Proto Iface R Rmem User Inode', tally),
  families: [
    socketsByState(
      'packet',
      protocols,
      [UNTOLD],
      (sockets: PacketTally, protocol) => sockets[protocol].sockets,
    ),
    receiveMemory(
      'packet',
      protocols,
      (sockets: PacketTally, protocol) => sockets[protocol].receiveMemoryBytes,
    ),
  ],
});
