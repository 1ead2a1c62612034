/** Sockets that sockets.py holds in the namespace we are in, and replaces when told to. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { end, start } from './processes.ts';

/** It stays where the sources are. */
export const socketsProgram = fileURLToPath(new URL('../../bench/sockets.py', import.meta.url));

export interface Sockets {
  /** Closes so many at random and opens as many of the same kinds; resolves when that is done. */
  replace(number: number): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_SECONDS_LIMIT = 120;

export const openSockets = async (sockets: number, processes: number): Promise<Sockets> => {
  const holder = await start(
    'python3',
    [socketsProgram, `--processes=${processes}`, String(sockets)],
    ['pipe', 'pipe', 'pipe'],
  );
  const { stdin, stdout } = holder.child;
  if (stdin === null || stdout === null) throw new Error('sockets.py has no pipes');
  const lines = createInterface({ input: stdout });
  const ended = once(lines, 'close').then(() => [undefined]);

  const answer = async (expected: object): Promise<void> => {
    const line = once(lines, 'line', { signal: AbortSignal.timeout(ANSWER_SECONDS_LIMIT * 1000) });
    const [told] = await Promise.race([line, ended]);
    if (told === undefined) throw new Error(`no sockets: ${holder.complaint()}`);
    if (JSON.stringify(JSON.parse(String(told))) !== JSON.stringify(expected))
      throw new Error(`sockets.py said ${String(told)}`);
  };
  const close = () => end(holder);

  try {
    await answer({ ready: true, sockets });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async replace(number) {
      stdin.write(`churn ${number}\n`);
      await answer({ churned: number, sockets });
    },
    close,
  };
};
