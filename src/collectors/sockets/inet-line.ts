/**
 * Sockets of tcp, udp, udplite, raw or icmp from the lines of their files. The columns are those that the files share over both IP
 * versions. Their header names each half of `a:b` with a word of its own, so its words and the rows' fields do not line up: rows are
 * read by position.
 */
import { ipv4, ipv6OfWords } from '../../text/address.ts';
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import { Line } from '../../text/line.ts';
import type { Machine } from '../../text/machine.ts';
import { InetRow } from './inet-row.ts';
import { tcpStates, tcpTimers } from './states.ts';

/** @param sockets is told whether the rows of this kernel end in a count of drops */
export const inetLines = <T>(
  { byteOrder, ticksPerSecond }: Machine,
  sockets: (hasDrops: boolean) => Fold<InetRow, T>,
): Fold<Line, T> =>
  headed(HEADER, header => {
    const hasDrops = header.is(DROPS_HEADER_WORD, 'drops');
    const fold = sockets(hasDrops);
    let line = new Line();
    const row = new InetRow({
      local: () => addressIn(line, field.local, byteOrder),
      remote: () => addressIn(line, field.remote, byteOrder),
      lacksRemote: () => lacksRemoteAddress(line),
      peerFingerprint: () => line.fingerprintWithoutPort(field.local, field.remote),
      probes: () => line.decimal(field.probes),
      unknownState: () => line.wrong(field.state, 'unknown state'),
    });
    return {
      add(each) {
        line = each;
        read(row, each, ticksPerSecond, hasDrops);
        fold.add(row);
      },
      end: () => fold.end(),
    };
  });

const HEADER =
  'sl local_address rem_address|remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode';

/** The word of the header that tells that rows end in a count of drops; kernels before 2.6.27 have none. */
const DROPS_HEADER_WORD = 14;

const field = {
  local: 1,
  remote: 2,
  state: 3,
  queues: 4,
  timer: 5,
  retransmits: 6,
  uid: 7,
  probes: 8,
  inode: 9,
  drops: 12,
} as const;

const TIME_WAIT_TIMER = tcpTimers.indexOf('timewait');
const SYN_RECV = tcpStates.indexOf('SYN_RECV') + 1;
/** get_openreq4() in net/ipv4/tcp_ipv4.c prints fewer than get_tcp4_sock(): what it tells of is no socket yet. */
const REQUEST_FIELDS = 12;

const read = (row: InetRow, line: Line, ticksPerSecond: number, hasDrops: boolean): void => {
  row.number = line.number;
  // Netstat itself wants no fewer fields: a row without an inode was cut.
  row.inode = line.decimal(field.inode);
  row.state = line.hex(field.state);
  const queues = line.pair(field.queues);
  row.sendQueue = queues.left;
  row.receiveQueue = queues.right;
  const timer = line.pair(field.timer);
  row.timer = timer.left;
  row.timerSeconds = timer.right / ticksPerSecond;
  row.isInUse = row.timer !== TIME_WAIT_TIMER && (row.state !== SYN_RECV || line.count > REQUEST_FIELDS);
  row.retransmits = line.hex(field.retransmits);
  const uid = line.decimal(field.uid);
  row.uid = uid === 0 && row.inode === 0 ? -1 : uid;
  row.localPort = line.hexBehindColon(field.local);
  row.remotePort = line.hexBehindColon(field.remote);
  row.drops = hasDrops ? line.decimal(field.drops) : 0;
};

const words = new Uint32Array(4);

/**
 * As people write it. An address is printed as words of the machine, each with the bytes in the machine's order; what is none
 * is told as it stands there.
 */
const addressIn = (line: Line, end: number, byteOrder: Machine['byteOrder']): string => {
  const count = line.wordsBeforeColon(end, words);
  if (count === 1) return ipv4(words[0] ?? 0, byteOrder);
  if (count === words.length) return ipv6OfWords(words, byteOrder);
  return line.text(end).replace(/:[^:]*$/, '');
};

const lacksRemoteAddress = (line: Line): boolean => {
  const count = line.wordsBeforeColon(field.remote, words);
  for (let i = 0; i < count; i++) if (words[i] !== 0) return false;
  return count > 0;
};
