/** The program as a user starts it: main.js in a process of its own. */
import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const mainFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Nothing here takes half of it on a busy machine; a program that hangs must not hang the tests. */
const LIMIT_MILLISECONDS = 60_000;

export interface Run {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const run = (...args: readonly string[]): Run =>
  spawnSync(process.execPath, [mainFile, ...args], { encoding: 'utf8', timeout: LIMIT_MILLISECONDS });

/** By a shell, in whose script `"$@"` stands for the program with these arguments. */
export const runInShell = (script: string, ...args: readonly string[]): Run =>
  spawnSync('sh', ['-c', script, 'sh', process.execPath, mainFile, ...args], {
    encoding: 'utf8',
    timeout: LIMIT_MILLISECONDS,
  });

/** One after the other: each waits for the one before it. */
let turn: Promise<unknown> = Promise.resolve();
let loaded: ChildProcess | undefined;

/**
 * The same in a process that has loaded the program already, since most of the time of a run is the start of Node.js. Whether a
 * process of its own ends so, and loses none of its output, is what `run` is for.
 */
export const runLoaded = (...args: readonly string[]): Promise<Run> => {
  const done = turn.then(() => answerOf((loaded ??= load()), args));
  turn = done.catch(() => undefined);
  return done;
};

const load = (): ChildProcess => {
  const child = fork(fileURLToPath(new URL('loaded.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
};

/** It ends by itself, because it tells what of the program it has run, where somebody measures that, at its end. */
after(async () => {
  if (loaded?.connected !== true) return;
  const ended = once(loaded, 'exit', { signal: AbortSignal.timeout(LIMIT_MILLISECONDS) });
  loaded.ref();
  loaded.disconnect();
  await ended;
});

const answerOf = (child: ChildProcess, args: readonly string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      if (loaded === child) loaded = undefined;
      child.kill('SIGKILL');
      reject(new Error(`${args.join(' ')}: ${why}`));
    };
    const timer = setTimeout(fail, LIMIT_MILLISECONDS, 'no answer');
    const ended = (): void => {
      clearTimeout(timer);
      fail('the process ended');
    };
    child.ref();
    child.channel?.ref();
    child.once('exit', ended);
    child.once('message', (run: Run) => {
      clearTimeout(timer);
      child.off('exit', ended);
      // The tests do not wait for it when they have ended.
      child.unref();
      child.channel?.unref();
      resolve(run);
    });
    child.send(args);
  });

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly milliseconds: number;
}

export interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly get: (path: string, headers?: OutgoingHttpHeaders, method?: string) => Promise<Answer>;
  /** What it has logged up to now. */
  readonly log: () => string;
  /** Sends the signal and resolves when the process has ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a server on a free port of 127.0.0.1 and resolves once it listens. */
export const serve = async (...args: readonly string[]): Promise<Server> => {
  const child = spawn(process.execPath, [mainFile, '--web.listen-address=127.0.0.1:0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  // A test that fails before it stops its server must not leave it behind.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  let log = '';
  const ended = new Promise<Ended>(resolve => {
    child.on('close', (status, signal) => {
      process.off('exit', kill);
      resolve({ status, signal });
    });
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [, port] = /msg=listening address=127\.0\.0\.1:(\d+)/.exec(log) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    void ended.then(({ status }) => {
      reject(new Error(`ended with ${status} before it listened: ${log}`));
    });
  });
  return {
    process: child,
    port,
    log: () => log,
    get: (path, headers = {}, method = 'GET') => get(port, path, headers, method),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
};

const get = (port: number, path: string, headers: OutgoingHttpHeaders, method: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const start = performance.now();
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, text, milliseconds: performance.now() - start });
      });
    });
    sent.on('error', reject);
    sent.end();
  });

/** Waits until the condition holds. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const end = performance.now() + LIMIT_MILLISECONDS / 2;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('waited in vain');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
};
