/** What ipx and ddp show: sockets whose addresses end in a colon and the number of the socket, in hexadecimal. */
import type { Line } from '../../text/line.ts';
import type { Socket } from '../rows.ts';
import { nothingTold, told } from '../sockets/told.ts';
import { stateOf, type DatagramRow } from './datagram-tally.ts';

interface Fields {
  readonly local: number;
  readonly remote: number;
  /** What the kernel prints in the place of an address that there is not. */
  readonly none: string;
}

export const datagramSocket = (
  line: Line,
  { family, protocol }: Pick<Socket, 'family' | 'protocol'>,
  { state, sent, received, uid }: Readonly<DatagramRow>,
  { local, remote, none }: Fields,
): Socket => {
  const addressIn = (field: number): string =>
    line.is(field, none) ? '' : line.text(field).replace(/:[^:]*$/, '');
  const numberIn = (field: number): number | undefined =>
    line.is(field, none) ? undefined : told(() => line.hexBehindColon(field));
  const word = stateOf(state);
  return {
    ...nothingTold,
    ...{ family, protocol, state: word },
    // As of UDP: any that is not connected may be one. Netstat shows them all, whatever it is asked for.
    isServer: word === 'UNCONNECTED',
    ...{ receiveQueue: received, sendQueue: sent, uid },
    ...{ local: () => addressIn(local), localPort: numberIn(local) },
    ...{ remote: () => addressIn(remote), remotePort: numberIn(remote) },
  };
};
