/**
 * Connections that are translated, as netstat -M prints what a kernel up to 2.4 masquerades, and over IPv6 and on later kernels
 * as well, where netstat finds nothing.
 *
 * A row leads from who began the connection to who answers, which behind a destination that is translated is the server and not the
 * address that was asked for. The ports are those of these two, and the one in brackets is where this host stands between them. Of a
 * source that is hidden it is the port that the server sees; of a destination it is the port that the client asked for, since
 * what the server sees there is the client's own, which the row has already. With both it is the former.
 */
import type { Session } from '../../collectors/rows.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';

export interface NatOptions {
  /** -e: what is added to sequence numbers because a helper made packets longer or shorter. */
  readonly isExtended: boolean;
}

/** Netstat prints them only above a row. */
export const natHeadings = ({ isExtended }: NatOptions): readonly string[] => [
  'IP masquerading entries',
  `prot   expire ${isExtended ? '   initseq delta prevd ' : ''}source               destination          ports`,
];

/** Of all connections that are tracked, those that -M shows. */
export const isTranslated = ({ nat }: Session): boolean => nat !== '';

export const natLine = (session: Session, { isExtended }: NatOptions, names: Names): string => {
  const { protocol, source, sourcePort, replySource } = session;
  const port = (number: number | undefined): string =>
    number === undefined ? NOT_TOLD : names.service(number, protocol);
  const host = (address: string): string => names.host(address).padEnd(ADDRESS_WIDTH);
  const expires = ` ${asMinutes(session.expiresSeconds)}`;
  return shown(
    [
      protocol + expires.padStart(EXPIRES_END - protocol.length),
      ...(isExtended ? sequence(session) : []),
      host(source),
      host(replySource),
      `${port(sourcePort)} -> ${port(answeringPort(session))} (${port(portBetween(session))})`,
    ].join(' '),
  );
};

/** What the kernel file does not tell, as netstat shows it. */
const NOT_TOLD = '-';
/** Where the column ends; a long protocol or time pushes it to the right, and never into the other. */
const EXPIRES_END = 13;
const ADDRESS_WIDTH = 20;
const SEQUENCE_WIDTHS = [10, 5, 5] as const;

/** ICMP has one id for both ends, which is nobody's port. */
const answeringPort = ({ destinationPort, replySourcePort }: Session): number | undefined =>
  destinationPort === undefined ? undefined : replySourcePort;

const portBetween = (session: Session): number | undefined => {
  const { nat, destinationPort, replySourcePort, replyDestinationPort } = session;
  if (destinationPort === undefined) return replySourcePort;
  return nat === 'destination' ? destinationPort : replyDestinationPort;
};

/** `14:57.12`. A time that is over is below zero until the kernel comes to it. */
const asMinutes = (seconds: number | undefined): string => {
  if (seconds === undefined) return NOT_TOLD;
  const hundredths = Math.round(Math.abs(seconds) * 100);
  const digits = (number: number): string => String(number).padStart(2, '0');
  const minutes = Math.floor(hundredths / 6000);
  const sign = seconds < 0 ? '-' : '';
  return `${sign}${minutes}:${digits(Math.floor(hundredths / 100) % 60)}.${digits(hundredths % 100)}`;
};

const sequence = ({ sequence: told }: Session): readonly string[] =>
  [told?.initial, told?.delta, told?.previousDelta].map((number, i) =>
    String(number ?? NOT_TOLD).padStart(SEQUENCE_WIDTHS[i] ?? 0),
  );
