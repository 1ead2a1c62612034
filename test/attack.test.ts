// Protects: what an attacker would try first finds nothing: other files, other parameters, passwords, and names that are written to be read as something else.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { serve, until, type Server } from './commands/run.ts';
import { hostFolder } from './hosts.ts';
import { captureOf, type Capture } from './snapshot/capture.ts';

/** Sends what no client would let pass. */
const raw = (port: number, target: string, headers = '', method = 'GET'): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`);
    });
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    socket.on('error', reject).on('close', () => {
      resolve(text);
    });
  });

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('a server that is attacked', { timeout: 120_000 }, () => {
  let capture: Capture;
  let server: Server;

  /** As long as a kernel lets a name of a program be. */
  const program = 'x"} 1\nforged 9';
  const device = `e"<img>'\u0001`;
  const path = '/tmp/<script>alert(1)</script>&\u001b[31m\u0085';

  before(async () => {
    const folder = `${hostFolder('closewait-a')}/proc`;
    const dev = readFileSync(`${folder}/net/dev`, 'latin1');
    const unix = readFileSync(`${folder}/net/unix`, 'latin1');
    capture = captureOf('closewait-a', {
      'proc/145/comm': `${program}\n`,
      'proc/net/dev': dev.replace('eth0:', `${device}:`),
      'proc/net/unix': `${unix}0000000000000000: 00000002 00000000 00010000 0001 01 99999 ${path}\n`,
      'proc/net/udp': [
        readFileSync(`${folder}/net/udp`, 'latin1').split('\n')[0] ?? '',
        ' 0: <script>\u001b[2J 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0 0',
        '',
      ].join('\n'),
    });
    const { procfs, sysfs } = capture.settings.places;
    server = await serve(`--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`, '--web.enable-tables');
    await until(async () => (await server.get('/-/ready')).status === 200);
  });
  after(async () => {
    await server.stop();
    capture.remove();
  });

  const hidden = ['/etc/passwd', '/proc/self/environ', '/package.json'];
  const ways = [
    '/..',
    '/../..',
    '/%2e%2e',
    '/..%2f..%2f..',
    '/%2e%2e%2f%2e%2e',
    '/tables/..',
    '/tables/sockets/../../..',
    '/metrics/..;',
    '/metrics/%252e%252e',
    '/..%5c..',
    '/-/..',
    '//',
    '/\\..\\..',
    '/tables/%00',
    '/%c0%ae%c0%ae',
  ];
  for (const way of ways) {
    test(`finds no file by ${way}`, async () => {
      for (const file of hidden) {
        const answer = await raw(server.port, `${way}${file}`);
        assert.ok([400, 404].includes(statusOf(answer)), answer.slice(0, 200));
        assert.doesNotMatch(answer, /root:|PATH=|"dependencies"/);
      }
    });
  }

  test('answers a whole address as the path in it, and never asks elsewhere', async () => {
    assert.equal(statusOf(await raw(server.port, 'http://elsewhere.example/-/healthy')), 200);
    assert.equal(statusOf(await raw(server.port, 'http://127.0.0.1:1/x')), 404);
    assert.equal(statusOf(await raw(server.port, 'file:///etc/passwd')), 404);
    assert.equal(statusOf(await raw(server.port, '*', '', 'OPTIONS')), 404);
  });

  const queries = [
    '/metrics?collect[__proto__]=x',
    '/metrics?__proto__[collect[]]=tcp',
    '/metrics?collect[]=__proto__',
    '/metrics?collect[]=constructor',
    '/metrics?collect[]=tcp%00',
    '/metrics?collect[]=../tcp',
    '/metrics?%',
    '/metrics?collect[]=%ff',
    `/metrics?${'collect[]=tcp&'.repeat(900)}`,
    `/metrics?${'a&'.repeat(7000)}`,
    `/metrics?collect[]=${'['.repeat(10_000)}`,
    '/tables/sockets?limit=99999999999999999999',
    '/tables/sockets?limit=-1',
    '/tables/sockets?limit=1e3',
    '/tables/sockets?sort=__proto__',
    '/tables/sockets?sort=constructor',
    '/tables/sockets?program=(a%2B)%2B%24',
    '/tables/sockets?state[]=a&state[]=b',
    '/tables/sockets?format=../../etc/passwd',
    '/tables/sockets?__proto__=1',
    '/tables/sockets?hasOwnProperty=1',
    `/tables/sockets?program=${'x'.repeat(10_000)}`,
    '/tables/routes?device=%00%0a',
    '/tables/nat?a=b',
  ];
  for (const query of queries) {
    test(`survives ${query.slice(0, 60)}`, async () => {
      const start = performance.now();
      const answer = await raw(server.port, query);
      assert.ok([200, 400].includes(statusOf(answer)), answer.slice(0, 200));
      assert.ok(performance.now() - start < 10_000);
      assert.doesNotMatch(answer, /root:|at .*\.js:\d+/);
      assert.equal(({} as Readonly<Record<string, unknown>>)['collect[]'], undefined);
    });
  }

  const headers: Readonly<Record<string, readonly number[]>> = {
    'X-Prometheus-Scrape-Timeout-Seconds: Infinity': [200],
    'X-Prometheus-Scrape-Timeout-Seconds: -1': [200],
    'X-Prometheus-Scrape-Timeout-Seconds: 1e309': [200],
    [`X-Prometheus-Scrape-Timeout-Seconds: ${'9'.repeat(10_000)}`]: [200],
    [`Accept: ${'application/openmetrics-text;q=,'.repeat(400)}`]: [200],
    [`Accept-Encoding: ${'gzip;q=0.'.repeat(1500)}`]: [200],
    [`Accept-Encoding: ${'a,'.repeat(6000)}`]: [200],
    'Range: bytes=0-1': [200],
    'If-None-Match: *': [200],
    'X-HTTP-Method-Override: DELETE': [200],
    'X-Forwarded-For: 10.0.0.1': [200],
    'X-Original-URL: /-/reload': [200],
    'Expect: nonsense': [417],
    'Expect: 100-continue': [100, 200],
    'Content-Length: -1': [400],
    'Transfer-Encoding: nonsense': [400],
    'Content-Length: 5\r\nX: y': [200],
  };
  for (const [header, statuses] of Object.entries(headers)) {
    test(`survives the header ${header.slice(0, 60).replace(/\s+/g, ' ')}`, async () => {
      const start = performance.now();
      const answer = await raw(server.port, '/metrics?collect[]=sockstat', `${header}\r\n`);
      assert.ok(statuses.includes(statusOf(answer)), answer.slice(0, 200));
      assert.ok(performance.now() - start < 10_000);
    });
  }

  test('tells nothing of what it was made with', async () => {
    for (const target of ['/', '/metrics', '/nowhere', '/tables/sockets', '/%', '/-/reload']) {
      const answer = await raw(server.port, target);
      const [head = ''] = answer.split('\r\n\r\n');
      assert.doesNotMatch(head, /express|node|server:|x-powered-by|etag/i, target);
      assert.match(head, /X-Content-Type-Options: nosniff/);
    }
  });

  test('exposes hostile names as values, and lets them forge no line', async () => {
    for (const accept of ['text/plain', 'application/openmetrics-text']) {
      const { text } = await server.get('/metrics', { Accept: accept });
      const strange = text
        .split('\n')
        .filter(line => !/^(# .*|[a-z_0-9]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? \S+|)$/.test(line));
      assert.deepEqual(strange, []);
      assert.match(text, /program="x\\"\} 1\\\\u\{a\}forged 9"/);
      assert.match(text, /device="e\\"<img>'\u0001"/);
    }
  });

  test('shows hostile names on pages as text, and writes no control character to a terminal', async () => {
    for (const page of [
      '/',
      '/tables/sockets',
      '/tables/sockets?family=unix&limit=1000',
      '/tables/interfaces',
      '/tables/routes',
      `/tables/sockets?program=${encodeURIComponent(program)}`,
      `/tables/sockets?program=${encodeURIComponent('"><script>alert(1)</script>\u001b')}`,
    ]) {
      const html = await server.get(page, { Accept: 'text/html' });
      assert.doesNotMatch(html.text, /<script|<img|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, page);
      if (page === '/') continue;
      const joint = page.includes('?') ? '&' : '?';
      const text = await server.get(`${page}${joint}format=text`);
      assert.match(String(text.headers['content-type']), /^text\/plain/);
      assert.doesNotMatch(text.text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, page);
      const json = await server.get(`${page}${joint}format=json`);
      assert.doesNotMatch(json.text, /[\u0000-\u0009\u000b-\u001f]/, page);
      assert.doesNotThrow(() => void JSON.parse(json.text), page);
    }
    const { text } = await server.get('/tables/sockets?family=unix&limit=1000&format=text');
    assert.match(text, /alert\(1\)/, 'the socket is shown');
    assert.match((await server.get('/tables/interfaces')).text, /e&quot;&lt;img&gt;&#39;/);
  });

  test('logs hostile lines without letting them forge one', () => {
    assert.doesNotMatch(server.log(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.match(server.log(), /skipped lines that it could not read.*<script>/);
    for (const line of server.log().trimEnd().split('\n')) assert.match(line, /^ts=\S+ level=\w+ msg=/);
  });

  test('is still well after all that', async () => {
    assert.equal((await server.get('/metrics')).status, 200);
    assert.doesNotMatch(server.log(), /level=error/);
  });
});

describe('a server whose passwords are guessed', { timeout: 120_000 }, () => {
  let folder: string;
  let server: Server;
  const basic = (user: string, password: string) => ({
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    const web = join(folder, 'web.yaml');
    writeFileSync(web, `basic_auth_users: {prometheus: ${hashSync('the password', 8)}}\n`);
    const host = hostFolder('netns');
    server = await serve(
      `--path.procfs=${host}/proc`,
      `--path.sysfs=${host}/sys`,
      `--web.config.file=${web}`,
      '--web.enable-tables',
      '--web.enable-lifecycle',
    );
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test('tells nothing without one, on no path, by no method', async () => {
    for (const path of ['/', '/metrics', '/tables/sockets', '/-/healthy', '/-/ready', '/nowhere', '/%']) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        const { status, text, headers } = await server.get(path, {}, method);
        assert.equal(status, 401, `${method} ${path}`);
        assert.match(text, /^(A user and a password are needed here\.\n)?$/);
        assert.match(String(headers['www-authenticate']), /^Basic /);
      }
    }
    assert.equal((await server.get('/-/reload', basic('prometheus', 'guess'), 'POST')).status, 401);
  });

  test('answers who knows it while somebody guesses, and refuses those who do not wait', async () => {
    const right = basic('prometheus', 'the password');
    assert.equal((await server.get('/metrics', right)).status, 200);
    const guesses = Array.from({ length: 40 }, (_, i) =>
      server.get('/metrics', basic(i % 2 === 0 ? 'prometheus' : 'root', `guess ${i}`)),
    );
    const { status, milliseconds } = await server.get('/metrics', right);
    assert.equal(status, 200);
    assert.ok(milliseconds < 10_000, `${milliseconds} ms`);
    const statuses = (await Promise.all(guesses)).map(each => each.status);
    assert.deepEqual(
      statuses.filter(each => each !== 401 && each !== 503),
      [],
    );
    assert.ok(statuses.includes(503), 'only so many wait');
  });
});
