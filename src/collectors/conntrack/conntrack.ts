/**
 * /proc/net/nf_conntrack: one line a connection, no header, for root alone. Before it there was ip_conntrack, over IPv4
 * and without the words for that, and before Linux 2.4 ip_masquerade, which netstat -M shows. A kernel of 2.6 has the first
 * two, of the same connections.
 *
 * Some kernels lose rows: Linux 6.1 leaves out the one that does not fit into a page any more, and goes on behind it. Only
 * nf_conntrack_count tells how many there are, which is why that is exposed beside.
 */
import type { FamilySpec } from '../../metrics/family.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector, familyOf } from '../collector.ts';
import { entryLines, flags, nats, type Entries, type Tally } from './entries.ts';
import {
  masqueradedProtocols,
  masqueradedSessions,
  masqueradeLines,
  type Masqueraded,
} from './masquerade.ts';
import { protocols, states, statesOf, type Protocol } from './protocols.ts';
import { sessionLines } from './sessions.ts';

/** What the one layout or the other tells. */
interface Connections {
  readonly entries?: Entries;
  readonly masqueraded?: Masqueraded;
}

const families = ['inet', 'inet6'] as const;
const labels = [
  { name: 'family', values: families },
  { name: 'protocol', values: protocols },
] as const;

const metric = familyOf<Connections>();

const eachTally = (
  { entries }: Connections,
  take: (tally: Tally, family: (typeof families)[number], protocol: Protocol) => void,
): void => {
  for (const family of families) {
    const tallies = entries?.[family];
    if (tallies === undefined) continue;
    for (const protocol of protocols) take(tallies[protocol], family, protocol);
  }
};

const sessions = metric({
  name: 'nat_sessions',
  kind: 'gauge',
  help: 'Connections that are translated: "source" hides its client behind another address (SNAT, MASQUERADE), "destination" leads to another server than was asked for (DNAT, REDIRECT), and "both" is either at once (the two tuples of net/nf_conntrack or net/ip_conntrack compared; all rows of net/ip_masquerade are "source").',
  labels: [...labels, { name: 'nat', values: nats }],
  sample(connections, emit) {
    eachTally(connections, ({ nat }, family, protocol) => {
      nats.forEach((each, i) => {
        emit(nat[i] ?? 0, family, protocol, each);
      });
    });
    if (connections.masqueraded === undefined) return;
    for (const protocol of masqueradedProtocols) {
      emit(connections.masqueraded[protocol], 'inet', protocol, 'source');
    }
  },
});

const entries = metric({
  name: 'conntrack_entries',
  kind: 'gauge',
  help: 'Tracked connections by state, in words of connection tracking and not of sockets; protocols without states are REPLIED or UNREPLIED, and an offloaded flow, whose state the kernel does not print, is OFFLOAD: many in SYN_SENT or UNREPLIED are a scan, a flood or a server that is gone; some kernels leave rows out, which lowers all of this by a few percent against netstat_conntrack_table_entries (net/nf_conntrack or net/ip_conntrack).',
  labels: [...labels, { name: 'state', values: states }],
  sample(connections, emit) {
    eachTally(connections, (tally, family, protocol) => {
      statesOf[protocol].forEach((state, i) => {
        emit(tally.states[i] ?? 0, family, protocol, state);
      });
    });
  },
});

const flagged = metric({
  name: 'conntrack_flagged_entries',
  kind: 'gauge',
  help: 'Tracked connections by the flags that are printed: UNREPLIED ones are the first to go when the table is full, ASSURED ones stay; an OFFLOAD or HW_OFFLOAD flow is assured as well and printed without it (the words in brackets of net/nf_conntrack or net/ip_conntrack).',
  labels: [...labels, { name: 'flag', values: flags }],
  sample(connections, emit) {
    eachTally(connections, (tally, family, protocol) => {
      flags.forEach((flag, i) => {
        const entries = tally.flags[i] ?? 0;
        if (entries > 0 || isPossible(protocol, flag)) emit(entries, family, protocol, flag);
      });
    });
  },
});

/** The kernel offloads no other protocol (net/netfilter/nf_flow_table_core.c). */
const offloadable: readonly Protocol[] = ['tcp', 'udp', 'gre'];

const isPossible = (protocol: Protocol, flag: (typeof flags)[number]): boolean =>
  flag === 'UNREPLIED' || flag === 'ASSURED' || offloadable.includes(protocol);

const allFamilies: readonly FamilySpec<Connections>[] = [sessions, entries, flagged];

/** Only ip_masquerade has a header, and it is never without. */
const byLayout = <Tracked, Masked>(
  trackedLines: () => Fold<Line, Tracked>,
  maskedLines: () => Fold<Line, Masked>,
): Fold<Line, { entries?: Tracked; masqueraded?: Masked }> => {
  let tracked: Fold<Line, Tracked> | undefined;
  let masked: Fold<Line, Masked> | undefined;
  return {
    add(line) {
      if (tracked !== undefined) {
        tracked.add(line);
        return;
      }
      if (line.is(0, 'Prc')) masked ??= maskedLines();
      const fold = masked ?? (tracked = trackedLines());
      fold.add(line);
    },
    end: () =>
      masked === undefined ? { entries: (tracked ?? trackedLines()).end() } : { masqueraded: masked.end() },
  };
};

export const conntrack = collector({
  name: 'conntrack',
  file: 'net/nf_conntrack',
  otherwise: ['net/ip_conntrack', 'net/ip_masquerade'],
  about: 'Tracked and translated connections by protocol, state and kind of translation, over IPv4 and IPv6.',
  fold: () => byLayout(entryLines, masqueradeLines),
  families: allFamilies,
  rows: {
    of: 'nat',
    fold: ask =>
      byLayout(
        () => sessionLines(ask.offer),
        () => masqueradedSessions(ask),
      ),
  },
});
