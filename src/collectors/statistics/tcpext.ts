/**
 * `TcpExt` of net/netstat (net/ipv4/proc.c, netstat_seq_show()): IPv4 and IPv6 together. Holds the names of all
 * kernels from 2.6.32 on; those gone today stand where the kernel that had them printed them.
 */
import { inet, type Statistic } from './statistic.ts';

export const tcpext: readonly Statistic[] = [
  inet(
    'SyncookiesSent',
    'minimal',
    'SYN cookies sent because the queue of half-open connections was full (or tcp_syncookies is 2); hints at a SYN flood or a backlog that is too small.',
  ),
  inet(
    'SyncookiesRecv',
    'default',
    'Connections completed with a valid SYN cookie, so genuine clients got through in spite of the crowd.',
  ),
  inet(
    'SyncookiesFailed',
    'default',
    'Segments to listening ports refused because they carried no valid SYN cookie, be they forged, late or stray.',
  ),
  inet(
    'EmbryonicRsts',
    'default',
    'Half-open incoming connections torn down by a reset before the handshake was complete; port scans do this.',
  ),
  inet(
    'PruneCalled',
    'default',
    'Attempts to squeeze the receive queue of a socket that had outgrown its buffer: a program reads too slowly or memory is short.',
  ),
  inet(
    'RcvPruned',
    'default',
    'Incoming segments dropped because even squeezing the receive queue of their socket freed too little room.',
  ),
  inet(
    'OfoPruned',
    'default',
    'Times segments received out of order were thrown away to free memory; the peer has to send them again.',
  ),
  inet(
    'OutOfWindowIcmps',
    'all',
    'ICMP errors ignored because they quote data that their connection has not outstanding; forged messages look like this.',
  ),
  inet(
    'LockDroppedIcmps',
    'default',
    'ICMP errors dropped because a program was using their socket at that moment.',
  ),
  inet(
    'ArpFilter',
    'all',
    'ARP requests left unanswered because the answer would leave by another interface and arp_filter is on.',
  ),
  inet(
    'TW',
    'default',
    'Closed connections whose TIME_WAIT period ran out normally; measures how fast connections come and go.',
  ),
  inet(
    'TWRecycled',
    'default',
    'Sockets in TIME_WAIT taken over early by a new outgoing connection; may hint at pressure on local ports.',
  ),
  inet(
    'TWKilled',
    'all',
    'Closed connections that left TIME_WAIT after a period shortened to a few seconds.',
  ),
  inet(
    'PAWSPassive',
    'all',
    'Incoming connections refused for an old timestamp, typically clients behind NAT with tcp_tw_recycle on; older kernels only.',
  ),
  inet(
    'PAWSActive',
    'default',
    'Answers to outgoing connection attempts refused because the timestamp they echo was never sent.',
  ),
  inet(
    'PAWSEstab',
    'default',
    'Segments dropped because their timestamp was older than one seen before; hints at old duplicates or a NAT that mixes up clients.',
  ),
  inet(
    'BeyondWindow',
    'default',
    'Segments refused because they lay outside the window this host had offered; hints at a misbehaving peer or middlebox.',
  ),
  inet(
    'TSEcrRejected',
    'all',
    'Answers during the handshake refused because the timestamp they echo was never sent to that client.',
  ),
  inet(
    'PAWSOldAck',
    'all',
    'Late acknowledgements without data dropped quietly because their timestamp was old; mostly harmless reordering.',
  ),
  inet(
    'PAWSTimewait',
    'all',
    'Segments for connections in TIME_WAIT refused because their timestamp was old.',
  ),
  inet(
    'DelayedACKs',
    'default',
    'Acknowledgements sent late because the timer for them ran out before there was data to carry them.',
  ),
  inet(
    'DelayedACKLocked',
    'all',
    'Times a late acknowledgement had to wait even longer because a program was using the socket.',
  ),
  inet(
    'DelayedACKLost',
    'default',
    'Segments received again although they had been received already, perhaps since our acknowledgement was late or lost.',
  ),
  inet(
    'ListenOverflows',
    'minimal',
    'Incoming connections refused because the accept queue was full: the program does not accept fast enough or its backlog is too small.',
  ),
  inet(
    'ListenDrops',
    'minimal',
    'Incoming connection attempts dropped at a listening socket for whatever reason, a full accept queue included.',
  ),
  inet(
    'TCPPrequeued',
    'all',
    'Segments left for the waiting program to process in its own time; older kernels only.',
  ),
  inet(
    'TCPDirectCopyFromBacklog',
    'all',
    'Bytes copied to programs straight from the backlog of the socket; older kernels only.',
  ),
  inet(
    'TCPDirectCopyFromPrequeue',
    'all',
    'Bytes copied to programs straight from the prequeue; older kernels only.',
  ),
  inet(
    'TCPPrequeueDropped',
    'all',
    'Segments moved out of an overfull prequeue and processed at once instead, so none were lost; older kernels only.',
  ),
  inet(
    'TCPHPHits',
    'all',
    'Segments with data that took the fast path because they were exactly what was expected next.',
  ),
  inet(
    'TCPHPHitsToUser',
    'all',
    'Segments that took the fast path straight into the buffer of the waiting program; older kernels only.',
  ),
  inet('SockMallocOOM', 'all', 'Times memory ran out while sending; very old kernels only.'),
  inet('TCPPureAcks', 'all', 'Acknowledgements without data that arrived and took the slow path.'),
  inet('TCPHPAcks', 'all', 'Acknowledgements of new data that took the fast path.'),
  inet(
    'TCPRenoRecovery',
    'default',
    'Times a connection without selective acknowledgements started to repair loss by fast retransmission.',
  ),
  inet(
    'TCPSackRecovery',
    'default',
    'Times a connection with selective acknowledgements started to repair loss by fast retransmission.',
  ),
  inet(
    'TCPSACKReneging',
    'default',
    'Times a peer discarded data it had already acknowledged selectively; the peer is short of memory or broken.',
  ),
  inet(
    'TCPFACKReorder',
    'all',
    'Times reordering on the path was recognized by forward acknowledgement; older kernels only.',
  ),
  inet(
    'TCPSACKReorder',
    'default',
    'Times selective acknowledgements showed that the path delivers packets out of order.',
  ),
  inet(
    'TCPRenoReorder',
    'all',
    'Times duplicate acknowledgements showed reordering on a connection without selective acknowledgements.',
  ),
  inet('TCPTSReorder', 'all', 'Times timestamps showed that a supposed loss had been reordering.'),
  inet('TCPFullUndo', 'all', 'Slowdowns taken back completely because the supposed loss had not happened.'),
  inet(
    'TCPPartialUndo',
    'all',
    'Slowdowns taken back in the middle of recovery because a supposedly lost segment had arrived after all.',
  ),
  inet(
    'TCPDSACKUndo',
    'all',
    'Slowdowns taken back because the peer reported that everything sent again had been superfluous.',
  ),
  inet(
    'TCPLossUndo',
    'all',
    'Slowdowns after a retransmission timeout taken back because the timeout had been unnecessary.',
  ),
  inet(
    'TCPLoss',
    'all',
    'Times further segments were deemed lost while a connection was already recovering; older kernels only.',
  ),
  inet(
    'TCPLostRetransmit',
    'default',
    'Segments that were sent again and got lost again; hints at heavy loss or policing on the path.',
  ),
  inet(
    'TCPRenoFailures',
    'all',
    'Retransmission timeouts after too few duplicate acknowledgements for fast recovery, on connections without selective ones.',
  ),
  inet(
    'TCPSackFailures',
    'all',
    'Retransmission timeouts after selective acknowledgements had shown gaps but before fast recovery began.',
  ),
  inet(
    'TCPLossFailures',
    'all',
    'Further retransmission timeouts while a connection was still repairing the loss of an earlier one.',
  ),
  inet(
    'TCPFastRetrans',
    'default',
    'Segments sent again soon after loss was noticed, without waiting for a timeout.',
  ),
  inet(
    'TCPForwardRetrans',
    'all',
    'Segments sent again on suspicion although not yet deemed lost; older kernels only.',
  ),
  inet(
    'TCPSlowStartRetrans',
    'default',
    'Segments sent again while recovering from a retransmission timeout; the connection is slow meanwhile.',
  ),
  inet(
    'TCPTimeouts',
    'minimal',
    'Retransmission timers that ran out, handshakes included: no acknowledgement came in time and the connection stalls.',
  ),
  inet(
    'TCPLossProbes',
    'default',
    'Probes sent to find out whether the end of a transmission got lost, ahead of a timeout.',
  ),
  inet(
    'TCPLossProbeRecovery',
    'default',
    'Losses at the end of a transmission that a probe repaired without a timeout.',
  ),
  inet(
    'TCPRenoRecoveryFail',
    'all',
    'Fast recoveries that ended in a retransmission timeout on connections without selective acknowledgements.',
  ),
  inet(
    'TCPSackRecoveryFail',
    'default',
    'Fast recoveries that ended in a retransmission timeout on connections with selective acknowledgements.',
  ),
  inet(
    'TCPSchedulerFailed',
    'all',
    'Times data had waited in the prequeue until a timer had to process it because the program did not run; older kernels only.',
  ),
  inet(
    'TCPRcvCollapsed',
    'default',
    'Segments merged in receive queues to save memory because a socket or the system was running short of it.',
  ),
  inet(
    'TCPBacklogCoalesce',
    'all',
    'Segments merged while they waited for a busy socket; normal under load.',
  ),
  inet(
    'TCPDSACKOldSent',
    'all',
    'Reports sent to peers that they repeated data which had been received and acknowledged before.',
  ),
  inet(
    'TCPDSACKOfoSent',
    'all',
    'Reports sent to peers that they repeated data which was already waiting out of order.',
  ),
  inet(
    'TCPDSACKRecv',
    'default',
    'Reports of peers that this host repeated data they had already acknowledged; many mean needless retransmission.',
  ),
  inet(
    'TCPDSACKOfoRecv',
    'all',
    'Reports of peers that this host repeated data they already held out of order.',
  ),
  inet(
    'TCPAbortOnSyn',
    'all',
    'Connections aborted because a SYN arrived in the middle of them; older kernels only.',
  ),
  inet(
    'TCPAbortOnData',
    'default',
    'Connections reset because data arrived after the program had closed, or because it asked for a hard close.',
  ),
  inet(
    'TCPAbortOnClose',
    'default',
    'Connections reset because the program closed them without reading all data that had arrived.',
  ),
  inet(
    'TCPAbortOnMemory',
    'minimal',
    'Connections killed because there were too many orphaned sockets or TCP had used up its memory.',
  ),
  inet(
    'TCPAbortOnTimeout',
    'minimal',
    'Connections given up because the peer did not answer retransmissions, keepalives or window probes.',
  ),
  inet(
    'TCPAbortOnLinger',
    'default',
    'Closed connections killed at once instead of waiting for the end of the peer because TCP_LINGER2 says so.',
  ),
  inet(
    'TCPAbortFailed',
    'default',
    'Connections aborted without the peer being told since the reset could not be sent, mostly for lack of memory.',
  ),
  inet(
    'TCPMemoryPressures',
    'minimal',
    'Times TCP as a whole came under memory pressure and began to shrink its buffers; see tcp_mem.',
  ),
  inet(
    'TCPMemoryPressuresChrono',
    'default',
    'Milliseconds that TCP spent under memory pressure, added when the pressure ends.',
  ),
  inet('TCPSACKDiscard', 'all', 'Selective acknowledgements ignored because they made no sense.'),
  inet(
    'TCPDSACKIgnoredOld',
    'all',
    'Reports of duplicate data ignored as invalid or too old while a slowdown might still have been taken back.',
  ),
  inet(
    'TCPDSACKIgnoredNoUndo',
    'all',
    'Reports of duplicate data ignored as invalid when there was no slowdown to take back.',
  ),
  inet(
    'TCPSpuriousRTOs',
    'default',
    'Retransmission timeouts that turned out needless; hints at sudden delay instead of loss.',
  ),
  inet(
    'TCPMD5NotFound',
    'all',
    'Segments dropped because they carry no MD5 signature although one is required; check the keys of both ends.',
  ),
  inet(
    'TCPMD5Unexpected',
    'all',
    'Segments dropped because they carry an MD5 signature although none is expected.',
  ),
  inet(
    'TCPMD5Failure',
    'all',
    'Segments dropped because their MD5 signature is wrong; check the keys of both ends.',
  ),
  inet(
    'TCPSackShifted',
    'all',
    'Times part of a selectively acknowledged buffer moved into its neighbour; internal bookkeeping.',
  ),
  inet(
    'TCPSackMerged',
    'all',
    'Times selectively acknowledged buffers were merged whole; internal bookkeeping.',
  ),
  inet(
    'TCPSackShiftFallback',
    'all',
    'Times selectively acknowledged buffers could not be merged, which costs processor time in large queues.',
  ),
  inet(
    'TCPBacklogDrop',
    'minimal',
    'Segments dropped because too much already waited for a socket that a program was busy with.',
  ),
  inet(
    'PFMemallocDrop',
    'default',
    'Packets dropped because they sat in memory kept for emergencies: the system is nearly out of memory.',
  ),
  inet(
    'TCPMinTTLDrop',
    'all',
    'Segments dropped because they came from further away than the socket allows (IP_MINTTL); BGP sessions use this.',
  ),
  inet(
    'TCPDeferAcceptDrop',
    'all',
    'Final acknowledgements of handshakes ignored because the service waits for data first (TCP_DEFER_ACCEPT).',
  ),
  inet(
    'IPReversePathFilter',
    'default',
    'IPv4 packets dropped by the check of their source address against the routes (rp_filter): forged sources or asymmetric routing.',
  ),
  inet(
    'TCPTimeWaitOverflow',
    'default',
    'Connections closed without a TIME_WAIT period because too many were in it already (tcp_max_tw_buckets) or memory was short.',
  ),
  inet(
    'TCPReqQFullDoCookies',
    'default',
    'Connection attempts to be answered with a SYN cookie because the queue of half-open connections was full (or tcp_syncookies is 2).',
  ),
  inet(
    'TCPReqQFullDrop',
    'minimal',
    'Connection attempts dropped because the queue of half-open connections was full and SYN cookies are off.',
  ),
  inet(
    'TCPRetransFail',
    'default',
    'Retransmissions that this host itself failed to send, for example for lack of memory or route or because a local queue was full.',
  ),
  inet(
    'TCPRcvCoalesce',
    'all',
    'Segments merged with the one before them in a receive queue; normal and thrifty.',
  ),
  inet(
    'TCPOFOQueue',
    'default',
    'Segments that arrived ahead of missing ones and had to wait; hints at loss or reordering on the way in.',
  ),
  inet(
    'TCPOFODrop',
    'default',
    'Segments that arrived ahead of missing ones and were dropped for lack of buffer.',
  ),
  inet('TCPOFOMerge', 'all', 'Segments received out of order that overlapped with others already waiting.'),
  inet(
    'TCPChallengeACK',
    'default',
    'Acknowledgements sent to check whether a suspicious segment came from the real peer; a rise hints at blind attacks.',
  ),
  inet(
    'TCPSYNChallenge',
    'all',
    'Acknowledgements sent to check a SYN that arrived in the middle of a connection, such as after a crash of the peer.',
  ),
  inet(
    'TCPFastOpenActive',
    'all',
    'Outgoing connections whose first data went out with the SYN and was accepted (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenActiveFail',
    'all',
    'Outgoing connections whose data in the SYN was not accepted and had to be sent again (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenPassive',
    'all',
    'Incoming connections accepted together with the data in their SYN (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenPassiveFail',
    'all',
    'Incoming connections whose data in the SYN could not be accepted, for example for a bad cookie (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenListenOverflow',
    'all',
    'Incoming fast opens turned into ordinary ones because too many were pending at the listener (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenCookieReqd',
    'all',
    'Clients that asked this host for a cookie to use in later connections (TCP Fast Open).',
  ),
  inet(
    'TCPFastOpenBlackhole',
    'all',
    'Times outgoing fast opens were switched off for a while because something on the path seems to swallow them (TCP Fast Open).',
  ),
  inet(
    'TCPSpuriousRtxHostQueues',
    'all',
    'Retransmissions held back because the original was still in a queue of this host; hints at a slow local device.',
  ),
  inet(
    'BusyPollRxPackets',
    'all',
    'Packets fetched by programs that poll the network device instead of waiting for an interrupt.',
  ),
  inet('TCPAutoCorking', 'all', 'Times small writes were held back to be sent together with later ones.'),
  inet(
    'TCPFromZeroWindowAdv',
    'default',
    'Times this host let a peer send again after having told it to stop.',
  ),
  inet(
    'TCPToZeroWindowAdv',
    'default',
    'Times this host told a peer to stop sending because the receive buffer was full: a program here reads too slowly.',
  ),
  inet(
    'TCPWantZeroWindowAdv',
    'all',
    'Times this host wanted to tell a peer to stop sending but could not, since a window once offered is not taken back.',
  ),
  inet(
    'TCPSynRetrans',
    'minimal',
    'SYN and SYN-ACK segments sent again: connections are slow to open because the other side does not answer.',
  ),
  inet(
    'TCPOrigDataSent',
    'default',
    'Segments with data sent for the first time; the basis for the rate of loss.',
  ),
  inet(
    'TCPHystartTrainDetect',
    'all',
    'Times CUBIC ended slow start because trains of acknowledgements became too long.',
  ),
  inet(
    'TCPHystartTrainCwnd',
    'all',
    'Sum of the congestion windows, in segments, with which long trains of acknowledgements ended slow start.',
  ),
  inet('TCPHystartDelayDetect', 'all', 'Times CUBIC ended slow start because the round trip became longer.'),
  inet(
    'TCPHystartDelayCwnd',
    'all',
    'Sum of the congestion windows, in segments, with which a longer round trip ended slow start.',
  ),
  inet(
    'TCPACKSkippedSynRecv',
    'all',
    'Answers during the handshake not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPACKSkippedPAWS',
    'all',
    'Acknowledgements of segments with old timestamps not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPACKSkippedSeq',
    'all',
    'Acknowledgements of segments outside the window not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPACKSkippedFinWait2',
    'all',
    'Acknowledgements in FIN_WAIT2 not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPACKSkippedTimeWait',
    'all',
    'Acknowledgements in TIME_WAIT not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPACKSkippedChallenge',
    'all',
    'Acknowledgements to check a suspicious segment not sent because one had just gone out (tcp_invalid_ratelimit).',
  ),
  inet(
    'TCPWinProbe',
    'default',
    'Probes sent to peers that had told this host to stop sending: their programs do not read.',
  ),
  inet('TCPKeepAlive', 'default', 'Probes sent on idle connections to see whether the peer is still there.'),
  inet('TCPMTUPFail', 'default', 'Probes for a larger packet size that did not get through.'),
  inet('TCPMTUPSuccess', 'all', 'Probes for a larger packet size that got through.'),
  inet(
    'TCPDelivered',
    'default',
    'Segments known to have reached the peer, those sent more than once included.',
  ),
  inet(
    'TCPDeliveredCE',
    'default',
    'Segments known to have reached the peer that met congestion on the way (ECN).',
  ),
  inet('TCPAckCompressed', 'all', 'Acknowledgements saved because one that was sent later covered them too.'),
  inet(
    'TCPZeroWindowDrop',
    'default',
    'Segments dropped because the receive buffer was full and the peer had been told to stop.',
  ),
  inet(
    'TCPRcvQDrop',
    'default',
    'Segments with data in order dropped because the receive buffer or the memory of TCP was exhausted.',
  ),
  inet(
    'TCPWqueueTooBig',
    'default',
    'Buffers not split because the send queue of their socket had far outgrown its limit; the connection may stall.',
  ),
  inet(
    'TCPFastOpenPassiveAltKey',
    'all',
    'Incoming fast opens whose cookie had been made with the backup key, as after a change of keys (TCP Fast Open).',
  ),
  inet(
    'TcpTimeoutRehash',
    'default',
    'Times a connection asked for another path through the network after a retransmission timeout.',
  ),
  inet(
    'TcpDuplicateDataRehash',
    'all',
    'Times a connection asked for another path for its acknowledgements because the peer kept repeating data.',
  ),
  inet('TCPDSACKRecvSegs', 'all', 'Segments that peers reported as received more than once.'),
  inet(
    'TCPDSACKIgnoredDubious',
    'all',
    'Reports of duplicate data ignored because they claim more than this host can have repeated.',
  ),
  inet(
    'TCPMigrateReqSuccess',
    'all',
    'Pending incoming connections moved to another listener of the same port when theirs closed.',
  ),
  inet(
    'TCPMigrateReqFailure',
    'all',
    'Pending incoming connections that could not be moved to another listener when theirs closed.',
  ),
  inet(
    'TCPPLBRehash',
    'all',
    'Times a congested connection asked for another path through the network (protective load balancing).',
  ),
  inet(
    'TCPAORequired',
    'all',
    'Segments dropped because they are not signed although TCP-AO is required; check the keys of both ends.',
  ),
  inet(
    'TCPAOBad',
    'all',
    'Segments dropped because their TCP-AO signature is wrong; check the keys of both ends.',
  ),
  inet(
    'TCPAOKeyNotFound',
    'all',
    'Segments dropped because this host has no key for their TCP-AO signature.',
  ),
  inet('TCPAOGood', 'all', 'Segments whose TCP-AO signature was right.'),
  inet(
    'TCPAODroppedIcmps',
    'all',
    'ICMP errors ignored because they are aimed at a connection protected by TCP-AO.',
  ),
];
