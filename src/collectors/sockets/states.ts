/**
 * Socket states in netstat's words, indexed as the kernel numbers them.
 * TCP: include/net/tcp_states.h. 12 (NEW_SYN_RECV) is printed as 3, and 13 (BOUND_INACTIVE) is in no file.
 */
export const tcpStates = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const;

/** UDP and its kin borrow two of TCP's numbers: 1 connected, 7 not. */
export const datagramStates = ['ESTABLISHED', 'UNCONNECTED'] as const;

/** The tr column: get_tcp4_sock() in net/ipv4/tcp_ipv4.c. */
export const tcpTimers = ['off', 'on', 'keepalive', 'timewait', 'probe'] as const;

/** include/uapi/linux/net.h, and the listening flag told apart as netstat does. */
export const unixStates = [
  'FREE',
  'LISTENING',
  'UNCONNECTED',
  'CONNECTING',
  'CONNECTED',
  'DISCONNECTING',
] as const;

/** By the number of the socket type; unix knows no others. */
export const unixProtocols = { 1: 'stream', 2: 'dgram', 5: 'seqpacket' } as const;

/** By how the link layer's header is treated; `packet` is how programs of the last century asked for a packet socket. */
export const packetProtocols = ['dgram', 'raw', 'packet', 'other'] as const;

/** enum sctp_state in include/net/sctp/constants.h. */
export const sctpStates = [
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_PENDING',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECEIVED',
  'SHUTDOWN_ACK_SENT',
] as const;

/** The BT_ numbers of include/net/bluetooth/bluetooth.h, from 1. */
export const bluetoothStates = [
  'CONNECTED',
  'OPEN',
  'BOUND',
  'LISTEN',
  'CONNECT',
  'CONNECT2',
  'CONFIG',
  'DISCONN',
  'CLOSED',
] as const;
