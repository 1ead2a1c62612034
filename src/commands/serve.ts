/** `netstat-exporter`: serves metrics until it is told to stop. */
import type { RequestListener, Server } from 'node:http';
import { collectors } from '../collectors/index.ts';
import { ConfigError } from '../config-file.ts';
import { listenAddress, type Config } from '../config.ts';
import { createGuard } from '../faces/guard.ts';
import { createApp } from '../faces/http.ts';
import { compareInThread, createPasswordCheck } from '../faces/passwords.ts';
import { createWebServer } from '../faces/server.ts';
import { createTableAnswers } from '../faces/tables/answer.ts';
import { createLog, type Log } from '../log.ts';
import { outcomeChanges } from '../snapshot/changes.ts';
import { configFamilies, type ConfigState } from '../snapshot/exporter.ts';
import { createFamilies, PREFIX } from '../snapshot/materialize.ts';
import type { Reader } from '../snapshot/reader.ts';
import type { Scrape } from '../snapshot/scraper.ts';
import { withoutData, type Outcome } from '../snapshot/outcome.ts';
import { assemble, enabledIn, readerSettings, selectionOf } from './assemble.ts';
import { refuseRestart } from './reload.ts';
import { socketsPassed } from './sockets-passed.ts';
import { followWebConfig } from './web-config-file.ts';

/** How long answers under way may take after the signal to stop. */
const GRACE_SECONDS = 5;

/**
 * Resolves with the exit status once the server has stopped, or with `held` when a thread that waits for a kernel
 * file keeps the process from ending.
 * @param load reads the configuration again, as often as it is asked; throws a ConfigError
 * @param isReloadAsked whether somebody did so since it was read at first
 */
export const serve = async (
  atFirst: Config,
  load: () => Config,
  reader: Reader,
  isReloadAsked: () => boolean,
): Promise<number | 'held'> => {
  let config = atFirst;
  let log = logOf(config);
  let last = new Map<string, Outcome>();
  /** Of the file of the configuration, and of the other. */
  const isGood = { config: true, web: true };
  let loadedAt = Date.now();

  const webConfig = followWebConfig(config.web.config_file, error => {
    isGood.web = error === undefined;
    if (error !== undefined) {
      log.error('the web configuration changed and cannot be used', { error: error.message });
      return;
    }
    loadedAt = Date.now();
    log.info('the web configuration changed');
  });
  const ofConfig = createFamilies(PREFIX, configFamilies);
  const { scraper, exporter } = assemble(config, reader, () => ofConfig(state()));
  const guard = createGuard(webConfig.current, createPasswordCheck(compareInThread()));

  const state = (): ConfigState => ({
    isLastReloadSuccessful: isGood.config && isGood.web,
    loadedAtSeconds: loadedAt / 1000,
  });
  const scrape = async (names: readonly string[], limitSeconds: number): Promise<Scrape> => {
    const result = await scraper.scrape(names, limitSeconds);
    for (const { level, message, fields } of outcomeChanges(last, result.snapshot))
      log[level](message, fields);
    last = new Map(last);
    // The data of some hundred namespaces takes as much memory as all else.
    for (const [collector, outcome] of result.snapshot) last.set(collector, withoutData(outcome));
    return result;
  };

  /** Everything or nothing: what is wrong, or undefined. */
  const reload = (): string | undefined => {
    try {
      const next = load();
      refuseRestart(config, next);
      const useWebConfig = webConfig.prepare();
      scraper.configure(readerSettings(next), selectionOf(next), !next.web.disable_exporter_metrics);
      useWebConfig();
      config = next;
      log = logOf(next);
      handle = appOf(next);
      isGood.config = true;
      isGood.web = true;
      loadedAt = Date.now();
      log.info('the configuration was read again');
      return undefined;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      isGood.config = false;
      log.error('the configuration was read again and cannot be used', { error: error.message });
      return error.message;
    }
  };

  const appOf = ({ web, ...config }: Config): RequestListener => {
    const enabled = enabledIn(config);
    const answerTable = createTableAnswers(
      {
        ...{ version: exporter.version, collectors, enabled },
        netns: config.namespaces.mode === 'all' ? undefined : exporter.netns,
      },
      { scrape, table: scraper.table },
    );
    return createApp(
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
        ...(web.enable_lifecycle && { reload }),
        guard,
        fault(error) {
          log.error('a request failed', { error: error instanceof Error ? error.message : String(error) });
        },
      },
    );
  };
  let handle = appOf(config);

  const stopped = stopSignal();
  process.on('SIGHUP', reload);
  log.info('starting netstat-exporter', { version: exporter.version, node: process.versions.node });
  if (isReloadAsked()) reload();
  const servers: Server[] = [];
  try {
    for (const place of placesToListen(config)) {
      const server = createWebServer(
        (request, response) => {
          handle(request, response);
        },
        () => webConfig.current().tls,
        (reason, client) => {
          log.debug('a client was refused', { reason, client });
        },
      );
      servers.push(server);
      await listen(server, place);
      log.info('listening', { address: addressOf(server), tls: webConfig.current().tls !== undefined });
    }
  } catch (error) {
    log.error('cannot listen', { error: error instanceof Error ? error.message : String(error) });
    await Promise.all(stop(servers));
    await scraper.close();
    return 1;
  }
  // The first reading makes the exporter ready, and warms up what the first scrape would wait for.
  await Promise.race([scrape(enabledIn(config), config.web.scrape_timeout_seconds), stopped]);

  log.info('stopping', { signal: await stopped });
  await Promise.race([Promise.all(stop(servers)), grace()]);
  for (const server of servers) server.closeAllConnections();
  const closed = await Promise.race([scraper.close().then(() => true), grace().then(() => false)]);
  if (!closed) log.warn('a kernel file does not answer, the process ends without waiting for it');
  return closed ? 0 : 'held';
};

const logOf = ({ log }: Config): Log => createLog(log.level, log.format, line => process.stderr.write(line));

type Place = NonNullable<ReturnType<typeof listenAddress>> | { readonly fd: number };

/** Throws where systemd has passed nothing. */
const placesToListen = ({ web }: Config): readonly Place[] => {
  if (!web.systemd_socket) return web.listen_addresses.flatMap(address => listenAddress(address) ?? []);
  const descriptors = socketsPassed(process.env, process.pid);
  if (typeof descriptors === 'string') throw new Error(descriptors);
  return descriptors.map(fd => ({ fd }));
};

const listen = (server: Server, place: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, resolve);
  });

const addressOf = (server: Server): string => {
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) return bound ?? '';
  return bound.address.includes(':') ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
};

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
