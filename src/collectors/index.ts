/** The list is the program: what it reads, in this order. */
import { dev } from './dev.ts';
import { ifInet6 } from './if-inet6.ts';
import { igmp } from './igmp.ts';
import { igmp6 } from './igmp6.ts';
import { interfaces } from './interfaces.ts';
import { ipv6Route } from './ipv6-route.ts';
import { netstat } from './netstat.ts';
import { route } from './route.ts';
import { snmp } from './snmp.ts';
import { snmp6 } from './snmp6.ts';
import { icmp, icmp6, raw, raw6, tcp, tcp6, udp, udp6, udplite, udplite6 } from './sockets/inet.ts';
import { unix } from './sockets/unix.ts';
import { sockstat, sockstat6 } from './sockstat.ts';

export const collectors = [
  dev,
  interfaces,
  ifInet6,
  snmp,
  snmp6,
  netstat,
  sockstat,
  sockstat6,
  route,
  ipv6Route,
  igmp,
  igmp6,
  udp,
  udp6,
  udplite,
  udplite6,
  raw,
  raw6,
  icmp,
  icmp6,
  unix,
  tcp,
  tcp6,
] as const;
