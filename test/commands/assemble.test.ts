// Protects: the configuration's words about devices and statistics choose what their users think they choose.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { selectionOf } from '../../src/commands/assemble.ts';
import { parseConfig } from '../../src/config.ts';
import { tiers } from '../../src/metrics/family.ts';

const selection = (text: string) => selectionOf(parseConfig({ file: 'config.yaml', text }, []));

describe('devices', () => {
  const chosen = (text: string): readonly string[] =>
    ['eth0', 'eth01', 'veth0', 'lo', 'ünï-0'].filter(selection(`devices: {${text}}`).device);

  test('all by default', () => {
    assert.equal(chosen('').length, 5);
  });

  test('an expression is about the whole name, alternatives included', () => {
    assert.deepEqual(chosen('include: eth0'), ['eth0']);
    assert.deepEqual(chosen('include: eth0|lo'), ['eth0', 'lo']);
    assert.deepEqual(chosen('exclude: "eth.*|lo"'), ['veth0', 'ünï-0']);
    assert.deepEqual(chosen('include: "\\\\p{L}+-0"'), ['ünï-0']);
  });

  test('exclude wins over include', () => {
    assert.deepEqual(chosen('include: "eth.*", exclude: eth0'), ['eth01']);
  });
});

describe('statistics', () => {
  const chosen = (text: string): readonly string[] => {
    const { statistic } = selection(`statistics: {${text}}`);
    return tiers.filter(tier => statistic(`TcpExt_${tier}`, tier));
  };

  test('a tier holds those before it', () => {
    assert.deepEqual(chosen('tier: minimal'), ['minimal']);
    assert.deepEqual(chosen(''), ['minimal', 'default']);
    assert.deepEqual(chosen('tier: all'), ['minimal', 'default', 'all']);
  });

  test('include adds to the tier, exclude takes away from both', () => {
    assert.deepEqual(chosen('tier: minimal, include: "all$"'), ['minimal', 'all']);
    assert.deepEqual(chosen('tier: all, exclude: "^TcpExt_d"'), ['minimal', 'all']);
    assert.deepEqual(chosen('tier: minimal, include: all, exclude: TcpExt'), []);
  });

  test('an expression is about any part of the name, as for node_exporter', () => {
    const { statistic } = selection(
      'statistics: {tier: minimal, include: "^(.*_(InErrors|InErrs)|Ip_Forwarding)$"}',
    );
    assert.ok(statistic('Udp_InErrors', 'all'));
    assert.ok(statistic('Ip_Forwarding', 'all'));
    assert.ok(!statistic('Ip_ForwardingX', 'all'));
  });
});

test('limits are handed on by the name of their label', () => {
  assert.equal(selection('limits: {device: 7}').limits['device'], 7);
});
