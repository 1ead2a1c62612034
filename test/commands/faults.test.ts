// Protects: what fails around the server costs what it must and no more: files that cannot be read, its thread, its descriptors, the clock.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '../needs.ts';
import { captureOf, type Capture } from '../snapshot/capture.ts';
import { serve, until, type Server } from './run.ts';

const collectorsThat = (text: string, isWell: 0 | 1): readonly string[] =>
  [...text.matchAll(/^netstat_scrape_collector_success\{collector="(\w+)"\} ([01])$/gm)]
    .filter(([, , success]) => Number(success) === isWell)
    .map(([, name = '']) => name);

const failure = /^netstat_scrape_collector_failure_info\{collector="(\w+)",reason="(\w+)"\} 1$/gm;

const reasonsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(failure)].map(([, name = '', reason = '']) => [name, reason] as const),
  );

const serverOf = async (t: TestContext, capture: Capture): Promise<Server> => {
  const { procfs, sysfs } = capture.settings.places;
  const server = await serve(`--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`);
  t.after(async () => {
    await server.stop('SIGKILL');
    capture.remove();
  });
  await until(async () => (await server.get('/-/ready')).status === 200);
  return server;
};

test('a file that fails while it is read costs its collector, and the owners that needed it; mended it is back', async t => {
  const capture = captureOf('netns', { 'proc/net/udp': undefined });
  const udp = join(capture.settings.places.procfs, 'net', 'udp');
  // To read the beginning of its own memory, where nothing is, is an input/output error.
  symlinkSync('/proc/self/mem', udp);
  const server = await serverOf(t, capture);
  const { status, text } = await server.get('/metrics');
  assert.equal(status, 200);
  assert.deepEqual(reasonsIn(text), { udp: 'io', programs: 'io' });
  assert.match(server.log(), /collector=udp reason=io error="net\/udp: EIO: i\/o error, read"/);
  assert.ok(!text.includes('family="inet",protocol="udp",state='), 'absent is never zero');
  assert.ok(collectorsThat(text, 1).includes('udp6'));

  rmSync(udp);
  writeFileSync(udp, readFileSync(join(capture.settings.places.procfs, 'net', 'udp6'), 'latin1'));
  assert.deepEqual(reasonsIn((await server.get('/metrics')).text), {});
});

test('a reading thread that dies is told, and the next scrape has another', async t => {
  const capture = captureOf('netns', {});
  const server = await serverOf(t, capture);
  const dev = join(capture.settings.places.procfs, 'net', 'dev');
  const whole = readFileSync(dev, 'latin1');
  const header = whole.split('\n').slice(0, 2).join('\n');
  const numbers = '    123456789'.repeat(16);
  // More than the heap of the thread holds.
  const rows = Array.from({ length: 150_000 }, (_, i) => `i${i}:${numbers}\n`);
  writeFileSync(dev, `${header}\n${rows.join('')}`);
  const patiently = { 'X-Prometheus-Scrape-Timeout-Seconds': '60' };
  const during = await server.get('/metrics', patiently);
  assert.equal(during.status, 200);
  assert.equal(reasonsIn(during.text)['dev'], 'internal');
  assert.match(server.log(), /collector=dev reason=internal error="the reading thread failed: .*memory/);

  writeFileSync(dev, whole);
  const after = await server.get('/metrics', patiently);
  assert.deepEqual(reasonsIn(after.text), {});
  assert.equal((await server.get('/-/healthy')).status, 200);
  assert.deepEqual(await server.stop(), { status: 0, signal: null });
});

test('a clock that jumps over years, forth and back, makes no age or duration negative or long', async t => {
  const capture = captureOf('closewait-a', {});
  const { procfs, sysfs } = capture.settings.places;
  const clock = fileURLToPath(new URL('jumping-clock.js', import.meta.url));
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `--import=${clock}`;
  const server = await serve(
    `--path.procfs=${procfs}`,
    `--path.sysfs=${sysfs}`,
    '--web.enable-tables',
  ).finally(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  });
  t.after(() => {
    capture.remove();
  });
  const years = new Set<string>();
  for (let scrape = 0; scrape < 4; scrape++) {
    const { status, text } = await server.get('/metrics');
    assert.equal(status, 200);
    assert.deepEqual(reasonsIn(text), {});
    const durations = [...text.matchAll(/^(\w+_(?:oldest|watched|duration)_seconds(?:\{.*\})?) (\S+)$/gm)];
    assert.ok(durations.some(([, series = '']) => series.includes('_oldest_')));
    for (const [, series, seconds] of durations)
      assert.ok(Number(seconds) >= 0 && Number(seconds) < 60, `${series} ${seconds}`);
    assert.equal((await server.get('/tables/sockets')).status, 200);
    server.process.kill('SIGHUP');
    await until(() => server.log().split('was read again').length > scrape + 1);
  }
  for (const [, year = ''] of server.log().matchAll(/^ts=(\d+)-/gm)) years.add(year);
  assert.ok(years.size > 1, 'the clock did not jump');
  assert.deepEqual(await server.stop(), { status: 0, signal: null });
});

describe('a server without a descriptor left', needs({ tools: ['prlimit'] }), () => {
  test('answers that it can read nothing, and has new clients wait until it has some again', async t => {
    const capture = captureOf('netns', {});
    const server = await serverOf(t, capture);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => {
      agent.destroy();
    });
    const ask = async (): Promise<string> => {
      const asked = request({ host: '127.0.0.1', port: server.port, path: '/metrics', agent }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += String(piece);
      return text;
    };
    const well = collectorsThat(await ask(), 1);
    const { pid } = server.process;
    const limitTo = (descriptors: number): void => {
      execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${descriptors}:`]);
    };
    const used = (): number => readdirSync(`/proc/${pid}/fd`).length;
    const atRest = used();

    limitTo(3);
    const text = await ask();
    const reasons = reasonsIn(text);
    assert.equal(reasons['tcp'], 'io');
    assert.match(server.log(), /collector=tcp reason=io error=".*EMFILE/);
    assert.deepEqual(new Set(Object.values(reasons)), new Set(['io']));
    assert.doesNotMatch(
      text,
      /^(?:netstat_sockets|process_resident_memory_bytes)\b/m,
      'what was not read is not told',
    );
    const waiting = server.get('/-/healthy');

    limitTo(1024);
    assert.deepEqual(collectorsThat(await ask(), 1), well);
    assert.equal((await waiting).status, 200);
    await until(() => used() <= atRest);
    agent.destroy();
    assert.deepEqual(await server.stop(), { status: 0, signal: null });
  });
});
