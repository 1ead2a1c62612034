// Protects: the IPv6 counters of each interface are those of its own file, and users choose them as they choose the host's.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { devSnmp6 } from '../../src/collectors/dev-snmp6.ts';
import { snmp6 } from '../../src/collectors/snmp6.ts';
import { hostNames, hostSource } from '../hosts.ts';
import { everything, lines, read, readSource, samplesOf, type AnyCollector } from './reading.ts';

const text = lines(
  'eth0\tifIndex                         \t2',
  'eth0\tIp6InReceives                   \t7',
  'eth0\tIp6OutForwDatagrams             \t3',
  'eth0\tIcmp6InErrors                   \t0',
  'eth0\tIcmp6OutType143                 \t12',
  'eth0\tIp6Invented                     \t5',
  'lo\tifIndex                         \t1',
  'lo\tIp6InReceives                   \t18446744073709551615',
);

test('each file is an interface, its counters have the names that the kernel prints', () => {
  assert.deepEqual(samplesOf(devSnmp6, text), [
    'interface_icmp6_in_errors_total{device="eth0"} 0',
    'interface_ip6_in_receives_total{device="eth0"} 7',
    'interface_ip6_in_receives_total{device="lo"} 18446744073709552000',
    'interface_ip6_out_forw_datagrams_total{device="eth0"} 3',
  ]);
});

test('interfaces are chosen as everywhere', () => {
  const { samples } = read(devSnmp6, text, { ...everything, device: name => name === 'lo' });
  assert.deepEqual(samples, ['interface_ip6_in_receives_total{device="lo"} 18446744073709552000']);
});

test('every counter is chosen by the name and the tier that it has for the host', () => {
  const choices = ({ families }: AnyCollector): ReadonlyMap<string, string> =>
    new Map(families.flatMap(({ statistic }) => (statistic ? [[statistic.kernelName, statistic.tier]] : [])));
  const ofHost = choices(snmp6);
  const ofInterface = choices(devSnmp6);
  assert.ok(ofInterface.size > 60);
  assert.equal(ofInterface.size, devSnmp6.families.length);
  for (const [name, tier] of ofInterface) assert.equal(tier, ofHost.get(name), name);
});

describe('the counters with a name are all that a host prints for its interfaces', () => {
  for (const host of hostNames) {
    const source = hostSource(host);
    const folder = source.everyFile('net/dev_snmp6');
    if (folder === undefined) continue;
    test(host, () => {
      const printed = Array.from(folder, chunk => Buffer.from(chunk).toString('utf8')).join('');
      const expected = [...printed.matchAll(/^([^\t]+)\t(Ip6|Icmp6)([A-Z]\S*?)[ ]*\t(\d+)$/gm)]
        .filter(([, , , name = '']) => !/^(In|Out)Type\d+$/.test(name))
        .map(([, device = '', section = '', name = '', value = '']) =>
          [section, name, device, value].join(' '),
        );
      assert.ok(expected.length > 60);

      const { report, outcome, samples } = readSource(devSnmp6, source);
      assert.equal(report, 'ok');
      assert.equal(samples.length, expected.length);
      const ours = devSnmp6.families.flatMap(family => {
        const lines: string[] = [];
        if (outcome.status !== 'ok') return lines;
        family.sample(outcome.data, (value, device) => {
          lines.push([...(family.statistic?.kernelName ?? '').split('_'), device, value].join(' '));
        });
        return lines;
      });
      assert.deepEqual(ours.sort(), expected.sort());
    });
  }
});
