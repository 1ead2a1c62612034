// Protects: ports are called as the host's own lists call them, and by number wherever those lists would lie.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { createServiceNames } from '../../src/procfs/services.ts';
import { needs } from '../needs.ts';

const listsOf = (t: TestContext, services: string | Buffer, protocols: string | Buffer = '') => {
  const folder = mkdtempSync(join(tmpdir(), 'services-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const lists = { services: join(folder, 'services'), protocols: join(folder, 'protocols') };
  writeFileSync(lists.services, services);
  writeFileSync(lists.protocols, protocols);
  return lists;
};

const services = `# comment
ssh		22/tcp				# SSH
domain	53/tcp
domain	53/udp
first	80/tcp		alias other
second	80/tcp
amqp	5672/sctp
signal	4002/dccp
  indented  81/tcp
tail	82/tcp#glued
`;
const protocols = 'ip\t0\tIP\nicmp\t1\tICMP\nudp\t17\tUDP\nipv6-icmp 58 IPv6-ICMP\nagain 58 AGAIN\n';

describe('names of ports', () => {
  test('a port is called by its first name, for its own protocol', t => {
    const nameOf = createServiceNames('/proc', listsOf(t, services));
    assert.equal(nameOf(22, 'tcp'), 'ssh');
    assert.equal(nameOf(22, 'udp'), undefined);
    assert.equal(nameOf(53, 'udp'), 'domain');
    assert.equal(nameOf(80, 'tcp'), 'first');
    assert.equal(nameOf(5672, 'sctp'), 'amqp');
    assert.equal(nameOf(4002, 'dccp'), 'signal');
    assert.equal(nameOf(81, 'tcp'), 'indented');
    assert.equal(nameOf(82, 'tcp'), 'tail');
    assert.equal(nameOf(83, 'tcp'), undefined);
  });

  test('ports of UDP-Lite are those of UDP, whatever the list says of UDP-Lite', t => {
    const nameOf = createServiceNames(
      '/proc',
      listsOf(t, 'wrong 53/udplite\ndomain 53/udp\nlite 54/udplite\n'),
    );
    assert.equal(nameOf(53, 'udplite'), 'domain');
    assert.equal(nameOf(54, 'udplite'), undefined);
  });

  test('a raw socket is called by the protocol that is its port', t => {
    const nameOf = createServiceNames(
      '/proc',
      listsOf(t, `${services}other 17/raw\nrare 200/raw\n`, protocols),
    );
    assert.deepEqual(
      [1, 17, 58, 200, 201].map(port => nameOf(port, 'raw')),
      ['icmp', 'udp', 'ipv6-icmp', 'rare', undefined],
    );
    assert.equal(nameOf(1, 'tcp'), undefined);
  });

  test('lines that are none of a port are no ports', t => {
    const lines = [
      'x',
      '#a 1/tcp',
      'b 2',
      'c /tcp',
      'd 4/',
      'e 5/tcp/x',
      'f 6x/tcp',
      'g 7 /tcp',
      'h 123456/tcp',
      '1/tcp i',
    ];
    const nameOf = createServiceNames('/proc', listsOf(t, lines.join('\n'), 'p\nq x\nr -1\ns 1.0\n'));
    for (const port of [1, 2, 4, 5, 6, 7, 12345, 123456]) assert.equal(nameOf(port, 'tcp'), undefined);
    assert.equal(nameOf(1, 'raw'), undefined);
  });

  test('a name that is no UTF-8 comes as text and spoils no other', t => {
    const list = Buffer.from('b\xf6b 1/tcp\nj\xc3\xbcrg 2/tcp\n', 'latin1');
    const nameOf = createServiceNames('/proc', listsOf(t, list));
    assert.deepEqual([nameOf(1, 'tcp'), nameOf(2, 'tcp')], ['b\\xf6b', 'jürg']);
  });

  test('beside the proc of another host no port has a name', t => {
    const lists = listsOf(t, services, protocols);
    assert.equal(createServiceNames('/host/proc', lists)(22, 'tcp'), undefined);
    assert.equal(createServiceNames('/proc/', lists)(22, 'tcp'), 'ssh');
  });

  test('without lists, and with a folder in their place, no port has a name', () => {
    assert.equal(
      createServiceNames('/proc', { services: '/no/list', protocols: '/no/list' })(22, 'tcp'),
      undefined,
    );
    assert.equal(
      createServiceNames('/proc', { services: tmpdir(), protocols: tmpdir() })(22, 'tcp'),
      undefined,
    );
  });

  test('of a list of gigabytes no more than a bounded part is read, and no half line', t => {
    const filler = `${'x'.repeat(100)} 7/tcp\n`;
    const nameOf = createServiceNames(
      '/proc',
      listsOf(t, `first 1/tcp\n${filler.repeat(20_000)}last 2/tcp\n`),
    );
    assert.equal(nameOf(1, 'tcp'), 'first');
    assert.equal(nameOf(2, 'tcp'), undefined);
  });
});

describe('beside getent of this host', needs({ tools: ['getent'] }), () => {
  /** `http                  80/tcp www`; of several ports at once, one a line. */
  const getent = (database: string, ...keys: readonly string[]): readonly (readonly string[])[] =>
    spawnSync('getent', [database, ...keys], { encoding: 'utf8', timeout: 20_000 })
      .stdout.split('\n')
      .slice(0, -1)
      .map(line => line.split(/\s+/));

  test('every service and every protocol has the name that the C library finds by its number', () => {
    const nameOf = createServiceNames('/proc');
    const ports = [...new Set(getent('services').map(([, value = '']) => value))].filter(value =>
      /\/(tcp|udp|sctp|dccp)$/.test(value),
    );
    assert.ok(ports.length > 50, 'the host has a list of services');
    for (const [name = '', value = ''] of getent('services', ...ports)) {
      const [port, protocol = ''] = value.split('/');
      assert.equal(nameOf(Number(port), protocol), name, value);
    }
    const numbers = [...new Set(getent('protocols').map(([, value = '']) => value))];
    assert.ok(numbers.length > 20, 'the host has a list of protocols');
    for (const [name = '', value = ''] of getent('protocols', ...numbers)) {
      assert.equal(nameOf(Number(value), 'raw'), name, value);
    }
  });
});
