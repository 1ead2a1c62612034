// Protects: the Debian package is the same bytes whenever it is built, holds what it says, and what it holds runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { output, run, start } from './programs.ts';

const BUILD_SECONDS = 100;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('the Debian package', needs({ tools: ['dpkg-deb', 'tar', 'gzip', 'awk', 'bash', 'npm'] }), () => {
  const scratch = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  const tree = join(scratch, 'tree');
  let packages: readonly string[] = [];
  let rows: readonly (readonly [mode: string, owner: string, path: string])[] = [];

  /** In a folder of its own, as whoever has these settings. */
  const build = async (name: string, umask: string, zone: string): Promise<string> => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', `umask ${umask} && exec "$@"`, 'sh', join(root, 'deploy', 'debian', 'build'), folder],
      { env: { ...process.env, TZ: zone, LC_ALL: 'C' }, timeout: BUILD_SECONDS * 1000 },
    );
    return stdout.trim();
  };

  before(async () => {
    packages = await Promise.all([build('first', '022', 'UTC'), build('second', '077', 'Asia/Tokyo')]);
    rows = output(['dpkg-deb', '--contents', packages[0] ?? ''])
      .trim()
      .split('\n')
      .map(line => {
        const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/);
        return [mode, owner, path] as const;
      });
    output(['dpkg-deb', '--extract', packages[0] ?? '', tree]);
  });
  after(() => {
    rmSync(scratch, { recursive: true });
  });

  test('is the same bytes, whoever builds it and where', () => {
    const [first, second] = packages.map(file => readFileSync(file));
    assert.ok(first !== undefined && second !== undefined && first.length > 500_000);
    assert.ok(first.equals(second));
    assert.equal(basename(packages[0] ?? ''), basename(packages[1] ?? ''));
  });

  test('says which version it is and which Node.js it takes', () => {
    const field = (name: string): string => output(['dpkg-deb', '--field', packages[0] ?? '', name]).trim();
    assert.equal(field('Version'), manifest.version);
    assert.equal(field('Depends'), 'nodejs (>= 20.10)');
    const hasMachineCode = rows.some(([, , path]) => path.endsWith('.node'));
    assert.equal(field('Architecture') === 'all', !hasMachineCode);
    assert.ok(Number(field('Installed-Size')) > 1000);
  });

  test('holds the program, its units, its manual and its libraries, and nothing else', () => {
    const files = rows.map(([, , path]) => path.slice(1)).filter(path => !path.endsWith('/'));
    const fixed = files.filter(path => !path.startsWith('/usr/lib/netstat-exporter/'));
    assert.deepEqual(fixed.sort(), [
      '/etc/default/netstat-exporter',
      '/usr/bin/netstat-exporter',
      '/usr/lib/systemd/system/netstat-exporter.service',
      '/usr/lib/systemd/system/netstat-exporter.socket',
      '/usr/share/doc/netstat-exporter/README.md',
      '/usr/share/doc/netstat-exporter/changelog.gz',
      '/usr/share/doc/netstat-exporter/config.example.yaml',
      '/usr/share/doc/netstat-exporter/copyright',
      '/usr/share/doc/netstat-exporter/licences.md',
      '/usr/share/doc/netstat-exporter/metrics.md',
      '/usr/share/man/man1/netstat-exporter.1.gz',
    ]);
    const packaged = new Set(
      files.flatMap(
        path => /^\/usr\/lib\/netstat-exporter\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
      ),
    );
    for (const name of Object.keys(manifest.dependencies)) assert.ok(packaged.has(name), name);
    for (const name of Object.keys(manifest.devDependencies)) {
      if (name !== '@types/node') assert.ok(!packaged.has(name), name);
    }
    const own = files.filter(path => /^\/usr\/lib\/netstat-exporter\/(?!node_modules\/)/.test(path));
    assert.deepEqual(
      own.filter(path => !/\/(build\/src\/[a-z0-9/-]+\.js|package\.json)$/.test(path)),
      [],
    );
    assert.equal(
      readlinkSync(join(tree, 'usr/bin/netstat-exporter')),
      '../lib/netstat-exporter/build/src/main.js',
    );
  });

  test('all of it is of root, and for everybody to read and nobody else to write', () => {
    for (const [mode, owner, path] of rows) {
      assert.equal(owner, 'root/root', path);
      assert.match(mode, /^(l|[d-]rw[x-]r-[x-]r-[x-]$)/, path);
    }
  });

  test('its units and its default file are those of deploy/systemd', () => {
    for (const [packed, name] of [
      ['usr/lib/systemd/system/netstat-exporter.service', 'netstat-exporter.service'],
      ['usr/lib/systemd/system/netstat-exporter.socket', 'netstat-exporter.socket'],
      ['etc/default/netstat-exporter', 'netstat-exporter.default'],
    ] as const) {
      assert.equal(
        readFileSync(join(tree, packed), 'utf8'),
        readFileSync(join(root, 'deploy', 'systemd', name), 'utf8'),
      );
    }
    const unit = readFileSync(join(tree, 'usr/lib/systemd/system/netstat-exporter.service'), 'utf8');
    assert.match(unit, /^ExecStart=\/usr\/bin\/netstat-exporter /m);
    assert.match(unit, /^EnvironmentFile=-\/etc\/default\/netstat-exporter$/m);
  });

  test('its scripts are ones that a shell takes, and start and stop nothing where systemd does not run', () => {
    output(['dpkg-deb', '--control', packages[0] ?? '', join(scratch, 'control')]);
    for (const [name, argument] of [
      ['postinst', 'configure'],
      ['prerm', 'upgrade'],
      ['postrm', 'remove'],
    ] as const) {
      output(['sh', '-n', join(scratch, 'control', name)]);
      assert.match(
        readFileSync(join(scratch, 'control', name), 'utf8'),
        /-d \/run\/systemd\/system/,
        argument,
      );
    }
  });

  test('its manual page lists every flag of the program, and man finds no fault with it', () => {
    const page = join(tree, 'usr/share/man/man1/netstat-exporter.1.gz');
    const source = output(['gzip', '-dc', page]).replaceAll(String.raw`\-`, '-');
    const flags =
      output([join(tree, 'usr/bin/netstat-exporter'), '--help']).match(/^ {2}-\S.*?(?= {2,})/gm) ?? [];
    assert.ok(flags.length > 80);
    for (const flag of flags) assert.ok(source.includes(`\n\\fB${flag.trim()}\\fR\n`), flag);
    if (run(['sh', '-c', 'command -v man']).status !== 0) return;
    const { status, stdout, stderr } = run(['man', '--warnings', '-E', 'UTF-8', '-l', page]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /EXIT STATUS/);
  });

  test('it runs from where it was unpacked', async t => {
    const program = join(tree, 'usr/bin/netstat-exporter');
    assert.match(output([program, '--version']), new RegExp(`^netstat-exporter ${manifest.version} `));
    assert.match(output([program, 'show', '-s']), /^Tcp:$/m);
    const server = await start([program, '--web.listen-address=127.0.0.1:0'], /msg=listening address=(\S+)/);
    t.after(() => server.stop());
    const response = await fetch(`http://${server.ready[1] ?? ''}/metrics`);
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.match(text, /^netstat_sockets\{family="inet",protocol="tcp",state="CLOSE_WAIT"\} \d+$/m);
    assert.match(text, /^netstat_scrape_collector_success\{collector="tcp"\} 1$/m);
  });
});
