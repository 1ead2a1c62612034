/** Lists of names of the host, as /etc/services, /etc/protocols and /etc/networks are: a name and a value in each line. */
import { readable } from '../text/line.ts';
import { beginningOf } from './beginning.ts';

/** Distributions come with lists of some 700 KB at most. */
const LIST_BYTES_LIMIT = 1024 * 1024;

const NEWLINE = 0x0a;

export interface Named {
  readonly name: string;
  readonly value: string;
}

/** `http  80/tcp  www  # and a remark`, without the aliases. Nothing where there is no such list. */
export const namesIn = (list: string): readonly Named[] =>
  [...beginningOf(list, LIST_BYTES_LIMIT, NEWLINE).toString('latin1').matchAll(line)].map(
    ([, name = '', value = '']) => ({ name: readable(Buffer.from(name, 'latin1')), value }),
  );

const line = /^[ \t]*([^\s#]+)[ \t]+([^\s#]+)/gm;
