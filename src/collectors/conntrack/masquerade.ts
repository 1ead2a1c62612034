/**
 * Rows of ip_masquerade, printed by ip_msqhst_procinfo() in net/ipv4/ip_masq.c of Linux 2.2, which 2.0 had in
 * net/ipv4/ip_masq.c and 2.4 in net/ipv4/netfilter/ip_fw_compat_masq.c: a connection that is masqueraded, and so a
 * source that is translated. Ports have words of their own in the header and none in the rows.
 */
import { ipv4 } from '../../text/address.ts';
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { LimitReached } from '../../text/parse-error.ts';
import type { RowsAsk, Session } from '../rows.ts';
import { ROWS_LIMIT } from './entries.ts';

/** What masquerading knew of: the others were added from outside. */
export const masqueradedProtocols = ['tcp', 'udp', 'icmp', 'gre', 'other'] as const;
type Protocol = (typeof masqueradedProtocols)[number];

export type Masqueraded = Readonly<Record<Protocol, number>>;

const HEADER = 'Prc FromIP FPrt ToIP TPrt Masq Init-seq Delta PDelta|Expires';
const PREVIOUS_DELTA_HEADER_WORD = 8;
const field = { protocol: 0, from: 1, to: 2, port: 3, sequence: 4, delta: 5 } as const;
const protocolsByWord: ReadonlyMap<string, Protocol> = new Map([
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['ICMP', 'icmp'],
  ['GRE', 'gre'],
]);

export const masqueradeLines = (): Fold<Line, Masqueraded> =>
  headed(HEADER, header => rows(expiresField(header)));

/** The same rows one by one. */
export const masqueradedSessions = (ask: RowsAsk<Session>): Fold<Line, unknown> =>
  headed(HEADER, header => sessions(expiresField(header), ask));

const expiresField = (header: Line): number =>
  header.is(PREVIOUS_DELTA_HEADER_WORD, 'PDelta') ? field.delta + 2 : field.delta + 1;

const protocolOf = (line: Line): Protocol => protocolsByWord.get(line.text(field.protocol)) ?? 'other';

const rows = (expires: number): Fold<Line, Masqueraded> => {
  const counts = { tcp: 0, udp: 0, icmp: 0, gre: 0, other: 0 };
  return {
    add(line) {
      if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
      line.pair(field.from);
      line.pair(field.to);
      line.hex(field.port);
      line.hex(field.sequence);
      for (let delta = field.delta; delta < expires; delta++) line.signed(delta);
      line.decimal(expires);
      counts[protocolOf(line)]++;
    },
    end: () => counts,
  };
};

/**
 * Behind which address the source is hidden the kernel does not say. Of ICMP the ports are the id, and type and code of the
 * question; the masquerading port is the id that is seen outside.
 */
const sessions = (expires: number, { machine, offer }: RowsAsk<Session>): Fold<Line, unknown> => ({
  add(line) {
    if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
    const source = endOf(line, field.from);
    const destination = endOf(line, field.to);
    const previousDelta = field.delta + 1;
    offer({
      family: 'inet',
      protocol: protocolOf(line),
      state: '',
      nat: 'source',
      source: source.address,
      sourcePort: source.port,
      destination: destination.address,
      destinationPort: destination.port,
      replySource: destination.address,
      replySourcePort: destination.port,
      replyDestination: '',
      replyDestinationPort: line.hex(field.port),
      sequence: {
        initial: line.hex(field.sequence),
        delta: line.signed(field.delta),
        previousDelta: previousDelta < expires ? line.signed(previousDelta) : undefined,
      },
      expiresSeconds: line.decimal(expires) / machine.ticksPerSecond,
      flags: [],
    });
  },
  end: () => undefined,
});

/** Printed as a number, and so the same on hosts of either byte order. */
const endOf = (line: Line, at: number): { readonly address: string; readonly port: number } => {
  const { left, right } = line.pair(at);
  return { address: ipv4(left, 'big'), port: right };
};
