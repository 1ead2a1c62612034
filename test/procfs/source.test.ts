// Protects: the bytes that are folded are those of the file that was meant, and nothing stays open behind them.
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { directory, memory, namespaceOf, networkFolder, type Source } from '../../src/procfs/source.ts';
import type { Machine } from '../../src/text/machine.ts';

const machine: Machine = { byteOrder: 'little', pageSizeBytes: 4096, ticksPerSecond: 100 };

type Tree = Readonly<Record<string, string | Buffer>>;

const title = 'Inter-|   Receive |  Transmit\n face |packets|packets\n';

/** A host with these files; names are taken as bytes. */
const hostWith = (t: TestContext, files: Tree, links: Readonly<Record<string, string>> = {}): string => {
  const root = mkdtempSync(join(tmpdir(), 'netstat-source-'));
  t.after(() => {
    rmSync(root, { recursive: true });
  });
  const place = (path: string): Buffer => {
    const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
    mkdirSync(bytes.subarray(0, bytes.lastIndexOf('/')), { recursive: true });
    return bytes;
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(place(path), content);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path));
  return root;
};

const sourceOf = (root: string, proceed?: () => void): Source =>
  directory({ procfs: join(root, 'proc'), sysfs: join(root, 'sys') }, machine, proceed);

const textOf = (chunks: Iterable<Uint8Array> | undefined): string | undefined =>
  chunks === undefined
    ? undefined
    : Array.from(chunks, chunk => Buffer.from(chunk).toString('latin1')).join('');

const openFiles = (): number => readdirSync('/proc/self/fd').length;

test('the live proc is read in the namespace of the reader', () => {
  assert.equal(networkFolder('/proc'), '/proc/self/net');
  assert.equal(networkFolder('/proc/../proc/'), '/proc/self/net');
});

test('of another mount of proc the namespace of process 1 is read, since its net leads to the reader', t => {
  const root = hostWith(
    t,
    { 'host/1/net/tcp': 'one', 'host/self/net/tcp': 'own' },
    { 'host/net': 'self/net' },
  );
  const host = join(root, 'host');
  assert.equal(networkFolder(host), join(host, '1', 'net'));
  const source = directory({ procfs: host, sysfs: join(root, 'sys') }, machine);
  assert.equal(textOf(source.open('net/tcp')), 'one');
});

test('a capture may have the files in a plain folder', t => {
  const root = hostWith(t, { 'proc/net/tcp': 'captured' });
  assert.equal(textOf(sourceOf(root).open('net/tcp')), 'captured');
});

test('a folder without network files is an error: nothing is known of any of them', t => {
  const root = hostWith(t, { 'proc/cpuinfo': '' }, { 'proc/net': 'self/net' });
  assert.throws(() => networkFolder(join(root, 'proc')), { code: 'ENOENT' });
  assert.throws(() => networkFolder(join(root, 'nothing')), { code: 'ENOENT' });
  assert.throws(() => sourceOf(root).open('net/tcp'), { code: 'ENOENT' });
});

test('the namespace that is read is told by its inode, and whether it is the one of process 1', t => {
  const own = hostWith(t, { '1/net/tcp': '' }, { net: 'self/net', '1/ns/net': 'net:[4026531840]' });
  assert.deepEqual(namespaceOf(own), { netns: '4026531840', isInit: 'true' });
  const other = hostWith(
    t,
    { 'net/tcp': '' },
    { 'ns/net': 'net:[4026532000]', '1/ns/net': 'net:[4026531840]' },
  );
  assert.deepEqual(namespaceOf(other), { netns: '4026532000', isInit: 'false' });
  const half = hostWith(t, { 'net/tcp': '' }, { 'ns/net': 'net:[4026532000]' });
  assert.deepEqual(namespaceOf(half), { netns: '4026532000', isInit: 'unknown' });
  const neither = hostWith(t, { 'net/tcp': '' });
  assert.deepEqual(namespaceOf(neither), { netns: '', isInit: 'unknown' });
});

test('no file, no folder and a folder in place of the file are absence', t => {
  const source = sourceOf(hostWith(t, { 'proc/net/tcp': '', 'proc/net/x25/socket': '' }));
  assert.equal(source.open('net/tcp6'), undefined);
  assert.equal(source.open('net/sctp/eps'), undefined);
  assert.equal(source.open('net/x25'), undefined);
  assert.equal(source.open('net/tcp/eps'), undefined);
  assert.equal(textOf(source.open('net/tcp')), '');
});

test('any other trouble is an error and not absence', t => {
  const root = hostWith(t, { 'proc/net/udp': '' }, { 'proc/net/tcp': 'tcp' });
  assert.throws(() => sourceOf(root).open('net/tcp'), { code: 'ELOOP' });
});

test('a file longer than the buffer comes whole, in pieces of the same storage', t => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
  const source = sourceOf(hostWith(t, { 'proc/net/tcp': content }));
  assert.equal(textOf(source.open('net/tcp')), content.toString('latin1'));
  const storages = new Set(Array.from(source.open('net/tcp') ?? [], chunk => chunk.buffer));
  assert.equal(storages.size, 1);
});

test('a file of the kernel is read to its end', () => {
  const source = directory({ procfs: '/proc', sysfs: '/sys' }, machine);
  assert.match(textOf(source.open('net/dev')) ?? '', /^Inter-\|.*\n {4}lo: .*\n$/s);
});

test('where rows are short the end is known from a short read, and not asked for', t => {
  const readsOf = (length: number, rowBytesLimit?: number): number => {
    let reads = 0;
    const source = sourceOf(hostWith(t, { 'proc/net/tcp': 'x'.repeat(length) }), () => reads++);
    assert.equal(textOf(source.open('net/tcp', rowBytesLimit))?.length, length);
    return reads;
  };
  assert.equal(readsOf(100), 2);
  assert.equal(readsOf(100, 512), 1);
  assert.equal(readsOf(4096 - 512, 512), 1);
  // A row may not have fitted into what was left of the page.
  assert.equal(readsOf(4096 - 511, 512), 2);
});

test('nothing stays open, whether a file is read to its end, left early, or given up', t => {
  const root = hostWith(t, { 'proc/net/tcp': 'x'.repeat(200_000) });
  const before = openFiles();
  textOf(sourceOf(root).open('net/tcp'));
  assert.equal(openFiles(), before);

  for (const chunk of sourceOf(root).open('net/tcp') ?? []) {
    assert.equal(openFiles(), before + 1);
    if (chunk.length > 0) break;
  }
  assert.equal(openFiles(), before);

  let asked = 0;
  const gaveUp = new Error('nobody waits');
  const source = sourceOf(root, () => {
    if (++asked === 2) throw gaveUp;
  });
  assert.throws(() => textOf(source.open('net/tcp')), gaveUp);
  assert.equal(openFiles(), before);
});

test('attributes are lines of folder, name and first line of the value', t => {
  const source = sourceOf(
    hostWith(t, {
      'proc/net/dev': `${title}  eth0: 1 1\n    lo: 1 1\n`,
      'sys/class/net/eth0/mtu': '1500\n',
      'sys/class/net/eth0/operstate': 'up\nor so\n',
      'sys/class/net/lo/address': '\n',
      'sys/class/net/lo/mtu': '65536',
      'sys/class/net/lo/other': 'not asked for\n',
    }),
  );
  const told = textOf(source.attributes('class/net', ['address', 'mtu', 'operstate'])) ?? '';
  assert.deepEqual(told.split('\n').sort(), [
    '',
    'eth0\tmtu\t1500',
    'eth0\toperstate\tup',
    'lo\taddress\t',
    'lo\tmtu\t65536',
  ]);
});

test('names of interfaces are bytes, and a file among the folders is none', t => {
  const source = sourceOf(
    hostWith(t, {
      'proc/net/dev': Buffer.from(`${title}  x\xff"\\: 1 1\n\xc3\xbcn:1: 1 1\n`, 'latin1'),
      'sys/class/net/x\xff"\\/mtu': '1',
      'sys/class/net/\xc3\xbcn:1/mtu': '2',
      'sys/class/net/bonding_masters': 'bond0\n',
    }),
  );
  const told = textOf(source.attributes('class/net', ['mtu'])) ?? '';
  assert.deepEqual(told.split('\n').sort(), ['', 'x\xff"\\\tmtu\t1', '\xc3\xbcn:1\tmtu\t2']);
});

test('a sysfs of another namespace is absence: its interfaces are not those of the network files', t => {
  const files = { 'sys/class/net/lo/mtu': '65536\n', 'sys/class/net/eth0/mtu': '1500\n' };
  const fewer = sourceOf(hostWith(t, { ...files, 'proc/net/dev': `${title}    lo: 1 1\n` }));
  assert.equal(fewer.attributes('class/net', ['mtu']), undefined);
  const others = sourceOf(hostWith(t, { ...files, 'proc/net/dev': `${title}    lo: 1 1\n  eth1: 1 1\n` }));
  assert.equal(others.attributes('class/net', ['mtu']), undefined);
  const none = sourceOf(hostWith(t, { ...files, 'proc/net/tcp': '' }));
  assert.equal(none.attributes('class/net', ['mtu']), undefined);
});

test('no sysfs is absence', t => {
  const source = sourceOf(hostWith(t, { 'proc/net/dev': `${title}    lo: 1 1\n` }));
  assert.equal(source.attributes('class/net', ['mtu']), undefined);
});

test('giving up ends the reading of attributes as well', t => {
  const root = hostWith(t, { 'proc/net/dev': `${title}    lo: 1 1\n`, 'sys/class/net/lo/mtu': '65536\n' });
  let patience = 100;
  const source = sourceOf(root, () => {
    if (--patience < 0) throw new Error('nobody waits');
  });
  const chunks = source.attributes('class/net', ['mtu']);
  patience = 0;
  assert.throws(() => textOf(chunks), /nobody waits/);
});

test('a file that comes after the folder was listed is met by the next reading', t => {
  const root = hostWith(t, { 'proc/net/tcp': '' });
  const source = sourceOf(root);
  assert.equal(textOf(source.open('net/tcp')), '');
  writeFileSync(join(root, 'proc/net/udp'), 'new');
  assert.equal(source.open('net/udp'), undefined);
  assert.equal(textOf(sourceOf(root).open('net/udp')), 'new');
});

test('sysctls are read below a live proc and in a capture', t => {
  const root = hostWith(t, { 'proc/net/tcp': '', 'proc/sys/net/netfilter/nf_conntrack_max': '262144\n' });
  assert.equal(textOf(sourceOf(root).open('sys/net/netfilter/nf_conntrack_max')), '262144\n');
  assert.equal(sourceOf(root).open('sys/net/netfilter/nf_conntrack_count'), undefined);
  const live = directory({ procfs: '/proc', sysfs: '/sys' }, machine);
  assert.match(textOf(live.open('sys/net/ipv4/ip_local_port_range')) ?? '', /^\d+\t\d+\n$/);
});

test('sysctls are those of whoever opens them: of another namespace there are none', t => {
  const files = { '1/net/tcp': '', 'sys/net/netfilter/nf_conntrack_max': '262144\n' };
  const open = (namespace: string | undefined): string | undefined => {
    const links = namespace === undefined ? {} : { '1/ns/net': namespace };
    const host = hostWith(t, files, { net: 'self/net', ...links });
    const source = directory({ procfs: host, sysfs: '/nowhere' }, machine);
    return textOf(source.open('sys/net/netfilter/nf_conntrack_max'));
  };
  assert.equal(open('net:[1]'), undefined);
  assert.equal(open(undefined), undefined);
  assert.equal(open(readlinkSync('/proc/self/ns/net')), '262144\n');
});

test('debugfs is read in the sysfs, by the first namespace alone', t => {
  const files = { 'proc/net/tcp': '', 'sys/kernel/debug/bluetooth/l2cap': 'row\n' };
  const name = 'kernel/debug/bluetooth/l2cap';
  assert.equal(textOf(sourceOf(hostWith(t, files)).open(name)), 'row\n');
  assert.equal(sourceOf(hostWith(t, files)).open('kernel/debug/bluetooth/rfcomm'), undefined);
  const other = { 'proc/ns/net': 'net:[4026532000]', 'proc/1/ns/net': 'net:[4026531840]' };
  assert.equal(sourceOf(hostWith(t, files, other)).open(name), undefined);
});

test('every file of a folder is told line by line, with its name before each', t => {
  const source = sourceOf(
    hostWith(t, {
      'proc/net/dev_snmp6/lo': 'ifIndex\t1\nIp6InReceives\t7\n',
      'proc/net/dev_snmp6/x\xff"\\': 'ifIndex\t2\n',
      'proc/net/dev_snmp6/cut': 'no end',
      'proc/net/dev_snmp6/empty': '',
    }),
  );
  const told = textOf(source.everyFile('net/dev_snmp6')) ?? '';
  assert.deepEqual(told.split('\n').sort(), [
    '',
    'cut\tno endlo\tifIndex\t1',
    'lo\tIp6InReceives\t7',
    'x\xff"\\\tifIndex\t2',
  ]);
  assert.equal(source.everyFile('net/nothing'), undefined);
});

test('a file of a folder that is too large is an error, and one that is gone is none', t => {
  const root = hostWith(
    t,
    { 'proc/net/dev_snmp6/lo': 'Ip6InReceives\t7\n' },
    { 'proc/net/dev_snmp6/gone': 'nowhere' },
  );
  assert.equal(textOf(sourceOf(root).everyFile('net/dev_snmp6')), 'lo\tIp6InReceives\t7\n');
  writeFileSync(join(root, 'proc/net/dev_snmp6/big'), 'x'.repeat(65_536));
  assert.throws(() => textOf(sourceOf(root).everyFile('net/dev_snmp6')), /a file of more than 65535 bytes/);
});

test('memory holds files by name, and errors of the disk', () => {
  const broken = new Error('broken disk');
  const fail = (): never => {
    throw broken;
  };
  const source = memory({ 'net/tcp': '\xff', 'net/udp': Buffer.from('bytes'), 'net/raw': fail }, machine);
  assert.equal(textOf(source.open('net/tcp')), '\xff');
  assert.equal(textOf(source.open('net/udp')), 'bytes');
  assert.equal(source.open('net/tcp6'), undefined);
  assert.throws(() => source.open('net/raw'), broken);
});
