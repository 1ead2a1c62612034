// Protects: before every page the limit of requests comes first, then the headers, then the password; what is in effect counts at once.
import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createGuard } from '../../src/faces/guard.ts';
import type { CheckPassword, Credentials } from '../../src/faces/passwords.ts';
import { openWebConfig, type WebConfig } from '../../src/faces/web-config.ts';

const users = new Map([['alice', 'a hash']]);

/** What became of a request: `in`, or the status with which it was refused. */
interface Outcome {
  readonly status: number | 'in';
  readonly headers: Readonly<Record<string, unknown>>;
}

const site = (
  config: Partial<WebConfig>,
  check: CheckPassword = () => Promise.resolve('right'),
  now?: () => number,
) => {
  let current = { ...openWebConfig, ...config };
  const guard = createGuard(() => current, check, now);
  return {
    use: (next: Partial<WebConfig>): void => {
      current = { ...openWebConfig, ...next };
    },
    ask: (authorization?: string): Promise<Outcome> =>
      new Promise((resolve, reject) => {
        const request = new IncomingMessage(new Socket());
        if (authorization !== undefined) request.headers.authorization = authorization;
        const response = new ServerResponse(request);
        response.end = () => {
          resolve({ status: response.statusCode, headers: { ...response.getHeaders() } });
          return response;
        };
        guard(request, response, error => {
          if (error instanceof Error) reject(error);
          else resolve({ status: 'in', headers: { ...response.getHeaders() } });
        });
      }),
  };
};

const basic = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a guard', () => {
  test('without a configuration lets everybody in', async () => {
    assert.deepEqual(await site({}).ask(), { status: 'in', headers: {} });
  });

  test('gives the headers with every answer, also with one that refuses', async () => {
    const headers = { 'X-Frame-Options': 'deny', 'Content-Security-Policy': "default-src 'none'" };
    const { ask, use } = site({ headers });
    assert.equal((await ask()).headers['x-frame-options'], 'deny');
    use({ headers, users });
    const refused = await ask();
    assert.equal(refused.status, 401);
    assert.equal(refused.headers['x-frame-options'], 'deny');
    use({});
    assert.deepEqual(await ask(), { status: 'in', headers: {} });
  });

  test('asks for a password where there are users, and tells how', async () => {
    const { ask } = site({ users });
    const { status, headers } = await ask();
    assert.equal(status, 401);
    assert.equal(headers['www-authenticate'], 'Basic realm="netstat-exporter", charset="UTF-8"');
  });

  test('hands on the user and the password as they were written', async () => {
    const given: Credentials[] = [];
    const { ask } = site({ users }, (_users, credentials) => {
      given.push(credentials);
      return Promise.resolve('right');
    });
    for (const text of ['alice:secret', 'alice:se:cr:et', ':', 'älice:\u0000', '\ufeffa:b']) {
      assert.equal((await ask(basic(text))).status, 'in', text);
    }
    await ask(basic('a:b').replace('Basic', 'bAsIC '));
    assert.deepEqual(
      given.map(({ user, password }) => `${user}|${password}`),
      ['alice|secret', 'alice|se:cr:et', '|', 'älice|\u0000', '\ufeffa|b', 'a|b'],
    );
  });

  test('compares nothing of what is no such header', async () => {
    const { ask } = site({ users }, () => assert.fail('compared'));
    for (const header of [
      ...['', 'Basic', 'Basic ', 'Basic !', 'Bearer YTpi', 'Basic YTpi, Basic YTpi', 'Basic YTpi\tx'],
      ...[basic('no colon'), basic(Buffer.from([0x61, 0x3a, 0xff]))],
    ]) {
      assert.equal((await ask(header)).status, 401, header);
    }
  });

  test('refuses a wrong password with 401, and with 503 while too many wait', async () => {
    const wrong = await site({ users }, () => Promise.resolve('wrong')).ask(basic('a:b'));
    assert.equal(wrong.status, 401);
    const busy = await site({ users }, () => Promise.resolve('busy')).ask(basic('a:b'));
    assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '1']);
  });

  test('lets nobody in when passwords cannot be compared', async () => {
    const { ask } = site({ users }, () => Promise.reject(new Error('no thread')));
    await assert.rejects(ask(basic('a:b')), /no thread/);
  });

  test('counts requests before anything else is done for them', async () => {
    let time = 0;
    let compared = 0;
    const check: CheckPassword = () => Promise.resolve((compared++, 'wrong'));
    const rateLimit = { burst: 2, intervalSeconds: 0.5 };
    const headers = { 'X-Frame-Options': 'deny' };
    const { ask, use } = site({ users, headers, rateLimit }, check, () => time);
    const statuses = async (count: number) => {
      const told: (number | string)[] = [];
      for (let i = 0; i < count; i++) told.push((await ask(basic('a:b'))).status);
      return told;
    };
    assert.deepEqual(await statuses(4), [401, 401, 429, 429]);
    assert.equal(compared, 2);
    assert.equal((await ask()).headers['x-frame-options'], undefined);
    time += 400;
    assert.deepEqual(await statuses(1), [429]);
    time += 100;
    assert.deepEqual(await statuses(2), [401, 429]);
    time += 1e9;
    assert.deepEqual(await statuses(3), [401, 401, 429], 'no more are saved up than there is room for');
    use({ users, rateLimit: { burst: 1, intervalSeconds: 0.5 } });
    assert.deepEqual(await statuses(2), [401, 429], 'another limit begins anew');
    use({ users });
    assert.deepEqual(await statuses(3), [401, 401, 401]);
  });
});
