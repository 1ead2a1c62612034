/** /proc/net/igmp6: one line an IPv6 multicast group, no header, printed by igmp6_mc_seq_show() in net/ipv6/mcast.c. */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { addMembership, groupFamilies, type Memberships, type MulticastGroups } from './multicast-groups.ts';

const field = { index: 0, device: 1, group: 2, users: 3, flags: 4, timer: 5 } as const;
const ADDRESS_DIGITS = 32;

const groupLines = (): Fold<Line, MulticastGroups> => {
  const devices = new Map<string, Memberships>();
  return {
    add(line) {
      line.decimal(field.index);
      if (line.width(field.group) !== ADDRESS_DIGITS) throw line.wrong(field.group, 'expected an address');
      line.hex(field.flags);
      line.decimal(field.timer);
      addMembership(devices, line.text(field.device), line.decimal(field.users));
    },
    end: () => ({ devices }),
  };
};

export const igmp6 = collector({
  name: 'igmp6',
  file: 'net/igmp6',
  about: 'IPv6 multicast groups of every interface.',
  fold: groupLines,
  families: groupFamilies('inet6'),
});
