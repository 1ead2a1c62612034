/** A scratch network namespace with sockets in it, or without. */
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { end, start, type Started } from './processes.ts';
import { socketsProgram } from './sockets.ts';

export interface Namespace {
  /** A process that lives in it. */
  readonly pid: number;
  close(): Promise<void>;
}

/** Half a million sockets take a minute or two. */
const READY_SECONDS_LIMIT = 300;

/** A fresh mount of sysfs shows the interfaces of the namespace that mounts it. */
const PREPARE = 'mount -t sysfs sysfs /sys && ip link set lo up';

/** It lasts until it is closed, at most as long as sockets.py holds its sockets. */
export const openNamespace = async (sockets: number): Promise<Namespace> => {
  const hold = sockets === 0 ? `echo '{"ready":true,"sockets":0}'; exec cat` : `exec python3 "$0" ${sockets}`;
  const holder = await start(
    'unshare',
    ['--net', '--mount', 'sh', '-c', `${PREPARE} && ${hold}`, socketsProgram],
    ['pipe', 'pipe', 'pipe'],
  );
  const close = () => end(holder);
  try {
    await ready(holder, sockets);
    return { pid: holder.pid, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const ready = async ({ child, complaint }: Started, sockets: number): Promise<void> => {
  if (child.stdout === null) throw new Error('the stdout of the namespace is no pipe');
  const lines = createInterface({ input: child.stdout });
  const timeIsUp = AbortSignal.timeout(READY_SECONDS_LIMIT * 1000);
  // Without a line: the program ended, and its stdout with it.
  const ended = once(lines, 'close', { signal: timeIsUp }).then(() => '');
  const [line] = await Promise.race([once(lines, 'line', { signal: timeIsUp }), ended.then(text => [text])]);
  if (line === '') throw new Error(`cannot open the namespace: ${complaint()}`);
  const opened = (JSON.parse(String(line)) as { sockets: number }).sockets;
  if (opened !== sockets) throw new Error(`${opened} sockets were opened instead of ${sockets}`);
};
