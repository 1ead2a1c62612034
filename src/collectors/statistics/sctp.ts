/** net/sctp/snmp without its gauge (net/sctp/proc.c, sctp_snmp_seq_show()); it counts IPv4 and IPv6 together. */
import { inet, type Statistic } from './statistic.ts';

export const sctp: readonly Statistic[] = [
  inet('ActiveEstabs', 'minimal', 'Associations that this host asked for and that were established.'),
  inet('PassiveEstabs', 'minimal', 'Associations that others asked for and that were established here.'),
  inet(
    'Aborteds',
    'minimal',
    'Associations that ended abruptly by an ABORT instead of a shutdown, on either side; a rise means peers or paths that fail.',
  ),
  inet('Shutdowns', 'minimal', 'Associations that ended by an orderly shutdown.'),
  inet(
    'OutOfBlues',
    'minimal',
    'Correct packets that belong to no association; hints at a peer that missed a restart of this host, or at a scan.',
  ),
  inet(
    'ChecksumErrors',
    'minimal',
    'Packets dropped for a wrong checksum; hints at corruption, or at a device on the way that rewrites addresses badly.',
  ),
  inet('OutCtrlChunks', 'default', 'Control chunks sent, heartbeats and acknowledgements included.'),
  inet('OutOrderChunks', 'default', 'Chunks of data sent that the peer delivers in their order.'),
  inet('OutUnorderChunks', 'default', 'Chunks of data sent that the peer may deliver in any order.'),
  inet('InCtrlChunks', 'default', 'Control chunks that arrived, heartbeats and acknowledgements included.'),
  inet('InOrderChunks', 'default', 'Chunks of data that arrived to be delivered in their order.'),
  inet('InUnorderChunks', 'default', 'Chunks of data that arrived to be delivered in any order.'),
  inet(
    'FragUsrMsgs',
    'all',
    'Messages of programs that were sent in several chunks because they are too long for one.',
  ),
  inet('ReasmUsrMsgs', 'all', 'Messages put together again from several chunks.'),
  inet('OutSCTPPacks', 'minimal', 'Packets sent, those that only repeat data included.'),
  inet('InSCTPPacks', 'minimal', 'Packets that arrived, faulty ones included.'),
  inet(
    'T1InitExpireds',
    'default',
    'Times that an INIT was not answered in time: the peer or the path to it is down, or a firewall drops SCTP.',
  ),
  inet(
    'T1CookieExpireds',
    'default',
    'Times that a COOKIE-ECHO was not answered in time while an association was being set up.',
  ),
  inet('T2ShutdownExpireds', 'default', 'Times that a SHUTDOWN was not answered in time by the peer.'),
  inet(
    'T3RtxExpireds',
    'minimal',
    'Times that data was not acknowledged in time; a rise means loss on the way or a peer that is gone.',
  ),
  inet('T4RtoExpireds', 'all', 'Times that a change of addresses (ASCONF) was not acknowledged in time.'),
  inet(
    'T5ShutdownGuardExpireds',
    'default',
    'Associations given up because their shutdown took too long altogether.',
  ),
  inet(
    'DelaySackExpireds',
    'all',
    'Acknowledgements sent because the time for delaying them was over, not because more data arrived.',
  ),
  inet(
    'AutocloseExpireds',
    'default',
    'Associations closed by this host because they were idle for too long.',
  ),
  inet(
    'T3Retransmits',
    'minimal',
    'Retransmissions begun because data was not acknowledged in time; a rise means loss on the way.',
  ),
  inet(
    'PmtudRetransmits',
    'default',
    'Retransmissions begun because packets turned out to be too large for the path.',
  ),
  inet(
    'FastRetransmits',
    'minimal',
    'Retransmissions begun because the peer reported gaps, before the time for an acknowledgement was over.',
  ),
  inet('InPktSoftirq', 'all', 'Packets processed as soon as they arrived.'),
  inet('InPktBacklog', 'all', 'Packets that had to wait because a program was using their socket.'),
  inet(
    'InPktDiscards',
    'minimal',
    'Packets thrown away on arrival, such as those that belong to no association or find no room.',
  ),
  inet(
    'InDataChunkDiscards',
    'default',
    'Chunks of data thrown away on arrival, as duplicates or for want of room; the peer has to send the latter again.',
  ),
];
