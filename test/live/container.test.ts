// Protects: the image is small in rights, a COPY and no more in its last stage, and what buildah makes of it serves as its user.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { output, run, start, type Command } from './programs.ts';

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** Instructions of each stage; this file has neither lines that go on nor arguments. */
const stages: readonly (readonly Instruction[])[] = dockerfile
  .split(/^(?=FROM )/m)
  .slice(1)
  .map(stage =>
    stage
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => {
        const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? assert.fail(line);
        return { word, rest };
      }),
  );
const lastStage = stages.at(-1) ?? [];
const valuesOf = (word: string, stage = lastStage): readonly string[] =>
  stage.filter(each => each.word === word).map(({ rest }) => rest);

const example = parse(readFileSync(join(root, 'config.example.yaml'), 'utf8')) as {
  readonly web: { readonly listen_addresses: readonly string[] };
};
const port = (example.web.listen_addresses[0] ?? '').replace(':', '');
const startLine = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  }
).scripts.start;

describe('the Dockerfile', () => {
  test('is built on images with a version, never the latest', () => {
    assert.equal(stages.length, 2);
    for (const [from] of stages) {
      assert.equal(from?.word, 'FROM');
      assert.match(from.rest, /^(?=.*\d)[a-z0-9./-]+:(?!latest\b)[\w.-]+(?: AS \w+)?$/);
    }
  });

  test('runs nothing in its last stage, and takes only what the first one made', () => {
    assert.deepEqual(
      [...new Set(lastStage.map(({ word }) => word))],
      ['FROM', 'COPY', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT'],
    );
    for (const copy of valuesOf('COPY')) assert.match(copy, /^--from=build \/build\/(\S+) \/app\/\1$/);
    assert.equal(valuesOf('COPY').length, 3);
  });

  test('has a user that is not root, and the port that is listened on', () => {
    const [user = ''] = valuesOf('USER');
    assert.match(user, /^[1-9]\d*:[1-9]\d*$/);
    assert.deepEqual(valuesOf('EXPOSE'), [port]);
  });

  test('is started and asked for its health without a shell', () => {
    const entry = JSON.parse(valuesOf('ENTRYPOINT')[0] ?? '') as readonly string[];
    assert.equal(entry.join(' ').replace('/nodejs/bin/', '').replace('/app/', ''), startLine);
    const [, json = ''] = / CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '') ?? [];
    const health = JSON.parse(json) as readonly string[];
    assert.equal(health[0], '/nodejs/bin/node');
    assert.ok(health.at(-1)?.includes(`http://127.0.0.1:${port}/-/healthy`));
  });

  test('is given nothing but what it copies', () => {
    const ignore = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    const copied = valuesOf('COPY', stages[0])
      .flatMap(rest => rest.split(' ').slice(0, -1))
      .sort();
    assert.equal(ignore[0], '*');
    assert.deepEqual(
      ignore
        .slice(1)
        .map(line => line.replace('!', ''))
        .sort(),
      copied,
    );
    for (const path of copied) assert.ok(existsSync(join(root, path)), path);
  });
});

const tools = ['buildah', 'ldd', 'npm'];

/** Nothing is pulled: the node that runs the tests stands in for the image below, and what is built here for the first stage. */
describe('the image', needs({ root: true, tools }), () => {
  const scratch = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
  const buildah = (...args: readonly string[]): Command => [
    'buildah',
    ...['--root', join(scratch, 'storage'), '--runroot', join(scratch, 'run'), '--storage-driver', 'vfs'],
    ...args,
  ];
  const build = (tag: string, text: string): void => {
    const file = join(scratch, 'Dockerfile');
    writeFileSync(file, text);
    const options = ['--pull-never', '--isolation', 'chroot', '--format', 'docker', '--quiet'];
    output(buildah('bud', ...options, '--file', file, '--tag', tag, scratch));
  };

  let container = '';
  /** In the container, as the user of the image or as root. */
  const inside = (options: readonly string[], command: readonly string[]): Command =>
    buildah('run', '--isolation', 'chroot', ...options, container, '--', ...command);

  before(() => {
    const base = join(scratch, 'base');
    const node = realpathSync(process.execPath);
    const copy = (from: string, to: string): void => {
      mkdirSync(dirname(join(base, to)), { recursive: true });
      copyFileSync(from, join(base, to));
    };
    copy(node, 'nodejs/bin/node');
    for (const [library] of output(['ldd', node]).matchAll(/\/\S+/g)) copy(library, library);
    build((lastStage[0]?.rest ?? '').trim(), 'FROM scratch\nCOPY base /\n');

    const made = join(scratch, 'made', 'build');
    mkdirSync(join(made, 'build'), { recursive: true });
    copyFileSync(join(root, 'package.json'), join(made, 'package.json'));
    cpSync(join(root, 'build', 'src'), join(made, 'build', 'src'), { recursive: true });
    const needed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const path of needed.split('\n').slice(1).filter(Boolean)) {
      cpSync(path, join(made, path.slice(root.length)), { recursive: true });
    }
    build('localhost/made', 'FROM scratch\nCOPY made /\n');

    const last = /^FROM (?![^]*^FROM )[^]*/m.exec(dockerfile)?.[0] ?? '';
    build('localhost/netstat-exporter', `FROM localhost/made AS build\n${last}`);
    container = output(buildah('from', '--pull-never', 'localhost/netstat-exporter')).trim();
  });
  after(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  test('has the user, the port and the check of health that are written', () => {
    const { Docker } = JSON.parse(
      output(buildah('inspect', '--type', 'image', 'localhost/netstat-exporter')),
    ) as {
      readonly Docker: {
        readonly config: {
          readonly User: string;
          readonly ExposedPorts: Readonly<Record<string, unknown>>;
          readonly Healthcheck: { readonly Test: readonly string[] };
        };
      };
    };
    assert.equal(Docker.config.User, valuesOf('USER')[0]);
    assert.deepEqual(Object.keys(Docker.config.ExposedPorts), [`${port}/tcp`]);
    assert.equal(Docker.config.Healthcheck.Test[0], 'CMD');
  });

  test('has no shell', () => {
    assert.notEqual(run(inside([], ['/bin/sh', '-c', 'true'])).status, 0);
  });

  test('serves as its user, and its check of health tells the truth', async t => {
    const [user = ''] = valuesOf('USER');
    const entry = JSON.parse(valuesOf('ENTRYPOINT')[0] ?? '') as readonly string[];
    const id = output(
      inside(['--user', user], [entry[0] ?? '', '-p', '`${process.getuid()}:${process.getgid()}`']),
    );
    assert.equal(id.trim(), user);

    const free = String(20_000 + (process.pid % 10_000));
    const [, json = ''] = / CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '') ?? [];
    const health = (JSON.parse(json) as readonly string[]).map(word =>
      word.replace(`:${port}/`, `:${free}/`),
    );
    const isHealthy = (): boolean => run(inside(['--user', user], health)).status === 0;
    assert.equal(isHealthy(), false);

    const [program, ...args] = inside(['--user', user], [...entry, `--web.listen-address=127.0.0.1:${free}`]);
    const server = await start([program, ...args], /msg=listening address=\S+/);
    t.after(() => server.stop());
    assert.equal(isHealthy(), true);
    const text = await (await fetch(`http://127.0.0.1:${free}/metrics`)).text();
    assert.match(text, /^netstat_scrape_collector_success\{collector="tcp"\} 1$/m);
  });
});
