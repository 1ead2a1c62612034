/** `netstat-exporter`: serves metrics until it is told to stop. */
import { createServer, type Server } from 'node:http';
import { collectors } from '../collectors/index.ts';
import { listenAddress, type Config } from '../config.ts';
import { createApp } from '../faces/http.ts';
import { createTableAnswers } from '../faces/tables/answer.ts';
import { createLog, type Log } from '../log.ts';
import { outcomeChanges } from '../snapshot/changes.ts';
import type { Scrape } from '../snapshot/scraper.ts';
import { withoutData, type Outcome } from '../snapshot/outcome.ts';
import { assemble } from './assemble.ts';

/** How long answers under way may take after the signal to stop. */
const GRACE_SECONDS = 5;
/** A client that is slower with its request than this is cut off. */
const REQUEST_SECONDS = 10;
/** Longer than the usual scrape interval, so that Prometheus need not connect anew each time. */
const KEEP_ALIVE_SECONDS = 150;
const CONNECTIONS_LIMIT = 512;

/**
 * Resolves with the exit status once the server has stopped, or with `held` when a thread that waits for a kernel
 * file keeps the process from ending.
 */
export const serve = async (config: Config): Promise<number | 'held'> => {
  const log = createLog(config.log.level, config.log.format, line => process.stderr.write(line));
  const { scraper, exporter, enabled } = assemble(config);
  const { web } = config;
  let last = new Map<string, Outcome>();

  const scrape = async (names: readonly string[], limitSeconds: number): Promise<Scrape> => {
    const result = await scraper.scrape(names, limitSeconds);
    for (const { level, message, fields } of outcomeChanges(last, result.snapshot))
      log[level](message, fields);
    last = new Map(last);
    // The data of some hundred namespaces takes as much memory as all else.
    for (const [collector, outcome] of result.snapshot) last.set(collector, withoutData(outcome));
    return result;
  };

  const answerTable = createTableAnswers(
    {
      ...{ version: exporter.version, collectors, enabled },
      netns: config.namespaces.mode === 'all' ? undefined : exporter.netns,
    },
    { scrape, table: scraper.table },
  );
  const app = createApp(
    {
      version: exporter.version,
      telemetryPath: web.telemetry_path,
      maxRequests: web.max_requests,
      timeoutSeconds: web.scrape_timeout_seconds,
      timeoutOffsetSeconds: web.scrape_timeout_offset_seconds,
      collectors,
      enabled,
    },
    {
      scrape,
      last: () => last,
      ...(web.enable_tables && { table: answerTable }),
      fault(error) {
        log.error('a request failed', { error: error instanceof Error ? error.message : String(error) });
      },
    },
  );

  const stopped = stopSignal();
  log.info('starting netstat-exporter', { version: exporter.version, node: process.versions.node });
  const servers: Server[] = [];
  try {
    for (const address of web.listen_addresses) servers.push(await listen(app, address, log));
  } catch (error) {
    log.error('cannot listen', { error: error instanceof Error ? error.message : String(error) });
    await Promise.all(stop(servers));
    await scraper.close();
    return 1;
  }
  // The first reading makes the exporter ready, and warms up what the first scrape would wait for.
  await Promise.race([scrape(enabled, web.scrape_timeout_seconds), stopped]);

  log.info('stopping', { signal: await stopped });
  await Promise.race([Promise.all(stop(servers)), grace()]);
  const closed = await Promise.race([scraper.close().then(() => true), grace().then(() => false)]);
  if (!closed) log.warn('a kernel file does not answer, the process ends without waiting for it');
  return closed ? 0 : 'held';
};

const listen = async (app: ReturnType<typeof createApp>, address: string, log: Log): Promise<Server> => {
  const server = createServer(
    {
      requestTimeout: REQUEST_SECONDS * 1000,
      headersTimeout: REQUEST_SECONDS * 1000,
      keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
    },
    app,
  );
  server.maxConnections = CONNECTIONS_LIMIT;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenAddress(address), resolve);
  });
  const bound = server.address();
  log.info('listening', {
    address: typeof bound === 'object' && bound !== null ? asText(bound) : address,
  });
  return server;
};

const asText = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const stopSignal = (): Promise<string> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => {
        resolve(signal);
      });
  });

const stop = (servers: readonly Server[]): readonly Promise<void>[] =>
  servers.map(
    server =>
      new Promise(resolve => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  );

const grace = (): Promise<void> =>
  new Promise(resolve => {
    setTimeout(resolve, GRACE_SECONDS * 1000).unref();
  });
