/**
 * /proc/net/igmp: IPv4 multicast groups, printed by igmp_mc_seq_show() in net/ipv4/igmp.c. A line of a device is
 * followed by the lines of its groups, which begin with tabs. The first kernels print neither index nor querier.
 */
import { perDevice } from '../metrics/label.ts';
import { ipv4 } from '../text/address.ts';
import { headed } from '../text/headed.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';
import {
  addMembership,
  groupFamilies,
  groupInfoFamily,
  groupList,
  type Memberships,
  type MulticastGroups,
} from './multicast-groups.ts';

interface IgmpDevices extends MulticastGroups {
  /** Device -> IGMP version in force there. */
  readonly versions: ReadonlyMap<string, number>;
}

/** What becomes of the lines that are good. */
interface Visitor<T> {
  /** @param version of IGMP; undefined where the kernel tells none */
  device(name: string, version: number | undefined): void;
  group(device: string, address: number, users: number, line: Line): void;
  end(): T;
}

const field = { address: 0, users: 1, timer: 2, reporter: 3 } as const;
const ADDRESS_DIGITS = 8;

/** Fields behind the device's name. */
const behindName = { count: 0, querier: 1 } as const;
const versionsByQuerier: ReadonlyMap<string, number> = new Map([
  ['V1', 1],
  ['V2', 2],
  ['V3', 3],
]);

const groupLines = <T>(header: Line, visitor: Visitor<T>): Fold<Line, T> => {
  const nameField = header.is(0, 'Idx') ? 1 : 0;
  const hasQuerier = header.is(nameField + 3, 'Querier');
  let device: string | undefined;

  const addDevice = (line: Line): void => {
    // Until the line proves good, the groups below it belong to nobody.
    device = undefined;
    if (nameField > 0) line.decimal(0);
    const name = line.takeName(nameField);
    line.decimal(behindName.count);
    visitor.device(name, hasQuerier ? versionsByQuerier.get(line.text(behindName.querier)) : undefined);
    device = name;
  };

  const addGroup = (line: Line): void => {
    if (device === undefined) throw line.wrong(0, 'a group without a device above it');
    if (line.width(field.address) !== ADDRESS_DIGITS) throw line.wrong(field.address, 'expected an address');
    const address = line.hex(field.address);
    const users = line.decimal(field.users);
    line.pair(field.timer);
    line.decimal(field.reporter);
    visitor.group(device, address, users, line);
  };

  return {
    add(line) {
      if (line.indented) addGroup(line);
      else addDevice(line);
    },
    end: () => visitor.end(),
  };
};

const igmpLines = <T>(visitor: Visitor<T>): Fold<Line, T> =>
  headed('Idx|Device Device|: :|Count Count|Querier|Group', header => groupLines(header, visitor));

const counts = (): Visitor<IgmpDevices> => {
  const devices = new Map<string, Memberships>();
  const versions = new Map<string, number>();
  return {
    device(name, version) {
      if (version !== undefined) versions.set(name, version);
      devices.set(name, { groups: 0, users: 0 });
    },
    group(device, _address, users) {
      addMembership(devices, device, users);
    },
    end: () => ({ devices, versions }),
  };
};

export const igmp = collector({
  name: 'igmp',
  file: 'net/igmp',
  about: 'IPv4 multicast groups of every interface and the IGMP version in force.',
  fold: () => igmpLines(counts()),
  rows: {
    of: 'groups',
    fold: ({ machine, offer }) =>
      igmpLines({
        device: () => undefined,
        group(device, address, users) {
          offer({ family: 'inet', device, group: ipv4(address, machine.byteOrder), users });
        },
        end: () => undefined,
      }),
  },
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

export const igmpGroups = collector({
  name: 'igmp_groups',
  file: 'net/igmp',
  optional: true,
  about: 'The IPv4 multicast groups themselves.',
  fold: ({ machine }) => {
    const list = groupList();
    return igmpLines({
      device: () => undefined,
      group(device, address, _users, line) {
        list.add(device, ipv4(address, machine.byteOrder), line);
      },
      end: list.end,
    });
  },
  families: [groupInfoFamily('inet')],
});
