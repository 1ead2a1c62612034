/** A captured host in a folder of its own, changed for one test: files replaced, taken away, or made to never answer. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ReaderSettings } from '../../src/snapshot/reading.ts';
import { hostFolder, machineOf, readingSettings } from '../hosts.ts';

export interface Capture {
  readonly folder: string;
  readonly settings: ReaderSettings;
  /** Lets every reader of the file that never answers go on, with an empty file. */
  readonly unblock: (file: string) => void;
  readonly remove: () => void;
}

/** A file whose reader waits until somebody writes: what a kernel file is whose lock is held for ever. */
export const NEVER_ANSWERS = Symbol('never answers');

/** @param changes by name below the capture, as `proc/net/tcp`; undefined takes the file away */
export const captureOf = (
  host: string,
  changes: Readonly<Record<string, string | typeof NEVER_ANSWERS | undefined>>,
): Capture => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  for (const name of ['proc', 'sys']) {
    mkdirSync(join(folder, name));
    cpSync(join(hostFolder(host), name), join(folder, name), { recursive: true, verbatimSymlinks: true });
  }
  for (const [name, content] of Object.entries(changes)) {
    const file = join(folder, name);
    rmSync(file, { force: true, recursive: true });
    if (content === undefined) continue;
    mkdirSync(dirname(file), { recursive: true });
    if (content === NEVER_ANSWERS) execFileSync('mkfifo', [file]);
    else writeFileSync(file, content);
  }
  return {
    folder,
    settings: {
      places: { procfs: join(folder, 'proc'), sysfs: join(folder, 'sys') },
      machine: machineOf(host),
      ...readingSettings,
    },
    unblock(name) {
      // Does not wait: fails with ENXIO where nobody reads, and with ENOENT where the test took the file away.
      try {
        closeSync(openSync(join(folder, name), constants.O_WRONLY | constants.O_NONBLOCK));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && ['ENXIO', 'ENOENT'].includes(String(error.code))))
          throw error;
      }
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
