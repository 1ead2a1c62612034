/** Fuzzes in a thread of its own, so that whoever started it sees an input that never ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { attempt, type Finding } from './fuzz.ts';
import { CURRENT, STOP, type Report, type Work } from './work.ts';

/** To tell where an error came from costs more than most inputs; whoever replays one is told. */
Error.stackTraceLimit = 1;

/** Inputs between two reports. */
const REPORT_EVERY = 1000;

const work = async ({ seed, from, to, words }: Work): Promise<void> => {
  let findings: Finding[] = [];
  let endings: Record<string, Record<string, number>> = {};
  let slowest = { number: from, milliseconds: 0 };
  const report = (): void => {
    parentPort?.postMessage({ findings, endings, slowest } satisfies Report);
    findings = [];
    endings = {};
  };
  for (let number = from; number < to && Atomics.load(words, STOP) === 0; number++) {
    Atomics.store(words, CURRENT, number);
    const start = performance.now();
    const { kind, ending, findings: found } = await attempt(seed, number);
    const milliseconds = performance.now() - start;
    if (milliseconds > slowest.milliseconds) slowest = { number, milliseconds };
    findings.push(...found);
    const ofKind = (endings[kind] ??= {});
    ofKind[ending] = (ofKind[ending] ?? 0) + 1;
    if (found.length > 0 || number % REPORT_EVERY === REPORT_EVERY - 1) report();
  }
  report();
};

await work(workerData as Work);
