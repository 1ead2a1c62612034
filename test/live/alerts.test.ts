// Protects: a program leaks, and somebody is told by a real Prometheus and Alertmanager: of which program, what it did, with a link that shows those sockets; and told that it is over when it is.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { root } from '../hosts.ts';
import { needs } from '../needs.ts';
import { ask, namespaceOfLeak, type LeakNamespace } from './namespaces.ts';
import { exporter, start, type Running } from './programs.ts';
import {
  readDeployed,
  shortenedDurations,
  shortenedRules,
  startAlertmanager,
  startPrometheus,
  type RuleFile,
} from './prometheus.ts';
import { tcpOfSs } from './tables.ts';

const tools = ['unshare', 'nsenter', 'python3', 'ip', 'ss', 'prometheus', 'prometheus-alertmanager'];
const webhookFile = fileURLToPath(new URL('./webhook.js', import.meta.url));

/** A minute of the rules takes a second here. */
const FACTOR = 60;
/** More than four fifths of the descriptors that the program may have. */
const LEAKS = 170;
const LEAKS_A_SECOND = 8;
const WAIT_SECONDS = 60;

/** As leak.py calls it, and as everybody may read it. */
const LEAKER = String.raw`<script>x\u{1b}\u{202e}`;

interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Of the page in JSON: https://HOST/tables/sockets?format=json */
interface Page {
  readonly matched: number;
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
}

describe('from a leak to a message and back', needs({ root: true, tools }), () => {
  let folder: string;
  let namespace: LeakNamespace;
  /** In the order they were started. */
  const running: Running[] = [];
  let webhook: Running;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    namespace = await namespaceOfLeak('odd');
    const { inside } = namespace;
    webhook = await start(inside([process.execPath, webhookFile, '9099']), /listening/);
    const alertmanager = shortenedDurations(stringify(readDeployed('alertmanager.yaml')), FACTOR);
    const rules = shortenedRules(readDeployed('alerts.rules.yml') as RuleFile, FACTOR);
    writeFileSync(join(folder, 'alerts.rules.yml'), stringify(rules));
    writeFileSync(
      join(folder, 'fleet.rules.yml'),
      stringify(shortenedRules(readDeployed('fleet.rules.yml') as RuleFile, FACTOR)),
    );
    // A busy machine has time to answer: a scrape that fails lets all alerts wait anew.
    const config = stringify(readDeployed('prometheus.yaml'))
      .replaceAll('scrape_interval: 15s', 'scrape_interval: 2s')
      .replaceAll('evaluation_interval: 15s', 'evaluation_interval: 1s');
    running.push(
      webhook,
      await start(inside(exporter('serve', '--web.enable-tables')), /msg=listening/),
      await startAlertmanager(inside, folder, parse(alertmanager)),
      await startPrometheus(
        inside,
        folder,
        parse(config),
        '--web.listen-address=127.0.0.1:9090',
        '--web.external-url=http://127.0.0.1:9090',
        `--web.user-assets=${join(root, 'docs')}`,
      ),
    );
  });
  after(async () => {
    for (const each of running.toReversed()) await each.stop();
    await namespace.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What came to the webhook, in its order. */
  const messages = (): readonly { readonly path: string; readonly alert: Alert }[] =>
    [...webhook.printed().matchAll(/^\{.*\}$/gm)].flatMap(([line]) => {
      const { path, message } = JSON.parse(Buffer.from(line, 'latin1').toString()) as {
        readonly path: string;
        readonly message: { readonly alerts: readonly Alert[] };
      };
      return message.alerts.map(alert => ({ path, alert }));
    });
  const told = (
    status: Alert['status'],
    alertname: string,
    labels: Readonly<Record<string, string>> = {},
  ): { readonly path: string; readonly alert: Alert } | undefined =>
    messages().find(
      ({ alert }) =>
        alert.status === status &&
        alert.labels['alertname'] === alertname &&
        Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
    );

  const until = async (isDone: () => boolean): Promise<void> => {
    const deadline = Date.now() + WAIT_SECONDS * 1000;
    while (!isDone()) {
      assert.ok(Date.now() < deadline, `waited in vain; told was ${JSON.stringify(messages(), null, 1)}`);
      await sleep(100);
    }
  };

  const fetched = (url: string): string => {
    const [answer] = ask(namespace, 1, [url]);
    assert.equal(answer?.status, 200, url);
    return answer.body;
  };
  /** The values that a query has now. */
  const instant = (query: string): readonly number[] => {
    const { data } = JSON.parse(
      fetched(`http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(query)}`),
    ) as { readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] } };
    return data.result.map(({ value: [, value] }) => Number(value));
  };
  const selector = `{program=${JSON.stringify(LEAKER)}}`;

  test('a leak is told, for each kind of eof, and somebody is woken for the descriptors', async () => {
    const begun = Date.now();
    while (leaked() < LEAKS) {
      const due = Math.min(LEAKS, ((Date.now() - begun) / 1000) * LEAKS_A_SECOND);
      if (leaked() < due) await namespace.tell('leak');
      else await sleep(50);
    }
    await until(
      () =>
        told('firing', 'NetstatCloseWaitGrowing', { eof: 'read' }) !== undefined &&
        told('firing', 'NetstatCloseWaitGrowing', { eof: 'unread' }) !== undefined &&
        told('firing', 'NetstatCloseWaitDescriptors', { severity: 'critical' }) !== undefined,
    );
    for (const { path, alert } of messages()) {
      assert.match(alert.labels['alertname'] ?? '', /^NetstatCloseWait/, 'nothing else is wrong here');
      assert.equal(alert.labels['program'], LEAKER);
      assert.equal(alert.labels['instance'], 'localhost:10055');
      assert.equal(path, alert.labels['severity'] === 'critical' ? '/page' : '/ticket');
    }
  });

  const leaked = (): number => {
    const { unread, read } = namespace.started().leaker;
    return unread + read;
  };

  test('the message names the program, what it did and the numbers', () => {
    const growing = told('firing', 'NetstatCloseWaitGrowing', { eof: 'unread' });
    const description = growing?.alert.annotations['description'] ?? '';
    assert.ok(description.startsWith(`${LEAKER} has `), description);
    assert.match(description, /with eof="unread".*a reader is stuck/);
    const descriptors = told('firing', 'NetstatCloseWaitDescriptors', { severity: 'critical' });
    const share = Number(/hold ([\d.]+)% of/.exec(descriptors?.alert.annotations['description'] ?? '')?.[1]);
    assert.ok(
      share > 80 && share <= (100 * leaked()) / namespace.started().leaker.descriptors + 0.1,
      String(share),
    );
  });

  test('its link shows those very sockets, whatever the program is called', () => {
    const link = told('firing', 'NetstatCloseWaitGrowing', { eof: 'read' })?.alert.annotations['table_url'];
    assert.ok(link !== undefined);
    assert.equal(fetched(link).split('<td>CLOSE_WAIT</td>').length - 1, leaked());
    const { matched, rows } = JSON.parse(fetched(`${link}&format=json`)) as Page;
    const { leaker } = namespace.started();
    const held = tcpOfSs(namespace).filter(row => row.state === 'CLOSE_WAIT' && row.pid === leaker.pid);
    assert.equal(matched, leaked());
    assert.deepEqual(rows.map(row => row['inode']).sort(), held.map(({ inode }) => inode).sort());
    assert.ok(rows.every(row => row['program'] === LEAKER && row['pid'] === leaker.pid));
    assert.equal(rows.filter(row => row['receive_queue'] === 0).length, leaker.read);
    const ages = rows.map(row => Number(row['age_seconds']));
    assert.deepEqual(
      ages,
      ages.toSorted((a, b) => b - a),
    );
  });

  test('its other link shows what to do', () => {
    const link = told('firing', 'NetstatCloseWaitGrowing')?.alert.annotations['runbook_url'];
    assert.ok(link !== undefined);
    assert.match(fetched(link), /^# NetstatCloseWaitGrowing\n/);
  });

  test('the alert on ages asks for series that there are', () => {
    const { groups } = readDeployed('alerts.rules.yml') as RuleFile;
    const rule = groups
      .flatMap(({ rules }) => rules)
      .find(({ alert, for: held }) => alert === 'NetstatCloseWaitOld' && held !== undefined);
    // No socket is ten minutes old here; all else is as it is asked for.
    const anyAge = rule?.expr.replace(/(\[15m\]\)) >= 10/, '$1 >= 0') ?? '';
    assert.notEqual(anyAge, rule?.expr);
    assert.deepEqual(
      [...instant(anyAge)].filter(value => value > 10).sort((a, b) => a - b),
      [namespace.started().leaker.unread, namespace.started().leaker.read],
    );
    assert.deepEqual(instant(rule?.expr ?? ''), []);
  });

  test('the sums for fleets are there', () => {
    assert.deepEqual(instant('instance:netstat_program_close_wait_sockets:max'), [leaked()]);
    assert.equal(
      instant(`sum(job_program_eof:netstat_program_close_wait_sockets:sum${selector})`)[0],
      leaked(),
    );
    assert.deepEqual(instant('job:up:ratio'), [1]);
  });

  test('the program is ended, and the alerts end on 0', async () => {
    process.kill(namespace.started().leaker.pid, 'SIGKILL');
    await until(
      () =>
        told('resolved', 'NetstatCloseWaitGrowing', { eof: 'read' }) !== undefined &&
        told('resolved', 'NetstatCloseWaitGrowing', { eof: 'unread' }) !== undefined &&
        told('resolved', 'NetstatCloseWaitDescriptors', { severity: 'critical' }) !== undefined,
    );
    assert.deepEqual(instant(`netstat_program_close_wait_sockets${selector}`), [0, 0]);
    assert.deepEqual(instant('ALERTS{alertstate="firing"}'), []);
  });
});
