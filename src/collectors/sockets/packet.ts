/**
 * /proc/net/packet: one line a packet socket, with which tcpdump, DHCP clients and the like read off the wire. Printed
 * by packet_seq_show() in net/packet/af_packet.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector, type Ask } from '../collector.ts';
import { receiveMemory, socketsByState, UNTOLD } from './families.ts';
import { packetProtocols } from './states.ts';

type Protocol = (typeof packetProtocols)[number];

interface PacketSockets {
  sockets: number;
  receiveMemoryBytes: number;
}

type PacketTally = Readonly<Record<Protocol, PacketSockets>>;

const field = { type: 2, receiveMemory: 6, inode: 8 } as const;

const protocolsByType: Readonly<Record<number, Protocol>> = { 2: 'dgram', 3: 'raw', 10: 'packet' };

const tally = ({ ledger }: Ask): Fold<Line, PacketTally> => {
  const none = (): PacketSockets => ({ sockets: 0, receiveMemoryBytes: 0 });
  const sockets = { dgram: none(), raw: none(), packet: none(), other: none() };
  const accountOf = (protocol: Protocol) => ledger?.account('packet', protocol, [UNTOLD]);
  const accounts = {
    dgram: accountOf('dgram'),
    raw: accountOf('raw'),
    packet: accountOf('packet'),
    other: accountOf('other'),
  };
  return {
    add(line) {
      const protocol = protocolsByType[line.decimal(field.type)] ?? 'other';
      const ofProtocol = sockets[protocol];
      const receiveMemoryBytes = line.decimal(field.receiveMemory);
      const inode = line.decimal(field.inode);
      ofProtocol.sockets++;
      ofProtocol.receiveMemoryBytes += receiveMemoryBytes;
      accounts[protocol]?.socket(inode, 0);
    },
    end: () => sockets,
  };
};

export const packet = collector({
  name: 'packet',
  file: 'net/packet',
  about: 'Packet sockets, which read off the wire, by type with their memory.',
  tellsSockets: true,
  fold: ask => headed('sk RefCnt Type Proto Iface R Rmem User Inode', () => tally(ask)),
  families: [
    socketsByState(
      'packet',
      packetProtocols,
      [UNTOLD],
      (sockets: PacketTally, protocol) => sockets[protocol].sockets,
    ),
    receiveMemory(
      'packet',
      packetProtocols,
      (sockets: PacketTally, protocol) => sockets[protocol].receiveMemoryBytes,
    ),
  ],
});
