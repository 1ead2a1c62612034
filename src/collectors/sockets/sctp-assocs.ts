/**
 * /proc/net/sctp/assocs: one line an SCTP association, printed by sctp_assocs_seq_show() in net/sctp/proc.c. Its own
 * state is ST; SST is that of its socket, and until somebody accepts the association this is the listener.
 */
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { receiveMemory, sendMemory, socketsByState } from './families.ts';
import { behindAddresses, sctpVersions, versionOf, type SctpVersion } from './sctp-addresses.ts';
import { sctpStates } from './states.ts';

interface Associations {
  /** In the order of the states, and at the end those whose state has no name. */
  readonly byState: Float64Array;
  sendMemoryBytes: number;
  receiveMemoryBytes: number;
}

interface AssociationsByVersion extends Readonly<Record<SctpVersion, Associations>> {
  readonly hasMemory: boolean;
}

const states = [...sctpStates, 'other'] as const;
const OTHER = sctpStates.length;

const noAssociations = (): Associations => ({
  byState: new Float64Array(states.length),
  sendMemoryBytes: 0,
  receiveMemoryBytes: 0,
});

const associationLines = (header: Line): Fold<Line, AssociationsByVersion> => {
  // There once was a state EMPTY below the others. No column tells of it, but all tables that are known to count so
  // end before this column, and all that have it count from CLOSED.
  const closed = columnOf(header, 'wmema') === undefined ? 1 : 0;
  // The tables of 2.6 that end with the addresses print the two queues in this or the other order below one and the
  // same header, so that nothing can be said of them.
  const hasMemory = columnOf(header, 'HBINT') !== undefined;
  const state = requiredColumn(header, 'ST');
  const sendQueue = hasMemory ? requiredColumn(header, 'TX_QUEUE') : undefined;
  const receiveQueue = hasMemory ? requiredColumn(header, 'RX_QUEUE') : undefined;
  const remotePort = requiredColumn(header, 'RPORT');
  const firstAddress = requiredColumn(header, 'LADDRS');
  const associations = { inet: noAssociations(), inet6: noAssociations(), hasMemory };

  /** An association that is torn down may have lost its local addresses already. */
  const versionOfRow = (line: Line): SctpVersion => {
    const arrow = behindAddresses(line, firstAddress);
    if (!line.is(arrow, '<->')) throw line.wrong(arrow, 'expected an address or "<->"');
    const end = behindAddresses(line, arrow + 1);
    if (arrow > firstAddress) return versionOf(line, firstAddress, arrow);
    if (end > arrow + 1) return versionOf(line, arrow + 1, end);
    throw line.wrong(arrow, 'expected an address on either side');
  };

  return {
    add(line) {
      const stateNumber = line.decimal(state) - closed;
      const sendBytes = sendQueue === undefined ? 0 : line.decimal(sendQueue);
      const receiveBytes = receiveQueue === undefined ? 0 : line.decimal(receiveQueue);
      line.decimal(remotePort);
      const ofVersion = associations[versionOfRow(line)];

      const at = stateNumber in sctpStates ? stateNumber : OTHER;
      ofVersion.byState[at] = (ofVersion.byState[at] ?? 0) + 1;
      ofVersion.sendMemoryBytes += sendBytes;
      ofVersion.receiveMemoryBytes += receiveBytes;
    },
    end: () => associations,
  };
};

export const sctpAssocs = collector({
  name: 'sctp_assocs',
  file: 'net/sctp/assocs',
  about: 'SCTP associations over IPv4 and IPv6 by state, with their memory.',
  fold: () => headed('ASSOC SOCK STY SST ST', associationLines),
  families: [
    socketsByState(
      sctpVersions,
      ['sctp'],
      states,
      (associations: AssociationsByVersion, _, state, version) =>
        associations[version].byState[states.indexOf(state)] ?? 0,
    ),
    receiveMemory(sctpVersions, ['sctp'], (associations: AssociationsByVersion, _, version) =>
      associations.hasMemory ? associations[version].receiveMemoryBytes : undefined,
    ),
    sendMemory(sctpVersions, ['sctp'], (associations: AssociationsByVersion, _, version) =>
      associations.hasMemory ? associations[version].sendMemoryBytes : undefined,
    ),
  ],
});
