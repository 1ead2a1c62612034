/**
 * Sockets of L2CAP and RFCOMM as netstat prints them where it is built with Bluetooth. Below Destination and DCID it prints the
 * address and the channel that are our own, since the kernel prints those first, and below Source and SCID those of the peer; here
 * they are the right way round. What only the debugfs tells is a dash where the sockets come from proc.
 */
import type { Socket } from '../../collectors/rows.ts';
import { shown } from './shown.ts';

export type BluetoothProtocol = 'l2cap' | 'rfcomm';

/** Above both tables stands a line as above connections of the Internet, which begins with `Active Bluetooth connections`. */
export const bluetoothHeadings = (protocol: BluetoothProtocol): readonly string[] => [
  [
    ...['Proto'.padEnd(6), 'Destination'.padEnd(17), 'Source'.padEnd(17), 'State'.padEnd(9)],
    ...(protocol === 'l2cap'
      ? ['    PSM', 'DCID  ', 'SCID  ', '   IMTU', '   OMTU', 'Security']
      : ['Channel']),
  ].join(' '),
];

export const bluetoothLine = (socket: Socket): string => {
  const { protocol, local, remote } = socket;
  return [
    ...[protocol.padEnd(6), place(remote()).padEnd(17), place(local()).padEnd(17)],
    ...[stateOf(socket).padEnd(9), ...numbersOf(socket)],
  ].join(' ');
};

const UNTOLD = '-';
const ANY_ADDRESS = '00:00:00:00:00:00';

const place = (address: string): string => {
  if (address === '') return UNTOLD;
  return address === ANY_ADDRESS ? '*' : shown(address);
};

const stateOf = ({ state }: Socket): string => {
  if (state === '') return UNTOLD;
  return state === 'other' ? 'UNKNOWN' : state;
};

const numbersOf = ({ protocol, detail }: Socket): readonly string[] => {
  const told = detail?.kind === 'bluetooth' ? detail : undefined;
  if (protocol !== 'l2cap') return [right(told?.channel)];
  return [
    ...[right(told?.multiplexer), channel(told?.remoteChannel), channel(told?.localChannel)],
    ...[right(told?.incomingUnitBytes), right(told?.outgoingUnitBytes), (told?.security ?? UNTOLD).padEnd(7)],
  ];
};

const right = (number: number | undefined): string => `${number ?? UNTOLD}`.padStart(7);

const channel = (number: number | undefined): string =>
  (number === undefined ? UNTOLD : `0x${number.toString(16).padStart(4, '0')}`).padEnd(6);
