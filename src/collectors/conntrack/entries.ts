/**
 * Rows of nf_conntrack and ip_conntrack, printed by ct_seq_show() in net/netfilter/nf_conntrack_standalone.c: words
 * about the connection, the tuple of its first packet, the tuple that a reply would have, and between and behind them
 * flags in brackets. Nothing there says that a connection is translated; a reply that would come from elsewhere than
 * the first packet went to, or go to elsewhere than it came from, does.
 */
import type { Fold } from '../../text/fold.ts';
import { ascii, readable, type Line } from '../../text/line.ts';
import { LimitReached } from '../../text/parse-error.ts';
import { kinds, otherKind, protocols, statesOf, words, type Kind, type Protocol } from './protocols.ts';

/** Four times the 262,144 that the kernel allows by default on a large host. */
export const ROWS_LIMIT = 1_000_000;

export const nats = ['source', 'destination', 'both'] as const;
export const flags = ['UNREPLIED', 'ASSURED', 'OFFLOAD', 'HW_OFFLOAD'] as const;

/** Connections of one protocol over one IP version. Arrays are indexed as `statesOf` it, `nats` and `flags`. */
export interface Tally {
  readonly states: Float64Array;
  readonly nat: Float64Array;
  readonly flags: Float64Array;
}

export type ByProtocol = Readonly<Record<Protocol, Tally>>;

export interface Entries {
  readonly inet: ByProtocol;
  /** Undefined where the file is one of IPv4 alone, which only a row tells: an empty one is taken for nf_conntrack. */
  readonly inet6: ByProtocol | undefined;
}

export const FROM = ascii('src=');
export const TO = ascii('dst=');
const USERS = ascii('use=');
const BRACKET = ascii('[');
const ID_KEY_BYTES = 3;

const flagWords = flags.map(flag => ascii(`[${flag}]`));
export const UNREPLIED = flags.indexOf('UNREPLIED');
const SOURCE = nats.indexOf('source');
const DESTINATION = nats.indexOf('destination');
const BOTH = nats.indexOf('both');
export const NONE = -1;

/** Fields behind the second tuple: a kernel with everything prints nine. With more, the end of the row was lost. */
const TAIL_FIELDS_LIMIT = 12;

export const entryLines = (): Fold<Line, Entries> => {
  const inet = noConnections();
  const inet6 = noConnections();
  let tellsVersion = true;

  return {
    add(line) {
      if (line.number > ROWS_LIMIT) throw new LimitReached(`more than ${ROWS_LIMIT} rows`, line.number);
      // All fields are found at once: one after the other takes longer.
      const fields = line.count;
      const isInet6 = line.is(0, 'ipv6');
      const hasVersion = isInet6 || line.is(0, 'ipv4');
      // Linux 2.4 lists here also what has a file of its own later: connections that are only expected.
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

      const tally = (isInet6 ? inet6 : inet)[kind.protocol];
      count(tally.states, state === NONE ? Number(isUnreplied) : state);
      if (nat !== NONE) count(tally.nat, nat);
      if (isUnreplied) count(tally.flags, UNREPLIED);
      if (flag !== NONE) count(tally.flags, flag);
      if (!hasVersion) tellsVersion = false;
    },
    end: () => ({ inet, inet6: tellsVersion ? inet6 : undefined }),
  };
};

const noConnections = (): ByProtocol =>
  Object.fromEntries(
    protocols.map(protocol => [
      protocol,
      {
        states: new Float64Array(statesOf[protocol].length),
        nat: new Float64Array(nats.length),
        flags: new Float64Array(flags.length),
      },
    ]),
  ) as ByProtocol;

const count = (counts: Float64Array, index: number): void => {
  counts[index] = (counts[index] ?? 0) + 1;
};

export const kindOf = (line: Line, field: number): Kind => {
  const kind = kinds[line.oneOf(field, words)] ?? otherKind;
  requireNumber(line, field + 1, kind.number);
  return kind;
};

export const requireNumber = (line: Line, field: number, expected: number | undefined): void => {
  const number = line.decimal(field);
  if (expected !== undefined && number !== expected) throw line.wrong(field, `expected ${expected}`);
};

/** Stands behind the seconds that are left. */
export const stateOf = (line: Line, field: number, { states, unknown }: Kind): number => {
  line.signed(field);
  if (states.length === 0) return NONE;
  const state = line.oneOf(field + 1, states);
  if (state !== NONE) return state;
  if (line.startsWith(field + 1, FROM)) throw line.wrong(field + 1, 'expected a state');
  return unknown;
};

/** Where the next tuple begins: behind the state, the timeouts of GRE, counters or a flag. */
export const tupleFrom = (line: Line, field: number, { tuple: { keys } }: Kind): number => {
  let first = field;
  while (!line.startsWith(first, FROM)) {
    if (!line.has(first)) throw line.wrong(first, 'expected src= and an address');
    first++;
  }
  requireKey(line, first + 1, TO);
  for (let i = 0; i < keys.length; i++) requireKey(line, first + 2 + i, keys[i] ?? TO);
  return first;
};

const requireKey = (line: Line, field: number, key: Uint8Array): void => {
  if (!line.startsWith(field, key)) throw line.wrong(field, `expected ${readable(key)} and a value`);
};

export const tupleFields = ({ tuple }: Kind): number => 2 + tuple.keys.length;

/** Which of `nats`, told by what a reply would have that the first packet has not. */
export const natOf = (line: Line, first: number, reply: number, { tuple }: Kind): number => {
  let isSource = !line.sameBehind(first, reply + 1, FROM.length);
  let isDestination = !line.sameBehind(first + 1, reply, TO.length);
  if (tuple.reply === 'ends') {
    const { length } = tuple.keys[0] ?? TO;
    isSource ||= !line.sameBehind(first + 2, reply + 3, length);
    isDestination ||= !line.sameBehind(first + 3, reply + 2, length);
  } else if (tuple.reply === 'id') {
    isSource ||= !line.sameBehind(first + 4, reply + 4, ID_KEY_BYTES);
  }
  if (isSource) return isDestination ? BOTH : SOURCE;
  return isDestination ? DESTINATION : NONE;
};

/** Which of `flags` stands behind the second tuple. The count of users ends a row: without it the row was cut. */
export const flagFrom = (line: Line, field: number, fields: number): number => {
  let last = fields - 1;
  while (last >= field && !line.startsWith(last, USERS)) last--;
  if (last < field) throw line.wrong(fields, 'expected use= at the end');
  if (last - field >= TAIL_FIELDS_LIMIT) throw line.wrong(last, 'expected the end of the row long before');
  line.decimalBehind(last, USERS);
  for (let at = field; at < last; at++) {
    if (line.startsWith(at, BRACKET)) return line.oneOf(at, flagWords);
  }
  return NONE;
};
