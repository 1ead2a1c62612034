/** What igmp and igmp6 fold to, and the families read off it. */
import { countedByDevice, type AddressFamily } from '../metrics/label.ts';
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
      help: 'Multicast groups that the interface is a member of: a fall means that a program left, or lost, its group (one line of net/igmp or net/igmp6 each).',
      labels,
      sample({ devices }, emit) {
        for (const [device, { groups }] of devices) emit(groups, family, device);
      },
    }),
    metric({
      name: 'multicast_group_users',
      kind: 'gauge',
      help: 'Users of the multicast groups of the interface, added up: a group is left when its last user goes (Users of net/igmp and net/igmp6).',
      labels,
      sample({ devices }, emit) {
        for (const [device, { users }] of devices) emit(users, family, device);
      },
    }),
  ] as const;
};
