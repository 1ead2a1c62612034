/** Whether counters go on from answer to answer, each as long as that lives of which it tells. */
import type { Lives } from './lives.ts';
import type { Answered } from './strictly.ts';

/** What lives at a moment. */
export interface Moment {
  readonly interfaces: Lives;
  readonly namespaces: Lives;
}

export interface Continuity {
  /** @returns the counters that fell, with both values */
  readonly judge: (answer: Answered, before: Moment, after: Moment) => readonly string[];
  readonly judged: () => number;
  readonly grown: () => number;
  /** Of what began or ended during the scrape, or may begin anew whenever. */
  readonly unjudged: () => number;
}

/** Whether what it tells of is always the same: the host as a whole, and the namespace of the server but for its interfaces. */
const ALWAYS = 0;

/** Added up by the server, and begun anew in another namespace when a reading saw no process in it. */
const ofServer = /^netstat_(socket_drops|route_changes)_total\{/;

/** @param home how the namespace of the server is called; '' where the answer does not say */
export const createContinuity = (home: string): Continuity => {
  let last = new Map<string, { readonly life: number; readonly value: number }>();
  let judged = 0;
  let grown = 0;
  let unjudged = 0;

  const lifeAt = (series: string, { interfaces, namespaces }: Moment): number | undefined => {
    const netns = /[{,]netns="([^"]*)"/.exec(series)?.[1] ?? '';
    if (netns !== '' && netns !== home) return ofServer.test(series) ? undefined : namespaces.get(netns);
    const device = /[{,]device="([^"]*)"/.exec(series)?.[1] ?? '';
    return device === '' ? ALWAYS : interfaces.get(device);
  };

  return {
    judge({ values, counters }, before, after) {
      const fell: string[] = [];
      const next: typeof last = new Map();
      for (const [series, known] of last)
        if (!values.has(series) && lifeAt(series, after) === known.life) next.set(series, known);
      for (const series of counters) {
        const value = values.get(series) ?? NaN;
        const life = lifeAt(series, before);
        if (life === undefined || life !== lifeAt(series, after)) {
          unjudged++;
          continue;
        }
        const known = last.get(series);
        if (known?.life === life) {
          judged++;
          if (value > known.value) grown++;
          if (value < known.value) fell.push(`${series} fell from ${known.value} to ${value}`);
        }
        next.set(series, { life, value });
      }
      last = next;
      return fell;
    },
    judged: () => judged,
    grown: () => grown,
    unjudged: () => unjudged,
  };
};
