// Protects: a real Prometheus has an answer to every question of the dashboards, of hosts with trouble, and their links lead to the sockets.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { linked, socketsOfRow } from '../../grafana/src/queries.ts';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import {
  answersIn,
  clientCommand,
  namespaceOfLeak,
  namespaceOfRouter,
  namespaceWithLinks,
  namespaceWithSockets,
  type LeakNamespace,
  type Namespace,
} from './namespaces.ts';
import { eventually, exporter, output, run, start, startServer, type Running } from './programs.ts';
import { deployFolder, startPrometheus } from './prometheus.ts';

const tools = [
  ...['prometheus', 'promtool', 'unshare', 'nsenter', 'python3', 'ip', 'nft', 'sysctl', 'conntrack'],
];

interface Dashboard {
  readonly uid: string;
  readonly templating: { readonly list: readonly { readonly type: string; readonly query: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}

const folder = join(root, 'grafana');
const dashboards = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dashboard);

const questions = dashboards.flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr }) => ({ uid, name: `${uid}: ${title}, ${refId}`, expr })),
  ),
);

/** What is chosen in the variables of a dashboard: all, unless said otherwise. */
type Choice = Readonly<Record<string, string>>;

const filledIn = (expr: string, choice: Choice = {}): string =>
  expr
    .replaceAll('$__rate_interval', '30s')
    .replace(/\$(job|instance|netns|program|device)\b/g, (_, name: string) => {
      const all = name === 'netns' || name === 'program' ? '.*' : '.+';
      return choice[name] ?? all;
    });

/** What has no answer in this scene, and why. */
const unanswered: readonly (readonly [name: RegExp, reason: string])[] = [
  [/: Programs that hold sockets in CLOSE_WAIT, F$/, 'it looks back half an hour, and the scene is younger'],
  [/^netstat-exporter: What fails, and why, /, 'no collector fails'],
  [/^netstat-exporter: Values beyond a limit, /, 'no label has as many values'],
  [/^netstat-interfaces: Of what kind, /, 'only what happens is shown, and these links have no faults'],
  [
    /^netstat-interfaces: (Size of the neighbour tables|Neighbours that could not be found), /,
    'only in the network namespace of the host has the kernel these files',
  ],
  [/^netstat-overview: Packets with errors or dropped, A$/, 'likewise'],
];

/** What is there or not with a module of the kernel. */
const ofKernel: readonly (readonly [name: RegExp, collector: string])[] = [
  [/: SCTP associations, /, 'sctp_snmp'],
];

/** The program may not have many more descriptors. */
const LEAKS = 40;

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** As Grafana's format `percentencode` has it: what encodeURIComponent leaves is encoded as well. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** A link of a table as Grafana fills it in, with the labels of a row. */
const followed = (url: string, metric: Readonly<Record<string, string>>): string =>
  url.replace(/\$\{(?:__data\.fields\.)?(\w+)(?::(\w+))?\}/g, (whole, name: string, format = '') => {
    if (name === 'scheme') return 'http';
    const value = metric[name];
    assert.ok(value !== undefined, `${whole} stays in the link`);
    return format === 'percentencode' ? percentEncoded(value) : value;
  });

describe('questions and links of the dashboards', needs({ root: true, tools }), () => {
  let temporary: string;
  let leak: LeakNamespace;
  let scenes: readonly Namespace[];
  /** One reads all of the scenes, the other that in which a program leaks, and has no label netns. */
  let ofAll: Running;
  let ofOne: Running;
  let prometheus: Running;

  const addressOf = ({ ready }: Running): string => ready[1] ?? '';
  const inodeOf = ({ pid }: Namespace): string => /\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0] ?? '';
  const asked = (urls: readonly string[]) =>
    answersIn(output(clientCommand(leak, { streams: 1, rounds: 1, pauseMilliseconds: 0 }, urls)));

  const answersTo = (expressions: readonly string[]): readonly (readonly Result[])[] => {
    const origin = `http://${addressOf(prometheus)}/api/v1/query?query=`;
    return asked(expressions.map(each => origin + encodeURIComponent(each))).map(
      ({ status, body }, index) => {
        assert.equal(status, 200, `${expressions[index] ?? ''}: ${body}`);
        const { data } = JSON.parse(Buffer.from(body, 'latin1').toString()) as {
          readonly data: { readonly result: readonly Result[] };
        };
        return data.result;
      },
    );
  };
  const answerTo = (expression: string): readonly Result[] => answersTo([expression])[0] ?? [];

  before(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    const [leaking, router, links, sockets] = await Promise.all([
      namespaceOfLeak('odd'),
      namespaceOfRouter(),
      namespaceWithLinks(),
      namespaceWithSockets(),
    ]);
    leak = leaking;
    scenes = [leak, router, links, sockets];
    // A link that has a speed.
    output(leak.inside(['ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1']));
    for (const end of ['up0', 'up1']) output(leak.inside(['ip', 'link', 'set', end, 'up']));
    // The scene leaves a hundred local ports, and every question here takes one for a minute.
    output(leak.inside(['sh', '-c', 'echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range']));
    // Where a rule asks for it, connections are tracked.
    const rules =
      'table inet tracked { chain in { type filter hook input priority 0; ct state new accept; }; }';
    output(leak.inside(['nft', '-f', '-']), rules);

    const config = join(temporary, 'all.yaml');
    const include = scenes.map(inodeOf).join('|');
    writeFileSync(config, stringify({ namespaces: { mode: 'all', include, collectors: [] } }));
    const serve = exporter('serve', '--web.listen-address=127.0.0.1:0', '--web.enable-tables');
    [ofAll, ofOne] = await Promise.all([
      start(leak.insideWithSysfs([...serve, `--config.file=${config}`]), /msg=listening address=(\S+)/),
      startServer(leak.inside(['env']), '--web.enable-tables'),
    ]);
    prometheus = await startPrometheus(
      leak.inside,
      temporary,
      {
        // Long enough for a busy machine to read five namespaces in time.
        global: { scrape_interval: '3s', evaluation_interval: '1s', scrape_timeout: '3s' },
        rule_files: [join(deployFolder, 'fleet.rules.yml')],
        scrape_configs: [
          { job_name: 'netstat', static_configs: [{ targets: [ofAll, ofOne].map(addressOf) }] },
        ],
      },
      '--web.listen-address=127.0.0.1:0',
    );
    // While Prometheus looks the leak goes on, and the table of tracked connections fills.
    let leaks = 0;
    await eventually(async () => {
      if (leaks++ < LEAKS) await leak.tell('leak');
      const rounds = answerTo('min(count_over_time(up[1m])) >= 3 and count(up) == 2');
      const rules = answerTo('count({__name__=~".*:.*"})');
      assert.ok(rounds.length === 1 && Number(rules[0]?.value[1] ?? 0) > 60);
    }, 120);
  });
  after(async () => {
    for (const { stop } of [prometheus, ofAll, ofOne, ...scenes]) await stop();
    rmSync(temporary, { recursive: true, force: true });
  });

  test('promtool takes every expression', () => {
    const rules = questions.map(({ expr }, index) => ({ record: `question:${index}`, expr: filledIn(expr) }));
    const file = join(temporary, 'questions.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'questions', rules }] }));
    const { status, stdout, stderr } = run(['promtool', 'check', 'rules', file]);
    assert.equal(status, 0, stdout + stderr);
  });

  const emptyOnes = (choice: Choice, uids: readonly string[]): readonly string[] => {
    const of = questions.filter(({ uid }) => uids.includes(uid));
    const answers = answersTo(of.map(({ expr }) => filledIn(expr, choice)));
    for (const [index, answer] of answers.entries()) {
      for (const { value } of answer) {
        assert.ok(Number.isFinite(Number(value[1])), `${of[index]?.name ?? ''}: ${value[1]}`);
      }
    }
    return of.filter((_, index) => answers[index]?.length === 0).map(({ name }) => name);
  };
  const uids = dashboards.map(({ uid }) => uid);
  const isExpected = (name: string): boolean => unanswered.some(([pattern]) => pattern.test(name));

  test('every question has an answer, and none is no number, but for those that must have none here', async () => {
    const absent = ofKernel.filter(
      ([, collector]) =>
        answerTo(`netstat_scrape_collector_present{collector="${collector}"} == 1`).length === 0,
    );
    const expected = questions
      .map(({ name }) => name)
      .filter(name => isExpected(name) || absent.some(([pattern]) => pattern.test(name)));
    // A scrape that was not done in time lacks a part, and another one follows.
    await eventually(() => {
      assert.deepEqual(emptyOnes({}, uids), expected);
    }, 40);
    for (const [pattern] of [...unanswered, ...ofKernel]) {
      assert.ok(
        questions.some(({ name }) => pattern.test(name)),
        `no question is called ${String(pattern)}`,
      );
    }
  });

  const ofProgram = ['netstat-overview', 'netstat-close-wait'];
  /** In that scene all leaks are of servers, and nothing waits for accept(). */
  const elsewhere = /: (As a client, by port of the peer|Connections that wait for accept\(\)), /;
  const surprising = (names: readonly string[]): readonly string[] =>
    names.filter(name => !isExpected(name) && !elsewhere.test(name));

  test('a host without the label netns has the same answers', async () => {
    await eventually(() => {
      assert.deepEqual(surprising(emptyOnes({ instance: addressOf(ofOne) }, ofProgram)), []);
    }, 40);
  });

  test('so has one network namespace of several', async () => {
    const [info] = answerTo(
      `netstat_exporter_netns_info{instance="${addressOf(ofAll)}", inode="${inodeOf(leak)}"}`,
    );
    const choice = { instance: addressOf(ofAll), netns: info?.metric['netns'] ?? '' };
    await eventually(() => {
      assert.deepEqual(surprising(emptyOnes(choice, ofProgram)), []);
    }, 40);
  });

  test('every variable has values to choose from', () => {
    for (const { uid, templating } of dashboards) {
      for (const { type, query } of templating.list) {
        const [, selector, label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
        if (type !== 'query') continue;
        assert.ok(selector !== undefined, query);
        const values = answerTo(`count by (${label}) (${filledIn(selector)})`);
        assert.ok(values.length > 0, `${uid}: ${query}`);
        assert.ok(values.every(({ metric }) => metric[label] !== undefined) || label === 'program', query);
      }
    }
  });

  test('the row of a program leads to its sockets, whatever it is called and wherever it is', () => {
    const table = questions.find(({ name }) =>
      name.startsWith('netstat-overview: Programs that hold sockets in CLOSE_WAIT, A'),
    );
    const rows = answerTo(filledIn(table?.expr ?? ''));
    const odd = rows.filter(({ metric }) => metric['program']?.startsWith('<script>') === true);
    assert.equal(odd.length, 2, 'once with the label netns, once without');
    assert.equal(odd.filter(({ metric }) => 'netns' in metric).length, 1);

    const urls = rows.map(
      ({ metric }) =>
        `${followed(socketsOfRow('CLOSE_WAIT'), metric).replace('&format=html', '')}&format=json`,
    );
    asked(urls).forEach(({ status, body }, index) => {
      assert.equal(status, 200, `${urls[index] ?? ''}: ${body}`);
      const { matched, rows: sockets } = JSON.parse(Buffer.from(body, 'latin1').toString()) as {
        readonly matched: number;
        readonly rows: readonly Readonly<Record<'program' | 'state', string | null>>[];
      };
      const { metric, value } = rows[index] ?? { metric: {}, value: [0, ''] };
      assert.equal(matched, Number(value[1]), JSON.stringify(metric));
      for (const { program, state } of sockets) {
        assert.deepEqual([program ?? '', state], [metric['program'] ?? '', 'CLOSE_WAIT']);
      }
    });
  });

  test('a row of many programs, and one of nobody, leads to a page as well', () => {
    const instance = (expression: string): string =>
      `label_replace(${expression}, "instance", "${addressOf(ofOne)}", "", "")`;
    const rows = answersTo(
      ['vector(1)', 'label_replace(vector(1), "program", "other", "", "")'].map(each =>
        linked(instance(each)),
      ),
    ).flat();
    assert.deepEqual(
      rows.map(({ metric }) => [
        metric['shown'],
        metric['chosen_by'],
        metric['chosen'],
        metric['within_by'],
        metric['within'],
      ]),
      [
        ['(not known)', 'program', '-', 'format', 'html'],
        ['other', 'limit', '200', 'format', 'html'],
      ],
    );
    for (const { status, body } of asked(
      rows.map(({ metric }) => followed(socketsOfRow('CLOSE_WAIT'), metric)),
    )) {
      assert.equal(status, 200, body);
      assert.match(body, /^<!doctype html>/i);
    }
  });
});
