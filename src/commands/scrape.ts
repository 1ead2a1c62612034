/** `netstat-exporter scrape`: one scrape to stdout. The exit status is 1 when a collector failed. */
import { UsageError } from '../usage.ts';
import type { Config } from '../config.ts';
import { createExposition } from '../faces/exposition.ts';
import { outcomeChanges } from '../snapshot/changes.ts';
import { createLog } from '../log.ts';
import { assemble } from './assemble.ts';

/** @param collect the only collectors to read; undefined for all that are switched on */
export const scrape = async (config: Config, collect: readonly string[] | undefined): Promise<number> => {
  const log = createLog(config.log.level, config.log.format, line => process.stderr.write(line));
  const { scraper, enabled } = assemble(config);
  const off = collect?.find(name => !enabled.includes(name));
  if (off !== undefined) throw new UsageError(`--collect: the collector ${off} is switched off`);

  const names = enabled.filter(name => collect?.includes(name) !== false);
  const scraped = await scraper.scrape(names, config.web.scrape_timeout_seconds);
  const { snapshot } = scraped;
  for (const { level, message, fields } of outcomeChanges(new Map(), snapshot)) log[level](message, fields);
  process.stdout.write(await createExposition()(scraped, 'classic'));
  await scraper.close();
  return [...snapshot.values()].some(({ status }) => status === 'failed') ? 1 : 0;
};
