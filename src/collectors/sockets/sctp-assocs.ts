/**
 * /proc/net/sctp/assocs: one line an SCTP association, printed by sctp_assocs_seq_show() in net/sctp/proc.c. Its own
 * state is ST; SST is that of its socket, and until somebody accepts the association this is the listener.
 */
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket } from '../rows.ts';
import { receiveMemory, sendMemory, socketsByState } from './families.ts';
import {
  addressesIn,
  behindAddresses,
  chiefAddress,
  sctpVersions,
  versionOf,
  type SctpVersion,
} from './sctp-addresses.ts';
import { sctpStates } from './states.ts';
import { decimalIn, nothingTold, userOf } from './told.ts';

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

const HEADER = 'ASSOC SOCK STY SST ST';

interface AssociationRow {
  /** Index in the states. */
  state: number;
  /** 0 where the queues cannot be told. */
  sendBytes: number;
  receiveBytes: number;
  remotePort: number;
  version: SctpVersion;
  /** The field between the local addresses and the remote ones. */
  arrow: number;
  /** The field behind all addresses. */
  end: number;
}

/** Reads what is counted of a row, always into the same object. */
const rowReader = (header: Line) => {
  // There once was a state EMPTY below the others. No column tells of it, but all tables that are known to count so
  // end before this column, and all that have it count from CLOSED.
  const closed = columnOf(header, 'wmema') === undefined ? 1 : 0;
  // The tables of 2.6 that end with the addresses print the two queues in this or the other order below one and the
  // same header, so that nothing can be said of them.
  const hasMemory = columnOf(header, 'HBINT') !== undefined;
  const stateColumn = requiredColumn(header, 'ST');
  const sendQueue = hasMemory ? requiredColumn(header, 'TX_QUEUE') : undefined;
  const receiveQueue = hasMemory ? requiredColumn(header, 'RX_QUEUE') : undefined;
  const remotePort = requiredColumn(header, 'RPORT');
  const firstAddress = requiredColumn(header, 'LADDRS');
  const row: AssociationRow = {
    ...{ state: OTHER, sendBytes: 0, receiveBytes: 0, remotePort: 0 },
    ...{ version: 'inet', arrow: 0, end: 0 },
  };

  /** An association that is torn down may have lost its local addresses already. */
  const versionOfRow = (line: Line, { arrow, end }: AssociationRow): SctpVersion => {
    if (arrow > firstAddress) return versionOf(line, firstAddress, arrow);
    if (end > arrow + 1) return versionOf(line, arrow + 1, end);
    throw line.wrong(arrow, 'expected an address on either side');
  };

  const read = (line: Line): Readonly<AssociationRow> => {
    const stateNumber = line.decimal(stateColumn) - closed;
    row.state = stateNumber in sctpStates ? stateNumber : OTHER;
    row.sendBytes = sendQueue === undefined ? 0 : line.decimal(sendQueue);
    row.receiveBytes = receiveQueue === undefined ? 0 : line.decimal(receiveQueue);
    row.remotePort = line.decimal(remotePort);
    row.arrow = behindAddresses(line, firstAddress);
    if (!line.is(row.arrow, '<->')) throw line.wrong(row.arrow, 'expected an address or "<->"');
    row.end = behindAddresses(line, row.arrow + 1);
    row.version = versionOfRow(line, row);
    return row;
  };

  return { read, hasMemory, firstAddress };
};

const associationTally = (header: Line): Fold<Line, AssociationsByVersion> => {
  const { read, hasMemory } = rowReader(header);
  const associations = { inet: noAssociations(), inet6: noAssociations(), hasMemory };
  return {
    add(line) {
      const { version, state, sendBytes, receiveBytes } = read(line);
      const ofVersion = associations[version];
      ofVersion.byState[state] = (ofVersion.byState[state] ?? 0) + 1;
      ofVersion.sendMemoryBytes += sendBytes;
      ofVersion.receiveMemoryBytes += receiveBytes;
    },
    end: () => associations,
  };
};

const associationRows = (header: Line, { offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const { read, hasMemory, firstAddress } = rowReader(header);
  const column = {
    localPort: columnOf(header, 'LPORT'),
    user: columnOf(header, 'UID'),
    inode: columnOf(header, 'INODE'),
  };
  return {
    add(line) {
      const { version, state, sendBytes, receiveBytes, remotePort, arrow, end } = read(line);
      const inode = decimalIn(line, column.inode);
      offer({
        ...nothingTold,
        ...{ family: version, protocol: 'sctp', state: states[state] ?? 'other', isServer: false },
        receiveQueue: hasMemory ? receiveBytes : undefined,
        sendQueue: hasMemory ? sendBytes : undefined,
        local: () => chiefAddress(line, firstAddress, arrow),
        localPort: decimalIn(line, column.localPort),
        remote: () => chiefAddress(line, arrow + 1, end),
        remotePort,
        ...{ uid: userOf(decimalIn(line, column.user), inode), inode },
        detail: {
          kind: 'sctp',
          localAddresses: addressesIn(line, firstAddress, arrow),
          remoteAddresses: addressesIn(line, arrow + 1, end),
        },
      });
    },
    end: () => undefined,
  };
};

export const sctpAssocs = collector({
  name: 'sctp_assocs',
  file: 'net/sctp/assocs',
  about: 'SCTP associations over IPv4 and IPv6 by state, with their memory.',
  fold: () => headed(HEADER, associationTally),
  rows: { of: 'sockets', fold: ask => headed(HEADER, header => associationRows(header, ask)) },
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
