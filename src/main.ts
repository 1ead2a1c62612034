#!/usr/bin/env -S node --max-heap-size=96 --semi-space-growth-factor=1 --single-threaded-gc
/** The command line; the only place that ends the process. */
import { UsageError } from './usage.ts';

const EXIT_FAILED = 1;
/** What the program was started with is wrong. */
const EXIT_USAGE = 2;

/** Each loads only what it needs: to load the libraries of the server takes longer than most of what `show` does. */
const main = async (argv: readonly string[]): Promise<number | 'held'> => {
  if (argv[0] === 'show') {
    const { runShow } = await import('./commands/show.ts');
    return runShow(argv.slice(1));
  }
  let isReloadAsked = false;
  // A server that is told to reload before it is there would end.
  process.on('SIGHUP', () => {
    isReloadAsked = true;
  });
  const { runCommand } = await import('./commands/command-line.ts');
  return runCommand(argv, () => isReloadAsked);
};

let isOutputLost = false;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the output may have seen enough of it.
  if (error.code === 'EPIPE') return;
  if (!isOutputLost) process.stderr.write(`netstat-exporter: standard output: ${error.message}\n`);
  isOutputLost = true;
  process.exitCode = EXIT_FAILED;
});

try {
  const status = await main(process.argv.slice(2));
  // Node.js would wait for the thread for ever.
  if (status === 'held') process.kill(process.pid, 'SIGKILL');
  // Not where the output was lost.
  else process.exitCode ??= status;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message.replace(/^/gm, 'netstat-exporter: ')}\n`);
  process.exitCode = EXIT_USAGE;
}
