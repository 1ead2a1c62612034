#!/usr/bin/env -S node --max-heap-size=96 --semi-space-growth-factor=1
/** The command line; the only place that ends the process. */
import { readFileSync } from 'node:fs';
import { collectors } from './collectors/index.ts';
import { version } from './commands/assemble.ts';
import { check } from './commands/check.ts';
import { reference } from './commands/reference.ts';
import { scrape } from './commands/scrape.ts';
import { serve } from './commands/serve.ts';
import { show } from './commands/show.ts';
import { ConfigError, type ConfigFile } from './config.ts';
import { helpText, parseFlags, settings, UsageError, type Flags } from './flags.ts';
import { parseShow, showHelp } from './show-options.ts';

const defaults = collectors.map(({ name, optional }) => ({ name, enabled: optional !== true }));

/** What the program was started with is wrong. */
const EXIT_USAGE = 2;

const main = async (argv: readonly string[]): Promise<number | 'held'> => {
  const flags = parseFlags(argv, defaults);
  const config = () => settings(flags, configFile(flags), defaults);
  switch (flags.command) {
    case 'help':
      process.stdout.write(helpText(defaults));
      return 0;
    case 'version':
      return printVersion();
    case 'reference':
      process.stdout.write(reference());
      return 0;
    case 'check':
      return check(config());
    case 'scrape':
      return scrape(config(), flags.collect);
    case 'show':
      return showAs(flags);
    case 'serve':
      return serve(config());
  }
};

const printVersion = (): number => {
  process.stdout.write(`netstat-exporter ${version()} (node ${process.versions.node})\n`);
  return 0;
};

const showAs = async ({ showArguments }: Flags): Promise<number> => {
  const options = parseShow(showArguments);
  if (options === 'version') return printVersion();
  if (options !== 'help') return show(options);
  process.stdout.write(showHelp());
  return 0;
};

const configFile = ({ configFile: file }: Flags): ConfigFile | undefined => {
  if (file === undefined) return undefined;
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new ConfigError([`${file}: ${error instanceof Error ? error.message : String(error)}`]);
  }
};

// Whoever reads the output may have seen enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  const status = await main(process.argv.slice(2));
  // Node.js would wait for the thread for ever.
  if (status === 'held') process.kill(process.pid, 'SIGKILL');
  else process.exitCode = status;
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message.replace(/^/gm, 'netstat-exporter: ')}\n`);
  process.exitCode = EXIT_USAGE;
}
