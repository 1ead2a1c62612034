/**
 * /proc/net/dev_mcast: multicast addresses of the link that an interface listens to, one a line, no header, printed by
 * dev_mc_seq_show() in net/core/net-procfs.c. `ip maddress` calls them link; programs join them with AF_PACKET.
 */
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector } from './collector.ts';
import { addMembership, groupFamilies, type Memberships, type MulticastGroups } from './multicast-groups.ts';

const field = { index: 0, device: 1, users: 2, globalUsers: 3, address: 4 } as const;
const hardwareAddress = /^(?:[0-9a-fA-F]{2})+$/;

const addressLines = (): Fold<Line, MulticastGroups> => {
  const devices = new Map<string, Memberships>();
  return {
    add(line) {
      line.decimal(field.index);
      const users = line.decimal(field.users);
      line.decimal(field.globalUsers);
      // As long as the addresses of the link: 4 bytes on a tunnel, 6 on Ethernet, 20 on InfiniBand.
      if (!hardwareAddress.test(line.text(field.address))) {
        throw line.wrong(field.address, 'expected a hardware address');
      }
      addMembership(devices, line.text(field.device), users);
    },
    end: () => ({ devices }),
  };
};

export const devMcast = collector({
  name: 'dev_mcast',
  file: 'net/dev_mcast',
  about: 'Multicast addresses of the link that every interface listens to.',
  fold: addressLines,
  families: groupFamilies('packet'),
});
