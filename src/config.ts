/**
 * The configuration: YAML text -> plain data, with a default for every key.
 * Whatever is wrong is reported at once, each with the place where it was written: the line and column in the
 * file, or the flag. Keys are spelled as in the file, so the schema is the type and needs no mapping.
 */
import { readConfigFile, type ConfigFile, type Override } from './config-file.ts';
import {
  expression,
  isIpv6,
  listOf,
  number,
  oneNameOf,
  oneOf,
  section,
  text,
  whole,
  yes,
  type Infer,
  type Path,
} from './schema.ts';

/** Overrides win over the file; a file that is bad where a flag overrides it is still refused. */
export function parseConfig(
  source: ConfigFile | undefined,
  collectors: readonly CollectorDefault[],
  overrides: readonly Override[] = [],
): Config {
  const file = source ?? { file: '', text: '' };
  return readConfigFile(schemaFor(collectors), file, kindOf, overrides).data;
}

export type Config = Infer<ReturnType<typeof schemaFor>>;

/** A collector that exists, and whether it runs when nobody says otherwise. */
export interface CollectorDefault {
  readonly name: string;
  readonly enabled: boolean;
  /** Whether it can be read over netlink as well. */
  readonly hasReaders?: boolean;
  /** Whether it can be asked for less or more than its file tells. */
  readonly hasExtents?: boolean;
}

/** ":9100", "host:9100" and "[::1]:9100" -> where to listen; without a host on all addresses. */
export function listenAddress(text: string): { readonly host?: string; readonly port: number } | undefined {
  const [, v6, host, digits] = /^(?:\[([^\]]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) return undefined;
  if (v6 === undefined) return host ? { host, port } : { port };
  // A link-local address carries its interface: fe80::1%eth0.
  return isIpv6(v6.replace(/%[\w.-]+$/, '')) ? { host: v6, port } : undefined;
}

function schemaFor(collectors: readonly CollectorDefault[]) {
  return section({
    web: section({
      listen_addresses: listOf(anAddress())
        .refine(addresses => addresses.length > 0, 'expected at least one address')
        .default([':10055']),
      systemd_socket: yes(false),
      config_file: text('expected the name of a file', () => true).default(''),
      enable_lifecycle: yes(false),
      telemetry_path: aPath().default('/metrics'),
      max_requests: whole(0, 1_000_000).default(40),
      disable_exporter_metrics: yes(false),
      enable_tables: yes(false),
      scrape_timeout_seconds: number(
        'expected seconds, more than 0 and at most 300',
        n => n > 0 && n <= 300,
      ).default(10),
      scrape_timeout_offset_seconds: number('expected seconds, 0 or more', n => n >= 0).default(0.5),
    }),
    paths: section({
      procfs: aFolder().default('/proc'),
      sysfs: aFolder().default('/sys'),
      rootfs: aFolder().default('/'),
    }),
    namespaces: section({
      mode: oneOf('own', 'all').default('own'),
      include: expression(),
      exclude: expression(),
      limit: whole(1, 512).default(64),
      collectors: listOf(
        oneNameOf(
          'collector',
          collectors.map(({ name }) => name),
        ),
      ).default(readElsewhere(collectors)),
    }),
    log: section({
      level: oneOf('debug', 'info', 'warn', 'error').default('info'),
      format: oneOf('logfmt', 'json').default('logfmt'),
    }),
    collectors: section(
      Object.fromEntries(
        collectors.map(({ name, enabled, hasReaders = false, hasExtents = false }) => [
          name,
          section({
            enabled: yes(enabled),
            ...(hasReaders && { reader: aReader() }),
            ...(hasExtents && { lean: yes(false), info: yes(false) }),
          }).refine(
            each => each.lean !== true || each.info !== true,
            'expected lean or info, as info is of the sockets that lean leaves out',
          ),
        ]),
      ),
    ),
    limits: section({
      device: whole(1, 100_000).default(256),
      message: whole(1, 100_000).default(64),
      counter: whole(1, 100_000).default(256),
      cpu: whole(1, 100_000).default(512),
      group: whole(1, 100_000).default(128),
      address: whole(1, 100_000).default(256),
    }),
    programs: section({
      top: whole(1, 1024).default(64),
      search_seconds: number('expected seconds, 0 to 10', n => n >= 0 && n <= 10).default(1),
      rules: listOf(aRule()).default([]),
    }),
    ports: section({ top: whole(1, 1024).default(64) }),
    users: section({ top: whole(1, 1024).default(64) }),
    devices: section({ include: expression(), exclude: expression() }),
    statistics: section({
      tier: oneOf('minimal', 'default', 'all').default('default'),
      include: expression(),
      exclude: expression(),
    }),
  });
}

function kindOf(path: Path): string {
  if (path.length === 1) return 'section';
  return path.length === 2 && path[0] === 'collectors' ? 'collector' : 'key';
}

/** What is asked of a container first: its series are a third of all that its namespace has. */
const usuallyReadElsewhere = [
  ...['dev', 'snmp', 'snmp6', 'netstat', 'sockstat', 'sockstat6', 'route', 'ipv6_route'],
  ...['udp', 'udp6', 'tcp', 'tcp6', 'programs'],
];

function readElsewhere(collectors: readonly CollectorDefault[]): string[] {
  return usuallyReadElsewhere.filter(usual => collectors.some(({ name }) => name === usual));
}

function aReader() {
  return oneOf('auto', 'netlink', 'procfs').default('auto');
}

function anAddress() {
  const sentence = 'expected ":port", "host:port" or "[IPv6 address]:port", with a port from 0 to 65535';
  return text(sentence, address => listenAddress(address) !== undefined);
}

/** Clients percent-encode what else a path may hold, and pages of the exporter itself stand below /-/. */
function aPath() {
  const sentence = 'expected a path such as /metrics, of letters, digits and "_.~-", and not below /-/';
  return text(sentence, path => /^(?:\/[\w.~-]+)+$/.test(path) && !path.startsWith('/-/'));
}

/** A rule without an expression would name every process of the host. */
function aRule() {
  const expressions = {
    comm: expression(),
    executable: expression(),
    command_line: expression(),
    user: expression(),
    unit: expression(),
  };
  const keys = Object.keys(expressions) as (keyof typeof expressions)[];
  return section({
    program: text('expected a name of 1 to 64 characters', name => name !== '' && name.length <= 64),
    ...expressions,
  }).refine(
    rule => keys.some(key => rule[key] !== ''),
    `expected an expression for one of ${keys.join(', ')}`,
  );
}

function aFolder() {
  return text('expected the name of a folder', name => name !== '');
}
