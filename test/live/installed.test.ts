// Protects: the file that npm packs can be installed and started by its name, for good and for once, and serves what Prometheus takes.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { run, start } from './programs.ts';

/** What npm takes from its cache or, where it is not there, from its registry. */
const INSTALL_MILLISECONDS_LIMIT = 180_000;
const beyondReach = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/;

const needed = { ...needs({ tools: ['npm', 'npx', 'promtool'] }), timeout: 2 * INSTALL_MILLISECONDS_LIMIT };

describe('the packed file', needed, () => {
  let folder = '';
  let file = '';

  /** With this Node.js, and with the packages that npm has at hand; what it makes of them is gone after the test. */
  const npm = (program: 'npm' | 'npx', ...args: readonly string[]) =>
    spawnSync(
      program,
      ['--prefer-offline', '--loglevel=error', `--cache=${join(folder, 'cache')}`, ...args],
      {
        cwd: folder,
        encoding: 'utf8',
        timeout: INSTALL_MILLISECONDS_LIMIT,
        env: {
          ...process.env,
          PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
        },
      },
    );

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    mkdirSync(join(cache, '_cacache'), { recursive: true });
    mkdirSync(join(folder, 'cache'));
    symlinkSync(join(cache, '_cacache'), join(folder, 'cache', '_cacache'));
    const args = ['pack', '--json', '--ignore-scripts', '--offline', `--pack-destination=${folder}`];
    const packed = execFileSync('npm', args, { cwd: root, encoding: 'utf8' });
    const [{ filename = '' } = {}] = JSON.parse(packed) as readonly { readonly filename?: string }[];
    file = `./${filename}`;
    // Or npm looks for the file from a manifest that lies somewhere above.
    writeFileSync(join(folder, 'package.json'), '{}');
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('is installed, started by its name and scraped', async t => {
    const prefix = join(folder, 'prefix');
    const installed = npm(
      'npm',
      'install',
      '--global',
      `--prefix=${prefix}`,
      '--no-audit',
      '--no-fund',
      file,
    );
    if ((process.env['CI'] ?? '') === '' && beyondReach.test(installed.stderr)) {
      t.skip('needs a registry of npm, or its cache');
      return;
    }
    assert.equal(installed.status, 0, installed.stderr);

    const program = join(prefix, 'bin', 'netstat-exporter');
    const server = await start(
      [program, '--web.listen-address=127.0.0.1:0'],
      /msg=listening address=(127\.0\.0\.1:\d+)/,
    );
    t.after(server.stop);
    const answer = await fetch(`http://${server.ready[1] ?? ''}/metrics`);
    assert.equal(answer.status, 200);
    const text = await answer.text();
    assert.match(text, /^netstat_sockets\{family="inet",protocol="tcp",state="LISTEN"\} [1-9]/m);
    assert.match(text, /^netstat_exporter_socket_reader_info\{collector="tcp",reader="netlink",/m);
    const { status, stdout, stderr } = run(
      ['promtool', 'check', 'metrics'],
      Buffer.from(text).toString('latin1'),
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    // Nothing that Node.js has to say of its flags or of what we call.
    const lines = server.printed().split('\n').slice(0, -1);
    assert.deepEqual(
      lines.filter(line => !/^ts=\S+ level=(info|warn) /.test(line)),
      [],
    );
  });

  test('is run once by npx', t => {
    const { status, stdout, stderr } = npm('npx', '--yes', file, '--version');
    if ((process.env['CI'] ?? '') === '' && beyondReach.test(stderr)) {
      t.skip('needs a registry of npm, or its cache');
      return;
    }
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^netstat-exporter \d+\.\d+\.\d+ \(node \d/);
  });
});
