// Protects: what npm would publish is the program and nothing else, and it runs from there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from './hosts.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const isBuilt = existsSync(join(root, 'build', 'src', 'main.js'));

describe('the manifest', () => {
  test('nothing runs on the machine of whoever installs it', () => {
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
      assert.equal(manifest.scripts[hook], undefined, hook);
    }
  });

  test('every dependency is locked at one version', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
    };
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      const locked = lock.packages[`node_modules/${name}`];
      assert.match(locked?.version ?? '', /^\d+\.\d+\.\d+/, name);
      assert.ok(locked?.integrity, name);
    }
    assert.equal((lock as { version?: string }).version, manifest.version);
  });

  test('its version is that of the changelogs, with the same day', () => {
    const [, version, day] =
      /^## (\S+) - (\d{4}-\d\d-\d\d)$/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) ?? [];
    const debian = readFileSync(join(root, 'deploy', 'debian', 'changelog'), 'utf8');
    const [, debianVersion] = /^netstat-exporter \((.*)\) /.exec(debian) ?? [];
    const [, debianDay = ''] = /^ -- .*>  (.*)$/m.exec(debian) ?? [];
    assert.deepEqual([version, debianVersion], [manifest.version, manifest.version]);
    assert.equal(day, new Date(debianDay).toISOString().slice(0, 10));
  });

  test('it says for which Node.js it is, and on which it is tested', () => {
    const { dependencies } = JSON.parse(
      readFileSync(join(root, 'test', 'runtimes', 'package.json'), 'utf8'),
    ) as Manifest;
    const majors = Object.values(dependencies).map(each => /@(\d+)\.\d+\.\d+$/.exec(each)?.[1]);
    assert.deepEqual(majors, ['22', '24']);
    assert.deepEqual(manifest.engines, { node: '>=20.10' });
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    assert.match(readme, /^With Node\.js 20\.10 or newer on Linux, tested on 20, 22 and 24:$/m);
  });

  test('the program can be started by its name', () => {
    assert.deepEqual(Object.keys(manifest.bin), ['netstat-exporter']);
    const [firstLine] = readFileSync(join(root, 'src', 'main.ts'), 'utf8').split('\n');
    assert.match(firstLine ?? '', /^#!\/usr\/bin\/env -S node --max-heap-size=\d+ /);
    // `npm start` runs the same node with the same limits.
    assert.equal(
      manifest.scripts['start'],
      `${(firstLine ?? '').replace('#!/usr/bin/env -S ', '')} build/src/main.js`,
    );
  });
});

describe('the package', { skip: isBuilt ? false : 'not built' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  let files: readonly string[] = [];

  before(() => {
    const printed = execFileSync(
      'npm',
      [
        'pack',
        '--json',
        '--ignore-scripts',
        '--offline',
        '--loglevel=silent',
        `--pack-destination=${folder}`,
      ],
      { cwd: root, encoding: 'utf8' },
    );
    const [packed] = JSON.parse(printed) as readonly {
      filename: string;
      files: readonly { path: string }[];
    }[];
    files = packed?.files.map(({ path }) => path) ?? [];
    execFileSync('tar', ['-xzf', join(folder, packed?.filename ?? ''), '-C', folder]);
    symlinkSync(join(root, 'node_modules'), join(folder, 'package', 'node_modules'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  test('holds the program, its example configuration and its manual', () => {
    for (const file of [
      'package.json',
      'build/src/main.js',
      'build/src/snapshot/worker.js',
      'config.example.yaml',
      'docs/licences.md',
      'docs/metrics.md',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
    ]) {
      assert.ok(files.includes(file), file);
    }
  });

  test('holds nothing else', () => {
    const expected =
      /^(package\.json|config\.example\.yaml|docs\/(licences|metrics)\.md|build\/src\/[a-z0-9/-]+\.js|(README|LICENSE|NOTICE|CHANGELOG)(\.md)?)$/;
    assert.deepEqual(
      files.filter(file => !expected.test(file)),
      [],
    );
  });

  test('holds what src is compiled to, and nothing that was compiled before', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .map(file => `build/src/${file.replace(/\.ts$/, '.js')}`);
    assert.deepEqual(files.filter(file => file.startsWith('build/')).sort(), sources.sort());
  });

  test('runs from where it was unpacked', () => {
    const main = join(folder, 'package', manifest.bin['netstat-exporter'] ?? '');
    const run = (...args: readonly string[]) =>
      execFileSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
    assert.match(run('--version'), new RegExp(`^netstat-exporter ${manifest.version} `));
    assert.match(run('scrape', '--collect=sockstat'), /^netstat_sockstat_sockets_used \d+$/m);
  });
});
