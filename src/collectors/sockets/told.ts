/** What rows of sockets tell beside what is counted of them. */
import type { Line } from '../../text/line.ts';
import { ParseError } from '../../text/parse-error.ts';
import type { Socket } from '../rows.ts';

/**
 * Undefined where the field is not what was expected. It is for fields that are not counted: the row counts whatever stands in
 * them, and so it is shown as well.
 */
export const told = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
};

/** The number in a column that some kernels lack. */
export const decimalIn = (line: Line, field: number | undefined): number | undefined =>
  field === undefined ? undefined : told(() => line.decimal(field));

/** Where no program holds the socket, the kernel prints the number of root in the place of a user. */
export const userOf = (uid: number | undefined, inode: number | undefined): number | undefined =>
  uid === 0 && inode === 0 ? undefined : uid;

/** A socket of which nothing is told. */
export const nothingTold: Omit<Socket, 'family' | 'protocol' | 'state' | 'isServer'> = {
  receiveQueue: undefined,
  sendQueue: undefined,
  local: () => '',
  localPort: undefined,
  remote: () => '',
  remotePort: undefined,
  device: undefined,
  uid: undefined,
  inode: undefined,
  timer: undefined,
  detail: undefined,
};
