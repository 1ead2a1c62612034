/** Kinds of links by the number that the kernel gives them (ARPHRD_ in include/uapi/linux/if_arp.h), as ifconfig calls them. */

export interface Hardware {
  readonly name: string;
  readonly title: string;
  /** An address of such a link, from the octets that the kernel tells; undefined where none is shown. */
  readonly address: ((octets: readonly number[]) => string) | undefined;
}

export const hardwareOf = (type: number): Hardware => kinds.get(type) ?? unspecified;

/** Of `02:00:00:00:00:01`, as sysfs prints it; undefined where it is something else. */
export const octetsOf = (address: string): readonly number[] | undefined => {
  if (address === '') return [];
  const words = address.split(':');
  return words.every(word => /^[0-9a-f]{2}$/i.test(word)) ? words.map(word => parseInt(word, 16)) : undefined;
};

const lower = (octets: readonly number[], separator: string): string =>
  octets.map(octet => octet.toString(16).padStart(2, '0')).join(separator);

const upper = (octets: readonly number[], separator: string): string =>
  lower(octets, separator).toUpperCase();

const lowerColons = (octets: readonly number[]): string => lower(octets, ':');
const upperColons = (octets: readonly number[]): string => upper(octets, ':');

/** Six characters, shifted by a bit and filled up with blanks, and the number of the station: `N0CALL-1`. */
const callsign = (octets: readonly number[]): string => {
  const [name = ''] = String.fromCharCode(...octets.slice(0, 6).map(octet => octet >> 1)).split(' ');
  const station = ((octets[6] ?? 0) >> 1) & 0xf;
  return station === 0 ? name : `${name}-${station}`;
};

/** As many octets as a socket address has, or those that there are. */
const UNSPECIFIED_OCTETS = 16;

/**
 * Of whatever kind it is. By ioctl eight octets of an address are told at most, and those behind a shorter one are what
 * was in memory before; ours are all that there are, and zeros behind them.
 */
const unspecified: Hardware = {
  name: 'unspec',
  title: 'UNSPEC',
  address: octets =>
    upper([...octets, ...Array.from({ length: UNSPECIFIED_OCTETS }, () => 0).slice(octets.length)], '-'),
};

const kind = (
  type: number,
  name: string,
  title: string,
  address?: Hardware['address'],
): readonly [type: number, hardware: Hardware] => [type, { name, title, address }];

/** Those that net-tools 2.10 knows. Devices of X.25 have no address, and tunnels one that is not shown. */
const kinds: ReadonlyMap<number, Hardware> = new Map([
  kind(0, 'netrom', 'AMPR NET/ROM', callsign),
  kind(1, 'ether', 'Ethernet', lowerColons),
  kind(3, 'ax25', 'AMPR AX.25', callsign),
  kind(7, 'arcnet', 'ARCnet', upperColons),
  // Its address is a number in the byte order of the host, which is not told here.
  kind(15, 'dlci', 'Frame Relay DLCI', lowerColons),
  kind(27, 'eui64', 'Generic EUI-64', upperColons),
  kind(256, 'slip', 'Serial Line IP'),
  kind(257, 'cslip', 'VJ Serial Line IP'),
  kind(258, 'slip6', '6-bit Serial Line IP'),
  kind(259, 'cslip6', 'VJ 6-bit Serial Line IP'),
  kind(264, 'adaptive', 'Adaptive Serial Line IP'),
  kind(270, 'rose', 'AMPR ROSE', octets => lower(octets, '')),
  kind(271, 'x25', 'generic X.25', lowerColons),
  kind(512, 'ppp', 'Point-to-Point Protocol'),
  kind(513, 'hdlc', '(Cisco)-HDLC'),
  kind(516, 'lapb', 'LAPB'),
  kind(768, 'tunnel', 'IPIP Tunnel'),
  kind(770, 'frad', 'Frame Relay Access Device'),
  kind(772, 'loop', 'Local Loopback'),
  kind(774, 'fddi', 'Fiber Distributed Data Interface', octets => upper(octets, '-')),
  kind(776, 'sit', 'IPv6-in-IPv4'),
  kind(780, 'hippi', 'HIPPI', upperColons),
  kind(783, 'irda', 'IrLAP', lowerColons),
]);
