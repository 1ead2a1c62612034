/**
 * /proc/net/dev_snmp6: the counters of IPv6 and ICMPv6 that net/snmp6 has for the host, one file an interface, one
 * `Ip6InReceives 7` a line behind its index, printed by snmp6_dev_seq_show() in net/ipv6/proc.c. Messages by their
 * type number repeat the counters with a name; what has none is counted in the host's.
 */
import { perDevice } from '../metrics/label.ts';
import type { Fold } from '../text/fold.ts';
import type { Line } from '../text/line.ts';
import { collector, familyOf } from './collector.ts';
import { helpWith, snakeCase } from './statistics/families.ts';
import { icmp } from './statistics/icmp.ts';
import { ip } from './statistics/ip.ts';
import type { Statistic } from './statistics/statistic.ts';

interface Counter {
  /** `Ip6InReceives`. */
  readonly printed: string;
  readonly name: string;
  readonly kernelName: string;
  readonly tier: Statistic['tier'];
  readonly help: string;
}

const countersOf = (section: 'Ip6' | 'Icmp6', table: readonly Statistic[]): readonly Counter[] =>
  table.flatMap(({ inet6, tier, help }) => {
    if (inet6 === undefined) return [];
    const printed = section + inet6;
    return [
      {
        printed,
        name: `interface_${section.toLowerCase()}_${snakeCase(inet6)}_total`,
        kernelName: `${section}_${inet6}`,
        tier,
        help: helpWith(help, `${printed} of the interface in net/dev_snmp6`),
      },
    ];
  });

const counters = [...countersOf('Ip6', ip), ...countersOf('Icmp6', icmp)];
const columns = new Map(counters.map(({ printed }, column) => [printed, column]));

/** Interface -> the counters in the order of the list; NaN where the kernel has none. */
type CountersByDevice = ReadonlyMap<string, Float64Array>;

const field = { device: 0, name: 1, value: 2 } as const;

const counterLines = (): Fold<Line, CountersByDevice> => {
  const devices = new Map<string, Float64Array>();
  return {
    add(line) {
      if (line.count !== 3) throw line.wrong(field.value, 'expected an interface, a name and one value');
      const value = line.decimal(field.value);
      const column = columns.get(line.text(field.name));
      if (column === undefined) return;
      const device = line.text(field.device);
      const values = devices.get(device) ?? new Float64Array(counters.length).fill(NaN);
      values[column] = value;
      devices.set(device, values);
    },
    end: () => devices,
  };
};

export const devSnmp6 = collector({
  name: 'dev_snmp6',
  file: 'net/dev_snmp6',
  everyFile: true,
  optional: true,
  about: 'Counters of IPv6 and ICMPv6 of every interface.',
  fold: counterLines,
  families: counters.map(({ name, kernelName, tier, help }, column) =>
    familyOf<CountersByDevice>()({
      name,
      kind: 'counter',
      help,
      labels: [perDevice],
      statistic: { kernelName, tier },
      sample(devices, emit) {
        for (const [device, values] of devices) {
          const value = values[column];
          if (value !== undefined && !Number.isNaN(value)) emit(value, device);
        }
      },
    }),
  ),
});
