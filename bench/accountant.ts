/**
 * What programs cost, as exactly as the kernel knows it. Node.js can ask neither for the CPU clock of another
 * process nor for the resources that one child used, so a small program in Python does.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { end, start } from './processes.ts';
import type { Cost } from './results.ts';

export interface Accountant {
  /**
   * CPU that a process has used so far, once it has come to rest. Its clock counts every thread to the nanosecond,
   * those that have ended and those that run right now included, which no file in /proc does.
   */
  cpuMs(pid: number): Promise<number>;
  /** Runs a command to its end with its output thrown away. */
  run(command: readonly string[]): Promise<Cost>;
  close(): Promise<void>;
}

/**
 * At rest is a process whose clock stood still twice. A clock is named as CPUCLOCK_SCHED of include/linux/posix-timers.h
 * does it; wait4() tells what one child used, and the kernel makes its user and system time add up to the same clock.
 */
const PROGRAM = `
import json, os, sys, time

REST_SECONDS = 0.004
WAIT_SECONDS = 1

def clock(pid):
    return time.clock_gettime_ns((~pid << 3) | 2)

def cpu(pid):
    deadline = time.monotonic() + WAIT_SECONDS
    last, still = clock(pid), 0
    while still < 2 and time.monotonic() < deadline:
        time.sleep(REST_SECONDS)
        now = clock(pid)
        still = still + 1 if now == last else 0
        last = now
    return {"cpuMs": last / 1e6}

def run(command):
    null = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=null)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return {"cpuMs": (used.ru_utime + used.ru_stime) * 1e3, "wallMs": wall * 1e3}

for line in sys.stdin:
    ask = json.loads(line)
    print(json.dumps(run(ask["run"]) if "run" in ask else cpu(ask["pid"])), flush=True)
`;

const ANSWER_SECONDS_LIMIT = 120;

export const startAccountant = async (): Promise<Accountant> => {
  const started = await start('python3', ['-c', PROGRAM], ['pipe', 'pipe', 'pipe']);
  const { stdin, stdout } = started.child;
  if (stdin === null || stdout === null) throw new Error('the accountant has no pipes');
  const lines = createInterface({ input: stdout });
  const ended = once(lines, 'close').then(() => [undefined]);

  const ask = async (question: object): Promise<unknown> => {
    stdin.write(`${JSON.stringify(question)}\n`);
    const line = once(lines, 'line', { signal: AbortSignal.timeout(ANSWER_SECONDS_LIMIT * 1000) });
    const [answer] = await Promise.race([line, ended]);
    if (answer === undefined) throw new Error(`cannot measure: ${started.complaint()}`);
    return JSON.parse(String(answer));
  };

  return {
    async cpuMs(pid) {
      return ((await ask({ pid })) as { cpuMs: number }).cpuMs;
    },
    async run(command) {
      return (await ask({ run: command })) as Cost;
    },
    close: () => end(started),
  };
};
