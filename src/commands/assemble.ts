/** From a configuration to the machinery that every command runs. */
import { collectors } from '../collectors/index.ts';
import { ConfigError } from '../config-file.ts';
import type { Config } from '../config.ts';
import type { MetricFamily, Tier } from '../metrics/family.ts';
import { tiers } from '../metrics/family.ts';
import { thisMachine } from '../procfs/machine.ts';
import { namespaceOf, type NetworkNamespace } from '../procfs/source.ts';
import type { Exporter } from '../snapshot/exporter.ts';
import type { Selection } from '../snapshot/materialize.ts';
import { readerChoices } from '../snapshot/outcome.ts';
import { startReader } from '../snapshot/reader.ts';
import type { ReaderSettings } from '../snapshot/reading.ts';
import { createScraper, type Scraper } from '../snapshot/scraper.ts';
import { version } from './version.ts';

export interface Assembly {
  readonly scraper: Scraper;
  readonly exporter: Exporter;
  /** Names of the collectors that are switched on, in the order of the list. */
  readonly enabled: readonly string[];
}

/** @param further families of whoever serves */
export const assemble = (
  config: Config,
  reader = startReader(readerSettings(config)),
  further?: () => readonly MetricFamily[],
): Assembly => {
  const exporter = { version: version(), ...namespaceRead(config.paths.procfs) };
  const scraper = createScraper(
    reader,
    selectionOf(config),
    exporter,
    !config.web.disable_exporter_metrics,
    further,
  );
  return { scraper, exporter, enabled: enabledIn(config) };
};

const namespacesIn = ({ namespaces, paths }: Config): ReaderSettings['namespaces'] => {
  const { mode, ...choice } = namespaces;
  return mode === 'own' ? undefined : { ...choice, rootfs: paths.rootfs };
};

export const enabledIn = (config: Pick<Config, 'collectors'>): readonly string[] =>
  collectors.map(({ name }) => name).filter(name => config.collectors[name]?.enabled);

export const readerSettings = (config: Config): ReaderSettings => ({
  places: config.paths,
  machine: thisMachine(),
  enabled: enabledIn(config),
  programs: programSettings(config),
  top: { port: config.ports.top, user: config.users.top },
  readers: readersIn(config),
  namespaces: namespacesIn(config),
  extents: extentsIn(config),
});

const readersIn = ({ collectors }: Config): ReaderSettings['readers'] =>
  Object.fromEntries(
    Object.entries(collectors).flatMap(([name, each]) => {
      const reader = readerChoices.find(choice => 'reader' in each && each.reader === choice);
      return reader === undefined ? [] : [[name, reader] as const];
    }),
  );

const extentsIn = ({ collectors }: Config): ReaderSettings['extents'] =>
  Object.fromEntries(
    Object.entries(collectors).map(([name, { lean, info }]) => [
      name,
      lean === true ? 'lean' : info === true ? 'info' : 'whole',
    ]),
  );

const programSettings = ({ programs, limits }: Config): ReaderSettings['programs'] => ({
  top: programs.top,
  listeners: limits.address,
  searchSeconds: programs.search_seconds,
  rules: programs.rules,
});

const namespaceRead = (procfs: string): NetworkNamespace => {
  try {
    return namespaceOf(procfs);
  } catch (error) {
    throw new ConfigError([`paths.procfs: ${error instanceof Error ? error.message : String(error)}`]);
  }
};

/** An empty expression chooses nothing, for good or ill. */
const matcher = (expression: string, whole: boolean): ((text: string) => boolean) | undefined => {
  if (expression === '') return undefined;
  const pattern = new RegExp(whole ? `^(?:${expression})$` : expression, 'u');
  return text => pattern.test(text);
};

export const selectionOf = ({ devices, statistics, limits, programs, ports, users }: Config): Selection => {
  const deviceWanted = matcher(devices.include, true);
  const deviceRefused = matcher(devices.exclude, true);
  const statisticWanted = matcher(statistics.include, false);
  const statisticRefused = matcher(statistics.exclude, false);
  const isInTier = (tier: Tier): boolean => tiers.indexOf(tier) <= tiers.indexOf(statistics.tier);
  return {
    device: name => deviceWanted?.(name) !== false && deviceRefused?.(name) !== true,
    statistic: (name, tier) =>
      (isInTier(tier) || statisticWanted?.(name) === true) && statisticRefused?.(name) !== true,
    limits: { ...limits, program: programs.top, port: ports.top, user: users.top },
  };
};
