/** Scratch network namespaces: made for a test, gone with it, with nothing in them that leads out. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { root } from '../hosts.ts';
import { join } from 'node:path';
import { output, start, type Command, type Running } from './programs.ts';

export interface Namespace {
  readonly pid: number;
  /** The same command, run in there. */
  readonly inside: (command: Command) => Command;
  /** Likewise, with a sysfs that shows the namespace: a mount shows the one in which it was made. */
  readonly insideWithSysfs: (command: Command) => Command;
  readonly stop: () => Promise<void>;
}

/** A namespace where loopback is up and nothing else exists. */
export const emptyNamespace = async (): Promise<Namespace> =>
  namespaceOf(
    await start(['unshare', '-n', 'sh', '-c', 'ip link set lo up && echo ready && exec cat'], /ready/),
  );

/** What sockets.py says it opened. */
export interface Opened {
  /** TCP sockets by kernel file and state. */
  readonly expected: Readonly<Record<'tcp' | 'tcp6', Readonly<Record<string, number>>>>;
  /**
   * The others by kernel file; their states are `CLOSE`, `ESTABLISHED`, and for unix `LISTEN` and `open`. Those of
   * packet are told by type, those of netlink by the number of their protocol.
   */
  readonly other: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly missing: readonly string[];
}

/** A namespace with sockets of every protocol in every state, routes, groups and an interface. */
export const namespaceWithSockets = async (): Promise<Namespace & { readonly opened: Opened }> => {
  const script = join(root, 'test', 'live', 'sockets.py');
  const running = await start(['unshare', '-n', 'python3', script], /^\{.*\}$/m);
  return { ...namespaceOf(running), opened: JSON.parse(running.ready[0]) as Opened };
};

/** Filters of multicast sources, as link.py set them. */
export type Filters = Readonly<Record<'inet' | 'inet6', Readonly<Record<'include' | 'exclude', number>>>>;

/** A namespace with links, neighbours in every state, and multicast memberships. */
export const namespaceWithLinks = async (): Promise<Namespace & { readonly filters: Filters }> => {
  const script = join(root, 'test', 'live', 'link.py');
  const running = await start(['unshare', '-n', 'python3', script], /^\{.*\}$/m);
  const { filters } = JSON.parse(running.ready[0]) as { readonly filters: Filters };
  return { ...namespaceOf(running), filters };
};

/** What nat.py says it opened: `inet tcp ESTABLISHED` and `inet tcp source`. */
export interface Routed {
  readonly entries: Readonly<Record<string, number>>;
  readonly sessions: Readonly<Record<string, number>>;
}

/** A router between two namespaces of its own, with connections through it that are translated in every way. */
export const namespaceOfRouter = async (): Promise<Namespace & { readonly opened: Routed }> => {
  const script = join(root, 'test', 'live', 'nat.py');
  const running = await start(['unshare', '-n', 'python3', script], /^\{.*\}$/m);
  return { ...namespaceOf(running), opened: JSON.parse(running.ready[0]) as Routed };
};

/** What owners.py says it started. */
export interface Started {
  /** By pid; a name is bytes, in hexadecimal. */
  readonly programs: Readonly<Record<string, { readonly name: string; readonly role: string }>>;
  /** CLOSE_WAIT sockets by the role of the program that holds them. */
  readonly held: Readonly<Record<string, { readonly unread: number; readonly read: number }>>;
  readonly missing: readonly string[];
  /** Short-lived processes that there were. */
  readonly ended?: number;
}

export type OwnersNamespace = Namespace & Obeying<Started>;

/** A namespace with programs that leak sockets, under odd names and as several users. */
export const namespaceOfOwners = async (): Promise<OwnersNamespace> => {
  const script = join(root, 'test', 'live', 'owners.py');
  const running = await start(['unshare', '-n', 'python3', script, process.execPath], /^\{.*\}$/m);
  return { ...namespaceOf(running), ...obeying<Started>(running, { programs: {}, held: {}, missing: [] }) };
};

/** What leak.py says it started. */
export interface Leaking {
  /** The program that leaks, how many descriptors it may have, and its sockets in CLOSE_WAIT. */
  readonly leaker: Readonly<Record<'pid' | 'descriptors' | 'unread' | 'read', number>>;
  readonly missing: readonly string[];
}

export type LeakNamespace = Namespace & Obeying<Leaking>;

/** A namespace with a program that leaks sockets beside some that do not, whose names would do harm where they are odd. */
export const namespaceOfLeak = async (names: 'plain' | 'odd'): Promise<LeakNamespace> => {
  const script = join(root, 'test', 'live', 'leak.py');
  const running = await start(['unshare', '-n', 'python3', script, names], /^\{.*\}$/m);
  const nothing = { leaker: { pid: 0, descriptors: 0, unread: 0, read: 0 }, missing: [] };
  return { ...namespaceOf(running), ...obeying<Leaking>(running, nothing) };
};

/** A scene that says how all is, and does what it is told. */
interface Obeying<Said> {
  /** As all is now. */
  readonly started: () => Said;
  /** Has something done, as the scene's own words say. */
  readonly tell: (command: string) => Promise<Said>;
}

const TELL_SECONDS = 10;

const obeying = <Said>({ child, printed }: Running, nothing: Said): Obeying<Said> => {
  const said = (): readonly Said[] =>
    [...printed().matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line) as Said);
  const started = (): Said => said().at(-1) ?? nothing;
  return {
    started,
    async tell(command) {
      const before = said().length;
      child.stdin?.write(`${command}\n`);
      const deadline = Date.now() + TELL_SECONDS * 1000;
      while (said().length === before) {
        assert.ok(child.exitCode === null && Date.now() < deadline, `${command}: ${printed()}`);
        await sleep(20);
      }
      return started();
    },
  };
};

const namespaceOf = ({ pid, stop }: Running): Namespace => {
  const enter: Command = ['nsenter', '-t', String(pid), '-n'];
  return {
    pid,
    inside: command => [...enter, ...command],
    insideWithSysfs: command => [
      ...enter,
      ...['unshare', '-m', 'sh', '-c', 'mount -t sysfs sysfs /sys && exec "$@"', 'sh'],
      ...command,
    ],
    stop,
  };
};

export interface Answer {
  readonly stream: number;
  readonly status: number;
  readonly body: string;
}

const clientFile = fileURLToPath(new URL('./client.js', import.meta.url));

/** Asks servers inside of the namespace, as client.ts says. */
export const clientCommand = (
  namespace: Namespace,
  { streams, rounds, pauseMilliseconds }: { streams: number; rounds: number; pauseMilliseconds: number },
  urls: readonly string[],
): Command =>
  namespace.inside([
    process.execPath,
    clientFile,
    String(streams),
    String(rounds),
    String(pauseMilliseconds),
    ...urls,
  ]);

export const answersIn = (printed: string): readonly Answer[] =>
  printed
    .split('\n')
    .filter(line => line !== '')
    // The client prints UTF-8, of which every byte was read as a character.
    .map(line => JSON.parse(Buffer.from(line, 'latin1').toString()) as Answer);

/** The answers of these servers, asked one after the other, in as many rounds. */
export const ask = (namespace: Namespace, rounds: number, urls: readonly string[]): readonly Answer[] =>
  answersIn(output(clientCommand(namespace, { streams: 1, rounds, pauseMilliseconds: 50 }, urls)));
