/**
 * /proc/net/igmp: IPv4 multicast groups, printed by igmp_mc_seq_show() in net/ipv4/igmp.c. A line of a device is
 * followed by the lines of its groups, which begin with tabs. The first kernels print neither index nor querier.
 */
import { perDevice } from '../metrics/label.ts';
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';
import { addMembership, groupFamilies, type Memberships, type MulticastGroups } from './multicast-groups.ts';

interface IgmpDevices extends MulticastGroups {
  /** Device -> IGMP version in force there. */
  readonly versions: ReadonlyMap<string, number>;
}

const group = { address: 0, users: 1, timer: 2, reporter: 3 } as const;
const ADDRESS_DIGITS = 8;

/** Fields behind the device's name. */
const behindName = { count: 0, querier: 1 } as const;
const versionsByQuerier: Readonly<Record<string, number>> = { V1: 1, V2: 2, V3: 3 };

const groupLines = (header: Line): Fold<Line, IgmpDevices> => {
  const nameField = header.is(0, 'Idx') ? 1 : 0;
  const hasQuerier = header.is(nameField + 3, 'Querier');
  const devices = new Map<string, Memberships>();
  const versions = new Map<string, number>();
  let device: string | undefined;

  const addDevice = (line: Line): void => {
    // Until the line proves good, the groups below it belong to nobody.
    device = undefined;
    if (nameField > 0) line.decimal(0);
    const name = line.takeName(nameField);
    line.decimal(behindName.count);
    const version = hasQuerier ? versionsByQuerier[line.text(behindName.querier)] : undefined;
    if (version !== undefined) versions.set(name, version);
    devices.set(name, { groups: 0, users: 0 });
    device = name;
  };

  const addGroup = (line: Line): void => {
    if (device === undefined) throw line.wrong(0, 'a group without a device above it');
    if (line.width(group.address) !== ADDRESS_DIGITS) throw line.wrong(group.address, 'expected an address');
    const users = line.decimal(group.users);
    line.pair(group.timer);
    line.decimal(group.reporter);
    addMembership(devices, device, users);
  };

  return {
    add(line) {
      if (line.indented) addGroup(line);
      else addDevice(line);
    },
    end: () => ({ devices, versions }),
  };
};

export const igmp = collector({
  name: 'igmp',
  file: 'net/igmp',
  about: 'IPv4 multicast groups of every interface and the IGMP version in force.',
  fold: () => headed('Idx|Device Device|: :|Count Count|Querier|Group', groupLines),
  families: [
    ...groupFamilies('inet'),
    familyOf<IgmpDevices>()({
      name: 'igmp_version',
      kind: 'gauge',
      help: 'The IGMP version that the interface speaks, lowered by an older querier in its network (Querier of net/igmp; no series where it is NONE).',
      labels: [perDevice],
      sample({ versions }, emit) {
        for (const [device, version] of versions) emit(version, device);
      },
    }),
  ],
});
