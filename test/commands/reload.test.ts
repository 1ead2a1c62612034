// Protects: a running server takes over what its files say now, all of it or nothing, and what was asked before is answered.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { makeCertificates, type Certificates, type Pair } from '../certificates.ts';
import { hostFolder } from '../hosts.ts';
import { needs } from '../needs.ts';
import { captureOf, NEVER_ANSWERS } from '../snapshot/capture.ts';
import { mainFile, run, serve, until, type Server } from './run.ts';

const places = [
  `--path.procfs=${hostFolder('netns')}/proc`,
  `--path.sysfs=${hostFolder('netns')}/sys`,
] as const;

test('a server that is told to reload before it has read its configuration does so as soon as it can', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  // Whoever reads it waits until somebody writes.
  const config = join(folder, 'config.yaml');
  execFileSync('mkfifo', [config]);
  const child = spawn(
    process.execPath,
    [mainFile, '--web.listen-address=127.0.0.1:0', `--config.file=${config}`, ...places],
    { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000, killSignal: 'SIGKILL' },
  );
  const ended = once(child, 'close');
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));

  /** Resolves once somebody reads it, and waits for what there is to read. */
  const opened = async (): Promise<number> => {
    let descriptor: number | undefined;
    await until(() => (descriptor = openIfRead(config)) !== undefined);
    return descriptor ?? NaN;
  };
  const answer = (descriptor: number, text: string): void => {
    writeSync(descriptor, text);
    closeSync(descriptor);
  };
  const first = await opened();
  child.kill('SIGHUP');
  answer(first, 'web: {telemetry_path: /first}\n');
  await until(() => log.includes('starting netstat-exporter'));
  answer(await opened(), 'web: {telemetry_path: /second}\n');
  await until(() => log.includes('msg="the configuration was read again"'));
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

/** Fails with ENXIO where nobody reads. */
const openIfRead = (fifo: string): number | undefined => {
  try {
    return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
};

describe('a running server', needs({ tools: ['openssl'] }), () => {
  let certificates: Certificates;
  let folder: string;
  let first: Pair;
  let second: Pair;
  let config: string;
  let web: string;

  before(() => {
    certificates = makeCertificates();
    ({ folder } = certificates);
    first = certificates.authority('first');
    second = certificates.authority('second');
    config = join(folder, 'config.yaml');
    web = join(folder, 'web.yaml');
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const start = async (t: TestContext, ...args: readonly string[]): Promise<Server> => {
    const server = await serve(...places, `--config.file=${config}`, ...args);
    t.after(() => server.stop());
    await until(() => server.log().includes('msg=listening'));
    return server;
  };

  const values = async (server: Server): Promise<{ good: string; seconds: number }> => {
    const { text } = await server.get('/metrics?collect[]=sockstat');
    const value = (name: string): string =>
      new RegExp(`^netstat_exporter_config_last_reload_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? '';
    return { good: value('successful'), seconds: Number(value('success_timestamp_seconds')) };
  };

  const hangUp = async (server: Server, told: RegExp): Promise<void> => {
    const before = server.log().length;
    server.process.kill('SIGHUP');
    await until(() => told.test(server.log().slice(before)));
  };

  test('reads its configuration again at SIGHUP, and keeps what it had where that is wrong', async t => {
    writeFileSync(config, 'web: {telemetry_path: /metrics}\n');
    const server = await start(t);
    const started = await values(server);
    assert.equal(started.good, '1');
    assert.ok(Math.abs(started.seconds - Date.now() / 1000) < 120);

    writeFileSync(config, 'web: {telemetry_pat: /other}\ncollectors: {udp: {enabled: no}}\n');
    await hangUp(
      server,
      /level=error msg="the configuration was read again and cannot be used" error=".*config.yaml:1:7 web.telemetry_pat/,
    );
    assert.deepEqual(await values(server), { good: '0', seconds: started.seconds });
    assert.equal((await server.get('/metrics?collect[]=udp')).status, 200);

    writeFileSync(
      config,
      'web: {enable_tables: true}\ncollectors: {udp: {enabled: false}}\nports: {top: 1}\nlog: {format: json}\n',
    );
    await hangUp(server, /"msg":"the configuration was read again"/);
    const now = await values(server);
    assert.equal(now.good, '1');
    assert.ok(now.seconds > started.seconds);
    const { status, text } = await server.get('/metrics?collect[]=udp');
    assert.deepEqual([status, text], [400, 'The collector udp is switched off.\n']);
    assert.equal((await server.get('/tables/routes?format=text')).status, 200);
    assert.doesNotMatch(
      (await server.get('/metrics')).text,
      /protocol="udp",state="(?:CLOSE|ESTABLISHED)".*family="inet"/,
    );
    assert.equal((await server.get('/-/ready')).status, 200);

    writeFileSync(config, 'web: {telemetry_path: /other}\n');
    await hangUp(server, /msg="the configuration was read again"/);
    assert.equal((await server.get('/metrics')).status, 404);
    assert.equal((await server.get('/other')).status, 200);
  });

  test('refuses what takes a restart, all of it, and says so', async t => {
    writeFileSync(config, 'web: {enable_lifecycle: true}\n');
    const server = await start(t);
    writeFileSync(
      config,
      'web: {enable_lifecycle: true, enable_tables: true, systemd_socket: true, config_file: x}\n',
    );
    const { status, text } = await server.get('/-/reload', {}, 'POST');
    assert.equal(status, 500);
    assert.deepEqual(text.split('\n').slice(1, -1), [
      'web.systemd_socket: another value takes a restart',
      'web.config_file: another value takes a restart',
    ]);
    assert.equal((await server.get('/tables/routes')).status, 404);
    writeFileSync(config, 'web: {enable_lifecycle: true}\npaths: {procfs: /nowhere}\n');
    // A flag wins over the file at a reload as it does at the start.
    assert.equal((await server.get('/-/reload', {}, 'POST')).status, 200);
  });

  test('does many reloads one after the other, and answers scrapes between them', async t => {
    writeFileSync(config, 'web: {enable_lifecycle: true}\n');
    const server = await start(t);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? server.get('/-/reload', {}, 'POST') : server.get('/metrics'),
      ),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200),
    );
    for (const { text } of answers.filter((_, i) => i % 2 === 1)) {
      assert.match(text, /^netstat_scrape_collector_success\{collector="programs"\} 1$/m);
    }
    assert.equal((await server.get('/metrics')).text.match(/_collector_success\{.*\} 0$/gm), null);
  });

  test('answers a scrape that began before a reload with what it asked for', async t => {
    const capture = captureOf('netns', { 'proc/net/tcp': NEVER_ANSWERS });
    t.after(capture.remove);
    const { procfs, sysfs } = capture.settings.places;
    writeFileSync(config, 'web: {scrape_timeout_seconds: 2}\n');
    const server = await serve(`--config.file=${config}`, `--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`);
    const scrape = server.get('/metrics', { 'X-Prometheus-Scrape-Timeout-Seconds': '3' });
    await new Promise(resolve => setTimeout(resolve, 300));
    writeFileSync(config, 'web: {telemetry_path: /other}\ncollectors: {udp: {enabled: false}}\n');
    await hangUp(server, /msg="the configuration was read again"/);
    const { status, text } = await scrape;
    assert.equal(status, 200);
    assert.match(text, /^netstat_scrape_collector_success\{collector="udp"\} 1$/m);
    const ended = server.stop('SIGKILL');
    await ended;
  });

  /** The name of the certificate and the status; undefined where there was no answer. */
  const ask = (server: Server, password?: string): Promise<string | undefined> =>
    new Promise(resolve => {
      const sent = request(
        {
          ...{
            host: '127.0.0.1',
            port: server.port,
            path: '/-/healthy',
            agent: false,
            rejectUnauthorized: false,
          },
          ...(password !== undefined && { auth: `alice:${password}` }),
        },
        response => {
          const { socket } = response;
          assert.ok(socket instanceof TLSSocket);
          const name = String(socket.getPeerCertificate().subject.CN);
          response.resume();
          resolve(`${name} ${response.statusCode ?? 0}`);
        },
      );
      sent.on('error', () => {
        resolve(undefined);
      });
      sent.end();
    });

  const replace = (file: string, text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };

  test('takes over certificates, passwords and headers when their files change, without being told', async t => {
    const cert = join(folder, 'served.pem');
    const key = join(folder, 'served.key');
    const webWith = (password: string): string =>
      `tls_server_config: {cert_file: served.pem, key_file: served.key}\nbasic_auth_users: {alice: ${hashSync(password, 4)}}\n`;
    writeFileSync(config, '');
    writeFileSync(cert, first.cert);
    writeFileSync(key, first.key);
    writeFileSync(web, webWith('one'));
    const server = await start(t, `--web.config.file=${web}`);
    assert.match(server.log(), /msg=listening address=\S+ tls=true/);
    assert.equal(await ask(server, 'one'), 'first 200');
    assert.equal(await ask(server), 'first 401');

    // Between the two renames certificate and key do not fit: the old pair is shown.
    replace(cert, second.cert);
    assert.equal(await ask(server, 'one'), 'first 200');
    assert.match(
      server.log(),
      /msg="the web configuration changed and cannot be used" error=".*web.yaml:1:\d+ tls_server_config: OpenSSL refuses it/,
    );
    replace(key, second.key);
    assert.equal(await ask(server, 'one'), 'second 200');

    replace(web, webWith('two'));
    assert.equal(await ask(server, 'one'), 'second 401');
    assert.equal(await ask(server, 'two'), 'second 200');

    replace(web, 'basic_auth_users: {alice: not a hash}\n');
    assert.equal(await ask(server, 'two'), 'second 200');
    rmSync(web);
    assert.equal(await ask(server, 'two'), 'second 200', 'what is gone opens no door');
    assert.equal(await ask(server, 'one'), 'second 401');
    replace(web, '{}\n');
    assert.equal(await ask(server, 'two'), 'second 200');
    assert.match(server.log(), /tls_server_config: this serves over TLS, another choice takes a restart/);

    const errors = (): number => server.log().match(/level=error/g)?.length ?? 0;
    const before = errors();
    for (let i = 0; i < 3; i++) await ask(server, 'two');
    assert.equal(errors(), before, 'what is wrong is told once');
    await hangUp(server, /level=error .*another choice takes a restart/);
    replace(web, webWith('three'));
    await hangUp(server, /msg="the configuration was read again"/);
    assert.equal(await ask(server, 'three'), 'second 200');
  });

  test('is not started with a web configuration that is wrong, and check says the same', () => {
    writeFileSync(web, 'tls_server_config: {cert_file: nowhere.pem, key_file: nowhere.key}\n');
    for (const args of [[], ['check']]) {
      const { status, stdout, stderr } = run(
        ...args,
        ...places,
        `--web.config.file=${web}`,
        '--web.listen-address=127.0.0.1:0',
      );
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(
        stderr,
        /^netstat-exporter: \S+web.yaml:1:32 tls_server_config.cert_file: \S+nowhere.pem: ENOENT/m,
      );
    }
    const missing = run(...places, '--web.config.file=/nowhere/web.yaml', '--web.listen-address=127.0.0.1:0');
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /^netstat-exporter: \/nowhere\/web.yaml: ENOENT/);
    writeFileSync(web, `basic_auth_users: {alice: ${hashSync('p', 4)}}\n`);
    const good = run('check', ...places, `--web.config.file=${web}`);
    assert.equal(good.status, 0);
    assert.match(good.stdout, /^# Served without TLS, to 1 users with passwords\.$/m);
    assert.doesNotMatch(good.stdout, /\$2/);
  });
});
