// Protects: what is a name and what is a number in the tables of show is what the options say, and no name can do harm.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostNames } from '../../src/commands/host-names.ts';
import { createNames } from '../../src/commands/names.ts';
import { parseShow } from '../../src/show-options.ts';

const hosts: HostNames = {
  learn: () => Promise.resolve(),
  nameOf: address =>
    new Map([
      ['127.0.0.1', 'localhost'],
      ['10.0.0.1', 'gate.example'],
      ['6.6.6.6', 'evil\u001b[2J\u202ename'],
    ]).get(address) ?? address,
};

const namesFor = (line: string) => {
  const options = parseShow(line.split(' ').filter(Boolean));
  assert.ok(typeof options === 'object');
  return createNames(options, hosts);
};

test('without options all are names where there are any', () => {
  const { host, service, user } = namesFor('');
  assert.equal(host('127.0.0.1'), 'localhost');
  assert.equal(host('10.0.0.9'), '10.0.0.9');
  assert.equal(service(22, 'tcp'), 'ssh');
  assert.equal(service(1, 'raw'), 'icmp');
  assert.equal(service(65_531, 'tcp'), '65531');
  assert.equal(service(0, 'tcp'), '*');
  assert.equal(user(0), 'root');
});

test('each kind of name can be a number by itself', () => {
  const kinds = ['hosts', 'ports', 'users'];
  for (const kind of kinds) {
    const { host, service, user } = namesFor(`--numeric-${kind}`);
    assert.equal(host('127.0.0.1'), kind === 'hosts' ? '127.0.0.1' : 'localhost');
    assert.equal(service(22, 'tcp'), kind === 'ports' ? '22' : 'ssh');
    assert.equal(user(0), kind === 'users' ? '0' : 'root');
  }
});

test('with -n all are numbers, and nobody is asked', async () => {
  const options = parseShow(['-n']);
  assert.ok(typeof options === 'object');
  const asked: string[] = [];
  const names = createNames(options, {
    learn: addresses => {
      asked.push(...addresses);
      return Promise.resolve();
    },
    nameOf: () => 'name',
  });
  await names.learn(['127.0.0.1']);
  assert.deepEqual(asked, []);
  assert.equal(names.host('127.0.0.1'), '127.0.0.1');
  assert.equal(names.host('::'), '::');
  assert.equal(names.network('0.0.0.0', 0), '0.0.0.0');
  assert.equal(names.network('169.254.0.0', 16), '169.254.0.0');
  assert.equal(names.service(22, 'tcp'), '22');
  assert.equal(names.service(0, 'tcp'), '*');
  assert.equal(names.user(0), '0');
});

test('no address is written as netstat writes it beside names', () => {
  const { host } = namesFor('');
  assert.equal(host('0.0.0.0'), '0.0.0.0');
  assert.equal(host('::'), '[::]');
});

test('a destination is the default, a network, or a host where the prefix says so', () => {
  const { network } = namesFor('');
  assert.equal(network('0.0.0.0', 0), 'default');
  assert.equal(network('0.0.0.0', 1), '0.0.0.0');
  assert.equal(network('10.0.0.1', 32), 'gate.example');
  assert.equal(network('10.0.0.1', 31), '10.0.0.1');
  assert.equal(network('10.222.0.0', 16), '10.222.0.0');
});

test('names of this host are for its own proc only; names of other hosts are the same everywhere', () => {
  const { host, service, user } = namesFor('--path.procfs=/host/proc');
  assert.equal(service(22, 'tcp'), '22');
  assert.equal(user(0), '0');
  assert.equal(host('127.0.0.1'), 'localhost');
});

test('a name that somebody else chose does nothing to a terminal', () => {
  assert.equal(namesFor('').host('6.6.6.6'), 'evil\\x1b[2J\\u{202e}name');
});
