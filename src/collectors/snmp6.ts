/**
 * /proc/net/snmp6: the counters of IPv6, ICMPv6, UDP and UDP-Lite over IPv6, one `Ip6InReceives 7` a line, printed by
 * snmp6_seq_show() in net/ipv6/proc.c. TCP counts both IP versions together, in net/snmp.
 */
import type { FamilySpec } from '../metrics/family.ts';
import { nameValueLines } from '../text/name-value.ts';
import { collector } from './collector.ts';
import { countersByFamily, kernelNames, unknownCounters } from './statistics/families.ts';
import type { Statistics } from './statistics/families.ts';
import { icmpMessagesFamily, isIcmpType } from './statistics/icmp-messages.ts';
import { icmp } from './statistics/icmp.ts';
import { ip } from './statistics/ip.ts';
import { udp, udplite } from './statistics/udp.ts';

const families: readonly FamilySpec<Statistics>[] = [
  ...countersByFamily('inet6', 'ip', 'Ip', ip),
  ...countersByFamily('inet6', 'icmp', 'Icmp', icmp),
  icmpMessagesFamily('inet6', 'Icmp6', 'Icmp6'),
  ...countersByFamily('inet6', 'udp', 'Udp', udp),
  ...countersByFamily('inet6', 'udplite', 'UdpLite', udplite),
];

const known = new Set(kernelNames(families));

/** The file writes section and name in one word. */
const withSection = (name: string): string => name.replace(/^(Ip6|Icmp6|Udp6|UdpLite6)(?=.)/, '$1_');

export const snmp6 = collector({
  name: 'snmp6',
  file: 'net/snmp6',
  about: 'Counters of IPv6, ICMPv6, and UDP and UDP-Lite over IPv6.',
  fold: () => nameValueLines(withSection),
  families,
  unlisted: values =>
    unknownCounters(values, known, 'net/snmp6', section => ({
      group: section.replace(/6$/, '').toLowerCase(),
      family: 'inet6',
    })).filter(({ statistic }) => !isIcmpType(statistic?.kernelName ?? '')),
});
