/**
 * /proc/net/arp: neighbours and proxies of IPv4, printed by arp_seq_show() in net/ipv4/arp.c. The hardware address
 * is a callsign on AX.25 and nothing at all on a device without addresses, so what follows it is found from
 * the end of the line. A neighbour that does not answer has the flags of one that was not asked yet.
 */
import { isIpv4 } from '../text/address.ts';
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { addNeighbour, neighbourFamily, type Neighbours } from './neighbours.ts';

const states = ['COMPLETE', 'INCOMPLETE', 'PERMANENT', 'PUBLISHED'] as const;

const field = { address: 0, hardwareType: 1, flags: 2 } as const;
/** With a hardware address that is empty. */
const LEAST_FIELDS = 5;

const flag = { complete: 0x2, permanent: 0x4, published: 0x8 } as const;

const stateOf = (flags: number): (typeof states)[number] => {
  if ((flags & flag.published) !== 0) return 'PUBLISHED';
  if ((flags & flag.permanent) !== 0) return 'PERMANENT';
  return (flags & flag.complete) !== 0 ? 'COMPLETE' : 'INCOMPLETE';
};

const neighbourLines = (): Fold<Line, Neighbours> => {
  const neighbours = new Map<string, Map<string, number>>();
  return {
    add(line) {
      if (!isIpv4(line.text(field.address))) throw line.wrong(field.address, 'expected an IPv4 address');
      line.prefixedHex(field.hardwareType);
      const state = stateOf(line.prefixedHex(field.flags));
      // The last two: a mask, which is always the same, and the device.
      const mask = Math.max(line.count, LEAST_FIELDS) - 2;
      if (!line.is(mask, '*')) throw line.wrong(mask, 'expected "*" and a device');
      const device = line.text(mask + 1);
      addNeighbour(neighbours, device === '*' ? '' : device, state);
    },
    end: () => neighbours,
  };
};

export const arp = collector({
  name: 'arp',
  file: 'net/arp',
  about: 'IPv4 neighbours of every interface by state, and the addresses this host answers for as a proxy.',
  fold: () => headed('IP address HW type Flags HW address Mask Device', neighbourLines),
  families: [neighbourFamily('inet', states)],
});
