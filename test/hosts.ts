/** The captured hosts beside the tests, found from wherever the tests run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectors } from '../src/collectors/index.ts';
import { directory, type Source } from '../src/procfs/source.ts';
import type { Snapshot } from '../src/snapshot/outcome.ts';
import { createReading } from '../src/snapshot/reading.ts';
import type { Machine } from '../src/text/machine.ts';

/** The repository: compiled tests live in build/, sources do not. */
export const root = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

const folder = join(root, 'test', 'hosts');

export const hostNames: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

export const hostFolder = (host: string): string => join(folder, host);

export const machineOf = (host: string): Machine => ({
  byteOrder: host === 'big-endian' ? 'big' : 'little',
  pageSizeBytes: 4096,
  ticksPerSecond: 100,
});

/** What a reading is told, but for where it reads: the defaults, and time enough. */
export const readingSettings = {
  enabled: collectors.map(({ name }): string => name),
  programs: { top: 64, listeners: 256, searchSeconds: 60, rules: [] },
  readers: {},
  extents: {},
  top: { port: 64, user: 64 },
} as const;

/** Everything of a host, read by a program that has just started. */
export const readHost = (host: string, names: readonly string[]): Snapshot => {
  const places = { procfs: join(folder, host, 'proc'), sysfs: join(folder, host, 'sys') };
  const settings = { places, machine: machineOf(host), ...readingSettings };
  return new Map(createReading(settings)(names));
};

export const hostSource = (host: string): Source =>
  directory({ procfs: join(folder, host, 'proc'), sysfs: join(folder, host, 'sys') }, machineOf(host));

/** What a tool printed on that host; undefined where it was not asked. */
export const oracle = (host: string, name: string): string | undefined => {
  const file = join(folder, host, 'oracle', `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
};
