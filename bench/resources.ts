/**
 * Loaded before the program (`node --import`), in its main thread and in the one that reads: tells on stderr, at SIGUSR2, how much of what
 * keeps the event loop alive there is, and again and again how much heap the reading thread has in use.
 */
import { isMainThread } from 'node:worker_threads';

const EVERY_MILLISECONDS = 1000;

if (isMainThread) {
  process.on('SIGUSR2', () => {
    process.stderr.write(`resources ${process.getActiveResourcesInfo().length}\n`);
  });
} else {
  setInterval(() => {
    process.stderr.write(`reader ${process.memoryUsage().heapUsed}\n`);
  }, EVERY_MILLISECONDS).unref();
}
