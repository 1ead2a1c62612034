/**
 * Rows of ip_masquerade, printed by ip_msqhst_procinfo() in net/ipv4/ip_masq.c of Linux 2.2, which 2.0 had in
 * net/ipv4/ip_masq.c and 2.4 in net/ipv4/netfilter/ip_fw_compat_masq.c: a connection that is masqueraded, and so a
 * source that is translated. Ports have words of their own in the header and none in the rows.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { LimitReached } from '../../text/parse-error.ts';
import { ROWS_LIMIT } from './entries.ts';

/** What masquerading knew of: the others were added from outside. */
export const masqueradedProtocols = ['tcp', 'udp', 'icmp', 'gre', 'other'] as const;
type Protocol = (typeof masqueradedProtocols)[number];

export type Masqueraded = Readonly<Record<Protocol, number>>;

const PREVIOUS_DELTA_HEADER_WORD = 8;
const field = { protocol: 0, from: 1, to: 2, port: 3, sequence: 4, delta: 5 } as const;
const protocolsByWord: Readonly<Record<string, Protocol>> = {
  TCP: 'tcp',
  UDP: 'udp',
  ICMP: 'icmp',
  GRE: 'gre',
};

export const masqueradeLines = (): Fold<Line, Masqueraded> =>
  headed('Prc FromIP FPrt ToIP TPrt Masq Init-seq Delta PDelta|Expires', header =>
    rows(header.is(PREVIOUS_DELTA_HEADER_WORD, 'PDelta') ? field.delta + 2 : field.delta + 1),
  );

const rows = (expires: number): Fold<Line, Masqueraded> => {
  const sessions = { tcp: 0, udp: 0, icmp: 0, gre: 0, other: 0 };
  return {
    add(line) {
      if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
      line.pair(field.from);
      line.pair(field.to);
      line.hex(field.port);
      line.hex(field.sequence);
      for (let delta = field.delta; delta < expires; delta++) line.signed(delta);
      line.decimal(expires);
      sessions[protocolsByWord[line.text(field.protocol)] ?? 'other']++;
    },
    end: () => sessions,
  };
};
