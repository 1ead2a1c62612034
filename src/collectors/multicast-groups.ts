/** What igmp, igmp6 and dev_mcast fold to, and the families read off it. */
import { countedByDevice, type AddressFamily } from '../metrics/label.ts';
import type { Line } from '../text/line.ts';
import { LimitReached } from '../text/parse-error.ts';
import { familyOf } from './collector.ts';

export interface Memberships {
  groups: number;
  users: number;
}

/** By device. */
export interface MulticastGroups {
  readonly devices: ReadonlyMap<string, Readonly<Memberships>>;
}

export const addMembership = (devices: Map<string, Memberships>, device: string, users: number): void => {
  const memberships = devices.get(device) ?? { groups: 0, users: 0 };
  memberships.groups++;
  memberships.users += users;
  devices.set(device, memberships);
};

export const groupFamilies = (family: AddressFamily) => {
  const metric = familyOf<MulticastGroups>();
  const labels = [{ name: 'family', values: [family] }, countedByDevice] as const;
  return [
    metric({
      name: 'multicast_groups',
      kind: 'gauge',
      help: 'Multicast groups that the interface is a member of: a fall means that a program left, or lost, its group (one line of net/igmp, net/igmp6 or net/dev_mcast each).',
      labels,
      sample({ devices }, emit) {
        for (const [device, { groups }] of devices) emit(groups, family, device);
      },
    }),
    metric({
      name: 'multicast_group_users',
      kind: 'gauge',
      help: 'Users of the multicast groups of the interface, added up: a group is left when its last user goes (Users of net/igmp, net/igmp6 and net/dev_mcast).',
      labels,
      sample({ devices }, emit) {
        for (const [device, { users }] of devices) emit(users, family, device);
      },
    }),
  ] as const;
};

/** Memberships whose groups are listed: some 10 MB at the most. */
const LISTED_LIMIT = 65_536;

/** Device -> the groups that it is a member of. */
export type GroupList = ReadonlyMap<string, ReadonlySet<string>>;

export const groupList = () => {
  const devices = new Map<string, Set<string>>();
  let listed = 0;
  return {
    add(device: string, group: string, line: Line): void {
      if (listed === LISTED_LIMIT) throw new LimitReached(`more than ${LISTED_LIMIT} groups`, line.number);
      const groups = devices.get(device) ?? new Set();
      devices.set(device, groups.add(group));
      listed++;
    },
    end: (): GroupList => devices,
  };
};

export const groupInfoFamily = (family: 'inet' | 'inet6') =>
  familyOf<GroupList>()({
    name: 'multicast_group_info',
    kind: 'gauge',
    help: 'Always 1: a multicast group that the interface is a member of; gone when its last user left or lost it (one line of net/igmp or net/igmp6 each).',
    labels: [
      { name: 'family', values: [family] },
      { name: 'device', with: 'group' },
      { name: 'group', limit: 128, surplus: 'left out' },
    ],
    sample(devices, emit) {
      for (const [device, groups] of devices) {
        for (const group of groups) emit(1, family, device, group);
      }
    },
  });
