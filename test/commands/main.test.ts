// Protects: the command line as its users and their scripts meet it: what is printed where, and the exit status.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { Collector } from '../../src/collectors/collector.ts';
import { collectors } from '../../src/collectors/index.ts';
import { reference } from '../../src/commands/reference.ts';
import { parseConfig } from '../../src/config.ts';
import { commands, helpText } from '../../src/flags.ts';
import { showHelp } from '../../src/show-options.ts';
import { hostFolder, root } from '../hosts.ts';
import { captureOf } from '../snapshot/capture.ts';
import { run, runLoaded } from './run.ts';

const defaults = collectors.map(({ name, optional, overNetlink }: Collector<string, unknown>) => ({
  name,
  enabled: optional !== true,
  hasReaders: overNetlink !== undefined,
  hasExtents: overNetlink?.hasExtents === true,
}));

const host = [`--path.procfs=${hostFolder('netns')}/proc`, `--path.sysfs=${hostFolder('netns')}/sys`];

const folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const configFile = (text: string): string => {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  return file;
};

/** Collectors whose outcome is told in a scrape, with their success. */
const successOf = (scrape: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...scrape.matchAll(/^netstat_scrape_collector_success\{collector="(\w+)"\} ([01])$/gm)].map(
      ([, name = '', success]) => [name, Number(success)] as const,
    ),
  );

/** Those that run when nobody says otherwise. */
const byDefault = collectors.filter(({ optional }) => optional !== true);

describe('scrape', () => {
  test('prints the metrics of all collectors that are on by default and nothing else, and ends with 0', () => {
    const { status, stdout, stderr } = run('scrape', ...host);
    assert.equal(status, 0);
    assert.equal(stderr, '');
    assert.ok(stdout.startsWith('# HELP ') && stdout.endsWith('\n'));
    assert.deepEqual(successOf(stdout), Object.fromEntries(byDefault.map(({ name }) => [name, 1])));
    assert.match(stdout, /^netstat_sockets\{family="inet",protocol="tcp",state="ESTABLISHED"\} 8$/m);
    assert.match(stdout, /^netstat_exporter_build_info\{version="[\d.]+",node_version="[\d.]+"\} 1$/m);
    assert.match(stdout, /^process_cpu_seconds_total [\d.e-]+$/m);
  });

  test('ends with 1 when a collector failed, prints the others and says why', () => {
    const capture = captureOf('netns', { 'proc/net/udp': 'not what a kernel prints\n' });
    const { procfs, sysfs } = capture.settings.places;
    const { status, stdout, stderr } = run('scrape', `--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`);
    capture.remove();
    assert.equal(status, 1);
    assert.deepEqual(
      Object.entries(successOf(stdout)).filter(([, success]) => success === 0),
      [
        ['udp', 0],
        ['programs', 0],
      ],
    );
    // The owners of a part of the sockets would be wrong numbers.
    assert.match(
      stderr,
      /^(ts=\S+ level=warn msg="collector failed" collector=(udp|programs) reason=parse error="net\/udp:1: .*"\n){2}$/,
    );
  });

  test('a line that could not be read is told, and is no failure', async () => {
    const text = readFileSync(join(hostFolder('netns'), 'proc/net/tcp'), 'latin1');
    const capture = captureOf('netns', { 'proc/net/tcp': `${text}   9: cut off\n` });
    const { procfs, sysfs } = capture.settings.places;
    const { status, stdout, stderr } = await runLoaded(
      'scrape',
      `--path.procfs=${procfs}`,
      `--path.sysfs=${sysfs}`,
    );
    capture.remove();
    assert.equal(status, 0);
    assert.match(stdout, /^netstat_scrape_collector_skipped_lines\{collector="tcp"\} 1$/m);
    assert.match(stderr, /msg="collector skipped lines that it could not read" collector=tcp lines=1 first=/);
  });

  test('a kernel without a file is no failure', async () => {
    const capture = captureOf('netns', { 'proc/net/tcp6': undefined, 'proc/net/snmp6': undefined });
    const { procfs, sysfs } = capture.settings.places;
    const { status, stdout } = await runLoaded('scrape', `--path.procfs=${procfs}`, `--path.sysfs=${sysfs}`);
    capture.remove();
    assert.equal(status, 0);
    assert.match(stdout, /^netstat_scrape_collector_present\{collector="tcp6"\} 0$/m);
    assert.doesNotMatch(stdout, /^netstat_sockets\{family="inet6",protocol="tcp"/m);
  });

  test('--collect reads only what it names, given once or more', async () => {
    const names = async (...args: readonly string[]) =>
      Object.keys(successOf((await runLoaded('scrape', ...host, ...args)).stdout));
    assert.deepEqual((await names('--collect=tcp,udp')).sort(), ['tcp', 'udp']);
    assert.deepEqual((await names('--collect=tcp', '--collect=udp')).sort(), ['tcp', 'udp']);
    assert.deepEqual(await names('--collect=igmp'), ['igmp']);
  });

  test('--no-collector.NAME and --collector.disable-defaults choose what is read', async () => {
    const names = async (...args: readonly string[]) =>
      Object.keys(successOf((await runLoaded('scrape', ...host, ...args)).stdout));
    assert.equal((await names('--no-collector.tcp')).length, byDefault.length - 1);
    assert.equal((await names('--collector.igmp_groups')).length, byDefault.length + 1);
    assert.deepEqual(await names('--collector.disable-defaults', '--collector.tcp'), ['tcp']);
  });

  test('--web.disable-exporter-metrics leaves out the process only', async () => {
    const { stdout } = await runLoaded('scrape', ...host, '--web.disable-exporter-metrics');
    assert.equal(/^(process|nodejs)_.*/m.exec(stdout)?.[0], undefined);
    assert.match(stdout, /^netstat_exporter_build_info/m);
    assert.match(stdout, /^netstat_scrape_collector_success/m);
  });

  test('a configuration file chooses tier, devices and statistics; a flag wins over it', async () => {
    const file = configFile(
      'statistics: {tier: minimal, include: "^TcpExt_TCPTimeouts$", exclude: "^Tcp_InSegs$"}\n' +
        'devices: {exclude: "v[1-3]"}\ncollectors: {unix: {enabled: false}}\n',
    );
    const { status, stdout } = await runLoaded(
      'scrape',
      ...host,
      `--config.file=${file}`,
      '--collector.unix',
    );
    assert.equal(status, 0);
    assert.match(stdout, /^netstat_tcp_out_segs_total \d+$/m);
    assert.doesNotMatch(stdout, /^netstat_tcp_in_segs_total/m);
    assert.match(stdout, /^netstat_tcpext_tcp_timeouts_total \d+$/m);
    assert.doesNotMatch(stdout, /^netstat_ip_in_receives_total/m);
    assert.doesNotMatch(stdout, /device="v[1-3]"/);
    assert.match(stdout, /^netstat_interface_up\{device="v4"\} 1$/m);
    assert.match(stdout, /^netstat_sockets\{family="unix"/m);
  });
});

describe('check', () => {
  test('prints the configuration in effect as a file that gives the same', () => {
    const file = configFile('limits: {device: 7}\nlog: {level: warn}\n');
    const { status, stdout, stderr } = run('check', ...host, `--config.file=${file}`, '--log.level=debug');
    assert.equal(status, 0);
    assert.equal(stderr, '');
    const printed = parseConfig({ file: 'printed', text: stdout }, defaults);
    assert.equal(printed.limits.device, 7);
    assert.equal(printed.log.level, 'debug');
    assert.equal(printed.paths.procfs, `${hostFolder('netns')}/proc`);
    assert.deepEqual(parse(stdout), structuredClone(printed));
  });

  test('tells every collector with its series on this host, and their sum', async () => {
    const { stdout } = await runLoaded('check', ...host, '--no-collector.tcp6');
    const rows = [...stdout.matchAll(/^# (\S.*?) +(\d+|-)(?: {2}(.*))?$/gm)].map(
      ([, name = '', series = '', told = '']) => [name.trim(), series, told] as const,
    );
    assert.deepEqual(
      rows.map(([name]) => name),
      [...collectors.map(({ name }) => name), 'the exporter', 'in all'],
    );
    const seriesOf = new Map(rows.map(([name, series]) => [name, series]));
    assert.deepEqual(
      rows.find(([name]) => name === 'tcp6'),
      ['tcp6', '-', 'switched off'],
    );
    assert.equal(seriesOf.get('unix'), '18');
    const sum = rows
      .slice(0, -1)
      .map(([, series]) => (series === '-' ? 0 : Number(series)))
      .reduce((a, b) => a + b, 0);
    assert.equal(Number(seriesOf.get('in all')), sum);
    const { stdout: scrape } = await runLoaded('scrape', ...host, '--no-collector.tcp6');
    assert.equal(scrape.split('\n').filter(line => /^[a-z]/.test(line)).length, sum);
  });
});

describe('help, version and reference', () => {
  test('--help, -h and help print the help', async () => {
    for (const spelling of ['--help', '-h', 'help']) {
      const { status, stdout, stderr } = await runLoaded(spelling);
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: helpText(defaults), stderr: '' });
    }
    for (const command of Object.keys(commands)) assert.ok(helpText(defaults).includes(`  ${command} `));
  });

  test('show --help and show -h print the help of show, and show -V the version', async () => {
    for (const args of ['show --help', 'show -h', 'show -tanh --bogus']) {
      const { status, stdout, stderr } = await runLoaded(...args.split(' '));
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: showHelp(), stderr: '' }, args);
    }
    assert.equal((await runLoaded('show', '-V')).stdout, (await runLoaded('version')).stdout);
  });

  test('--version and version print the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const spelling of ['--version', 'version']) {
      const { status, stdout } = run(spelling);
      assert.equal(status, 0);
      assert.equal(stdout, `netstat-exporter ${version} (node ${process.versions.node})\n`);
    }
  });

  test('reference prints the reference manual', () => {
    const { status, stdout } = run('reference');
    assert.equal(status, 0);
    assert.equal(stdout, reference());
  });
});

describe('what makes no sense ends with 2, names its place and starts nothing', () => {
  const refused: readonly (readonly [args: string, message: string])[] = [
    ['--bogus', 'unknown flag --bogus'],
    ['--web.telemetry-pth=/x', 'unknown flag --web.telemetry-pth; did you mean --web.telemetry-path?'],
    ['scarpe', 'unknown command scarpe; did you mean scrape?'],
    ['scrape extra', 'unexpected argument extra'],
    ['--collect=tcp', '--collect=tcp: not a flag of the command serve'],
    ['scrape --collect=tpc', '--collect=tpc: unknown collector tpc; did you mean tcp?'],
    ['scrape --collect=tcp --no-collector.tcp', '--collect: the collector tcp is switched off'],
    ['--collector.tpc', 'unknown flag --collector.tpc; did you mean --collector.tcp?'],
    ['--web.max-requests=many', '--web.max-requests=many: expected a whole number from 0 to 1000000'],
    [
      '--web.listen-address=9100',
      '--web.listen-address=9100: expected ":port", "host:port" or "[IPv6 address]:port", with a port from 0 to 65535',
    ],
    ['show --bogus', 'unknown option --bogus'],
    ['show -r -A econet', '-A econet: the kernel has no table of the family econet'],
    ['-n show', 'unknown flag -n'],
    ['--path.procfs', '--path.procfs needs a value: --path.procfs=DIR'],
    [
      '--config.file=/nonexistent.yaml',
      "/nonexistent.yaml: ENOENT: no such file or directory, open '/nonexistent.yaml'",
    ],
  ];
  for (const [args, message] of refused) {
    test(args, async () => {
      const { status, stdout, stderr } = await runLoaded(...args.split(' '));
      assert.deepEqual(
        { status, stdout, stderr },
        { status: 2, stdout: '', stderr: `netstat-exporter: ${message}\n` },
      );
    });
  }

  test('and so it is in a process of its own, of show and of the others', () => {
    for (const [args, message] of refused.filter(([args]) => args.includes('--bogus'))) {
      const { status, stdout, stderr } = run(...args.split(' '));
      assert.deepEqual(
        { status, stdout, stderr },
        { status: 2, stdout: '', stderr: `netstat-exporter: ${message}\n` },
      );
    }
  });

  test('every problem of a configuration file is told with its line and column', async () => {
    const file = configFile('collectors:\n  ud: {}\nweb:\n  max_requests: -1\n');
    for (const command of ['serve', 'scrape', 'check']) {
      const { status, stdout, stderr } = await runLoaded(command, `--config.file=${file}`);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.equal(
        stderr,
        `netstat-exporter: ${file}:2:3 collectors.ud: unknown collector "ud"; did you mean "udp"?\n` +
          `netstat-exporter: ${file}:4:17 web.max_requests: expected a whole number from 0 to 1000000\n`,
      );
    }
  });
});

test('a folder of procfs that is not there is named, and nothing is served', () => {
  for (const command of ['serve', 'scrape', 'check']) {
    const { status, stdout, stderr } = run(command, '--path.procfs=/nonexistent');
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^netstat-exporter: paths\.procfs: ENOENT: .*'\/nonexistent'\n$/);
  }
});
