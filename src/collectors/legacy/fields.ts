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

/** From this one to the end of the line, as digipeaters are printed. */
export const fieldsFrom = (line: Line, first: number): readonly number[] =>
  Array.from({ length: Math.max(0, line.count - first) }, (_, i) => first + i);

/** Those of a neighbour, which stand at the end; none where the kernel has no such column. */
export const digipeatersIn = (line: Line, column: number | undefined): readonly string[] =>
  column === undefined ? [] : fieldsFrom(line, column).map(field => line.text(field));

/** All of the line, for what has no columns that change by themselves. */
export const fingerprintOf = (line: Line): number => line.fingerprint(fieldsFrom(line, 0));
