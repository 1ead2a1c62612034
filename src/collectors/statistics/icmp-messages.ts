/** ICMP messages by what they say, told from the counters that have a name and, for the others, from their type. */
import { familyOf } from '../collector.ts';
import type { Statistics } from './families.ts';
import { icmpMessages } from './icmp.ts';

/** An ICMP type is one byte, and the kernel prints only those that it met. */
const MESSAGES_LIMIT = 64;

const directions = [
  ['In', 'receive'],
  ['Out', 'transmit'],
] as const;

/**
 * @param named the section of the counters with a name, `Icmp` or `Icmp6`
 * @param numbered the section of the counters by type, `IcmpMsg` or `Icmp6`
 */
export const icmpMessagesFamily = (family: 'inet' | 'inet6', named: string, numbered: string) => {
  const messages = icmpMessages.flatMap(each => {
    const message = each[family];
    return message === undefined ? [] : [{ ...message, message: each.message }];
  });
  const namedTypes = new Set(messages.map(({ type }) => type));
  const typeName = new RegExp(`^${numbered}_(In|Out)Type([0-9]{1,3})$`);

  return familyOf<Statistics>()({
    name: 'icmp_messages_total',
    kind: 'counter',
    help: 'ICMP messages by what they say: many "destination_unreachable" received are services that are gone, many sent are askers that knock at closed ports (Icmp and IcmpMsg in net/snmp, Icmp6 in net/snmp6).',
    labels: [
      { name: 'family', values: [family] },
      { name: 'direction', values: ['receive', 'transmit'] },
      { name: 'message', limit: MESSAGES_LIMIT, surplus: 'left out' },
    ],
    statistic: { kernelName: `${numbered}_Messages`, tier: 'default' },
    sample(values, emit) {
      for (const [prefix, direction] of directions) {
        for (const { field, message } of messages) {
          const value = values.get(`${named}_${prefix}${field}`);
          if (value !== undefined) emit(value, family, direction, message);
        }
      }
      for (const [kernelName, value] of values) {
        const [, prefix, type] = typeName.exec(kernelName) ?? [];
        if (type === undefined || namedTypes.has(Number(type))) continue;
        emit(value, family, prefix === 'In' ? 'receive' : 'transmit', `type_${type}`);
      }
    },
  });
};

export const isIcmpType = (kernelName: string): boolean =>
  /^Icmp(Msg|6)_(In|Out)Type[0-9]{1,3}$/.test(kernelName);
