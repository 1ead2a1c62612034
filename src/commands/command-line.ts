/** Every command but `show`: what the flags and the configuration file ask for. */
import { readFileSync } from 'node:fs';
import type { Collector } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import { ConfigError, type ConfigFile } from '../config-file.ts';
import { helpText, parseFlags, settings, type Flags } from '../flags.ts';
import { startReader } from '../snapshot/reader.ts';
import { readerSettings } from './assemble.ts';
import { versionLine } from './version.ts';

const defaults = collectors.map(({ name, optional, overNetlink }: Collector<string, unknown>) => ({
  name,
  enabled: optional !== true,
  hasReaders: overNetlink !== undefined,
  hasExtents: overNetlink?.hasExtents === true,
}));

/**
 * Resolves with the exit status, or with `held` as `serve` does. Each command is loaded when it is asked for.
 * @param isReloadAsked whether somebody asked a server to reload before it was there
 */
export const runCommand = async (
  argv: readonly string[],
  isReloadAsked: () => boolean = () => false,
): Promise<number | 'held'> => {
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
    case 'reference': {
      const { reference } = await import('./reference.ts');
      process.stdout.write(reference());
      return 0;
    }
    case 'check': {
      const { check } = await import('./check.ts');
      return check(config());
    }
    case 'scrape': {
      const { scrape } = await import('./scrape.ts');
      return scrape(config(), flags.collect);
    }
    case 'serve': {
      const atFirst = config();
      // The thread starts while the libraries of the server are loaded, which takes as long.
      const reader = startReader(readerSettings(atFirst));
      const { serve } = await import('./serve.ts');
      return serve(atFirst, config, reader, isReloadAsked);
    }
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
