/** Scrapes of servers under measurement: what each costs, and whether it tells the truth. */
import type { Accountant } from './accountant.ts';
import { connection, type Answer, type Connection } from './client.ts';
import { failuresIn, tcpSocketsIn } from './exposed.ts';
import type { Cost, Measured, Memory, ServerName, Subject } from './results.ts';
import { startServer, type Server } from './servers.ts';

/** A server, and the one connection over which it is scraped. */
export interface Watched {
  readonly name: ServerName;
  readonly server: Server;
  readonly kept: Connection;
}

/** Runs what is asked for with these servers, each of which has answered once, and stops them. */
export const withServers = async <T>(
  names: readonly ServerName[],
  run: (watched: ReadonlyMap<ServerName, Watched>) => Promise<T>,
): Promise<T> => {
  const watched = new Map<ServerName, Watched>();
  try {
    for (const name of names) {
      const server = await startServer(name);
      watched.set(name, { name, server, kept: connection(server.port) });
    }
    return await run(watched);
  } finally {
    for (const { server, kept } of watched.values()) {
      kept.close();
      await server.stop();
    }
  }
};

export interface Scraped extends Cost {
  readonly answer: Answer;
}

export const costOfScrape = async (
  { server, kept }: Watched,
  path: string,
  accountant: Accountant,
): Promise<Scraped> => {
  const before = await accountant.cpuMs(server.pid);
  const answer = await kept.get(path);
  return { cpuMs: (await accountant.cpuMs(server.pid)) - before, wallMs: answer.wallMs, answer };
};

/** Fails if an answer is not the truth. */
export const requireTrue = (subject: Subject, text: string, sockets: number): void => {
  const failures = failuresIn(text);
  if (failures.length > 0) throw new Error(`${subject}: ${failures.join(', ')}`);
  const found = tcpSocketsIn(text);
  if (found < sockets) throw new Error(`${subject} tells of ${found} sockets, but there are ${sockets}`);
};

/** The CPU that servers use while they are not asked. */
export interface Outside {
  /** Of this server, so much is not. */
  readonly leaveOut: (server: ServerName, cpuMs: number) => void;
  readonly perRound: (rounds: number) => Promise<Measured['besidesMs']>;
}

export const watchOutside = async (
  watched: ReadonlyMap<ServerName, Watched>,
  accountant: Accountant,
): Promise<Outside> => {
  const outside = new Map<ServerName, number>();
  const add = (name: ServerName, cpuMs: number): void => {
    outside.set(name, (outside.get(name) ?? 0) + cpuMs);
  };
  for (const { name, server } of watched.values()) add(name, -(await accountant.cpuMs(server.pid)));
  return {
    leaveOut(server, cpuMs) {
      add(server, -cpuMs);
    },
    async perRound(rounds) {
      for (const { name, server } of watched.values()) add(name, await accountant.cpuMs(server.pid));
      return Object.fromEntries([...outside].map(([name, ms]) => [name, ms / rounds]));
    },
  };
};

export const memoryOfAll = (watched: ReadonlyMap<ServerName, Watched>): Partial<Record<ServerName, Memory>> =>
  Object.fromEntries([...watched].map(([name, { server }]) => [name, server.memory()]));

export const reconnectsOfAll = (watched: ReadonlyMap<ServerName, Watched>): number =>
  [...watched.values()].reduce((sum, { kept }) => sum + kept.opened() - 1, 0);

export const progress = (text: string): void => {
  process.stderr.write(`  ${text}\n`);
};
