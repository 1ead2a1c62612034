/**
 * /proc/net/packet: one line a packet socket, with which tcpdump, DHCP clients and the like read off the wire. Printed
 * by packet_seq_show() in net/packet/af_packet.c. Over netlink: struct packet_diag_msg in include/uapi/linux/packet_diag.h, filled by
 * sk_diag_fill() in net/packet/diag.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import type { Machine } from '../../text/machine.ts';
import type { Message } from '../../text/message.ts';
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

const protocolOf = (type: number): Protocol => protocolsByType[type] ?? 'other';

/** Adds a socket, whichever way it was told. */
type Add = (protocol: Protocol, receiveMemoryBytes: number, inode: number) => void;

const tally = ({ ledger }: Ask): { readonly add: Add; readonly end: () => PacketTally } => {
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
    add(protocol, receiveMemoryBytes, inode) {
      const ofProtocol = sockets[protocol];
      ofProtocol.sockets++;
      ofProtocol.receiveMemoryBytes += receiveMemoryBytes;
      accounts[protocol]?.socket(inode, 0);
    },
    end: () => sockets,
  };
};

const lines = ({ add, end }: ReturnType<typeof tally>): Fold<Line, PacketTally> => ({
  add(line) {
    const type = line.decimal(field.type);
    const receiveMemoryBytes = line.decimal(field.receiveMemory);
    add(protocolOf(type), receiveMemoryBytes, line.decimal(field.inode));
  },
  end,
});

const REQUEST_BYTES = 20;
const requestField = { family: 0, show: 8 } as const;
const AF_PACKET = 17;
/** PACKET_SHOW_MEMINFO, and the attribute that it asks for, whose first number is what the queue to be read takes. */
const SHOW_MEMORY = 0x10;
const MEMORY_ATTRIBUTE = 6;
const MEMORY_BYTES = 4;

const request = (byteOrder: Machine['byteOrder']): Uint8Array => {
  const bytes = new Uint8Array(REQUEST_BYTES);
  bytes[requestField.family] = AF_PACKET;
  new DataView(bytes.buffer).setUint32(requestField.show, SHOW_MEMORY, byteOrder === 'little');
  return bytes;
};

const messageField = { type: 1, inode: 4, attributes: 16 } as const;

const messages = ({ add, end }: ReturnType<typeof tally>): Fold<Message, PacketTally> => ({
  add(message) {
    const inode = message.u32(messageField.inode);
    const memory = message.attribute(messageField.attributes, MEMORY_ATTRIBUTE, MEMORY_BYTES);
    if (memory < 0) throw message.lacks('memory');
    add(protocolOf(message.u8(messageField.type)), message.u32(memory), inode);
  },
  end,
});

const rows = ({ offer }: RowsAsk<Socket>): Fold<Line, unknown> => ({
  add(line) {
    const protocol = protocolOf(line.decimal(field.type));
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
  fold: ask => headed(HEADER, () => lines(tally(ask))),
  overNetlink: { isCheaper: false, request, fold: ask => messages(tally(ask)) },
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
