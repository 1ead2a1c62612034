/** `netstat-exporter check`: the configuration in effect, and what each collector gives on this host. */
import { collectors } from '../collectors/index.ts';
import { asYaml } from '../config-file.ts';
import type { Config } from '../config.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import { assemble } from './assemble.ts';
import { followWebConfig } from './web-config-file.ts';

export const check = async (config: Config): Promise<number> => {
  const web = followWebConfig(config.web.config_file, () => undefined).current();
  const { scraper, enabled } = assemble(config);
  const { snapshot, materialize } = await scraper.scrape(enabled, config.web.scrape_timeout_seconds);
  await scraper.close();
  const { families, series: seriesOf } = materialize();
  let all = 0;
  for (const family of families) all += family?.samples.length ?? 0;

  const rows = collectors.map(({ name }) => {
    const outcome = snapshot.get(name);
    const series = seriesOf.get(name);
    return [
      name,
      series === undefined ? '-' : String(series),
      outcome === undefined ? 'switched off' : told(outcome),
    ] as const;
  });
  const own = all - [...seriesOf.values()].reduce((sum, count) => sum + count, 0);

  process.stdout.write(
    [
      '# The configuration in effect:',
      asYaml(config),
      `# Served ${web.tls === undefined ? 'without TLS' : 'over TLS'}, to ${web.users.size === 0 ? 'whoever asks' : `${web.users.size} users with passwords`}.`,
      '# Series of each collector on this host:',
      ...rows.map(([name, series, told]) => `# ${name.padEnd(16)} ${series.padStart(6)}  ${told}`),
      `# ${'the exporter'.padEnd(16)} ${String(own).padStart(6)}`,
      `# ${'in all'.padEnd(16)} ${String(all).padStart(6)}`,
      '',
    ].join('\n'),
  );
  return 0;
};

const told = (outcome: Outcome): string => {
  switch (outcome.status) {
    case 'ok':
      return outcome.skipped.count === 0 ? 'ok' : `ok, ${outcome.skipped.count} lines skipped`;
    case 'absent':
      return 'this kernel does not have it';
    case 'failed':
      return `failed: ${outcome.message}`;
  }
};
