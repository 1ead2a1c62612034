// Protects: a table as text is what netstat printed of the same bytes, and says what is left out of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectors } from '../../../src/collectors/index.ts';
import { notesAsText, pageAsText, statisticsAsText } from '../../../src/faces/tables/as-text.ts';
import {
  askOf,
  type Domains,
  type Parameters,
  type TableAsk,
  type View,
} from '../../../src/faces/tables/ask.ts';
import { pageShown } from '../../../src/faces/tables/shown.ts';
import { hostNames, oracle, readHost } from '../../hosts.ts';
import { readerOfHost, settingsOf } from '../../snapshot/table-of-host.ts';

const domains: Domains = { collectors, netns: '' };

const askFor = (view: View, parameters: Parameters = {}): TableAsk => {
  const ask = askOf(view, { limit: '2000', ...parameters }, domains);
  assert.ok(typeof ask !== 'string', JSON.stringify(ask));
  return ask;
};

const textOf = (
  host: string,
  view: Exclude<View, 'statistics'>,
  parameters: Parameters = {},
): readonly string[] => {
  const ask = askFor(view, parameters);
  return pageAsText(ask, readerOfHost(settingsOf(host)).page(view, ask));
};

/** Lines of what netstat printed; some end with blanks. */
const printed = (host: string, name: string): readonly string[] =>
  Buffer.from(oracle(host, name) ?? '', 'latin1')
    .toString()
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.trimEnd());

const trimmed = (lines: readonly string[]): readonly string[] => lines.map(line => line.trimEnd());

/** The lines of one table of several, with its headings: those from this one up to the next title. */
const tableOf = (title: RegExp, lines: readonly string[]): readonly string[] => {
  const begin = lines.findIndex(line => title.test(line));
  const end = lines.findIndex((line, i) => i > begin && /^(?:Active|Kernel) /.test(line));
  return begin < 0 ? [] : lines.slice(begin, end < 0 ? undefined : end);
};

describe('sockets', () => {
  /** Where no path and no program has a blank or a longer name than the column of netstat is wide. */
  for (const host of ['closewait-a', 'netns']) {
    test(`${host}: those of the internet are what netstat -anpeeo printed`, () => {
      const theirs = tableOf(/^Active Internet/, printed(host, 'netstat-tuwxanpeeo'));
      assert.ok(theirs.length > 10);
      const ours = trimmed(tableOf(/^Active Internet/, textOf(host, 'sockets')));
      assert.deepEqual(ours.slice(0, 2), theirs.slice(0, 2));
      // It has protocols in an order of its own.
      assert.deepEqual(ours.toSorted(), theirs.toSorted());
    });
  }

  test('netns: those of unix, of which the kernel has hidden the order, are those that netstat printed', () => {
    const theirs = tableOf(/^Active UNIX/, printed('netns', 'netstat-tuwxanpeeo'));
    assert.ok(theirs.length > 3);
    const ours = trimmed(tableOf(/^Active UNIX/, textOf('netns', 'sockets')));
    assert.deepEqual(ours.toSorted(), theirs.toSorted());
  });

  test('a filter and an order are those of the rows', () => {
    const parameters = { state: 'CLOSE_WAIT', program: 'leaky-svc', sort: '-remote_port', limit: '3' };
    const lines = textOf('closewait-a', 'sockets', parameters);
    const ports = printed('closewait-a', 'netstat-tuwxanpeeo')
      .filter(line => line.includes('CLOSE_WAIT'))
      .map(line => Number(/ 127\.0\.0\.1:\d+ +127\.0\.0\.1:(\d+) /.exec(line)?.[1]));
    assert.equal(ports.length, 40);
    assert.deepEqual(
      lines.slice(2).map(line => Number(/ 127\.0\.0\.1:8080 +127\.0\.0\.1:(\d+) /.exec(line)?.[1])),
      ports.toSorted((a, b) => b - a).slice(0, 3),
    );
  });

  test('every family has its table, and one without rows has none', () => {
    const titles = (parameters: Parameters) =>
      textOf('ham', 'sockets', parameters).filter(line => line.startsWith('Active'));
    assert.deepEqual(titles({}).length, new Set(titles({})).size);
    for (const word of ['Internet', 'UNIX', 'AX.25', 'X.25', 'NET/ROM', 'ROSE', 'DDP', 'netlink'])
      assert.ok(
        titles({}).some(title => title.toLowerCase().includes(word.toLowerCase())),
        word,
      );
    assert.deepEqual(titles({ family: 'netlink' }), ['Active netlink sockets']);
    assert.deepEqual(textOf('ham', 'sockets', { program: 'nobody is called so' }), []);
  });

  test('what would write to a terminal is spelled out', () => {
    for (const host of hostNames) {
      const text = textOf(host, 'sockets').join('\n');
      assert.doesNotMatch(text, /[^\n\P{Cc}]|\p{Cf}/u, host);
    }
    assert.ok(textOf('inet', 'sockets').some(line => line.includes('/run/ux/esc\\x1b[31mred')));
  });
});

describe('routes', () => {
  const hosts = hostNames.filter(host => oracle(host, 'netstat-rnee') !== undefined);
  test('some hosts say what they should be', () => {
    assert.ok(hosts.length > 2);
  });

  /** It cuts a device to six characters, and leaves out what is behind it. */
  const comparable = (lines: readonly string[]): readonly string[] =>
    lines.map(line => line.replace(/^((?:\S+ +){7})(\S{6})\S* +/, '$1$2 ').replaceAll(/ +/g, ' ')).sort();

  for (const host of hosts) {
    test(`${host}: those of IPv4 are what netstat -ree printed`, () => {
      const ours = tableOf(/^Kernel IP routing table/, textOf(host, 'routes', { family: 'inet' }));
      assert.deepEqual(comparable(trimmed(ours)), comparable(printed(host, 'netstat-rnee')));
    });
  }

  test('kernel-2.6: those of the cache stand in a table of their own, as netstat -rCee printed it', () => {
    const ours = tableOf(/^Kernel IP routing cache/, textOf('kernel-2.6', 'routes'));
    assert.deepEqual(comparable(trimmed(ours)), comparable(printed('kernel-2.6', 'netstat-rCnee')));
  });

  test('ham: a family that refers to its neighbours finds them', () => {
    const theirs = printed('ham', 'netstat-netrom-r').slice(2);
    assert.ok(theirs.length > 0);
    const ours = textOf('ham', 'routes', { family: 'netrom' }).slice(2);
    assert.deepEqual(trimmed(ours), theirs);
  });
});

describe('groups', () => {
  const hosts = hostNames.filter(host => oracle(host, 'netstat-gn') !== undefined);
  test('some hosts say what they should be', () => {
    assert.ok(hosts.length > 3);
  });
  for (const host of hosts) {
    test(`${host}: they are those of netstat -g`, () => {
      const comparable = (lines: readonly string[]) => lines.map(line => line.replaceAll(/ +/g, ' ')).sort();
      const ours = textOf(host, 'groups');
      assert.deepEqual(comparable(trimmed(ours)), comparable(printed(host, 'netstat-gn')));
    });
  }
});

test('kernel-2.2: translated connections are those of netstat -M', () => {
  const theirs = printed('kernel-2.2', 'netstat-M').slice(2);
  assert.ok(theirs.length > 3);
  assert.equal(textOf('kernel-2.2', 'nat').slice(2).length, theirs.length);
});

test('interfaces are those of netstat -i -a, as many as were asked for', () => {
  const names = (lines: readonly string[]) => lines.slice(2).map(line => line.split(' ', 1)[0] ?? '');
  const theirs = names(printed('closewait-a', 'netstat-ia'));
  const ours = names(textOf('closewait-a', 'interfaces'));
  assert.deepEqual(ours.toSorted(), theirs.toSorted());
  assert.deepEqual(names(textOf('closewait-a', 'interfaces', { limit: '1' })), ours.slice(0, 1));
  assert.deepEqual(names(textOf('closewait-a', 'interfaces', { device: 'eth0' })), ['eth0']);
});

describe('statistics', () => {
  const snapshot = readHost('inet', ['snmp', 'netstat', 'snmp6', 'sctp_snmp']);
  const lines = (parameters: Parameters): readonly string[] =>
    statisticsAsText(askFor('statistics', parameters), snapshot, collectors);

  test('have every number that the kernel counts, those that are 0 as well', () => {
    const text = lines({}).join('\n');
    for (const name of ['ListenDrops', 'InReceives', 'CurrEstab', 'Ip6InReceives'])
      assert.ok(text.includes(name.replace('Ip6', '')), name);
    assert.ok(lines({}).length > 400);
  });

  test('can be chosen by protocol and by IP version, and be cut', () => {
    const sections = (parameters: Parameters) => lines(parameters).filter(line => /^\S+:$/.test(line));
    assert.deepEqual(sections({ protocol: 'tcp' }), ['Tcp:', 'TcpExt:']);
    assert.deepEqual(sections({ protocol: 'udp', family: 'inet6' }), ['Udp6:']);
    assert.equal(lines({ limit: '1' }).length, 2);
  });
});

describe('what is left out', () => {
  const page = readerOfHost(settingsOf('inet')).page('sockets', { limit: 5 });
  const notes = (limit: string, ...unread: readonly string[]): readonly string[] => {
    const shown = pageShown(askFor('sockets', { limit }), '', new Map(), page);
    const failed = unread.map(message => ({ collector: 'tcp', reason: 'io', message }) as const);
    return notesAsText({ ...shown, unread: failed });
  };

  test('is said in lines that no row begins like', () => {
    assert.deepEqual(notes('5'), [`# 5 of ${page.matched} rows are shown (limit 5, at most 2000).`]);
    assert.deepEqual(notes('5', 'EIO: i/o error\n\u001b').slice(1), [
      '# Rows are missing: tcp could not be read, io: EIO: i/o error\\x0a\\x1b',
    ]);
  });

  test('is nothing where all is shown', () => {
    const shown = pageShown(askFor('groups'), '', new Map(), readerOfHost(settingsOf('inet')).page('groups'));
    assert.deepEqual(notesAsText(shown), []);
  });
});
