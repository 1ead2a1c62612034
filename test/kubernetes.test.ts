// Protects: the manifests have no field that Kubernetes does not know, give no more rights than are needed, and carry the very rules that are tested.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { root } from './hosts.ts';
import { exporter, output, run } from './live/programs.ts';

const folder = join(root, 'deploy', 'kubernetes');
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

const NAME = 'netstat-exporter';
const named = z.strictObject({ 'app.kubernetes.io/name': z.literal(NAME) });
const metadata = z.strictObject({ name: z.literal(NAME), labels: named });
const selector = z.strictObject({ matchLabels: named });

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.enum(['/-/healthy', '/-/ready']), port: z.literal('metrics') }),
  periodSeconds: z.int().positive(),
  timeoutSeconds: z.int().positive().optional(),
  failureThreshold: z.int().positive().optional(),
});
const quantity = z.string().regex(/^\d+(m|Mi)$/);

const container = z.strictObject({
  name: z.literal(NAME),
  image: z.string(),
  args: z.array(z.string()),
  ports: z.tuple([
    z.strictObject({
      name: z.literal('metrics'),
      containerPort: z.int(),
      hostPort: z.int(),
      protocol: z.literal('TCP'),
    }),
  ]),
  securityContext: z.strictObject({
    runAsUser: z.literal(0),
    runAsGroup: z.literal(0),
    privileged: z.literal(false),
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]), add: z.array(z.string()) }),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
    appArmorProfile: z.strictObject({ type: z.literal('Unconfined') }),
  }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  volumeMounts: z.array(
    z.strictObject({
      name: z.string(),
      mountPath: z.string().startsWith('/host/'),
      readOnly: z.literal(true),
      mountPropagation: z.literal('HostToContainer'),
    }),
  ),
});

const daemonSet = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('DaemonSet'),
  metadata,
  spec: z.strictObject({
    selector,
    updateStrategy: z.strictObject({
      type: z.literal('RollingUpdate'),
      rollingUpdate: z.strictObject({ maxUnavailable: z.string().regex(/^\d+%$/) }),
    }),
    template: z.strictObject({
      metadata: z.strictObject({ labels: named }),
      spec: z.strictObject({
        serviceAccountName: z.literal(NAME),
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        hostNetwork: z.literal(true),
        hostPID: z.literal(true),
        dnsPolicy: z.literal('Default'),
        nodeSelector: z.strictObject({ 'kubernetes.io/os': z.literal('linux') }),
        tolerations: z.array(z.strictObject({ operator: z.literal('Exists') })),
        containers: z.tuple([container]),
        volumes: z.array(
          z.strictObject({
            name: z.string(),
            hostPath: z.strictObject({ path: z.string(), type: z.enum(['Directory', 'DirectoryOrCreate']) }),
          }),
        ),
      }),
    }),
  }),
});

const endpoint = z.strictObject({
  port: z.literal('metrics'),
  interval: z.string().regex(/^\d+s$/),
  relabelings: z.array(
    z.union([
      z.strictObject({ targetLabel: z.string(), replacement: z.string() }),
      z.strictObject({ targetLabel: z.string(), sourceLabels: z.array(z.string()) }),
    ]),
  ),
});
const monitoring = z.literal('monitoring.coreos.com/v1');

/** By file what may stand in it. */
const schemas = {
  'daemonset.yaml': daemonSet,
  'serviceaccount.yaml': z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ServiceAccount'),
    metadata,
    automountServiceAccountToken: z.literal(false),
  }),
  'service.yaml': z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Service'),
    metadata,
    spec: z.strictObject({
      clusterIP: z.literal('None'),
      selector: named,
      ports: z.tuple([
        z.strictObject({
          name: z.literal('metrics'),
          port: z.int(),
          targetPort: z.literal('metrics'),
          protocol: z.literal('TCP'),
        }),
      ]),
    }),
  }),
  'servicemonitor.yaml': z.strictObject({
    apiVersion: monitoring,
    kind: z.literal('ServiceMonitor'),
    metadata,
    spec: z.strictObject({ selector, endpoints: z.tuple([endpoint]) }),
  }),
  'podmonitor.yaml': z.strictObject({
    apiVersion: monitoring,
    kind: z.literal('PodMonitor'),
    metadata,
    spec: z.strictObject({ selector, podMetricsEndpoints: z.tuple([endpoint]) }),
  }),
  'prometheusrule.yaml': z.strictObject({
    apiVersion: monitoring,
    kind: z.literal('PrometheusRule'),
    metadata,
    // What a rule is made of, test/rules.test.ts and promtool judge.
    spec: z.strictObject({ groups: z.array(z.unknown()) }),
  }),
  'kustomization.yaml': z.strictObject({
    apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
    kind: z.literal('Kustomization'),
    namespace: z.string(),
    resources: z.array(z.string()),
    images: z.tuple([z.strictObject({ name: z.literal(NAME), newName: z.string(), newTag: z.string() })]),
  }),
} as const;

const manifest = <File extends keyof typeof schemas>(file: File): z.infer<(typeof schemas)[File]> =>
  schemas[file].parse(parse(textOf(file))) as z.infer<(typeof schemas)[File]>;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
};

describe('every manifest', () => {
  for (const [file, schema] of Object.entries(schemas)) {
    test(`${file} has what it may have`, () => {
      schema.parse(parse(textOf(file)));
    });
  }

  test('is known here, and what is misspelt is found', () => {
    const files = readdirSync(folder).filter(name => name.endsWith('.yaml'));
    assert.deepEqual(files.sort(), Object.keys(schemas).sort());
    const wrong = textOf('daemonset.yaml').replace('hostPID:', 'hostPid:');
    assert.equal(daemonSet.safeParse(parse(wrong)).success, false);
  });

  test('is applied, but for the one that stands in place of two others', () => {
    const { resources, images } = manifest('kustomization.yaml');
    const others = ['kustomization.yaml', 'podmonitor.yaml'];
    assert.deepEqual(
      resources.toSorted(),
      Object.keys(schemas)
        .filter(file => !others.includes(file))
        .sort(),
    );
    assert.equal(images[0].newTag, version);
  });
});

describe('the exporter of a node', () => {
  const { spec } = manifest('daemonset.yaml').spec.template;
  const [exporterOfNode] = spec.containers;

  test('has the capabilities of the unit and no other', () => {
    const unit = readFileSync(join(root, 'deploy', 'systemd', `${NAME}.service`), 'utf8');
    const [, capabilities = ''] = /^AmbientCapabilities=(.*)$/m.exec(unit) ?? [];
    const { add } = exporterOfNode.securityContext.capabilities;
    assert.deepEqual(
      add.map(name => `CAP_${name}`),
      capabilities.split(' '),
    );
  });

  test('sees the node below the folders that its flags name', () => {
    const { args, volumeMounts } = exporterOfNode;
    assert.deepEqual(
      volumeMounts.map(({ name, mountPath }) => [name, mountPath.replace('/host', '')]),
      spec.volumes.map(({ name, hostPath }) => [name, hostPath.path]),
    );
    for (const [flag, path] of [
      ['procfs', '/host/proc'],
      ['sysfs', '/host/sys'],
      ['rootfs', '/host'],
    ] as const) {
      assert.ok(args.includes(`--path.${flag}=${path}`), flag);
    }
  });

  test('is started with flags that it takes, in the version that this is', () => {
    const here = exporterOfNode.args.map(arg => arg.replace('/host/', '/').replace(/=\/host$/, '=/'));
    const { status, stderr } = run(exporter('check', ...here));
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.equal(exporterOfNode.image, `${NAME}:${version}`);
  });

  test('is found on the port that it listens on', () => {
    const [{ containerPort, hostPort }] = exporterOfNode.ports;
    assert.ok(exporterOfNode.args.includes(`--web.listen-address=:${containerPort}`));
    assert.equal(hostPort, containerPort);
    assert.equal(manifest('service.yaml').spec.ports[0].port, containerPort);
  });

  test('lives while it is healthy, and is asked for nothing before it is ready', () => {
    assert.equal(exporterOfNode.startupProbe.httpGet.path, '/-/healthy');
    assert.equal(exporterOfNode.livenessProbe.httpGet.path, '/-/healthy');
    assert.equal(exporterOfNode.readinessProbe.httpGet.path, '/-/ready');
  });

  test('is scraped under the name that the alerts go by, as a service or as a pod', () => {
    const [service] = manifest('servicemonitor.yaml').spec.endpoints;
    const [pod] = manifest('podmonitor.yaml').spec.podMetricsEndpoints;
    assert.deepEqual(service, pod);
    assert.deepEqual(service.relabelings[0], { targetLabel: 'job', replacement: 'netstat' });
  });
});

describe('the rules', () => {
  const rulesFolder = join(root, 'deploy', 'prometheus');

  test('are what the script makes of those for Prometheus', () => {
    const made = execFileSync(join(folder, 'prometheus-rule'), { encoding: 'utf8' });
    assert.equal(textOf('prometheusrule.yaml'), made, 'npm run kubernetes makes it again');
  });

  test('are, read as YAML, the same', () => {
    const groups = ['alerts.rules.yml', 'fleet.rules.yml'].flatMap(
      file =>
        z
          .strictObject({ groups: z.array(z.unknown()) })
          .parse(parse(readFileSync(join(rulesFolder, file), 'utf8'))).groups,
    );
    assert.ok(groups.length > 3);
    assert.deepEqual(manifest('prometheusrule.yaml').spec.groups, groups);
  });
});

const hasKustomize = ((): boolean => {
  try {
    return run(['kubectl', 'kustomize', '--help']).status === 0;
  } catch {
    return false;
  }
})();

test(
  'kubectl makes of it what is written, in the namespace',
  { skip: hasKustomize ? false : 'needs kubectl, which Debian does not have in one that knows kustomize' },
  () => {
    const made = output(['kubectl', 'kustomize', folder]);
    const { namespace, resources } = manifest('kustomization.yaml');
    assert.equal(made.match(/^kind: /gm)?.length, resources.length);
    assert.equal(made.match(new RegExp(`^ {2}namespace: ${namespace}$`, 'gm'))?.length, resources.length);
  },
);
