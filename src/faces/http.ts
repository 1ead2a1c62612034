/** What is served over HTTP. The only place that knows express. */
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import express, { type Express, type Request, type Response } from 'express';
import type { Collector } from '../collectors/collector.ts';
import type { Snapshot } from '../snapshot/outcome.ts';
import type { Scrape } from '../snapshot/scraper.ts';
import { contentTypes, createExposition, type Format } from './exposition.ts';
import type { Guard } from './guard.ts';
import { landingPage } from './landing.ts';
import type { TableAnswer } from './tables/answer.ts';
import { views, type Parameters, type View } from './tables/ask.ts';

export interface HttpSettings {
  readonly version: string;
  readonly telemetryPath: string;
  /** Scrapes under way at the most; 0 for no limit. */
  readonly maxRequests: number;
  /** For requests that do not say how long they wait. */
  readonly timeoutSeconds: number;
  /** So much earlier than the asker gives up, the answer is on its way. */
  readonly timeoutOffsetSeconds: number;
  readonly collectors: readonly Collector<string, unknown>[];
  readonly enabled: readonly string[];
}

export interface HttpDependencies {
  readonly scrape: (collectors: readonly string[], limitSeconds: number) => Promise<Scrape>;
  /** How each collector did when it was last read. */
  readonly last: () => Snapshot;
  /** Undefined where tables are switched off: there is nothing below /tables then. */
  readonly table?: (view: View, parameters: Parameters, limitSeconds: number) => Promise<TableAnswer>;
  readonly fault: (error: unknown) => void;
  /** Stands before every page, also before those that are not there. */
  readonly guard?: Guard;
  /** Reads the configuration again; what is wrong with it, or undefined. Missing where nobody may ask for that. */
  readonly reload?: () => string | undefined;
}

/** A smaller body is not worth the work. */
const GZIP_FROM_BYTES = 1024;
/** A job for the thread pool costs as much as compressing what a host exposes, half a millisecond; beyond this, others would have to wait. */
const GZIP_ELSEWHERE_FROM_BYTES = 524_288;
const GZIP_OPTIONS = { level: 1 };
const gzipElsewhere = promisify<Buffer, typeof GZIP_OPTIONS, Buffer>(gzip);

export const createApp = (
  settings: HttpSettings,
  { scrape, last, table, fault, guard, reload }: HttpDependencies,
): Express => {
  const expose = createExposition();
  let underWay = 0;

  /** Whatever reads the kernel: no more of them at once than the user allows. */
  const limited =
    (page: (request: Request, response: Response, limitSeconds: number) => Promise<void>) =>
    async (request: Request, response: Response): Promise<void> => {
      if (settings.maxRequests > 0 && underWay >= settings.maxRequests) {
        sendText(
          response,
          503,
          `Limit of concurrent requests reached (${settings.maxRequests}), try again later.`,
        );
        return;
      }
      underWay++;
      try {
        const limit = limitSeconds(request.get('x-prometheus-scrape-timeout-seconds'), settings);
        await page(request, response, limit);
      } finally {
        underWay--;
      }
    };

  const metrics = limited(async (request, response, limit) => {
    const chosen = chooseCollectors(request.query, settings);
    if (typeof chosen === 'string') {
      sendText(response, 400, chosen);
      return;
    }
    const scraped = await scrape(chosen, limit);
    const format = preferredFormat(request.get('accept'));
    await sendBody(
      request,
      response,
      contentTypes[format],
      await expose(scraped, format),
      'Accept, Accept-Encoding',
    );
  });

  const tablePages = Object.fromEntries(
    table === undefined
      ? []
      : views.map(view => [
          `/tables/${view}`,
          limited(async (request, response, limit) => {
            const { status, contentType, headers, body } = await table(view, request.query, limit);
            response.status(status).set(headers);
            await sendBody(request, response, contentType, Buffer.from(body), 'Accept-Encoding');
          }),
        ]),
  );

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.use((_request, response, next) => {
    response.set('X-Content-Type-Options', 'nosniff');
    next();
  });
  if (guard !== undefined) app.use(guard);

  const pages: Readonly<Record<string, (request: Request, response: Response) => Promise<void> | void>> = {
    '/': (_request, response) => {
      response
        .type('html')
        .send(landingPage({ ...settings, views: table === undefined ? [] : views, last: last() }));
    },
    '/-/healthy': (_request, response) => {
      sendText(response, 200, 'netstat-exporter is healthy.');
    },
    '/-/ready': (_request, response) => {
      if (hasSucceeded(last())) sendText(response, 200, 'netstat-exporter is ready.');
      else sendText(response, 503, 'Nothing has been read yet.');
    },
    ...tablePages,
    [settings.telemetryPath]: metrics,
  };
  for (const [path, page] of Object.entries(pages)) {
    // As text, not as a pattern: a path may hold what express would read as one.
    const exactly = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    app.get(exactly, page);
    app.all(exactly, (_request, response) => {
      response.set('Allow', 'GET, HEAD');
      sendText(response, 405, 'Only GET and HEAD are served here.');
    });
  }
  app.all(/^\/-\/reload$/, (request, response) => {
    answerReload(request, response, reload);
  });
  app.use((_request, response) => {
    sendText(response, 404, 'Nothing here.');
  });
  app.use((error: unknown, _request: Request, response: Response, next: (error: unknown) => void) => {
    fault(error);
    if (response.headersSent) next(error);
    else sendText(response, 500, 'The exporter failed; its log says more.');
  });
  return app;
};

const answerReload = (request: Request, response: Response, reload: HttpDependencies['reload']): void => {
  if (request.method !== 'POST' && request.method !== 'PUT') {
    response.set('Allow', 'POST, PUT');
    sendText(response, 405, 'Only POST and PUT are served here.');
  } else if (reload === undefined) {
    sendText(response, 403, 'This is switched off (--web.enable-lifecycle).');
  } else if (request.get('origin') !== undefined) {
    // A page of somebody else can have a browser send this, with the password that the browser knows.
    sendText(response, 403, 'Pages of browsers may not do this.');
  } else {
    const wrong = reload();
    if (wrong === undefined) sendText(response, 200, 'The configuration was read again.');
    else sendText(response, 500, `What was in effect stays in effect:\n${wrong}`);
  }
};

const hasSucceeded = (snapshot: Snapshot): boolean =>
  [...snapshot.values()].some(({ status }) => status === 'ok');

const sendText = (response: Response, status: number, text: string): void => {
  response.status(status).type('text/plain').send(`${text}\n`);
};

const sendBody = async (
  request: Request,
  response: Response,
  contentType: string,
  bytes: Buffer,
  vary: string,
): Promise<void> => {
  response.set({ 'Content-Type': contentType, Vary: vary });
  if (bytes.length < GZIP_FROM_BYTES || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip') {
    response.end(bytes);
    return;
  }
  response.set('Content-Encoding', 'gzip');
  const isLong = bytes.length >= GZIP_ELSEWHERE_FROM_BYTES;
  response.end(isLong ? await gzipElsewhere(bytes, GZIP_OPTIONS) : gzipSync(bytes, GZIP_OPTIONS));
};

/** The collectors that the query asks for, or what is wrong with it. */
const chooseCollectors = (
  query: Request['query'],
  { collectors, enabled }: HttpSettings,
): readonly string[] | string => {
  const collect = asList(query['collect[]']);
  const exclude = asList(query['exclude[]']);
  if (collect.length > 0 && exclude.length > 0) {
    return 'collect[] and exclude[] cannot be used together.';
  }
  for (const name of [...collect, ...exclude]) {
    if (enabled.includes(name)) continue;
    const known = collectors.some(each => each.name === name);
    return known
      ? `The collector ${name} is switched off.`
      : `There is no collector ${JSON.stringify(name)}.`;
  }
  if (collect.length > 0) return enabled.filter(name => collect.includes(name));
  return enabled.filter(name => !exclude.includes(name));
};

const asList = (values: Request['query'][string]): readonly string[] =>
  [values].flat().filter(value => typeof value === 'string');

/** A header that is no number of seconds is as good as none. */
const limitSeconds = (
  header: string | undefined,
  { timeoutSeconds, timeoutOffsetSeconds }: HttpSettings,
): number => {
  const asked = Number(header);
  const timeout =
    Number.isFinite(asked) && asked > 0 ? Math.min(asked, LONGEST_TIMEOUT_SECONDS) : timeoutSeconds;
  return Math.max(timeout - timeoutOffsetSeconds, timeout / 2);
};

const LONGEST_TIMEOUT_SECONDS = 300;

/** OpenMetrics only for an asker who prefers it to the classic text. */
const preferredFormat = (accept: string | undefined): Format => {
  let classic = 0;
  let openMetrics = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    const weight = parameters.find(parameter => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2)) || 0;
    if (type === 'application/openmetrics-text') openMetrics = Math.max(openMetrics, quality);
    if (['text/plain', 'text/*', '*/*'].includes(type)) classic = Math.max(classic, quality);
  }
  return openMetrics > 0 && openMetrics >= classic ? 'openmetrics' : 'classic';
};
