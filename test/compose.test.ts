// Protects: what deploy/compose starts is told apart from a typing error: known keys, paths that exist, ports that agree, configurations that their programs take.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { root } from './hosts.ts';
import { exporter, output, run } from './live/programs.ts';
import { needs } from './needs.ts';

const folder = join(root, 'deploy', 'compose');
const read = (...path: readonly string[]): unknown => parse(readFileSync(join(folder, ...path), 'utf8'));

const compose = z
  .strictObject({
    name: z.string(),
    services: z.record(
      z.string(),
      z.strictObject({
        build: z.strictObject({ context: z.string() }).optional(),
        image: z.string().regex(/:v?\d+\.\d+\.\d+$/),
        restart: z.literal('unless-stopped'),
        network_mode: z.literal('host'),
        pid: z.literal('host').optional(),
        user: z.string().optional(),
        cap_drop: z.tuple([z.literal('ALL')]),
        cap_add: z.array(z.string()).optional(),
        security_opt: z.array(z.enum(['no-new-privileges:true', 'apparmor:unconfined'])),
        read_only: z.literal(true).optional(),
        mem_limit: z.string().optional(),
        pids_limit: z.number().optional(),
        command: z.array(z.string()).optional(),
        environment: z.record(z.string(), z.string()).optional(),
        volumes: z.array(z.string()),
      }),
    ),
    volumes: z.record(z.string(), z.strictObject({})),
  })
  .parse(read('compose.yaml'));

const serviceOf = (name: string) => compose.services[name] ?? assert.fail(`no service ${name}`);

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

const mountsOf = (name: string): readonly Mount[] =>
  serviceOf(name).volumes.map(volume => {
    const [source = '', target = '', options = ''] = volume.split(':');
    return { source, target, options: options.split(',') };
  });

/** What stands on this machine where a service sees `path`; undefined for what it keeps in a volume. */
const behind = (name: string, path: string): string | undefined => {
  const mount = mountsOf(name).find(({ target }) => path === target || path.startsWith(`${target}/`));
  assert.ok(mount !== undefined, `${name}: nothing is mounted at ${path}`);
  if (!/^[./]/.test(mount.source)) return undefined;
  return join(folder, mount.source, path.slice(mount.target.length));
};

const flagOf = (name: string, flag: string): string =>
  serviceOf(name)
    .command?.find(each => each.startsWith(`--${flag}=`))
    ?.split('=')[1] ?? assert.fail(`${name}: no --${flag}`);

describe('the services', () => {
  const names = Object.keys(compose.services);

  test('are the exporter and what watches', () => {
    assert.deepEqual(names, ['netstat-exporter', 'prometheus', 'alertmanager', 'grafana']);
  });

  test('mount what there is, read-only, or a volume that is named', () => {
    for (const name of names) {
      for (const { source, options } of mountsOf(name)) {
        if (source.startsWith('.')) assert.ok(existsSync(join(folder, source)), source);
        else if (!source.startsWith('/')) assert.ok(source in compose.volumes, source);
        assert.equal(options.includes('ro'), /^[./]/.test(source), source);
      }
    }
    const used = names.flatMap(name => mountsOf(name).map(({ source }) => source));
    for (const volume of Object.keys(compose.volumes)) assert.ok(used.includes(volume), volume);
  });

  test('the exporter has the capabilities of the unit, and flags that it takes', () => {
    const unit = readFileSync(join(root, 'deploy', 'systemd', 'netstat-exporter.service'), 'utf8');
    const [, capabilities = ''] = /^AmbientCapabilities=(.*)$/m.exec(unit) ?? [];
    const { cap_add = [], command = [], image, build, user } = serviceOf('netstat-exporter');
    assert.deepEqual(
      cap_add.map(name => `CAP_${name}`),
      capabilities.split(' '),
    );
    assert.equal(user, '0:0');
    assert.ok(existsSync(join(folder, build?.context ?? '', 'Dockerfile')));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    assert.equal(image, `netstat-exporter:${version}`);
    const { status, stderr } = run(
      exporter('check', ...command.map(flag => flag.replace('/host/', '/').replace(/=\/host$/, '=/'))),
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    for (const flag of ['path.procfs', 'path.sysfs', 'path.rootfs']) {
      const path = flagOf('netstat-exporter', flag);
      assert.ok(
        mountsOf('netstat-exporter').some(({ target }) => target.startsWith(path)),
        path,
      );
    }
  });

  test('only the exporter listens for others, and each is found where it listens', () => {
    const config = z
      .object({
        alerting: z.object({
          alertmanagers: z.array(
            z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
          ),
        }),
      })
      .parse(parse(readFileSync(behind('prometheus', flagOf('prometheus', 'config.file')) ?? '', 'utf8')));
    const targets = config.alerting.alertmanagers.flatMap(each =>
      each.static_configs.flatMap(({ targets: these }) => these),
    );
    const local = (name: string): string =>
      flagOf(name, 'web.listen-address').replace('127.0.0.1', 'localhost');
    assert.deepEqual(targets, [local('alertmanager')]);
    assert.equal(flagOf('prometheus', 'web.external-url'), `http://${local('prometheus')}`);
    assert.equal(flagOf('alertmanager', 'web.external-url'), `http://${local('alertmanager')}`);
    assert.equal(serviceOf('grafana').environment?.['GF_SERVER_HTTP_ADDR'], '127.0.0.1');
    const { datasources } = z
      .strictObject({
        apiVersion: z.literal(1),
        datasources: z.array(
          z.strictObject({
            ...{ name: z.string(), type: z.literal('prometheus'), uid: z.string() },
            ...{ access: z.literal('proxy'), url: z.string(), isDefault: z.literal(true) },
            ...{ editable: z.boolean(), jsonData: z.strictObject({ timeInterval: z.string() }) },
          }),
        ),
      })
      .parse(read('grafana', 'datasources', 'prometheus.yaml'));
    assert.deepEqual(
      datasources.map(({ url }) => url),
      [`http://${local('prometheus')}`],
    );
  });

  test('Grafana finds the dashboards', () => {
    const { providers } = z
      .strictObject({
        apiVersion: z.literal(1),
        providers: z.array(
          z.strictObject({
            ...{ name: z.string(), folder: z.string(), type: z.literal('file') },
            ...{ disableDeletion: z.boolean(), allowUiUpdates: z.boolean() },
            options: z.strictObject({ path: z.string() }),
          }),
        ),
      })
      .parse(read('grafana', 'dashboards', 'netstat.yaml'));
    const path = behind('grafana', providers[0]?.options.path ?? '');
    assert.equal(path, join(root, 'grafana'));
    assert.ok(readdirSync(path).some(name => name.endsWith('.json')));
    for (const kind of ['datasources', 'dashboards']) {
      const mounted = behind('grafana', `/etc/grafana/provisioning/${kind}`) ?? '';
      assert.equal(readdirSync(mounted).length, 1, kind);
    }
  });

  test('Prometheus finds the runbooks', () => {
    assert.equal(behind('prometheus', flagOf('prometheus', 'web.user-assets')), join(root, 'docs'));
  });
});

describe('the configurations, as they are mounted', needs({ tools: ['promtool', 'amtool'] }), () => {
  test('Prometheus takes its own', () => {
    output(['promtool', 'check', 'config', behind('prometheus', flagOf('prometheus', 'config.file')) ?? '']);
  });
  test('Alertmanager takes its own', () => {
    output(['amtool', 'check-config', behind('alertmanager', flagOf('alertmanager', 'config.file')) ?? '']);
  });
});
