/** Facts of the machine that printed the bytes, which may not be the one that reads them. */
export interface Machine {
  /** Addresses in tcp, udp, raw, icmp, route and igmp are native-endian words. */
  readonly byteOrder: 'little' | 'big';
  readonly pageSizeBytes: number;
  /** USER_HZ: the unit of timers in kernel files, whatever the kernel's own HZ is. */
  readonly ticksPerSecond: number;
}
