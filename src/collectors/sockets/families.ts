/** The families that sockets of every kind share, each with a label for every value of its collector's own domain. */
import type { FamilySpec } from '../../metrics/family.ts';
import type { AddressFamily } from '../../metrics/label.ts';
import { familyOf } from '../collector.ts';

/** What the kernel tells no protocol or state of has the empty one, which Prometheus takes for no label. */
export const UNTOLD = '';

/** One family, or all that the kernel lists in one file. */
type OneOrMore<Family extends AddressFamily> = Family | readonly Family[];

const asList = <Family extends AddressFamily>(family: OneOrMore<Family>): readonly Family[] =>
  typeof family === 'string' ? [family] : family;

const labelled = <Family extends AddressFamily, Protocol extends string>(
  families: readonly Family[],
  protocols: readonly Protocol[],
) =>
  [
    { name: 'family', values: families },
    { name: 'protocol', values: protocols },
  ] as const;

/** @param count by protocol, state and family, one of each list; undefined where there is none to expose */
export const socketsByState = <
  T,
  const Family extends AddressFamily,
  const Protocol extends string,
  const State extends string,
>(
  family: OneOrMore<Family>,
  protocols: readonly Protocol[],
  states: readonly State[],
  count: (data: T, protocol: Protocol, state: State, family: Family) => number | undefined,
): FamilySpec<T> => {
  const families = asList(family);
  return familyOf<T>()({
    name: 'sockets',
    kind: 'gauge',
    help: 'Sockets by state, one per row of the kernel file: a state that keeps growing, CLOSE_WAIT above all, is a leak (the st column of net/tcp and its siblings).',
    labels: [...labelled(families, protocols), { name: 'state', values: states }],
    sample(data, emit) {
      for (const family of families) {
        for (const protocol of protocols) {
          for (const state of states) {
            const number = count(data, protocol, state, family);
            if (number !== undefined) emit(number, family, protocol, state);
          }
        }
      }
    },
  });
};

const byProtocol = <T, const Family extends AddressFamily, const Protocol extends string>(
  { name, kind, help }: Pick<FamilySpec<T>, 'name' | 'kind' | 'help'>,
  family: OneOrMore<Family>,
  protocols: readonly Protocol[],
  value: (data: T, protocol: Protocol, family: Family) => number | undefined,
): FamilySpec<T> => {
  const families = asList(family);
  return familyOf<T>()({
    name,
    kind,
    help,
    labels: labelled(families, protocols),
    sample(data, emit) {
      for (const family of families) {
        for (const protocol of protocols) {
          const number = value(data, protocol, family);
          if (number !== undefined) emit(number, family, protocol);
        }
      }
    },
  });
};

/** @param value undefined where there is none to expose */
type ByProtocol = <T, const Family extends AddressFamily, const Protocol extends string>(
  family: OneOrMore<Family>,
  protocols: readonly Protocol[],
  value: (data: T, protocol: Protocol, family: Family) => number | undefined,
) => FamilySpec<T>;

export const receiveMemory: ByProtocol = (...rest) =>
  byProtocol(
    {
      name: 'socket_receive_memory_bytes',
      kind: 'gauge',
      help: 'Kernel memory held by datagrams, messages and packets that wait to be read, more than their payload: growth means a reader that is stuck or too slow (rx_queue of net/udp and its siblings, RX_QUEUE or Rmem of others).',
    },
    ...rest,
  );

export const sendMemory: ByProtocol = (...rest) =>
  byProtocol(
    {
      name: 'socket_send_memory_bytes',
      kind: 'gauge',
      help: 'Kernel memory held by datagrams and messages that wait to be sent, more than their payload: growth means a device, a neighbour or a peer that does not take them (tx_queue of net/udp and its siblings, TX_QUEUE or Wmem of others).',
    },
    ...rest,
  );

export const drops: ByProtocol = (...rest) =>
  byProtocol(
    {
      name: 'socket_drops_total',
      kind: 'counter',
      help: 'Datagrams dropped at a socket, mostly because its reader left the buffer full; added up by this exporter over sockets that come and go, starting with what the sockets it first met had dropped (drops of net/udp and its siblings, Drops of net/netlink).',
    },
    ...rest,
  );
