/** Names of networks, from the host's own list of them: netstat shows them in routes of IPv4. */
import { resolve } from 'node:path';
import { namesIn } from './name-list.ts';

/**
 * The name of a network by its address, undefined where the list does not have it. The list is read once, when somebody asks; it
 * is of those who read it, so that beside another host's proc no network has a name.
 */
export const createNetworkNames = (
  procfs: string,
  list = '/etc/networks',
): ((address: string) => string | undefined) => {
  const ofThisHost = resolve(procfs) === '/proc';
  let names: ReadonlyMap<string, string> | undefined;
  return address => {
    if (!ofThisHost) return undefined;
    names ??= networksIn(list);
    return names.get(address);
  };
};

/** Of several names of one network the first counts, as it does for getnetbyaddr(). */
const networksIn = (list: string): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  for (const { name, value } of namesIn(list)) {
    const address = network.test(value) ? completed(value) : undefined;
    if (address !== undefined && !names.has(address)) names.set(address, name);
  }
  return names;
};

const network = /^\d{1,3}(\.\d{1,3}){0,3}$/;

/** `10.7` is the network 10.7.0.0. */
const completed = (value: string): string =>
  [...value.split('.'), '0', '0', '0'].slice(0, 4).map(Number).join('.');
