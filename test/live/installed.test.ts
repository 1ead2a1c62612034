// Protects: the file that npm packs can be installed and started by its name, for good and for once, and serves what Prometheus takes.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { run, start } from './programs.ts';
import { startRegistry, type Registry } from './registry.ts';

const INSTALL_MILLISECONDS_LIMIT = 180_000;

const needed = {
  ...needs({ tools: ['npm', 'npx', 'promtool', 'tar'] }),
  timeout: 2 * INSTALL_MILLISECONDS_LIMIT,
};

describe('the packed file', needed, () => {
  let folder = '';
  let file = '';

  let registry: Registry;

  /** With this Node.js, and with the packages that are installed here; what npm makes of them is gone after the test. */
  const npm = async (program: 'npm' | 'npx', ...args: readonly string[]) => {
    const settings = [`--registry=${registry.url}`, '--loglevel=error', `--cache=${join(folder, 'cache')}`];
    const child = spawn(program, [...settings, ...args], {
      cwd: folder,
      timeout: INSTALL_MILLISECONDS_LIMIT,
      env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter) },
    });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { status, stdout, stderr };
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    registry = await startRegistry();
    const args = ['pack', '--json', '--ignore-scripts', '--offline', `--pack-destination=${folder}`];
    const packed = execFileSync('npm', args, { cwd: root, encoding: 'utf8' });
    const [{ filename = '' } = {}] = JSON.parse(packed) as readonly { readonly filename?: string }[];
    file = `./${filename}`;
    // Or npm looks for the file from a manifest that lies somewhere above.
    writeFileSync(join(folder, 'package.json'), '{}');
  });

  after(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });

  test('is installed, started by its name and scraped', async t => {
    const prefix = join(folder, 'prefix');
    const installed = await npm(
      'npm',
      'install',
      '--global',
      `--prefix=${prefix}`,
      '--no-audit',
      '--no-fund',
      file,
    );
    assert.equal(installed.status, 0, installed.stderr);

    const program = join(prefix, 'bin', 'netstat-exporter');
    const server = await start(
      [program, '--web.listen-address=127.0.0.1:0'],
      /msg=listening address=(127\.0\.0\.1:\d+)/,
    );
    t.after(server.stop);
    const answer = await fetch(`http://${server.ready[1] ?? ''}/metrics`);
    assert.equal(answer.status, 200);
    const body = await answer.text();
    assert.match(body, /^netstat_sockets\{family="inet",protocol="tcp",state="LISTEN"\} [1-9]/m);
    assert.match(body, /^netstat_exporter_socket_reader_info\{collector="tcp",reader="netlink",/m);
    const { status, stdout, stderr } = run(
      ['promtool', 'check', 'metrics'],
      Buffer.from(body).toString('latin1'),
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    // Nothing that Node.js has to say of its flags or of what we call.
    const lines = server.printed().split('\n').slice(0, -1);
    assert.deepEqual(
      lines.filter(line => !/^ts=\S+ level=(info|warn) /.test(line)),
      [],
    );
  });

  test('is run once by npx', async () => {
    const { status, stdout, stderr } = await npm('npx', '--yes', file, '--version');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^netstat-exporter \d+\.\d+\.\d+ \(node \d/);
  });
});
