/** Scratch network namespaces: made for a test, gone with it, with nothing in them that leads out. */
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
    .map(line => JSON.parse(line) as Answer);

/** The answers of these servers, asked one after the other, in as many rounds. */
export const ask = (namespace: Namespace, rounds: number, urls: readonly string[]): readonly Answer[] =>
  answersIn(output(clientCommand(namespace, { streams: 1, rounds, pauseMilliseconds: 50 }, urls)));
