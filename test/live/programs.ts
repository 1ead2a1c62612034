/** Programs as live tests run them: our own, found beside the compiled tests, and the tools that it is held against. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Command = readonly [program: string, ...args: string[]];

const TOOL_SECONDS = 30;
const START_SECONDS = 20;
const STOP_SECONDS = 8;
const OUTPUT_BYTES_LIMIT = 256 * 1024 * 1024;

/** Tools speak English, and nstat keeps no history of ours in the user's. */
const environment = { ...process.env, LC_ALL: 'C', NSTAT_HISTORY: '/dev/null' };

export const mainFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export const exporter = (...args: readonly string[]): Command => [process.execPath, mainFile, ...args];

export interface Finished {
  readonly status: number | null;
  /** One character a byte, so that names which are no UTF-8 survive. */
  readonly stdout: string;
  readonly stderr: string;
}

export const run = ([program, ...args]: Command, input = ''): Finished => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    input: Buffer.from(input, 'latin1'),
    encoding: 'latin1',
    env: environment,
    timeout: TOOL_SECONDS * 1000,
    maxBuffer: OUTPUT_BYTES_LIMIT,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
};

/** What a program prints that must succeed. */
export const output = (command: Command, input?: string): string => {
  const { status, stdout, stderr } = run(command, input);
  assert.equal(status, 0, `${command.join(' ')}: ${stderr}`);
  return stdout;
};

export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** What it was waited for, with the groups of the expression. */
  readonly ready: RegExpExecArray;
  /** All that it printed so far, on either stream. */
  readonly printed: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts a program that stays, and waits until it prints what tells that it is ready. */
export const start = async ([program, ...args]: Command, isReady: RegExp): Promise<Running> => {
  const child = spawn(program, args, { env: environment });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString('latin1')));
  }
  let failure: string | undefined;
  child.on('error', error => (failure = error.message));

  const stop = async (): Promise<void> => {
    child.stdin.destroy();
    const deadline = Date.now() + STOP_SECONDS * 1000;
    child.kill('SIGTERM');
    while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) await sleep(20);
    child.kill('SIGKILL');
  };

  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const ready = isReady.exec(printed);
    if (ready !== null && child.pid !== undefined) {
      return { pid: child.pid, child, ready, printed: () => printed, stop };
    }
    if (failure !== undefined || child.exitCode !== null || Date.now() > deadline) {
      await stop();
      assert.fail(`${program} ${args.join(' ')} did not become ready: ${failure ?? printed}`);
    }
    await sleep(20);
  }
};

/** Our server on a free port of the loopback interface, started by `prefix` where it is to run somewhere else. */
export const startServer = async (
  prefix: readonly string[],
  ...flags: readonly string[]
): Promise<Running & { readonly url: string }> => {
  const [program, ...args] = [...prefix, ...exporter('serve', '--web.listen-address=127.0.0.1:0', ...flags)];
  assert.ok(program !== undefined);
  const running = await start([program, ...args], /msg=listening address=(\S+)/);
  return { ...running, url: `http://${running.ready[1] ?? ''}/metrics` };
};

/** Two programs that read one after the other may see a packet in between. What really differs still does at the end. */
export const eventually = async (check: () => void | Promise<void>, tries = 8): Promise<void> => {
  for (let left = tries; ; left--) {
    try {
      await check();
      return;
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(250);
    }
  }
};

/** In a sandbox process 1 may hide its descriptors even from root. */
export const isRefused = ((): boolean => {
  try {
    readlinkSync('/proc/1/fd/0');
    return false;
  } catch {
    return true;
  }
})();

/** Warnings and errors, but for the one that such a machine deserves. */
export const complaintsIn = (log: string): readonly string[] =>
  log
    .split('\n')
    .filter(line => /level=(?:warn|error)/.test(line))
    .filter(line => !(isRefused && line.includes('collector=programs reason="the owners ')));
