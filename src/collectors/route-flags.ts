/** The letters that netstat has for the flags of a route, in its order. */

export type Letters = readonly (readonly [bit: number, letter: string])[];

export const lettersOf = (flags: number, letters: Letters): string =>
  letters
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('');

/** On IPv4 the mark of a route that refuses what it matches stands in place of all letters before it. */
export const markedLettersOf = (flags: number, letters: Letters): string => {
  const text = lettersOf(flags, letters);
  return text.slice(Math.max(0, text.indexOf('!')));
};

/** RTF_ of include/uapi/linux/route.h, and what IPv6 added to it in ipv6_route.h. */
export const flag = {
  up: 0x1,
  gateway: 0x2,
  host: 0x4,
  reinstate: 0x8,
  dynamic: 0x10,
  modified: 0x20,
  mtu: 0x40,
  window: 0x80,
  roundTripTime: 0x100,
  reject: 0x200,
  notCached: 0x400,
  default: 0x10000,
  allOnLink: 0x20000,
  addressConfiguration: 0x40000,
  noNextHop: 0x200000,
  expires: 0x400000,
  cached: 0x1000000,
  flow: 0x2000000,
  policy: 0x4000000,
  local: 0x80000000,
} as const;

/** Of AppleTalk as well, which has the flags of IPv4. */
export const ipv4Letters: Letters = [
  [flag.up, 'U'],
  [flag.gateway, 'G'],
  [flag.reject, '!'],
  [flag.host, 'H'],
  [flag.reinstate, 'R'],
  [flag.dynamic, 'D'],
  [flag.modified, 'M'],
  [flag.default, 'd'],
  [flag.allOnLink, 'a'],
  [flag.addressConfiguration, 'c'],
  [flag.noNextHop, 'o'],
  [flag.expires, 'e'],
  [flag.cached, 'c'],
  [flag.flow, 'f'],
  [flag.policy, 'p'],
  [flag.local, 'l'],
  [flag.mtu, 'u'],
  [flag.window, 'w'],
  [flag.roundTripTime, 'i'],
  [flag.notCached, 'n'],
];

export const ipv6Letters: Letters = [
  [flag.up, 'U'],
  [flag.reject, '!'],
  [flag.gateway, 'G'],
  [flag.host, 'H'],
  [flag.default, 'D'],
  [flag.addressConfiguration, 'A'],
  [flag.cached, 'C'],
  [flag.allOnLink, 'a'],
  [flag.expires, 'e'],
  [flag.modified, 'm'],
  [flag.noNextHop, 'n'],
  [flag.flow, 'f'],
];

/** RTCF_ of include/uapi/linux/in_route.h, below them RTF_, some of whose bits mean the next hop: RTNH_F_ of rtnetlink.h. */
export const cacheLetters: Letters = [
  [flag.gateway, 'G'],
  [flag.reject, '!'],
  [flag.reinstate, 'R'],
  [flag.dynamic, 'D'],
  [flag.modified, 'M'],
  [0x1, '-'],
  [0x4, 'o'],
  [0x10000, 'n'],
  [0x20000, 'd'],
  [0x80000, 't'],
  [0x200000, 'f'],
  [0x400000, 'q'],
  [0x800000, 'Ns'],
  [0x1000000, 'r'],
  [0x4000000, 'i'],
  [0x8000000, 'Nd'],
  [0x10000000, 'b'],
  [0x20000000, 'm'],
  [0x40000000, '#'],
  [0x80000000, 'l'],
];

/** Before 2.1 the lowest bits were RTF_ as well. */
export const oldCacheLetters: Letters = [
  [flag.up, 'U'],
  [flag.host, 'H'],
  ...cacheLetters.filter(([, letter]) => letter !== '-' && letter !== 'o'),
];
