/** The list is the program: what it reads, in this order. */
import { arp } from './arp.ts';
import { devMcast } from './dev-mcast.ts';
import { devSnmp6 } from './dev-snmp6.ts';
import { conntrack } from './conntrack/conntrack.ts';
import { conntrackExpect } from './conntrack/expect.ts';
import { conntrackStat } from './conntrack/stat.ts';
import { conntrackCount, conntrackMax } from './conntrack/table.ts';
import { dev } from './dev.ts';
import { ifInet6 } from './if-inet6.ts';
import { igmp, igmpGroups } from './igmp.ts';
import { igmp6, igmp6Groups } from './igmp6.ts';
import { interfaces } from './interfaces.ts';
import { ipv6Route } from './ipv6-route.ts';
import { mcfilter, mcfilter6 } from './mcfilter.ts';
import { arpCache, ndiscCache } from './neighbour-tables.ts';
import { atalkArp } from './legacy/atalk-arp.ts';
import { atalkRoute } from './legacy/atalk-route.ts';
import { ax25Route } from './legacy/ax25-route.ts';
import { ax25, nr, rose, x25 } from './legacy/circuit-sockets.ts';
import { ddp } from './legacy/ddp.ts';
import { roseRoutes, x25Forward } from './legacy/forwarded-circuits.ts';
import { ipx } from './legacy/ipx.ts';
import { ipxRoute } from './legacy/ipx-route.ts';
import { nrNeigh } from './legacy/nr-neigh.ts';
import { nrNodes } from './legacy/nr-nodes.ts';
import { roseNeigh } from './legacy/rose-neigh.ts';
import { roseNodes } from './legacy/rose-nodes.ts';
import { x25Route } from './legacy/x25-route.ts';
import { netstat } from './netstat.ts';
import { programs } from './programs.ts';
import { protocols } from './protocols.ts';
import { route } from './route.ts';
import { rtCache } from './rt-cache.ts';
import { rt6Stats } from './rt6-stats.ts';
import { snmp } from './snmp.ts';
import { snmp6 } from './snmp6.ts';
import { softnetStat } from './softnet-stat.ts';
import { sctpSnmp } from './sctp-snmp.ts';
import { bnep, cmtp, hci, hidp, iso, l2cap, rfcomm, sco } from './sockets/bluetooth.ts';
import { icmp, icmp6, raw, raw6, tcp, tcp6, udp, udp6, udplite, udplite6 } from './sockets/inet.ts';
import { netlink } from './sockets/netlink.ts';
import { packet } from './sockets/packet.ts';
import { sctpAssocs } from './sockets/sctp-assocs.ts';
import { sctpEps } from './sockets/sctp-eps.ts';
import { unix } from './sockets/unix.ts';
import { sockstat, sockstat6 } from './sockstat.ts';
import { xfrmStat } from './xfrm-stat.ts';

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
  devMcast,
  mcfilter,
  mcfilter6,
  igmpGroups,
  igmp6Groups,
  arp,
  arpCache,
  ndiscCache,
  rtCache,
  rt6Stats,
  softnetStat,
  xfrmStat,
  devSnmp6,
  ax25,
  ax25Route,
  nr,
  nrNodes,
  nrNeigh,
  rose,
  roseNodes,
  roseNeigh,
  roseRoutes,
  x25,
  x25Route,
  x25Forward,
  ipx,
  ipxRoute,
  ddp,
  atalkRoute,
  atalkArp,
  conntrackCount,
  conntrackMax,
  conntrackStat,
  conntrackExpect,
  udp,
  udp6,
  udplite,
  udplite6,
  raw,
  raw6,
  icmp,
  icmp6,
  unix,
  sctpSnmp,
  sctpEps,
  sctpAssocs,
  packet,
  netlink,
  l2cap,
  rfcomm,
  sco,
  hci,
  bnep,
  hidp,
  iso,
  cmtp,
  protocols,
  tcp,
  tcp6,
  programs,
  // Last, since it can be the longest by far, and nothing shall wait for it.
  conntrack,
] as const;
