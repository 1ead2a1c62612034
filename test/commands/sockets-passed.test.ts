// Protects: sockets that systemd passes are listened on, and only those that were meant for this process.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { socketsPassed } from '../../src/commands/sockets-passed.ts';
import { hostFolder } from '../hosts.ts';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const places = [`--path.procfs=${hostFolder('netns')}/proc`, `--path.sysfs=${hostFolder('netns')}/sys`];

test('are those from descriptor 3 on, as many as there are', () => {
  assert.deepEqual(socketsPassed({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7), [3, 4]);
});

test('are none where they were passed to another, or make no sense', () => {
  assert.match(String(socketsPassed({}, 7)), /^no sockets were passed/);
  assert.match(String(socketsPassed({ LISTEN_PID: '8', LISTEN_FDS: '1' }, 7)), /process 8, and this is 7$/);
  for (const count of ['0', '-1', '1.5', 'x', '', '65', '1e9']) {
    assert.match(
      String(socketsPassed({ LISTEN_PID: '7', LISTEN_FDS: count }, 7)),
      /^expected 1 to 64 sockets/,
      count,
    );
  }
});

/** The shell that becomes the server knows its own number. */
const asSystemd = ['-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', 'sh', process.execPath, main, ...places];

describe('a server', () => {
  test('answers on the socket that was passed, and on no other address', { timeout: 60_000 }, async t => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const child = spawn('sh', [...asSystemd, '--web.systemd-socket', '--web.listen-address=127.0.0.1:1'], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
    });
    t.after(() => child.kill('SIGKILL'));
    let log = '';
    child.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    while (!log.includes('msg=listening')) await once(child.stderr ?? child, 'data');
    // From now on only the child accepts.
    listener.close();
    assert.match(log, new RegExp(`msg=listening address=127\\.0\\.0\\.1:${port} `));
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/-/healthy', agent: false }, response => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(status, 200);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  test('ends with 1 where none was passed, or what was passed is no socket', () => {
    const none = spawnSync(process.execPath, [main, ...places, '--web.systemd-socket'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(none.status, 1);
    assert.match(none.stderr, /msg="cannot listen" error="no sockets were passed/);
    const file = spawnSync('sh', [...asSystemd, '--web.systemd-socket'], {
      ...{ encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'ignore', 'pipe', 'ignore'] },
    });
    assert.equal(file.status, 1);
    assert.match(file.stderr, /msg="cannot listen"/);
  });
});
