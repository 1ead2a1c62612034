/** What stands before every page: the limit of requests, the headers that the user wants, and the password. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CheckPassword, Credentials } from './passwords.ts';
import type { RateLimit, WebConfig } from './web-config.ts';

export type Guard = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** @param current asked for every request */
export const createGuard = (
  current: () => WebConfig,
  checkPassword: CheckPassword,
  now: () => number = () => performance.now(),
): Guard => {
  const isWithin = createLimiter(now);

  return (request, response, next) => {
    const { rateLimit, headers, users } = current();
    if (!isWithin(rateLimit)) {
      refuse(response, 429, 'Too many requests, try again later.');
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (users.size === 0) {
      next();
      return;
    }
    const credentials = credentialsIn(request.headers.authorization);
    if (credentials === undefined) {
      ask(response);
      return;
    }
    const asker = request.socket.remoteAddress ?? '';
    checkPassword(users, credentials, asker, () => response.closed).then(verdict => {
      if (verdict === 'right') next();
      else if (verdict === 'wrong') ask(response);
      else {
        response.setHeader('Retry-After', '1');
        refuse(response, 503, 'Too many passwords wait to be compared, try again later.');
      }
    }, next);
  };
};

const ask = (response: ServerResponse): void => {
  response.setHeader('WWW-Authenticate', 'Basic realm="netstat-exporter", charset="UTF-8"');
  refuse(response, 401, 'A user and a password are needed here.');
};

const refuse = (response: ServerResponse, status: number, sentence: string): void => {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${sentence}\n`);
};

/** What stands before the first colon is the user: RFC 7617. Undefined for what is no such header, or no UTF-8. */
const credentialsIn = (header: string | undefined): Credentials | undefined => {
  const [, encoded] = /^basic +([a-z\d+/]+={0,2}) *$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(encoded, 'base64'),
    );
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
};

const MILLISECONDS_PER_SECOND = 1000;

/** A bucket with a token for each request, full at first and whenever the limit becomes another. */
const createLimiter = (now: () => number): ((limit: RateLimit | undefined) => boolean) => {
  let before: RateLimit | undefined;
  let tokens = 0;
  let filledAt = 0;

  return limit => {
    if (limit === undefined) {
      before = undefined;
      return true;
    }
    const { burst, intervalSeconds } = limit;
    const time = now();
    const gained = (time - filledAt) / MILLISECONDS_PER_SECOND / intervalSeconds;
    const isSame = before?.burst === burst && before.intervalSeconds === intervalSeconds;
    tokens = isSame ? Math.min(burst, tokens + gained) : burst;
    filledAt = time;
    before = limit;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
};
