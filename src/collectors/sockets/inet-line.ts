/**
 * The columns that tcp, udp, udplite, raw and icmp share, over both IP versions. The header names each half of
 * `a:b` with a word of its own, so its words and the rows' fields do not line up: rows are read by position.
 */
import type { Line } from '../../text/line.ts';

export const INET_HEADER =
  'sl local_address rem_address|remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode';

/** The word of the header that tells that rows end in a count of drops; kernels before 2.6.27 have none. */
export const DROPS_HEADER_WORD = 14;

export const inetField = {
  state: 3,
  queues: 4,
  timer: 5,
  retransmits: 6,
  inode: 9,
  drops: 12,
} as const;

/** Netstat itself wants no fewer; a row without an inode was cut. */
export const requireInode = (line: Line): number => line.decimal(inetField.inode);
