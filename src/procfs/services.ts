/** Names of ports, from the host's own list of services. */
import { resolve } from 'node:path';
import { namesIn } from './name-list.ts';

export interface ServiceLists {
  readonly services: string;
  readonly protocols: string;
}

const LISTS: ServiceLists = { services: '/etc/services', protocols: '/etc/protocols' };

/**
 * The name of a port of a protocol, undefined where the lists do not have it. The lists are read once, when somebody asks; they
 * are of those who read them, so that beside another host's proc no port has a name.
 */
export const createServiceNames = (
  procfs: string,
  lists: ServiceLists = LISTS,
): ((port: number, protocol: string) => string | undefined) => {
  const ofThisHost = resolve(procfs) === '/proc';
  let names: ReadonlyMap<string, string> | undefined;
  return (port, protocol) => {
    if (!ofThisHost) return undefined;
    names ??= portsIn(lists);
    return names.get(`${port}/${listedAs(protocol)}`);
  };
};

/** Netstat asks so: the ports of UDP-Lite are those of UDP. */
const listedAs = (protocol: string): string => (protocol === 'udplite' ? 'udp' : protocol);

/** By port and protocol. Of several names of one port the first counts, as it does for getservbyport(); netstat takes the last. */
const portsIn = ({ services, protocols }: ServiceLists): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  const add = (port: string, name: string): void => {
    if (!names.has(port)) names.set(port, name);
  };
  // The port of a raw socket is the number of its protocol.
  for (const { name, value } of namesIn(protocols)) if (number.test(value)) add(`${Number(value)}/raw`, name);
  for (const { name, value } of namesIn(services)) {
    const [, port, protocol = ''] = portAndProtocol.exec(value) ?? [];
    if (port !== undefined) add(`${Number(port)}/${protocol}`, name);
  }
  return names;
};

const number = /^\d{1,3}$/;
const portAndProtocol = /^(\d{1,5})\/(tcp|udp|sctp|dccp|raw)$/;
