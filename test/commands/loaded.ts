/** The program loaded once, in a process of its own: for each command line that it is sent, main.js runs again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from './run.ts';

const ENDING_MILLISECONDS_LIMIT = 20_000;

const outputs = [process.stdout, process.stderr] as const;
const written: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
for (const output of outputs) {
  output.write = (piece: string | Uint8Array): boolean => {
    written[output.fd].push(Buffer.from(piece as string));
    return true;
  };
}

/** A process of its own would not have ended while it waits for something. */
const assertEnds = async (idle: readonly string[]): Promise<void> => {
  const end = performance.now() + ENDING_MILLISECONDS_LIMIT;
  for (let left = waitsFor(idle); left.length > 0; left = waitsFor(idle)) {
    if (performance.now() > end) throw new Error(`does not end, it waits for ${left.join()}`);
    await sleep(1);
  }
};

/** Beyond what it waited for before: the next command line. */
const waitsFor = (idle: readonly string[]): readonly string[] => {
  const left = process.getActiveResourcesInfo();
  for (const name of idle) {
    const at = left.indexOf(name);
    if (at !== -1) left.splice(at, 1);
  }
  return left;
};

const exitStatus = (): number => Number(process.exitCode ?? 0);

let runs = 0;

const runMain = async (args: readonly string[]): Promise<Run> => {
  const main = new URL(`../../src/main.js?${runs++}`, import.meta.url);
  process.argv = [process.execPath, main.pathname, ...args];
  process.exitCode = undefined;
  const idle = process.getActiveResourcesInfo();
  const others = outputs.map(output => output.listeners('error'));
  await import(main.href);
  await assertEnds(idle);
  outputs.forEach((output, i) => {
    for (const listener of output.listeners('error')) {
      if (!others[i]?.includes(listener)) output.off('error', listener as () => void);
    }
  });
  const [stdout = '', stderr = ''] = ([1, 2] as const).map(fd =>
    Buffer.concat(written[fd].splice(0)).toString(),
  );
  return { status: exitStatus(), stdout, stderr };
};

process.on('message', (args: readonly string[]) => {
  // What it throws ends the process, as it would end one of its own.
  void runMain(args).then(run => process.send?.(run));
});

process.once('disconnect', () => process.exit());
