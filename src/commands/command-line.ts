/** Every command but `show`: what the flags and the configuration file ask for. */
import { readFileSync } from 'node:fs';
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import { ConfigError, type ConfigFile } from '../config-file.ts';
import { helpText, parseFlags, settings, type Flags } from '../flags.ts';
import { check } from './check.ts';
import { reference } from './reference.ts';
import { scrape } from './scrape.ts';
import { serve } from './serve.ts';
import { versionLine } from './version.ts';

const defaults = collectors.map(({ name, optional, overNetlink }: Collector<string, unknown>) => ({
  name,
  enabled: optional !== true,
  hasReaders: overNetlink !== undefined,
  hasExtents: overNetlink?.hasExtents === true,
}));

/** Resolves with the exit status, or with `held` as `serve` does. */
export const runCommand = async (argv: readonly string[]): Promise<number | 'held'> => {
  const flags = parseFlags(argv, defaults);
  // Only a server reads anything again; the others end with their terminal.
  if (flags.command !== 'serve') process.removeAllListeners('SIGHUP');
  const config = () => settings(flags, configFile(flags), defaults);
  switch (flags.command) {
    case 'help':
      process.stdout.write(helpText(defaults));
      return 0;
    case 'version':
      process.stdout.write(versionLine());
      return 0;
    case 'reference':
      process.stdout.write(reference());
      return 0;
    case 'check':
      return check(config());
    case 'scrape':
      return scrape(config(), flags.collect);
    case 'serve':
      return serve(config);
  }
};

const configFile = ({ configFile: file }: Flags): ConfigFile | undefined => {
  if (file === undefined) return undefined;
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new ConfigError([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
};
