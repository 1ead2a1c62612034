/**
 * `MPTcpExt` of net/netstat (net/mptcp/mib.c, mptcp_seq_show()) without its gauge MPCurrEstab: Multipath TCP, IPv4
 * and IPv6 together.
 */
import { inet, type Statistic } from './statistic.ts';

export const mptcpext: readonly Statistic[] = [
  inet('MPCapableSYNRX', 'default', 'Connection attempts that arrived offering Multipath TCP.'),
  inet('MPCapableSYNTX', 'default', 'Connection attempts sent offering Multipath TCP.'),
  inet(
    'MPCapableSYNACKRX',
    'default',
    'Answers to connection attempts that arrived agreeing to Multipath TCP.',
  ),
  inet('MPCapableACKRX', 'default', 'Handshakes of incoming connections completed with Multipath TCP.'),
  inet(
    'MPCapableFallbackACK',
    'default',
    'Incoming connections that fell back to plain TCP during the handshake; something on the path may strip the options.',
  ),
  inet(
    'MPCapableFallbackSYNACK',
    'default',
    'Outgoing connections that fell back to plain TCP because the answer did not agree to Multipath TCP.',
  ),
  inet(
    'MPCapableSYNTXDrop',
    'all',
    'Outgoing connections that fell back to plain TCP because their attempts with Multipath TCP seemed to get lost.',
  ),
  inet(
    'MPCapableSYNTXDisabled',
    'all',
    'Outgoing connections made with plain TCP from the start because earlier attempts with Multipath TCP had got lost.',
  ),
  inet(
    'MPCapableEndpAttempt',
    'all',
    'New connections refused because they were aimed at a port that only takes additional subflows.',
  ),
  inet(
    'MPFallbackTokenInit',
    'all',
    'Connections that fell back to plain TCP because no identifying token could be made for them.',
  ),
  inet(
    'MPTCPRetrans',
    'default',
    'Segments sent again by Multipath TCP itself, often over another path; hints at a path that has stalled.',
  ),
  inet(
    'MPJoinNoTokenFound',
    'all',
    'Attempts to add a subflow refused because the connection they name is unknown here.',
  ),
  inet('MPJoinSynRx', 'all', 'Attempts of peers to add a subflow that arrived.'),
  inet('MPJoinSynBackupRx', 'all', 'Attempts of peers to add a subflow for backup only that arrived.'),
  inet('MPJoinSynAckRx', 'all', 'Answers that arrived to attempts of this host to add a subflow.'),
  inet(
    'MPJoinSynAckBackupRx',
    'all',
    'Answers that arrived to attempts of this host to add a subflow and asked to keep it for backup.',
  ),
  inet(
    'MPJoinSynAckHMacFailure',
    'all',
    'Answers to attempts to add a subflow refused because their authentication code was wrong.',
  ),
  inet('MPJoinAckRx', 'all', 'Final acknowledgements that arrived for subflows which peers were adding.'),
  inet(
    'MPJoinAckHMacFailure',
    'all',
    'Subflows of peers refused at the end of the handshake because their authentication code was wrong.',
  ),
  inet(
    'MPJoinRejected',
    'all',
    'Subflows of peers refused by the path manager, for example because the limit was reached.',
  ),
  inet('MPJoinSynTx', 'all', 'Attempts sent by this host to add a subflow.'),
  inet(
    'MPJoinSynTxCreatSkErr',
    'all',
    'Attempts to add a subflow that failed here because the socket could not be created.',
  ),
  inet(
    'MPJoinSynTxBindErr',
    'all',
    'Attempts to add a subflow that failed here because the local address could not be used.',
  ),
  inet(
    'MPJoinSynTxConnectErr',
    'all',
    'Attempts to add a subflow that failed here because connecting failed at once.',
  ),
  inet(
    'DSSNotMatching',
    'all',
    'Descriptions of where data belongs in the stream that contradicted the one still in force.',
  ),
  inet(
    'DSSCorruptionFallback',
    'all',
    'Connections that fell back to plain TCP because a description of where data belongs was damaged.',
  ),
  inet(
    'DSSCorruptionReset',
    'all',
    'Subflows reset because a description of where data belongs was damaged.',
  ),
  inet('InfiniteMapTx', 'all', 'Announcements sent that a connection continues as plain TCP.'),
  inet('InfiniteMapRx', 'all', 'Announcements that arrived that a connection continues as plain TCP.'),
  inet(
    'DSSNoMatchTCP',
    'all',
    'Descriptions of where data belongs that did not fit the sequence numbers of their subflow; a middlebox may rewrite them.',
  ),
  inet(
    'DataCsumErr',
    'default',
    'Data refused because the checksum of Multipath TCP was wrong; a middlebox may alter the stream.',
  ),
  inet(
    'OFOQueueTail',
    'all',
    'Segments that arrived ahead of missing ones and were appended at the end of those waiting.',
  ),
  inet(
    'OFOQueue',
    'all',
    'Segments that arrived ahead of missing ones and had to wait; normal when paths differ in speed.',
  ),
  inet('OFOMerge', 'all', 'Segments merged with others while they waited for missing ones.'),
  inet(
    'NoDSSInWindow',
    'all',
    'Segments dropped because they lay outside the window of the whole connection.',
  ),
  inet(
    'DuplicateData',
    'all',
    'Segments thrown away because their data had already arrived, mostly over another path.',
  ),
  inet('AddAddr', 'all', 'Further addresses that peers announced.'),
  inet('AddAddrTx', 'all', 'Further addresses that this host announced to peers.'),
  inet('AddAddrTxDrop', 'all', 'Announcements of further addresses that this host could not send.'),
  inet('EchoAdd', 'all', 'Confirmations of peers that arrived for addresses announced by this host.'),
  inet('EchoAddTx', 'all', 'Confirmations sent for addresses that peers announced.'),
  inet('EchoAddTxDrop', 'all', 'Confirmations of announced addresses that this host could not send.'),
  inet('PortAdd', 'all', 'Further addresses that peers announced together with a port.'),
  inet('AddAddrDrop', 'all', 'Announcements of further addresses that arrived but were dropped.'),
  inet(
    'MPJoinPortSynRx',
    'all',
    'Attempts of peers to add a subflow at another port than that of the connection.',
  ),
  inet(
    'MPJoinPortSynAckRx',
    'all',
    'Answers that arrived to attempts of this host to add a subflow at another port than that of the connection.',
  ),
  inet(
    'MPJoinPortAckRx',
    'all',
    'Final acknowledgements that arrived for subflows at another port than that of the connection.',
  ),
  inet(
    'MismatchPortSynRx',
    'all',
    'Attempts of peers to add a subflow refused because that port was not announced.',
  ),
  inet(
    'MismatchPortAckRx',
    'all',
    'Subflows of peers refused at the end of the handshake because that port was not announced.',
  ),
  inet('RmAddr', 'all', 'Withdrawals of addresses by peers that this host acted on.'),
  inet('RmAddrDrop', 'all', 'Withdrawals of addresses by peers that arrived but were dropped.'),
  inet('RmAddrTx', 'all', 'Withdrawals of addresses that this host sent to peers.'),
  inet('RmAddrTxDrop', 'all', 'Withdrawals of addresses that this host could not send.'),
  inet('RmSubflow', 'all', 'Subflows that the path manager of this host removed.'),
  inet('MPPrioTx', 'all', 'Changes of the priority of a subflow that this host sent to peers.'),
  inet('MPPrioRx', 'all', 'Changes of the priority of a subflow that peers sent.'),
  inet('MPFailTx', 'all', 'Notices sent to peers that data failed its checksum.'),
  inet('MPFailRx', 'all', 'Notices of peers that data from this host failed its checksum.'),
  inet('MPFastcloseTx', 'all', 'Connections that this host aborted with all their subflows.'),
  inet('MPFastcloseRx', 'all', 'Connections that peers aborted with all their subflows.'),
  inet('MPRstTx', 'all', 'Resets of single subflows sent together with a reason.'),
  inet('MPRstRx', 'all', 'Resets of single subflows that arrived together with a reason.'),
  inet(
    'RcvPruned',
    'default',
    'Incoming segments not taken in because the receive buffer of the whole connection was full.',
  ),
  inet(
    'SubflowStale',
    'default',
    'Subflows set aside because nothing got through on them any more; a path is down or very lossy.',
  ),
  inet('SubflowRecover', 'all', 'Subflows taken back into use after they had been set aside.'),
  inet(
    'SndWndShared',
    'all',
    'Times the send window of the whole connection replaced that of a single subflow.',
  ),
  inet(
    'RcvWndShared',
    'all',
    'Times the receive window of the whole connection replaced that of a single subflow.',
  ),
  inet(
    'RcvWndConflictUpdate',
    'all',
    'Times a subflow had to widen the window it offers because another one had just offered more.',
  ),
  inet(
    'RcvWndConflict',
    'all',
    'Times two subflows changed the window of the whole connection at the same moment.',
  ),
  inet(
    'Blackhole',
    'default',
    'Times Multipath TCP was switched off for a while for new outgoing connections because the path seems to swallow them.',
  ),
  inet(
    'MPCapableDataFallback',
    'all',
    'Connections that fell back to plain TCP because their first data lacked the options of Multipath TCP.',
  ),
  inet(
    'MD5SigFallback',
    'all',
    'Connections that fell back to plain TCP because they use MD5 signatures, which exclude Multipath TCP.',
  ),
  inet(
    'DssFallback',
    'all',
    'Connections that fell back to plain TCP because a description of where data belongs was missing or bad.',
  ),
  inet(
    'SimultConnectFallback',
    'all',
    'Connections that fell back to plain TCP because both ends opened them at the same time.',
  ),
  inet(
    'FallbackFailed',
    'all',
    'Attempts to fall back to plain TCP that were no longer possible in the state of the connection.',
  ),
  inet(
    'WinProbe',
    'all',
    'Probes that Multipath TCP sent to peers which had told this host to stop sending.',
  ),
];
