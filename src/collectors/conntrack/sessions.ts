/**
 * Rows of nf_conntrack and ip_conntrack one by one: the walk of entries.ts over the same fields, and what stands in them.
 */
import { ipv6 } from '../../text/address.ts';
import type { Fold } from '../../text/fold.ts';
import { readable, type Line } from '../../text/line.ts';
import { LimitReached } from '../../text/parse-error.ts';
import type { Session } from '../rows.ts';
import {
  flagFrom,
  flags,
  FROM,
  kindOf,
  nats,
  natOf,
  NONE,
  requireNumber,
  ROWS_LIMIT,
  stateOf,
  TO,
  tupleFields,
  tupleFrom,
  UNREPLIED,
} from './entries.ts';
import { statesOf, type Kind } from './protocols.ts';

export const sessionLines = (offer: (session: Session) => void): Fold<Line, unknown> => ({
  add(line) {
    if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
    const fields = line.count;
    const isInet6 = line.is(0, 'ipv6');
    const hasVersion = isInet6 || line.is(0, 'ipv4');
    if (!hasVersion && line.is(0, 'EXPECTING:')) return;
    if (hasVersion) requireNumber(line, 1, isInet6 ? 10 : 2);

    const word = hasVersion ? 2 : 0;
    const kind = kindOf(line, word);
    const isOffloaded = line.startsWith(word + 2, FROM);
    const state = isOffloaded ? kind.offloaded : stateOf(line, word + 2, kind);
    const first = tupleFrom(line, isOffloaded ? word + 2 : word + 3, kind);
    const reply = tupleFrom(line, first + tupleFields(kind), kind);
    const isUnreplied = line.is(reply - 1, '[UNREPLIED]');
    const nat = natOf(line, first, reply, kind);
    const flag = flagFrom(line, reply + tupleFields(kind), fields);

    const [sourcePort, destinationPort] = portsOf(line, first, kind);
    const [replySourcePort, replyDestinationPort] = portsOf(line, reply, kind);
    offer({
      family: isInet6 ? 'inet6' : 'inet',
      protocol: kind.protocol,
      state: statesOf[kind.protocol][state === NONE ? Number(isUnreplied) : state] ?? '',
      nat: nats[nat] ?? '',
      expiresSeconds: isOffloaded ? undefined : line.signed(word + 2),
      source: addressOf(line, first, FROM),
      sourcePort,
      destination: addressOf(line, first + 1, TO),
      destinationPort,
      replySource: addressOf(line, reply, FROM),
      replySourcePort,
      replyDestination: addressOf(line, reply + 1, TO),
      replyDestinationPort,
      flags: flags.filter((_, i) => i === flag || (i === UNREPLIED && isUnreplied)),
    });
  },
  end: () => undefined,
});

/** The kernel prints all digits of an IPv6 address; what is none is shown as it stands there. */
const addressOf = (line: Line, field: number, key: Uint8Array): string => {
  const text = line.text(field).slice(key.length);
  return ipv6(text.replaceAll(':', '')) ?? text;
};

/** Those that the tuple has behind its addresses. ICMP has one id for both ends. */
const portsOf = (
  line: Line,
  tuple: number,
  { tuple: { keys, reply } }: Kind,
): readonly [source: number | undefined, destination: number | undefined] => {
  const behindAddresses = tuple + 2;
  const port = (key: number): number => portOf(line, behindAddresses + key, keys[key] ?? FROM);
  if (reply === 'ends') return [port(0), port(1)];
  return [reply === 'id' ? port(keys.length - 1) : undefined, undefined];
};

/** A port or an id, or the key of a call: `sport=80`, `srckey=0x4000`. */
const portOf = (line: Line, field: number, key: Uint8Array): number => {
  const text = line.text(field).slice(key.length);
  if (!portText.test(text)) throw line.wrong(field, `expected ${readable(key)} and a number`);
  return Number(text);
};

const portText = /^([0-9]{1,5}|0x[0-9a-f]{1,8})$/;
