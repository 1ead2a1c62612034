/** Names in place of numbers, as netstat prints them without -n. */
export interface Names {
  /** Of an IP address; the address itself where no name is wanted or known. */
  readonly host: (address: string) => string;
  /** Of a port, `*` for 0; the number where no name is wanted or known. */
  readonly service: (port: number, protocol: string) => string;
  readonly user: (uid: number) => string;
}

export const numbers: Names = {
  host: address => address,
  service: port => (port === 0 ? '*' : String(port)),
  user: String,
};
