/** Multicast groups as netstat -g lists them: those of IPv4 as net/igmp has them, then those of IPv6. */
import type { Group } from '../../collectors/rows.ts';
import type { Names } from './names.ts';
import { shown } from './shown.ts';

export const groupHeadings = (): readonly string[] => [
  'IPv6/IPv4 Group Memberships',
  'Interface       RefCnt Group',
  '--------------- ------ ---------------------',
];

/** Netstat counts bytes to fill up a name, we characters: the columns of a name beyond ASCII stay where they are. */
export const groupLine = ({ device, group, users }: Group, names: Names): string =>
  [shown(device).padEnd(15), String(users).padEnd(6), shown(names.host(group))].join(' ');
