/** Names in place of numbers, as the options of `show` want them: of hosts, networks, services and users. */
import { numbers, type Names } from '../faces/netstat/names.ts';
import { shown } from '../faces/netstat/shown.ts';
import { createNetworkNames } from '../procfs/networks.ts';
import { createServiceNames } from '../procfs/services.ts';
import { createUserNames } from '../procfs/users.ts';
import type { ShowOptions } from '../show-options.ts';
import type { HostNames } from './host-names.ts';

export interface ShownNames extends Names {
  /** Has to resolve before `host` and `network` can tell the names of these addresses. */
  readonly learn: HostNames['learn'];
}

export const createNames = (
  { numeric, paths }: Pick<ShowOptions, 'numeric' | 'paths'>,
  hosts: HostNames,
): ShownNames => ({
  ...(numeric.hosts ? addresses : hostNames(hosts, createNetworkNames(paths.procfs))),
  service: numeric.ports ? numbers.service : serviceNames(createServiceNames(paths.procfs)),
  user: numeric.users ? numbers.user : userNames(createUserNames(paths.procfs)),
});

const addresses: Pick<ShownNames, 'host' | 'network' | 'learn'> = {
  host: numbers.host,
  network: numbers.network,
  learn: () => Promise.resolve(),
};

const hostNames = (
  { learn, nameOf }: HostNames,
  networkName: ReturnType<typeof createNetworkNames>,
): typeof addresses => {
  // Where it prints names, netstat sets the colons of no address apart from that of the port.
  const host = (address: string): string => (address === '::' ? '[::]' : shown(nameOf(address)));
  const network = (address: string, prefixLength: number): string => {
    if (address === '0.0.0.0') return prefixLength === 0 ? 'default' : address;
    return prefixLength === 32 ? host(address) : shown(networkName(address) ?? address);
  };
  return { host, network, learn };
};

const serviceNames =
  (nameOf: ReturnType<typeof createServiceNames>): Names['service'] =>
  (port, protocol) =>
    port === 0 ? numbers.service(port, protocol) : shown(nameOf(port, protocol) ?? String(port));

const userNames =
  (nameOf: (uid: number) => string): Names['user'] =>
  uid =>
    shown(nameOf(uid));
