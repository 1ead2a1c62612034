/** /proc/net/igmp6: one line an IPv6 multicast group, no header, printed by igmp6_mc_seq_show() in net/ipv6/mcast.c. */
import { ipv6 } from '../text/address.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import {
  addMembership,
  groupFamilies,
  groupInfoFamily,
  groupList,
  type Memberships,
  type MulticastGroups,
} from './multicast-groups.ts';

const field = { index: 0, device: 1, group: 2, users: 3, flags: 4, timer: 5 } as const;
const ADDRESS_DIGITS = 32;

/** @param group what becomes of a line that is good */
const groupLines = <T>(
  group: (device: string, users: number, line: Line) => void,
  end: () => T,
): Fold<Line, T> => ({
  add(line) {
    line.decimal(field.index);
    if (line.width(field.group) !== ADDRESS_DIGITS) throw line.wrong(field.group, 'expected an address');
    line.hex(field.flags);
    line.decimal(field.timer);
    group(line.text(field.device), line.decimal(field.users), line);
  },
  end,
});

const groupOf = (line: Line): string => {
  const address = ipv6(line.text(field.group));
  if (address === undefined) throw line.wrong(field.group, 'expected an address');
  return address;
};

export const igmp6 = collector({
  name: 'igmp6',
  file: 'net/igmp6',
  about: 'IPv6 multicast groups of every interface.',
  fold: () => {
    const devices = new Map<string, Memberships>();
    return groupLines<MulticastGroups>(
      (device, users) => {
        addMembership(devices, device, users);
      },
      () => ({ devices }),
    );
  },
  rows: {
    of: 'groups',
    fold: ({ offer }) =>
      groupLines(
        (device, users, line) => {
          offer({ family: 'inet6', device, group: groupOf(line), users });
        },
        () => undefined,
      ),
  },
  families: groupFamilies('inet6'),
});

export const igmp6Groups = collector({
  name: 'igmp6_groups',
  file: 'net/igmp6',
  optional: true,
  about: 'The IPv6 multicast groups themselves.',
  fold: () => {
    const list = groupList();
    return groupLines((device, _users, line) => {
      list.add(device, groupOf(line), line);
    }, list.end);
  },
  families: [groupInfoFamily('inet6')],
});
