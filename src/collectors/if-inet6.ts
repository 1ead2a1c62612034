/** /proc/net/if_inet6: one line an IPv6 address, no header, printed by if6_seq_show() in net/ipv6/addrconf.c. */
import { countedByDevice } from '../metrics/label.ts';
import { ipv6 } from '../text/address.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';
import type { InterfaceAddress } from './rows.ts';

/** Interface -> addresses. */
type Addresses = ReadonlyMap<string, number>;

const field = { address: 0, index: 1, prefixLength: 2, scope: 3, flags: 4, device: 5 } as const;
const ADDRESS_DIGITS = 32;

/** IPV6_ADDR_SCOPE_MASK of an address, include/net/ipv6.h. */
const scopes: Readonly<Record<number, InterfaceAddress['scope']>> = {
  0x00: 'global',
  0x10: 'host',
  0x20: 'link',
  0x40: 'site',
  0x80: 'compat',
};

/** @param take what becomes of an address whose line is good */
const addressLines = <T>(
  take: (device: string, prefixLength: number, scope: number, line: Line) => void,
  end: () => T,
): Fold<Line, T> => ({
  add(line) {
    if (line.width(field.address) !== ADDRESS_DIGITS) throw line.wrong(field.address, 'expected an address');
    line.hex(field.index);
    const prefixLength = line.hex(field.prefixLength);
    const scope = line.hex(field.scope);
    line.hex(field.flags);
    take(line.text(field.device), prefixLength, scope, line);
  },
  end,
});

export const ifInet6 = collector({
  name: 'if_inet6',
  file: 'net/if_inet6',
  about: 'IPv6 addresses of every interface.',
  fold: () => {
    const addresses = new Map<string, number>();
    return addressLines<Addresses>(
      device => {
        addresses.set(device, (addresses.get(device) ?? 0) + 1);
      },
      () => addresses,
    );
  },
  rows: {
    of: 'interfaces',
    fold: ({ offer }) =>
      addressLines(
        (device, prefixLength, scope, line) => {
          const address = ipv6(line.text(field.address));
          if (address === undefined) throw line.wrong(field.address, 'expected an address');
          const one = { family: 'inet6', address, prefixLength, scope: scopes[scope] ?? 'unknown' } as const;
          offer({ device, addresses: [one] });
        },
        () => undefined,
      ),
  },
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
