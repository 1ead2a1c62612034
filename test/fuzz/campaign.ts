/** Very many inputs, watched from outside: one that hangs or takes all memory is a finding as any other, and the rest goes on. */
import { Worker } from 'node:worker_threads';
import { CURRENT, STOP, type Endings, type Report, type Work } from './work.ts';

export interface Told {
  /** Replays it, beside the seed. */
  readonly number: number;
  readonly subject: string;
  readonly how: readonly string[];
  readonly complaint: string;
}

export interface Campaign {
  readonly inputs: number;
  readonly seconds: number;
  readonly findings: readonly Told[];
  readonly endings: Endings;
  readonly slowest: Report['slowest'];
  readonly peakResidentBytes: number;
}

export interface Plan {
  readonly seed: number;
  readonly inputs: number;
  /** Ends before, after so long. */
  readonly seconds?: number;
  readonly progress?: (done: number, seconds: number, findings: number) => void;
  readonly found?: (finding: Told) => void;
}

/** An input takes some milliseconds, and a few hundred at most; a busy machine may let none of it happen for long. */
export const HANG_SECONDS = 60;
/** The heap of the thread, which reads, renders and reads back. */
export const HEAP_LIMIT_MEGABYTES = 160;
/** Of the whole process: the heap, and the largest inputs outside of it. */
export const RESIDENT_LIMIT_BYTES = 700_000_000;
/** Beyond them something is so wrong that the rest tells nothing. */
const FINDINGS_LIMIT = 100;

const WATCH_MILLISECONDS = 500;
const MILLISECONDS_PER_SECOND = 1000;

const merged = (endings: Record<string, Record<string, number>>, more: Endings): void => {
  for (const [kind, counts] of Object.entries(more)) {
    const ofKind = (endings[kind] ??= {});
    for (const [ending, count] of Object.entries(counts)) ofKind[ending] = (ofKind[ending] ?? 0) + count;
  }
};

/** What is watched, and for how long nothing of it may be heard. */
export interface Watched {
  readonly thread: URL;
  readonly hangSeconds: number;
}

const usual: Watched = { thread: new URL('./worker.js', import.meta.url), hangSeconds: HANG_SECONDS };

/** @returns undefined when all was done, or why the thread ended at the input that it was at */
const runThread = (
  work: Work,
  take: (report: Report) => void,
  watch: () => void,
  { thread, hangSeconds }: Watched,
): Promise<string | undefined> =>
  new Promise(resolve => {
    const worker = new Worker(thread, {
      workerData: work,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MEGABYTES },
    });
    let before = -1;
    let since = performance.now();
    const watcher = setInterval(() => {
      watch();
      const current = Atomics.load(work.words, CURRENT);
      const now = performance.now();
      if (current !== before) since = now;
      before = current;
      if (now - since > hangSeconds * MILLISECONDS_PER_SECOND) end(`a hang: no end after ${hangSeconds} s`);
    }, WATCH_MILLISECONDS);
    let hasEnded = false;
    // To end the thread has it exit as well: what comes first is why.
    const end = (why: string | undefined): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearInterval(watcher);
      void worker.terminate().then(() => {
        resolve(why);
      });
    };
    worker.on('online', () => {
      since = performance.now();
    });
    worker.on('message', take);
    worker.on('error', (error: Error) => {
      const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      end(
        isMemory
          ? `memory: more than ${HEAP_LIMIT_MEGABYTES} MB of heap`
          : `a crash of the thread: ${error.message}`,
      );
    });
    worker.on('exit', () => {
      end(undefined);
    });
  });

export const runCampaign = async (
  { seed, inputs, seconds = Infinity, progress, found }: Plan,
  watched: Watched = usual,
): Promise<Campaign> => {
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / MILLISECONDS_PER_SECOND;
  const words = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const findings: Told[] = [];
  const endings: Record<string, Record<string, number>> = {};
  let slowest = { number: 0, milliseconds: 0 };
  let peakResidentBytes = 0;

  const stop = (): void => {
    Atomics.store(words, STOP, 1);
  };
  const tell = (finding: Told): void => {
    findings.push(finding);
    found?.(finding);
    if (findings.length >= FINDINGS_LIMIT) stop();
  };
  const take = (report: Report): void => {
    for (const { number, subject, how, complaint } of report.findings)
      tell({ number, subject, how, complaint });
    merged(endings, report.endings);
    if (report.slowest.milliseconds > slowest.milliseconds) slowest = report.slowest;
    progress?.(Atomics.load(words, CURRENT), elapsed(), findings.length);
  };
  const watch = (): void => {
    peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
    if (elapsed() > seconds) stop();
  };

  for (let from = 0; from < inputs && Atomics.load(words, STOP) === 0;) {
    const why = await runThread({ seed, from, to: inputs, words }, take, watch, watched);
    const at = Atomics.load(words, CURRENT);
    from = at + 1;
    if (why !== undefined) tell({ number: at, subject: 'the thread', how: [], complaint: why });
  }
  watch();
  if (peakResidentBytes > RESIDENT_LIMIT_BYTES)
    tell({
      ...{ number: inputs, subject: 'the process', how: [] },
      complaint: `memory: ${peakResidentBytes} bytes resident`,
    });
  return {
    ...{ findings, endings, slowest, peakResidentBytes },
    inputs: Atomics.load(words, CURRENT) + 1,
    seconds: elapsed(),
  };
};
