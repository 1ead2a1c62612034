/** Starting other programs, and ending what was started: by its process, never by a name. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';

/** Between asking a process to end and ending it. */
const GRACE_SECONDS = 10;
/** Of what a program complained, so much is told. */
const COMPLAINT_CHARACTERS_LIMIT = 2000;

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it last wrote to stderr, if that is a pipe. */
  readonly complaint: () => string;
}

/** The program ends with us even if we are killed: the kernel sees to it. */
export const start = async (
  command: string,
  args: readonly string[],
  stdio: StdioOptions,
): Promise<Started> => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { stdio });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS_LIMIT);
  });
  // Rejects with the error when there is no such program.
  await once(child, 'spawn');
  return { child, pid: child.pid ?? NaN, complaint: () => complaint.trim() };
};

export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/** Closes its stdin, asks it to end, and insists after a while. */
export const end = async ({ child }: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), GRACE_SECONDS * 1000);
  await ended;
  clearTimeout(insist);
};

/** All that it prints, once it has ended well. */
export const output = async (
  command: string,
  args: readonly string[],
  limitSeconds: number,
): Promise<string> => {
  const started = await start(command, args, ['ignore', 'pipe', 'pipe']);
  return printed(started, command, limitSeconds);
};

/** All that a program, whose stdout is a pipe, prints until it ends well. */
export const printed = async (started: Started, name: string, limitSeconds: number): Promise<string> => {
  const { child, complaint } = started;
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const overtime = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(overtime);
  if (code !== 0) {
    throw new Error(`${name} ended with ${signal ?? `status ${code ?? '?'}`} ${complaint()}`.trim());
  }
  return text;
};
