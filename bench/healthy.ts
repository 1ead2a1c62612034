/** How long `/-/healthy` takes, at rest and while scrapes follow one another without a pause. */
import { setTimeout as delay } from 'node:timers/promises';
import { connection } from './client.ts';
import type { Latency } from './results.ts';
import { scrapes as kinds } from './servers.ts';

const REQUESTS = 600;
const EVERY_MILLISECONDS = 5;
/** So that a long scrape is met at every stage. */
const SCRAPES_LEAST = 5;
const SECONDS_LIMIT = 60;

export const healthyAtRest = (port: number): Promise<Latency> => askHealthy(port);

export const healthyUnderScrapes = async (port: number): Promise<Latency> => {
  const scraper = connection(port);
  let scrapes = 0;
  const enough = new AbortController();
  const scraping = (async () => {
    while (!enough.signal.aborted) {
      await scraper.get(kinds.everything.path);
      scrapes++;
    }
  })();
  try {
    const asking = askHealthy(port, () => scrapes);
    await Promise.race([asking, scraping]);
    return await asking;
  } finally {
    enough.abort();
    await scraping;
    scraper.close();
  }
};

/**
 * Every few milliseconds a request is due. One that has to wait for the answer of the one before it is late, and
 * its waiting counts: otherwise a long stall would be measured only once.
 */
const askHealthy = async (port: number, scrapes?: () => number): Promise<Latency> => {
  const isEnough = () => requestsMs.length >= REQUESTS && (scrapes?.() ?? Infinity) >= SCRAPES_LEAST;
  const prober = connection(port);
  const requestsMs: number[] = [];
  await prober.get('/-/healthy');
  const start = performance.now();
  for (let due = start; !isEnough(); due += EVERY_MILLISECONDS) {
    const early = due - performance.now();
    if (early > 0) await delay(early);
    const from = early > 0 ? performance.now() : due;
    await prober.get('/-/healthy');
    requestsMs.push(performance.now() - from);
    if (performance.now() - start > SECONDS_LIMIT * 1000) break;
  }
  prober.close();
  return { requestsMs, scrapes: scrapes?.() ?? 0 };
};
