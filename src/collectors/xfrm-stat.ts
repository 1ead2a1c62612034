/** /proc/net/xfrm_stat: what IPsec dropped, one `XfrmInNoStates 7` a line, printed by xfrm_statistics_seq_show() in net/xfrm/xfrm_proc.c. */
import { nameValueLines } from '../text/name-value.ts';
import { collector } from './collector.ts';
import { counters, kernelNames, unknownCounters } from './statistics/families.ts';
import { xfrm } from './statistics/xfrm.ts';

const families = counters('xfrm', 'Xfrm', 'net/xfrm_stat', xfrm);
const known = new Set(kernelNames(families));

/** The file writes section and name in one word. */
const withSection = (name: string): string => name.replace(/^Xfrm(?=.)/, 'Xfrm_');

export const xfrmStat = collector({
  name: 'xfrm_stat',
  file: 'net/xfrm_stat',
  optional: true,
  about: 'Packets that IPsec dropped, and why.',
  fold: () => nameValueLines(withSection),
  families,
  unlisted: values =>
    unknownCounters(values, known, 'net/xfrm_stat', section => ({ group: section.toLowerCase() })),
});
