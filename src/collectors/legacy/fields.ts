/** Fields that the files of the radio and other old families share. */
import type { Line } from '../../text/line.ts';

/** `G4KLX-15`, or a star where there is none: ax2asc() in net/ax25/ax25_addr.c. Most were heard on the radio. */
const CALLSIGN = /^\*$|-\d+$/;

export const requireCallsign = (line: Line, field: number): void => {
  if (!CALLSIGN.test(line.text(field))) throw line.wrong(field, 'expected a callsign');
};

const NO_DEVICE = ['???', '????', '*'];

/** '' where the kernel prints one of its marks for none. */
export const deviceIn = (line: Line, field: number): string => {
  const device = line.text(field);
  return NO_DEVICE.includes(device) ? '' : device;
};

/** All of the line, for what has no columns that change by themselves. */
export const fingerprintOf = (line: Line): number =>
  line.fingerprint(Array.from({ length: line.count }, (_, field) => field));
