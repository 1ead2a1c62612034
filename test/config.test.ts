// Protects: a configuration is either what the file says or refused, with the place of everything that is wrong in it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Collector } from '../src/collectors/collector.ts';
import { collectors as kernelFiles } from '../src/collectors/index.ts';
import { asYaml, ConfigError, configLimitBytes } from '../src/config-file.ts';
import { listenAddress, parseConfig } from '../src/config.ts';
import { root } from './hosts.ts';

const collectors = kernelFiles.map(({ name, optional, overNetlink }: Collector<string, unknown>) => ({
  name,
  enabled: optional !== true,
  hasReaders: overNetlink !== undefined,
  hasExtents: overNetlink?.hasExtents === true,
}));
const names = collectors.map(({ name }) => name).join(' ');

const defaults = parseConfig(undefined, collectors);

function configOf(text: string) {
  return parseConfig({ file: 'config.yaml', text }, collectors);
}

function problemsOf(text: string): readonly string[] {
  try {
    configOf(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.message, error.messages.join('\n'));
    return error.messages;
  }
  return assert.fail('this file was accepted');
}

const elsewhere =
  'dev snmp snmp6 netstat sockstat sockstat6 route ipv6_route udp udp6 tcp tcp6 programs'.split(' ');

test('the example file shows every key, each with its default', () => {
  const text = readFileSync(join(root, 'config.example.yaml'), 'utf8');
  assert.deepEqual(parse(text), structuredClone(defaults));
  assert.deepEqual(configOf(text), defaults);
});

test('every default is as documented', () => {
  assert.deepEqual(
    { ...defaults, collectors: Object.keys(defaults.collectors).join(' ') },
    {
      web: {
        listen_addresses: [':10055'],
        systemd_socket: false,
        config_file: '',
        enable_lifecycle: false,
        telemetry_path: '/metrics',
        max_requests: 40,
        disable_exporter_metrics: false,
        enable_tables: false,
        scrape_timeout_seconds: 10,
        scrape_timeout_offset_seconds: 0.5,
      },
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
      namespaces: { mode: 'own', include: '', exclude: '', limit: 64, collectors: elsewhere },
      log: { level: 'info', format: 'logfmt' },
      collectors: names,
      limits: { device: 256, message: 64, counter: 256, cpu: 512, group: 128, address: 256 },
      programs: { top: 64, search_seconds: 1, rules: [] },
      ports: { top: 64 },
      users: { top: 64 },
      devices: { include: '', exclude: '' },
      statistics: { tier: 'default', include: '', exclude: '' },
    },
  );
});

test('a collector is enabled by default only when the caller says so', () => {
  const config = parseConfig(undefined, [
    { name: 'tcp', enabled: true },
    { name: 'arp', enabled: false },
  ]);
  assert.deepEqual(config.collectors, { tcp: { enabled: true }, arp: { enabled: false } });
});

test('only sockets that can be read over netlink have a reader, one of three', () => {
  assert.deepEqual(configOf('collectors: {tcp: {reader: netlink}}').collectors['tcp'], {
    ...{ enabled: true, reader: 'netlink', lean: false, info: false },
  });
  assert.throws(() => configOf('collectors: {tcp: {reader: ss}}'), {
    message: /collectors\.tcp\.reader: expected auto, netlink or procfs$/,
  });
  assert.throws(() => configOf('collectors: {tcp: {lean: true, info: true}}'), {
    message: /:1:19 collectors\.tcp: expected lean or info/,
  });
  assert.throws(() => configOf('collectors: {udp: {lean: true}}'), { message: /unknown key "lean"/ });
  assert.throws(() => configOf('collectors: {arp: {reader: auto}}'), { message: /unknown key "reader"/ });
});

test('a file without content means the defaults', () => {
  for (const text of [
    '',
    '\n',
    '# nothing\n',
    '---\n',
    'null\n',
    '{}',
    'web:\n# max_requests: 3\ncollectors:\n  tcp:\n',
  ]) {
    assert.deepEqual(configOf(text), defaults, JSON.stringify(text));
  }
});

test('what the file says wins over the default, and the rest keeps its default', () => {
  const config = configOf(
    'web: {listen_addresses: [":9100", "[::1]:0"], max_requests: 0}\nstatistics: {include: "^TcpExt_"}\ncollectors: {tcp: {enabled: false}}\n',
  );
  assert.deepEqual(config, {
    ...defaults,
    web: { ...defaults.web, listen_addresses: [':9100', '[::1]:0'], max_requests: 0 },
    statistics: { ...defaults.statistics, include: '^TcpExt_' },
    collectors: { ...defaults.collectors, tcp: { enabled: false, reader: 'auto', lean: false, info: false } },
  });
});

test('what is told apart may be as few as one, and as many as there is room for', () => {
  for (const [top, address, seconds] of [
    [1, 1, 0],
    [1024, 100_000, 10],
  ] as const) {
    const config = configOf(
      `programs: {top: ${top}, search_seconds: ${seconds}}\nports: {top: ${top}}\nusers: {top: ${top}}\nlimits: {address: ${address}}\n`,
    );
    assert.deepEqual(config, {
      ...defaults,
      programs: { ...defaults.programs, top, search_seconds: seconds },
      ports: { top },
      users: { top },
      limits: { ...defaults.limits, address },
    });
  }
});

test('a rule for programs has an expression for what it names, and none for the rest', () => {
  const { rules } = configOf(
    'programs: {rules: [{program: shop, unit: "shop@\\\\d+\\\\.service"}]}',
  ).programs;
  const none = { comm: '', executable: '', command_line: '', user: '' };
  assert.deepEqual(rules, [{ program: 'shop', ...none, unit: 'shop@\\d+\\.service' }]);
});

test('the effective configuration printed as YAML reads back as the same', () => {
  const config = configOf(
    'devices: {exclude: "veth.*|\\"odd\\": #1"}\nweb: {listen_addresses: ["[::]:9100"]}',
  );
  assert.deepEqual(configOf(asYaml(config)), config);
});

test('one map may serve several keys through an alias, and an override changes one of them only', () => {
  const text = 'collectors: {udp: &off {enabled: false}, udp6: *off}';
  const override = { path: ['collectors', 'udp', 'enabled'], value: true, given: ['--collector.udp'] };
  const config = parseConfig({ file: 'config.yaml', text }, collectors, [override]);
  assert.equal(config.collectors['udp']?.enabled, true);
  assert.equal(config.collectors['udp6']?.enabled, false);
});

const anAddress = 'expected ":port", "host:port" or "[IPv6 address]:port", with a port from 0 to 65535';
const aPath = 'expected a path such as /metrics, of letters, digits and "_.~-", and not below /-/';

const anExpression = 'expected an expression for one of comm, executable, command_line, user, unit';

/** A file, and the place and the sentence of its one problem. */
const refused: readonly (readonly [text: string, message: string])[] = [
  // The shape.
  ['- a', '1:1: expected a map'],
  ['just text', '1:1: expected a map'],
  ['web: 5', '1:6 web: expected a map'],
  ['\n web: [1]', '2:7 web: expected a map'],
  ['collectors:\n  tcp: true', '2:8 collectors.tcp: expected a map'],
  // Unknown names.
  ['webb: {}', '1:1 webb: unknown section "webb"; did you mean "web"?'],
  ['completely: {}', '1:1 completely: unknown section "completely"'],
  ['web:\n  max_request: 3', '2:3 web.max_request: unknown key "max_request"; did you mean "max_requests"?'],
  ['collectors:\n  ud: {}', '2:3 collectors.ud: unknown collector "ud"; did you mean "udp"?'],
  [
    'collectors: {tcp: {enable: true}}',
    '1:20 collectors.tcp.enable: unknown key "enable"; did you mean "enabled"?',
  ],
  ['"a b.c": 1', '1:1 "a b.c": unknown section "a b.c"'],
  ['__proto__: {}', '1:1 __proto__: unknown section "__proto__"'],
  ['collectors: {toString: {}}', '1:14 collectors.toString: unknown collector "toString"'],
  ['web: {<<: {max_requests: 1}}', '1:7 web."<<": unknown key "<<"'],
  ['? [a]\n: 1', '1:1 "[ a ]": unknown section "[ a ]"'],
  // Values.
  ['web: {listen_addresses: ":9100"}', '1:25 web.listen_addresses: expected a list'],
  ['web: {listen_addresses: []}', '1:25 web.listen_addresses: expected at least one address'],
  ['web:\n  listen_addresses:\n    - ":1"\n    - "9100"', `4:7 web.listen_addresses[1]: ${anAddress}`],
  ['web: {listen_addresses: [9100]}', `1:26 web.listen_addresses[0]: ${anAddress}`],
  ['web: {telemetry_path: metrics}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: /}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: "/a?b"}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: "/a#b"}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: "/a b"}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: "/a/"}', `1:23 web.telemetry_path: ${aPath}`],
  ['web: {telemetry_path: "/-/healthy"}', `1:23 web.telemetry_path: ${aPath}`],
  ['namespaces: {mode: every}', '1:20 namespaces.mode: expected own or all'],
  ['namespaces: {limit: 513}', '1:21 namespaces.limit: expected a whole number from 1 to 512'],
  ['namespaces: {include: "("}', '1:23 namespaces.include: not a regular expression: Unterminated group'],
  [
    'namespaces:\n  collectors: [udp, tpc]',
    '2:21 namespaces.collectors[1]: unknown collector "tpc"; did you mean "tcp"?',
  ],
  ['web:\n  max_requests: abc', '2:17 web.max_requests: expected a whole number from 0 to 1000000'],
  ['web:\n  max_requests:\n', '2:16 web.max_requests: expected a whole number from 0 to 1000000'],
  ['web: {max_requests: -1}', '1:21 web.max_requests: expected a whole number from 0 to 1000000'],
  ['web: {max_requests: 1e30}', '1:21 web.max_requests: expected a whole number from 0 to 1000000'],
  ['web: {disable_exporter_metrics: yes}', '1:33 web.disable_exporter_metrics: expected true or false'],
  [
    'web: {scrape_timeout_seconds: 0}',
    '1:31 web.scrape_timeout_seconds: expected seconds, more than 0 and at most 300',
  ],
  [
    'web: {scrape_timeout_seconds: 300.1}',
    '1:31 web.scrape_timeout_seconds: expected seconds, more than 0 and at most 300',
  ],
  [
    'web: {scrape_timeout_seconds: 10s}',
    '1:31 web.scrape_timeout_seconds: expected seconds, more than 0 and at most 300',
  ],
  [
    'web: {scrape_timeout_offset_seconds: -0.1}',
    '1:38 web.scrape_timeout_offset_seconds: expected seconds, 0 or more',
  ],
  [
    'web: {scrape_timeout_offset_seconds: .inf}',
    '1:38 web.scrape_timeout_offset_seconds: expected seconds, 0 or more',
  ],
  ['paths: {procfs: ""}', '1:17 paths.procfs: expected the name of a folder'],
  ['paths: {sysfs: 5}', '1:16 paths.sysfs: expected the name of a folder'],
  ['log: {level: warning}', '1:14 log.level: expected debug, info, warn or error'],
  ['log: {format: xml}', '1:15 log.format: expected logfmt or json'],
  ['collectors: {tcp: {enabled: on}}', '1:29 collectors.tcp.enabled: expected true or false'],
  ['limits: {device: 0}', '1:18 limits.device: expected a whole number from 1 to 100000'],
  ['limits: {message: 1.5}', '1:19 limits.message: expected a whole number from 1 to 100000'],
  ['limits: {counter: 100001}', '1:19 limits.counter: expected a whole number from 1 to 100000'],
  ['limits: {cpu: -1}', '1:15 limits.cpu: expected a whole number from 1 to 100000'],
  ['limits: {group: no}', '1:17 limits.group: expected a whole number from 1 to 100000'],
  ['limits: {address: 0}', '1:19 limits.address: expected a whole number from 1 to 100000'],
  ['limits: {address: 100001}', '1:19 limits.address: expected a whole number from 1 to 100000'],
  ['limits: {address: "::"}', '1:19 limits.address: expected a whole number from 1 to 100000'],
  // Programs.
  ['programs: {top: 1025}', '1:17 programs.top: expected a whole number from 1 to 1024'],
  ['programs: {top: 0}', '1:17 programs.top: expected a whole number from 1 to 1024'],
  ['programs: {tops: 5}', '1:12 programs.tops: unknown key "tops"; did you mean "top"?'],
  ['ports: {top: 0}', '1:14 ports.top: expected a whole number from 1 to 1024'],
  ['ports: {top: 1025}', '1:14 ports.top: expected a whole number from 1 to 1024'],
  ['ports: {top: 2.5}', '1:14 ports.top: expected a whole number from 1 to 1024'],
  ['users: {top: many}', '1:14 users.top: expected a whole number from 1 to 1024'],
  ['users: {top: 0}', '1:14 users.top: expected a whole number from 1 to 1024'],
  ['users: {top: 1025}', '1:14 users.top: expected a whole number from 1 to 1024'],
  ['users: [64]', '1:8 users: expected a map'],
  ['programs: {search_seconds: 10.1}', '1:28 programs.search_seconds: expected seconds, 0 to 10'],
  ['programs: {search_seconds: -1}', '1:28 programs.search_seconds: expected seconds, 0 to 10'],
  ['programs: {search_seconds: 1s}', '1:28 programs.search_seconds: expected seconds, 0 to 10'],
  ['programs: {rules: {}}', '1:19 programs.rules: expected a list'],
  ['programs: {rules: [shop]}', '1:20 programs.rules[0]: expected a map'],
  [
    'programs: {rules: [{comm: shop}]}',
    '1:20 programs.rules[0].program: expected a name of 1 to 64 characters',
  ],
  [
    'programs: {rules: [{program: "", comm: shop}]}',
    '1:30 programs.rules[0].program: expected a name of 1 to 64 characters',
  ],
  [
    `programs: {rules: [{program: ${'x'.repeat(65)}, comm: shop}]}`,
    '1:30 programs.rules[0].program: expected a name of 1 to 64 characters',
  ],
  ['programs:\n  rules:\n    - program: shop', `3:7 programs.rules[0]: ${anExpression}`],
  [
    'programs:\n  rules:\n    - {program: a, comm: a}\n    - {program: b, unit: ""}',
    `4:7 programs.rules[1]: ${anExpression}`,
  ],
  [
    'programs:\n  rules:\n    - program: shop\n      command_line: "(shop"',
    '4:21 programs.rules[0].command_line: not a regular expression: Unterminated group',
  ],
  [
    'programs: {rules: [{program: shop, unit: 5}]}',
    '1:42 programs.rules[0].unit: expected a regular expression',
  ],
  [
    'programs: {rules: [{program: shop, cgroup: x, comm: y}]}',
    '1:36 programs.rules[0].cgroup: unknown key "cgroup"',
  ],
  // Expressions.
  ['devices: {include: "(a"}', '1:20 devices.include: not a regular expression: Unterminated group'],
  ["devices: {exclude: '\\A'}", '1:20 devices.exclude: not a regular expression: Invalid escape'],
  ['statistics: {include: "*"}', '1:23 statistics.include: not a regular expression: Nothing to repeat'],
  ['statistics: {exclude: 5}', '1:23 statistics.exclude: expected a regular expression'],
  ['statistics: {tier: full}', '1:20 statistics.tier: expected minimal, default or all'],
  // YAML itself.
  ['web: {}\nlog: {}\nweb: {}', '3:1 web: this key is written twice'],
  ['web:\n\tmax_requests: 3', '2:1: Tabs are not allowed as indentation'],
  ['log:\n  level: "info', '2:15: Missing closing "quote'],
  ['log: !secret x', '1:6: Unresolved tag: !secret'],
  ['web: {}\n---\nweb: {}', '2:1: Source contains multiple documents; please use YAML.parseAllDocuments()'],
  ['web: {}\nlog: *x', '2:6 log: unknown alias "x"'],
  ['log: *x\nweb: &x {}', '1:6 log: unknown alias "x"'],
];

for (const [text, message] of refused) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(problemsOf(text), [`config.yaml:${message}`]);
  });
}

test('all problems are reported, in the order of the file', () => {
  const text = [
    'log: {format: xml}',
    'collectors:',
    '  ud: {}',
    '  tcp: {enabled: 1}',
    '  tcp: {enabled: 2}',
    'web: {max_requests: x}',
  ];
  assert.deepEqual(problemsOf(text.join('\n')), [
    'config.yaml:1:15 log.format: expected logfmt or json',
    'config.yaml:3:3 collectors.ud: unknown collector "ud"; did you mean "udp"?',
    'config.yaml:5:3 collectors.tcp: this key is written twice',
    'config.yaml:5:18 collectors.tcp.enabled: expected true or false',
    'config.yaml:6:21 web.max_requests: expected a whole number from 0 to 1000000',
  ]);
});

test('after twenty problems the others are counted', () => {
  const messages = problemsOf(Array.from({ length: 23 }, (_, index) => `key${index}: 1`).join('\n'));
  assert.equal(messages.length, 21);
  assert.equal(messages[19], 'config.yaml:20:1 key19: unknown section "key19"');
  assert.equal(messages[20], 'and 3 more');
});

test('a problem of the file is reported even where a flag overrides it, and one of a flag names the flag', () => {
  const override = { path: ['web', 'max_requests'], value: 'abc', given: ['--web.max-requests=abc'] };
  assert.throws(
    () => parseConfig({ file: 'config.yaml', text: 'web: {max_requests: -1}' }, collectors, [override]),
    new ConfigError([
      'config.yaml:1:21 web.max_requests: expected a whole number from 0 to 1000000',
      '--web.max-requests=abc: expected a whole number from 0 to 1000000',
    ]),
  );
});

test('a file of aliases that stands for gigabytes is refused where its first alias is', () => {
  const nine = (word: string) => `[${Array(9).fill(word).join(',')}]`;
  const text = `a: &a ${nine('x')}\nb: &b ${nine('*a')}\nc: &c ${nine('*b')}\nd: &d ${nine('*c')}\n`;
  assert.deepEqual(problemsOf(text), [
    'config.yaml:2:8: Excessive alias count indicates a resource exhaustion attack',
  ]);
});

test('a map that contains itself is refused', () => {
  assert.deepEqual(problemsOf('collectors: &a {tcp: *a}'), [
    'config.yaml:1:17 collectors.tcp.tcp: unknown key "tcp"',
  ]);
});

test('deep nesting is refused before it can exhaust the stack', () => {
  assert.deepEqual(problemsOf('['.repeat(20_000)), ['config.yaml:1:101: nested too deep']);
  for (const opening of ['- ', '? ', '{a: ']) {
    assert.match(problemsOf(opening.repeat(20_000)).join('\n'), /^config\.yaml:1:\d+: nested too deep$/);
  }
});

test('a file over the limit is refused, one at the limit is not', () => {
  const comment = `#${'x'.repeat(configLimitBytes - 1)}`;
  assert.deepEqual(configOf(comment), defaults);
  assert.deepEqual(problemsOf(`${comment}x`), ['config.yaml:1:1: the file is larger than 1048576 bytes']);
});

test('a listen address is a port with an optional host', () => {
  assert.deepEqual(listenAddress(':10055'), { port: 10055 });
  assert.deepEqual(listenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(listenAddress('my-host.example:65535'), { host: 'my-host.example', port: 65535 });
  assert.deepEqual(listenAddress('[::1]:9100'), { host: '::1', port: 9100 });
  assert.deepEqual(listenAddress('[fe80::1%eth0]:9100'), { host: 'fe80::1%eth0', port: 9100 });
  for (const text of [
    '',
    ':',
    '9100',
    ':65536',
    ':-1',
    ':0x10',
    '::1:9100',
    '[::x]:1',
    '[1.2.3.4]:1',
    'a b:1',
    'http://a:1',
    ':1/',
  ]) {
    assert.equal(listenAddress(text), undefined, text);
  }
});
