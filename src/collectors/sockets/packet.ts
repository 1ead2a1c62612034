/**
 * /proc/net/packet: one line a packet socket, with which tcpdump, DHCP clients and the like read off the wire. Printed
 * by packet_seq_show() in net/packet/af_packet.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector, type Ask } from '../collector.ts';
import type { RowsAsk, Socket, SocketDetail } from '../rows.ts';
import { receiveMemory, socketsByState, UNTOLD } from './families.ts';
import { packetProtocols } from './states.ts';
import { decimalIn, nothingTold, told, userOf } from './told.ts';

type Protocol = (typeof packetProtocols)[number];

interface PacketSockets {
  sockets: number;
  receiveMemoryBytes: number;
}

type PacketTally = Readonly<Record<Protocol, PacketSockets>>;

const HEADER = 'sk RefCnt Type Proto Iface R Rmem User Inode';

const field = {
  references: 1,
  type: 2,
  etherType: 3,
  interfaceIndex: 4,
  running: 5,
  receiveMemory: 6,
  user: 7,
  inode: 8,
} as const;

const protocolsByType: Readonly<Record<number, Protocol>> = { 2: 'dgram', 3: 'raw', 10: 'packet' };

const protocolIn = (line: Line): Protocol => protocolsByType[line.decimal(field.type)] ?? 'other';

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
      const protocol = protocolIn(line);
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

const rows = ({ offer }: RowsAsk<Socket>): Fold<Line, unknown> => ({
  add(line) {
    const protocol = protocolIn(line);
    const receiveQueue = line.decimal(field.receiveMemory);
    const inode = line.decimal(field.inode);
    offer({
      ...nothingTold,
      ...{ family: 'packet', protocol, state: UNTOLD, isServer: false, receiveQueue, inode },
      uid: userOf(decimalIn(line, field.user), inode),
      detail: told(() => detailIn(line)),
    });
  },
  end: () => undefined,
});

const detailIn = (line: Line): SocketDetail => ({
  kind: 'packet',
  etherType: line.hex(field.etherType),
  interfaceIndex: line.decimal(field.interfaceIndex),
  isRunning: line.decimal(field.running) !== 0,
  references: line.decimal(field.references),
});

export const packet = collector({
  name: 'packet',
  file: 'net/packet',
  about: 'Packet sockets, which read off the wire, by type with their memory.',
  tellsSockets: true,
  fold: ask => headed(HEADER, () => tally(ask)),
  rows: { of: 'sockets', fold: ask => headed(HEADER, () => rows(ask)) },
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
