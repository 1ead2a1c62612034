/**
 * /proc/net/nf_conntrack_expect: one line a connection that another one announced, no header, for root alone. Printed by
 * exp_seq_show() in net/netfilter/nf_conntrack_expect.c; ip_conntrack_expect is the same over IPv4, without the words for
 * that.
 */
import type { Fold } from '../../text/fold.ts';
import { ascii, type Line } from '../../text/line.ts';
import { LimitReached } from '../../text/parse-error.ts';
import { collector, familyOf } from '../collector.ts';
import { ROWS_LIMIT } from './entries.ts';
import { protocolByNumber, protocols, type Protocol } from './protocols.ts';

type ByProtocol = Record<Protocol, number>;

interface Expectations {
  readonly inet: Readonly<ByProtocol>;
  /** Undefined where the file is one of IPv4 alone, which only a row tells. */
  readonly inet6: Readonly<ByProtocol> | undefined;
}

/** AF_INET and AF_INET6. */
const familiesByNumber = { 2: 'inet', 10: 'inet6' } as const;
const families = Object.values(familiesByNumber);

const PROTOCOL = ascii('proto=');
const FROM = ascii('src=');
const TO = ascii('dst=');

const nothingExpected = (): ByProtocol => ({
  tcp: 0,
  udp: 0,
  udplite: 0,
  icmp: 0,
  sctp: 0,
  dccp: 0,
  gre: 0,
  other: 0,
});

const expectationLines = (): Fold<Line, Expectations> => {
  const expectations = { inet: nothingExpected(), inet6: nothingExpected() };
  let tellsFamily = true;
  return {
    add(line) {
      if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
      // The seconds that are left, or a dash where it does not expire.
      if (!line.is(0, '-')) line.signed(0);
      // `l3proto = 2`
      const hasFamily = line.is(1, 'l3proto');
      const family = hasFamily ? familyOfNumber(line, 3) : 'inet';
      const field = hasFamily ? 4 : 1;
      const protocol = protocolByNumber(line.decimalBehind(field, PROTOCOL));
      if (!line.startsWith(field + 1, FROM)) throw line.wrong(field + 1, 'expected src= and an address');
      if (!line.startsWith(field + 2, TO)) throw line.wrong(field + 2, 'expected dst= and an address');
      expectations[family][protocol]++;
      if (!hasFamily) tellsFamily = false;
    },
    end: () => ({ inet: expectations.inet, inet6: tellsFamily ? expectations.inet6 : undefined }),
  };
};

const familyOfNumber = (line: Line, field: number): (typeof families)[number] => {
  const number = line.decimal(field);
  if (number !== 2 && number !== 10) throw line.wrong(field, 'expected the number of IPv4 or IPv6');
  return familiesByNumber[number];
};

export const conntrackExpect = collector({
  name: 'conntrack_expect',
  file: 'net/nf_conntrack_expect',
  otherwise: ['net/ip_conntrack_expect'],
  about: 'Connections that others announced, such as the data of FTP or the voice of SIP, by protocol.',
  fold: expectationLines,
  families: [
    familyOf<Expectations>()({
      name: 'conntrack_expectations',
      kind: 'gauge',
      help: 'Connections that are expected because another one announced them: growth means that announced connections never come, or that somebody announces at will (net/nf_conntrack_expect or net/ip_conntrack_expect).',
      labels: [
        { name: 'family', values: families },
        { name: 'protocol', values: protocols },
      ],
      sample(expectations, emit) {
        for (const family of families) {
          const expected = expectations[family];
          if (expected === undefined) continue;
          for (const protocol of protocols) emit(expected[protocol], family, protocol);
        }
      },
    }),
  ],
});
