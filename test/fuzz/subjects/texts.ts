/** Files that people and programs write: what processes tell of themselves, lists of names, and both configurations. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collector } from '../../../src/collectors/collector.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { ConfigError } from '../../../src/config-file.ts';
import { parseConfig } from '../../../src/config.ts';
import { parseWebConfig } from '../../../src/faces/web-config.ts';
import { containerOf } from '../../../src/procfs/containers.ts';
import { createNetworkNames } from '../../../src/procfs/networks.ts';
import { processFiles } from '../../../src/procfs/process-files.ts';
import { descriptorLimit, describeProcess } from '../../../src/procfs/program.ts';
import { createServiceNames } from '../../../src/procfs/services.ts';
import { createUserNames } from '../../../src/procfs/users.ts';
import { createProgramNames } from '../../../src/snapshot/program-names.ts';
import { hostFolder, root } from '../../hosts.ts';
import { otherFiles } from '../corpus.ts';
import { mutated } from '../mutate.ts';
import type { Subject } from '../subject.ts';

/** Made when it is first needed, by each thread that fuzzes. */
let scratch: string | undefined;

export const scratchFolder = (): string => {
  if (scratch === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-fuzz-'));
    scratch = folder;
    process.on('exit', () => {
      rmSync(folder, { recursive: true, force: true });
    });
  }
  return scratch;
};

const procOf = (name: string): Buffer => readFileSync(join(hostFolder('closewait-a'), 'proc', '145', name));

const PID = 145;
const processTexts: Readonly<Record<string, Buffer>> = {
  stat: procOf('stat'),
  comm: procOf('comm'),
  cmdline: procOf('cmdline'),
  cgroup: Buffer.from(
    `0::/kubepods/burstable/pod12345678-1234-1234-1234-123456789abc/${'0123456789abcdef'.repeat(4)}\n4:memory:/lxc.payload.web\n`,
  ),
  limits: procOf('limits'),
};

const isNumber = (value: number | undefined): boolean => value === undefined || Number.isFinite(value);

const processSubject: Subject = {
  name: 'files of a process',
  kind: 'processes',
  attempt(random) {
    const procfs = join(scratchFolder(), 'proc');
    const folder = join(procfs, String(PID));
    rmSync(procfs, { recursive: true, force: true });
    mkdirSync(join(folder, 'fd'), { recursive: true });
    const changed = Object.entries(processTexts).map(([name, original]) => {
      const { bytes, how } = random.oneIn(2)
        ? mutated(original, random, otherFiles)
        : { bytes: original, how: [] };
      if (!random.oneIn(20)) writeFileSync(join(folder, name), bytes);
      return { name, bytes, how };
    });
    const links = [
      'socket:[4242]',
      'socket:[',
      'socket:[]',
      'socket:[-1]',
      'socket:[9e99]',
      'socket:[NaN]',
      'pipe:[1]',
    ] as const;
    for (let fd = 0; fd < 4; fd++) symlinkSync(random.pick(links), join(folder, 'fd', String(fd)));

    const files = processFiles(procfs);
    const identity = describeProcess(folder);
    const limit = descriptorLimit(folder);
    const programs = createProgramNames([], String);
    programs.begin();
    const complaints: string[] = [];
    const { container, pod } = containerOf(identity.cgroups);
    if (!isNumber(limit)) complaints.push(`a limit that is no number: ${limit}`);
    if (identity.comm.length > 4 * 256) complaints.push(`a long name: ${identity.comm.length} characters`);
    if (container.length + pod.length > identity.cgroups.length)
      complaints.push('a container out of nowhere');
    if (files.pids().join() !== String(PID)) complaints.push(`pids ${files.pids().join()}`);
    const start = files.startOf(folder);
    if (start !== undefined && !/^.{0,70000}$/s.test(start)) complaints.push('a long start');
    const descriptors = files.descriptorsIn(files.descriptorFolder(folder));
    for (const descriptor of descriptors ?? []) {
      const inode = files.socketAt(join(folder, 'fd'), descriptor);
      if (!Number.isSafeInteger(inode)) complaints.push(`an inode that is no number: ${inode}`);
    }
    return {
      input: Buffer.concat(changed.map(({ bytes }) => bytes)),
      how: changed.flatMap(({ name, how }) => how.map(each => `${name}: ${each}`)),
      ending: limit === undefined ? 'no limit' : 'ok',
      complaints,
    };
  },
};

const lists: Readonly<Record<'users' | 'services' | 'networks', Buffer>> = {
  users: Buffer.from(
    'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www:/var/www:/bin/sh\nnobody:x:65534:65534::/:/x\n',
  ),
  services: Buffer.from('# a remark\nhttp\t80/tcp www # more\nntp 123/udp\nsctp-x 99/sctp\ndomain 53/tcp\n'),
  networks: Buffer.from('default 0.0.0.0\nloopback 127.0.0.0\nlink-local 169.254.0.0\noffice 10.7\n'),
};
const NAME_LENGTH_LIMIT = 4 * 1024 * 1024;

const listSubject = (kind: keyof typeof lists): Subject => ({
  name: `a list of ${kind}`,
  kind: 'lists',
  attempt(random) {
    const { bytes, how } = mutated(lists[kind], random, otherFiles);
    const list = join(scratchFolder(), kind);
    writeFileSync(list, bytes);
    const names = {
      users: () => [0, 33, 65534, 4711, -1].map(createUserNames('/proc', list)),
      services() {
        const nameOf = createServiceNames('/proc', { services: list, protocols: list });
        return [nameOf(80, 'tcp'), nameOf(123, 'udplite'), nameOf(0, 'raw'), nameOf(65535, 'sctp')];
      },
      networks: () => ['127.0.0.0', '0.0.0.0', '10.7.0.0', ''].map(createNetworkNames('/proc', list)),
    }[kind]();
    const complaints = names.flatMap(name =>
      name !== undefined && (name.length > NAME_LENGTH_LIMIT || name.includes('\n'))
        ? [`a name that is none: ${name.length}`]
        : [],
    );
    return { input: bytes, how, ending: 'ok', complaints };
  },
});

const collectorDefaults = collectors.map(({ name, optional }: Collector<string, unknown>) => ({
  name,
  enabled: optional !== true,
}));

const webConfig = Buffer.from(`tls_server_config:
  cert_file: a.crt
  key_file: a.key
  client_auth_type: NoClientCert
  min_version: TLS12
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
basic_auth_users:
  prometheus: $2y$10$abcdefghijklmnopqrstuuKrQ1Y3lC3vPp5oMZc1bzr1Vx1F6i6Vq
rate_limit:
  interval: 100ms
  burst: 20
`);

const configurations = {
  'the configuration': {
    original: readFileSync(join(root, 'config.example.yaml')),
    parse: (text: string) => parseConfig({ file: 'c.yaml', text }, collectorDefaults),
  },
  'the web configuration': {
    original: webConfig,
    parse: (text: string) =>
      parseWebConfig({ file: 'c.yaml', text }, () => {
        throw new Error('no such file');
      }),
  },
} as const;

const configurationSubject = (name: keyof typeof configurations): Subject => ({
  name,
  kind: 'configurations',
  attempt(random) {
    const { original, parse } = configurations[name];
    const { bytes, how } = mutated(original, random, [
      original,
      Buffer.from('&a [*a, *a]: {<<: *b}\n'),
      Buffer.from('- - ? | >\n'),
    ]);
    try {
      parse(bytes.toString('utf8'));
      return { input: bytes, how, ending: 'ok', complaints: [] };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const complaints = error.messages.filter(
        message => !/^(c\.yaml(:\d+:\d+)?[: ]|and \d+ more$)/.test(message),
      );
      return {
        ...{ input: bytes, how, ending: 'refused' },
        complaints: complaints.map(message => `a message that names no place: ${message.slice(0, 200)}`),
      };
    }
  },
});

export const textSubjects: readonly Subject[] = [
  processSubject,
  ...(['users', 'services', 'networks'] as const).map(listSubject),
];

export const configurationSubjects: readonly Subject[] = [
  configurationSubject('the configuration'),
  configurationSubject('the web configuration'),
];
