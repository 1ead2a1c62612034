/** What it costs to answer many scrapes that are asked for at the same moment: the kernel is to be read once for all of them. */
import type { Accountant } from './accountant.ts';
import { connection } from './client.ts';
import type { AtOnce } from './results.ts';
import { progress, requireTrue } from './scraping.ts';
import { scrapes, type Server } from './servers.ts';

const SCRAPES = 32;
const BURSTS = 5;
/** So that what the bursts left behind is collected as it is between any two scrapes. */
const SCRAPES_AFTER = 10;

export const measureAtOnce = async (
  server: Server,
  accountant: Accountant,
  sockets: number,
): Promise<AtOnce> => {
  progress(`${BURSTS} times ${SCRAPES} scrapes at once`);
  const { path } = scrapes.same;
  const connections = Array.from({ length: SCRAPES }, () => connection(server.port));
  const { residentBytes: residentBytesBefore } = server.memory();
  const cpuMs: number[] = [];
  try {
    for (let burst = 0; burst < BURSTS; burst++) {
      const before = await accountant.cpuMs(server.pid);
      const answers = await Promise.all(connections.map(each => each.get(path)));
      cpuMs.push((await accountant.cpuMs(server.pid)) - before);
      for (const answer of answers) requireTrue('same', answer.text(), sockets);
    }
    for (let i = 0; i < SCRAPES_AFTER; i++) await connections[0]?.get(path);
  } finally {
    for (const each of connections) each.close();
  }
  return { scrapes: SCRAPES, cpuMs, residentBytesBefore, residentBytesAfter: server.memory().residentBytes };
};
