// Protects: the server starts, answers, stays alive beside a kernel file that never does, and ends when it is told to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hostFolder } from '../hosts.ts';
import { captureOf, NEVER_ANSWERS, type Capture } from '../snapshot/capture.ts';
import { run, serve, until, type Server } from './run.ts';

const netns = [`--path.procfs=${hostFolder('netns')}/proc`, `--path.sysfs=${hostFolder('netns')}/sys`];

const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
/** Time enough for the reading thread to start on a busy machine. */
const impatient = join(folder, 'impatient.yaml');
writeFileSync(impatient, 'web: {scrape_timeout_seconds: 2, scrape_timeout_offset_seconds: 0}\n');
after(() => {
  rmSync(folder, { recursive: true });
});

const isReady = async ({ get }: Server): Promise<boolean> => (await get('/-/ready')).status === 200;

/** Seconds from the signal to the end of the process. */
const secondsToStop = async (server: Server, signal: NodeJS.Signals = 'SIGTERM'): Promise<number> => {
  const start = performance.now();
  assert.deepEqual(await server.stop(signal), { status: 0, signal: null });
  return (performance.now() - start) / 1000;
};

describe('a server', () => {
  test('starts, answers on every path, and ends with 0 when it is told to', async () => {
    const server = await serve(...netns);
    await until(() => isReady(server));
    const metrics = await server.get('/metrics');
    assert.equal(metrics.status, 200);
    assert.match(metrics.text, /^netstat_sockets\{family="inet",protocol="tcp",state="ESTABLISHED"\} 8$/m);
    assert.match(metrics.text, /^netstat_exporter_netns_info\{.*is_init="unknown"\} 1$/m);
    assert.equal((await server.get('/')).status, 200);
    assert.equal((await server.get('/-/healthy')).status, 200);
    assert.equal((await server.get('/nowhere')).status, 404);
    assert.equal((await server.get('/metrics', {}, 'POST')).status, 405);
    assert.ok((await secondsToStop(server)) < 2);
    assert.match(server.log(), /msg=stopping signal=SIGTERM\n$/);
  });

  test('ends with 0 at SIGINT as well', async () => {
    const server = await serve(...netns);
    await until(() => isReady(server));
    assert.ok((await secondsToStop(server, 'SIGINT')) < 2);
  });

  test('does not wait for a client that keeps its connection open', async () => {
    const server = await serve(...netns);
    await until(() => isReady(server));
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      request({ host: '127.0.0.1', port: server.port, path: '/metrics', agent }, response => {
        response.resume().on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
    assert.ok((await secondsToStop(server)) < 2);
    agent.destroy();
  });

  test('serves under the telemetry path that it was given', async () => {
    const server = await serve(...netns, '--web.telemetry-path=/other.path');
    assert.equal((await server.get('/other.path')).status, 200);
    assert.equal((await server.get('/metrics')).status, 404);
    await secondsToStop(server);
  });

  test('tells in the log when a collector fails and when it recovers, once each', async t => {
    const capture = captureOf('netns', { 'proc/net/udp': 'not what a kernel prints\n' });
    t.after(() => {
      capture.remove();
    });
    const { procfs, sysfs } = capture.settings.places;
    const server = await serve(`--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`);
    await until(() => isReady(server));
    await server.get('/metrics');
    await server.get('/metrics?collect[]=udp');
    writeFileSync(
      join(procfs, 'net', 'udp'),
      '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n',
    );
    await server.get('/metrics?collect[]=tcp');
    await server.get('/metrics');
    await server.get('/metrics');
    const told = [...server.log().matchAll(/msg="(collector \w+)" collector=(\w+)/g)].map(
      ([, what, collector]) => `${collector} ${what}`,
    );
    assert.deepEqual(told, [
      'udp collector failed',
      'programs collector failed',
      'udp collector recovered',
      'programs collector recovered',
    ]);
    await secondsToStop(server);
  });
});

describe('a server that goes on', () => {
  let server: Server;
  before(async () => {
    server = await serve(...netns);
    await until(() => isReady(server));
  });
  after(() => secondsToStop(server));

  test('logs nothing for a scrape that went well', async () => {
    const logged = server.log();
    for (let i = 0; i < 3; i++) assert.equal((await server.get('/metrics')).status, 200);
    assert.equal(server.log(), logged);
  });

  test('refuses headers that are too large with 431', async () => {
    const { status } = await server.get('/metrics', { 'X-Large': 'x'.repeat(20_000) });
    assert.equal(status, 431);
  });

  test('refuses what is no HTTP and stays alive', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      createConnection(server.port, '127.0.0.1', function (this: NodeJS.WritableStream) {
        this.write('\u0000\u0001 nonsense\r\n\r\n');
      })
        .on('data', piece => (text += piece.toString()))
        .on('end', () => {
          resolve(text);
        })
        .on('error', reject);
    });
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal((await server.get('/-/healthy')).status, 200);
  });

  test('a second one on the same port ends with 1 and says why', async () => {
    const second = run(`--web.listen-address=127.0.0.1:${server.port}`, ...netns);
    assert.equal(second.status, 1);
    assert.match(
      second.stderr,
      new RegExp(`level=error msg="cannot listen" error=".*EADDRINUSE.*127\\.0\\.0\\.1:${server.port}"\\n$`),
    );
    assert.equal((await server.get('/-/healthy')).status, 200);
  });

  test('one of several addresses that is taken ends all of them', () => {
    const second = run(
      '--web.listen-address=127.0.0.1:0',
      `--web.listen-address=127.0.0.1:${server.port}`,
      ...netns,
    );
    assert.equal(second.status, 1);
  });
});

describe('beside a kernel file that never answers', () => {
  const wedged = 'proc/net/tcp';

  const start = async (): Promise<{ server: Server; capture: Capture }> => {
    const capture = captureOf('netns', { [wedged]: NEVER_ANSWERS });
    const { procfs, sysfs } = capture.settings.places;
    const server = await serve(
      `--path.procfs=${procfs}`,
      `--path.sysfs=${sysfs}`,
      `--config.file=${impatient}`,
    );
    return { server, capture };
  };

  /** The thread that waits for the file cannot be ended from outside: the file has to answer in the end. */
  const endsWell = async (ended: ReturnType<Server['stop']>, capture: Capture): Promise<void> => {
    const timer = setInterval(() => {
      capture.unblock(wedged);
    }, 20);
    try {
      assert.deepEqual(await ended, { status: 0, signal: null });
    } finally {
      clearInterval(timer);
      capture.remove();
    }
  };

  const end = ({ server, capture }: { server: Server; capture: Capture }): Promise<void> =>
    endsWell(server.stop(), capture);

  test('health is answered at once, and the server is ready with what else it read', async () => {
    const site = await start();
    const { server } = site;
    assert.equal((await server.get('/-/healthy')).status, 200);
    await until(() => isReady(server));
    const scrape = server.get('/metrics', { 'X-Prometheus-Scrape-Timeout-Seconds': '1' });
    const { status, milliseconds } = await server.get('/-/healthy');
    assert.equal(status, 200);
    assert.ok(milliseconds < 500, `${milliseconds} ms`);
    const answer = await scrape;
    assert.equal(answer.status, 200);
    assert.ok(answer.milliseconds > 900, 'it waited for the deadline');
    assert.match(answer.text, /^netstat_scrape_collector_success\{collector="tcp"\} 0$/m);
    assert.match(
      answer.text,
      /^netstat_scrape_collector_failure_info\{collector="tcp",reason="deadline"\} 1$/m,
    );
    await end(site);
  });

  test('the deadline comes first: what was read by then is served', async () => {
    const site = await start();
    const { text } = await site.server.get('/metrics', { 'X-Prometheus-Scrape-Timeout-Seconds': '2' });
    // It shares the first reading, which had come as far as the file that never answers.
    assert.match(text, /^netstat_scrape_collector_success\{collector="udp"\} 1$/m);
    assert.match(text, /^netstat_scrape_collector_success\{collector="tcp"\} 0$/m);
    await end(site);
  });

  test('later scrapes leave it alone and serve the others at once', async () => {
    const site = await start();
    const { server } = site;
    const impatiently = { 'X-Prometheus-Scrape-Timeout-Seconds': '1' };
    await server.get('/metrics', impatiently);
    await until(async () => {
      const { text } = await server.get('/metrics', impatiently);
      return text.includes('netstat_scrape_collector_success{collector="tcp6"} 1');
    });
    const patiently = { 'X-Prometheus-Scrape-Timeout-Seconds': '10' };
    const { text, milliseconds } = await server.get('/metrics', patiently);
    assert.ok(milliseconds < 5000, `${milliseconds} ms`);
    assert.match(text, /^netstat_scrape_collector_failure_info\{collector="tcp",reason="deadline"\} 1$/m);
    const failed = [...text.matchAll(/^netstat_scrape_collector_success\{collector="(\w+)"\} 0$/gm)];
    assert.deepEqual(
      failed.map(([, name]) => name),
      ['tcp', 'programs'],
    );
    await end(site);
  });

  test('a signal ends the process even while the file holds a thread', async () => {
    const { server, capture } = await start();
    await until(() => isReady(server));
    assert.deepEqual(await server.stop(), { status: null, signal: 'SIGKILL' });
    assert.match(server.log(), /a kernel file does not answer, the process ends without waiting for it/);
    capture.remove();
  });

  test('once the file answers again so does the collector', async () => {
    const site = await start();
    const { server, capture } = site;
    await until(() => server.log().includes('collector=tcp reason=deadline'));
    capture.unblock(wedged);
    rmSync(join(capture.folder, wedged));
    await until(async () => {
      const { text } = await server.get('/metrics');
      return text.includes('netstat_scrape_collector_success{collector="udp"} 1');
    });
    await end(site);
  });

  test('a signal during a scrape lets it be answered, and then the process ends with 0', async () => {
    const site = await start();
    const { server, capture } = site;
    await until(() => isReady(server));
    const scrape = server.get('/metrics', { 'X-Prometheus-Scrape-Timeout-Seconds': '1' });
    await new Promise(resolve => setTimeout(resolve, 200));
    const ended = server.stop();
    const { status, text } = await scrape;
    assert.equal(status, 200);
    assert.match(text, /^netstat_scrape_collector_success\{collector="tcp"\} 0$/m);
    await endsWell(ended, capture);
  });

  test('nor does the process wait then for a client that keeps its connection open', async t => {
    const site = await start();
    const { server, capture } = site;
    await until(() => isReady(server));
    const agent = new Agent({ keepAlive: true });
    t.after(() => {
      agent.destroy();
    });
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '1' };
    const answered = once(
      request({ host: '127.0.0.1', port: server.port, path: '/metrics', agent, headers }).end(),
      'response',
    ) as Promise<[IncomingMessage]>;
    await new Promise(resolve => setTimeout(resolve, 200));
    const ended = server.stop();
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 200);
    await endsWell(ended, capture);
  });

  test('a signal during the first reading is heard', async () => {
    await end(await start());
  });
});
