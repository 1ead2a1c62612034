/**
 * /proc/net/atalk/arp: one line a hardware address that AppleTalk knows or asks for, printed by aarp_seq_show() in
 * net/appletalk/aarp.c; up to 2.4 it is net/aarp, with other columns but these. No blank is sure to stand between the
 * device, which old kernels cut at ten characters, and the hardware address.
 */
import type { Fold } from '../../text/fold.ts';
import { headed } from '../../text/headed.ts';
import type { Line } from '../../text/line.ts';
import { collector } from '../collector.ts';
import { addNeighbour, neighbourFamily, type Neighbours } from '../neighbours.ts';
import { deviceIn } from './fields.ts';

const field = { address: 0, device: 1 } as const;

/** `00:a0:c9:11:22:33`. The name of a device is shorter. */
const HARDWARE_ADDRESS_BYTES = 17;

/** Behind the hardware address: when it expires and the status, and where it is asked for what was done so far. */
const fieldsBehind = [2, 4];

const states = ['COMPLETE', 'INCOMPLETE', 'PUBLISHED', 'other'] as const;
const stateByStatus: ReadonlyMap<string, (typeof states)[number]> = new Map([
  ['resolved', 'COMPLETE'],
  ['unresolved', 'INCOMPLETE'],
  ['proxies', 'PUBLISHED'],
  ['proxy', 'PUBLISHED'],
]);

const neighbourLines = (): Fold<Line, Neighbours> => {
  const neighbours = new Map<string, Map<string, number>>();
  return {
    add(line) {
      line.pair(field.address);
      const isJoined = line.width(field.device) > HARDWARE_ADDRESS_BYTES;
      const hardwareAddress = isJoined ? field.device : field.device + 1;
      const status = line.count - 1;
      if (!fieldsBehind.includes(status - hardwareAddress)) {
        throw line.wrong(field.address, `a line of ${line.count} fields`);
      }
      const device = isJoined
        ? line.text(field.device).slice(0, -HARDWARE_ADDRESS_BYTES)
        : deviceIn(line, field.device);
      addNeighbour(neighbours, device, stateByStatus.get(line.text(status)) ?? 'other');
    },
    end: () => neighbours,
  };
};

export const atalkArp = collector({
  name: 'atalk_arp',
  file: 'net/atalk/arp',
  otherwise: ['net/aarp'],
  about: 'Hardware addresses that AppleTalk knows or asks for, by device and state.',
  fold: () => headed('Address|address Interface|device', neighbourLines),
  families: [neighbourFamily('ddp', states)],
});
