/**
 * /proc/net/rose_routes and /proc/net/x25/forward: one line a circuit that enters by one neighbour and leaves by another,
 * printed by rose_route_show() in net/rose/rose_route.c and x25_seq_forward_show() in net/x25/x25_proc.c. The arrow in the
 * header of the former is in none of its lines.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector, familyOf } from '../collector.ts';

const circuits = (requireRow: (line: Line) => void) => (): Fold<Line, number> => {
  let count = 0;
  return {
    add(line) {
      requireRow(line);
      count++;
    },
    end: () => count,
  };
};

const family = (name: 'rose' | 'x25') =>
  familyOf<number>()({
    name: 'forwarded_circuits',
    kind: 'gauge',
    help: 'Circuits of others that pass through this host: none where there used to be some means that a link on their way is down (rows of net/rose_routes and net/x25/forward).',
    labels: [{ name: 'family', values: [name] }],
    sample(count, emit) {
      emit(count, name);
    },
  });

const half = { channel: 0, neighbour: 3 } as const;
const HALF_FIELDS = 4;

/** A half that is gone has zeros and stars. */
const requireBothHalves = (line: Line): void => {
  for (const first of [0, HALF_FIELDS]) {
    line.hex(first + half.channel);
    line.decimal(first + half.neighbour);
  }
};

export const roseRoutes = collector({
  name: 'rose_routes',
  file: 'net/rose_routes',
  about: 'Circuits of ROSE that pass through this host.',
  fold: () => headed('lci address callsign neigh', circuits(requireBothHalves)),
  families: [family('rose')],
});

const forward = { channel: 0, firstDevice: 1, secondDevice: 2 } as const;

export const x25Forward = collector({
  name: 'x25_forward',
  file: 'net/x25/forward',
  about: 'Circuits of X.25 that pass through this host.',
  fold: () =>
    headed(
      'lci dev1 dev2',
      circuits(line => {
        line.decimal(forward.channel);
        line.text(forward.secondDevice);
      }),
    ),
  families: [family('x25')],
});
