/** /proc/net/sctp/eps: one line an SCTP endpoint, printed by sctp_eps_seq_show() in net/sctp/proc.c. */
import { columnOf, headed, requiredColumn } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket } from '../rows.ts';
import { socketsByState } from './families.ts';
import {
  addressesIn,
  behindAddresses,
  chiefAddress,
  sctpVersions,
  versionOf,
  type SctpVersion,
} from './sctp-addresses.ts';
import { decimalIn, nothingTold, userOf } from './told.ts';

interface Endpoints {
  listening: number;
  other: number;
}

type EndpointsByVersion = Readonly<Record<SctpVersion, Endpoints>>;

/** The state of the socket, for which SCTP borrows the numbers of TCP. */
const LISTENING = 10;

const HEADER = 'ENDPT SOCK STY SST';

interface EndpointRow {
  isListening: boolean;
  version: SctpVersion;
  /** The field behind its addresses. */
  end: number;
}

/** Reads what is counted of a row, always into the same object. */
const rowReader = (header: Line) => {
  const socketState = requiredColumn(header, 'SST');
  const firstAddress = requiredColumn(header, 'LADDRS');
  const row: EndpointRow = { isListening: false, version: 'inet', end: 0 };
  const read = (line: Line): Readonly<EndpointRow> => {
    row.isListening = line.decimal(socketState) === LISTENING;
    row.end = behindAddresses(line, firstAddress);
    if (row.end === firstAddress || line.has(row.end)) throw line.wrong(row.end, 'expected an address');
    row.version = versionOf(line, firstAddress, row.end);
    return row;
  };
  return { read, firstAddress };
};

const endpointTally = (header: Line): Fold<Line, EndpointsByVersion> => {
  const { read } = rowReader(header);
  const endpoints = { inet: { listening: 0, other: 0 }, inet6: { listening: 0, other: 0 } };
  return {
    add(line) {
      const { isListening, version } = read(line);
      endpoints[version][isListening ? 'listening' : 'other']++;
    },
    end: () => endpoints,
  };
};

const endpointRows = (header: Line, { offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const { read, firstAddress } = rowReader(header);
  const column = {
    port: columnOf(header, 'LPORT'),
    user: columnOf(header, 'UID'),
    inode: columnOf(header, 'INODE'),
  };
  return {
    add(line) {
      const { isListening, version, end } = read(line);
      const inode = decimalIn(line, column.inode);
      offer({
        ...nothingTold,
        ...{ family: version, protocol: 'sctp', state: isListening ? 'LISTEN' : 'other' },
        isServer: isListening,
        local: () => chiefAddress(line, firstAddress, end),
        localPort: decimalIn(line, column.port),
        ...{ uid: userOf(decimalIn(line, column.user), inode), inode },
        detail: {
          kind: 'sctp',
          localAddresses: addressesIn(line, firstAddress, end),
          remoteAddresses: [],
        },
      });
    },
    end: () => undefined,
  };
};

export const sctpEps = collector({
  name: 'sctp_eps',
  file: 'net/sctp/eps',
  about: 'SCTP endpoints over IPv4 and IPv6: the listeners.',
  fold: () => headed(HEADER, endpointTally),
  rows: { of: 'sockets', fold: ask => headed(HEADER, header => endpointRows(header, ask)) },
  families: [
    socketsByState(
      sctpVersions,
      ['sctp'],
      ['LISTEN', 'other'],
      (endpoints: EndpointsByVersion, _, state, version) =>
        endpoints[version][state === 'LISTEN' ? 'listening' : 'other'],
    ),
  ],
});
