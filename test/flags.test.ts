// Protects: every flag does what its row of the table says, and a mistyped command line is refused with the right word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../src/config-file.ts';
import { asWritten, commands, flagTable, helpText, parseFlags, settings } from '../src/flags.ts';
import { UsageError } from '../src/usage.ts';

const collectors = [
  { name: 'tcp', enabled: true },
  { name: 'udp', enabled: true },
  { name: 'arp', enabled: false },
];

function flagsOf(line: string) {
  return parseFlags(line.split(' ').filter(Boolean), collectors);
}

function settingsOf(line: string, text?: string) {
  return settings(flagsOf(line), text === undefined ? undefined : { file: 'config.yaml', text }, collectors);
}

const defaults = settingsOf('');

test('without arguments the command is serve, with no file and nothing overridden', () => {
  assert.deepEqual(flagsOf(''), {
    command: 'serve',
    configFile: undefined,
    collect: undefined,
    disableDefaults: false,
    overrides: [],
  });
});

test('every command is known by its name, before and after flags', () => {
  for (const command of Object.keys(commands).filter(each => each !== 'show'))
    assert.equal(flagsOf(command).command, command);
  assert.equal(flagsOf('--log.level=debug check').command, 'check');
  assert.equal(flagsOf('check --log.level debug').command, 'check');
});

test('help wins over everything, even over mistakes; version over the command', () => {
  for (const line of ['-h', '--help', 'scrape --help', '--bogus --help', 'help']) {
    assert.equal(flagsOf(line).command, 'help', line);
  }
  for (const line of ['--version', 'check --version', 'version']) {
    assert.equal(flagsOf(line).command, 'version', line);
  }
});

test('flags that steer the program', () => {
  assert.equal(flagsOf('--config.file=a.yaml').configFile, 'a.yaml');
  assert.equal(flagsOf('--config.file a.yaml --config.file=b=c.yaml').configFile, 'b=c.yaml');
  assert.deepEqual(flagsOf('scrape --collect=tcp,udp --collect arp').collect, ['tcp', 'udp', 'arp']);
  assert.equal(flagsOf('--collector.disable-defaults').disableDefaults, true);
  assert.equal(
    flagsOf('--collector.disable-defaults --no-collector.disable-defaults').disableDefaults,
    false,
  );
});

test('flags that set something', () => {
  const { web, paths, log } = defaults;
  const effects: Record<string, object> = {
    '--web.listen-address=:9100': { web: { ...web, listen_addresses: [':9100'] } },
    '--web.listen-address=:1 --web.listen-address [::1]:2': {
      web: { ...web, listen_addresses: [':1', '[::1]:2'] },
    },
    '--web.telemetry-path=/m': { web: { ...web, telemetry_path: '/m' } },
    '--web.max-requests=0': { web: { ...web, max_requests: 0 } },
    '--web.max-requests=5 --web.max-requests=6': { web: { ...web, max_requests: 6 } },
    '--web.disable-exporter-metrics': { web: { ...web, disable_exporter_metrics: true } },
    '--web.systemd-socket': { web: { ...web, systemd_socket: true } },
    '--web.config.file=web.yaml': { web: { ...web, config_file: 'web.yaml' } },
    '--web.enable-lifecycle': { web: { ...web, enable_lifecycle: true } },
    '--web.enable-tables': { web: { ...web, enable_tables: true } },
    '--path.procfs=/host/proc': { paths: { ...paths, procfs: '/host/proc' } },
    '--path.sysfs=/host/sys': { paths: { ...paths, sysfs: '/host/sys' } },
    '--path.rootfs=/host': { paths: { ...paths, rootfs: '/host' } },
    '--log.level=debug': { log: { ...log, level: 'debug' } },
    '--log.format=json': { log: { ...log, format: 'json' } },
    '--no-collector.tcp': { collectors: { ...defaults.collectors, tcp: { enabled: false } } },
    '--collector.arp': { collectors: { ...defaults.collectors, arp: { enabled: true } } },
    '--no-collector.tcp --collector.tcp': {},
  };
  for (const [line, effect] of Object.entries(effects)) {
    assert.deepEqual(settingsOf(line), { ...defaults, ...effect }, line);
  }
  const tried = Object.keys(effects).join(' ');
  for (const { name, key } of flagTable(collectors)) {
    if (key !== undefined && !name.startsWith('collector.')) assert.ok(tried.includes(name), name);
  }
});

test('a flag wins over the file, a list as a whole', () => {
  const text = 'web: {max_requests: 7, disable_exporter_metrics: true, listen_addresses: [":1", ":2"]}';
  const line = '--web.max-requests=8 --no-web.disable-exporter-metrics --web.listen-address=:3';
  assert.deepEqual(settingsOf(line, text).web, {
    ...defaults.web,
    max_requests: 8,
    listen_addresses: [':3'],
  });
});

test('without defaults only collectors enabled by name run', () => {
  const enabled = (line: string, text?: string) =>
    Object.entries(settingsOf(line, text).collectors).flatMap(([name, each]) => (each.enabled ? [name] : []));
  assert.deepEqual(enabled('--collector.disable-defaults'), []);
  assert.deepEqual(enabled('--collector.disable-defaults --collector.udp'), ['udp']);
  const text = 'collectors: {tcp: {enabled: true}, udp: {}}';
  assert.deepEqual(enabled('--collector.disable-defaults --collector.arp', text), ['tcp', 'arp']);
  assert.deepEqual(enabled('--collector.disable-defaults --no-collector.tcp', text), []);
});

test('a command line that makes no sense is refused with a sentence', () => {
  const refused: Record<string, string> = {
    '--web.listen-adress=:1': 'unknown flag --web.listen-adress; did you mean --web.listen-address?',
    '--collector.ud': 'unknown flag --collector.ud; did you mean --collector.udp?',
    '--no-collector.tpc': 'unknown flag --no-collector.tpc; did you mean --no-collector.tcp?',
    '--no-web.max-requests': 'unknown flag --no-web.max-requests',
    '-web.max-requests=5': 'unknown flag -web.max-requests; did you mean --web.max-requests?',
    '-x': 'unknown flag -x',
    chek: 'unknown command chek; did you mean check?',
    dance: 'unknown command dance',
    toString: 'unknown command toString',
    '--path.procfs=/host/proc show': 'show has to be the first word, and its options follow it',
    'check show': 'unexpected argument show',
    shwo: 'unknown command shwo; did you mean show?',
    'check now': 'unexpected argument now',
    '--web.max-requests': '--web.max-requests needs a value: --web.max-requests=N',
    '--path.procfs --version': '--path.procfs needs a value: --path.procfs=DIR',
    '--path.procfs=': '--path.procfs needs a value: --path.procfs=DIR',
    '--collector.tcp=false':
      '--collector.tcp=false: takes no value; write --collector.tcp or --no-collector.tcp',
    '--collect=tcp': '--collect=tcp: not a flag of the command serve',
    'reference --log.level=debug': '--log.level=debug: not a flag of the command reference',
    'scrape --collect=tcp,tpc': '--collect=tcp,tpc: unknown collector tpc; did you mean tcp?',
  };
  for (const [line, message] of Object.entries(refused)) {
    assert.throws(() => flagsOf(line), new UsageError(message), line);
  }
});

test('a bad value names its flag, and of a list the one that is bad', () => {
  const refused: Record<string, string> = {
    '--web.max-requests=abc': '--web.max-requests=abc: expected a whole number from 0 to 1000000',
    '--web.max-requests=-1': '--web.max-requests=-1: expected a whole number from 0 to 1000000',
    '--web.listen-address=:1 --web.listen-address 9100':
      '--web.listen-address=9100: expected ":port", "host:port" or "[IPv6 address]:port", with a port from 0 to 65535',
    '--web.telemetry-path=m':
      '--web.telemetry-path=m: expected a path such as /metrics, of letters, digits and "_.~-", and not below /-/',
    '--log.level=warning': '--log.level=warning: expected debug, info, warn or error',
    '--log.format=xml': '--log.format=xml: expected logfmt or json',
  };
  for (const [line, message] of Object.entries(refused)) {
    assert.throws(() => settingsOf(line), new ConfigError([message]), line);
  }
});

test('the help lists every command and every flag, with its sentence', () => {
  const lines = helpText(collectors).split('\n');
  for (const [command, about] of Object.entries(commands)) {
    assert.ok(
      lines.some(line => line.startsWith(`  ${command} `) && line.endsWith(about)),
      command,
    );
  }
  for (const flag of flagTable(collectors)) {
    assert.ok(
      lines.some(line => line.startsWith(`  ${asWritten(flag)} `) && line.includes(flag.help)),
      flag.name,
    );
  }
});

test('the help shows defaults and which flags belong to one command', () => {
  const help = helpText(collectors);
  assert.match(help, /^ {2}--web\.max-requests=N .*\(default: 40\)$/m);
  assert.match(help, /^ {2}--\[no-\]collector\.arp .*\(default: false\)$/m);
  assert.match(help, /^ {2}--collect=NAME\[,NAME\]\.\.\. .*Only with scrape\.$/m);
});

test('every flag that sets something names a key of the configuration', () => {
  for (const { name, key } of flagTable(collectors)) {
    const value = key
      ?.split('.')
      .reduce<unknown>((section, step) => new Map(Object.entries(section ?? {})).get(step), defaults);
    if (key !== undefined) assert.notEqual(value, undefined, name);
  }
});
