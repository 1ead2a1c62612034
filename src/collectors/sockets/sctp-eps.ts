/** /proc/net/sctp/eps: one line an SCTP endpoint, printed by sctp_eps_seq_show() in net/sctp/proc.c. */
import { headed, requiredColumn } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { socketsByState } from './families.ts';
import { behindAddresses, sctpVersions, versionOf, type SctpVersion } from './sctp-addresses.ts';

interface Endpoints {
  listening: number;
  other: number;
}

type EndpointsByVersion = Readonly<Record<SctpVersion, Endpoints>>;

/** The state of the socket, for which SCTP borrows the numbers of TCP. */
const LISTENING = 10;

const endpointLines = (header: Line): Fold<Line, EndpointsByVersion> => {
  const socketState = requiredColumn(header, 'SST');
  const firstAddress = requiredColumn(header, 'LADDRS');
  const endpoints = { inet: { listening: 0, other: 0 }, inet6: { listening: 0, other: 0 } };
  return {
    add(line) {
      const isListening = line.decimal(socketState) === LISTENING;
      const end = behindAddresses(line, firstAddress);
      if (end === firstAddress || line.has(end)) throw line.wrong(end, 'expected an address');
      endpoints[versionOf(line, firstAddress, end)][isListening ? 'listening' : 'other']++;
    },
    end: () => endpoints,
  };
};

export const sctpEps = collector({
  name: 'sctp_eps',
  file: 'net/sctp/eps',
  about: 'SCTP endpoints over IPv4 and IPv6: the listeners.',
  fold: () => headed('ENDPT SOCK STY SST', endpointLines),
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
