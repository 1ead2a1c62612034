/** Names in place of numbers, as netstat prints them without -n. */
export interface Names {
  /** Of an IP address; the address itself where no name is wanted or known. */
  readonly host: (address: string) => string;
  /** Of the destination of a route of IPv4: of a network, of a host where the prefix is as long as the address, or of everything. */
  readonly network: (address: string, prefixLength: number) => string;
  /** Of a port, `*` for 0; the number where no name is wanted or known. */
  readonly service: (port: number, protocol: string) => string;
  readonly user: (uid: number) => string;
}

export const numbers: Names = {
  host: address => address,
  network: address => address,
  service: port => (port === 0 ? '*' : String(port)),
  user: String,
};
