/** /proc/net/if_inet6: one line an IPv6 address, no header, printed by if6_seq_show() in net/ipv6/addrconf.c. */
import { countedByDevice } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';

/** Interface -> addresses. */
type Addresses = ReadonlyMap<string, number>;

const field = { address: 0, index: 1, prefixLength: 2, scope: 3, flags: 4, device: 5 } as const;
const ADDRESS_DIGITS = 32;

const addressLines = (): Fold<Line, Addresses> => {
  const addresses = new Map<string, number>();
  return {
    add(line) {
      if (line.width(field.address) !== ADDRESS_DIGITS)
        throw line.wrong(field.address, 'expected an address');
      line.hex(field.index);
      line.hex(field.prefixLength);
      line.hex(field.scope);
      line.hex(field.flags);
      const device = line.text(field.device);
      addresses.set(device, (addresses.get(device) ?? 0) + 1);
    },
    end: () => addresses,
  };
};

export const ifInet6 = collector({
  name: 'if_inet6',
  file: 'net/if_inet6',
  about: 'IPv6 addresses of every interface.',
  fold: addressLines,
  families: [
    familyOf<Addresses>()({
      name: 'interface_addresses',
      kind: 'gauge',
      help: 'Addresses of the interface: one that lost its last cannot be reached (one line of net/if_inet6 each).',
      labels: [{ name: 'family', values: ['inet6'] }, countedByDevice],
      sample(addresses, emit) {
        for (const [device, count] of addresses) emit(count, 'inet6', device);
      },
    }),
  ],
});
