/** The rows of captured hosts, kept: plain values, as tests compare them. */
import { collectors } from '../src/collectors/index.ts';
import type { Collector } from '../src/collectors/collector.ts';
import type { RowTypes, Socket, TableName } from '../src/collectors/rows.ts';
import { memory, type Source } from '../src/procfs/source.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { readRows, type Takers } from '../src/snapshot/rows.ts';
import type { Machine } from '../src/text/machine.ts';
import { hostSource, machineOf } from './hosts.ts';

type Name = (typeof collectors)[number]['name'];

/** A socket that outlives the reading. */
export type KeptSocket = Omit<Socket, 'local' | 'remote'> & {
  readonly local: string;
  readonly remote: string;
};

export const keep = (socket: Socket): KeptSocket => {
  const { family, protocol, state, isServer, receiveQueue, sendQueue, localPort, remotePort } = socket;
  const { device, uid, inode, timer, detail } = socket;
  return {
    ...{ family, protocol, state, isServer, receiveQueue, sendQueue, localPort, remotePort },
    ...{ device, uid, inode, timer, detail },
    local: socket.local(),
    remote: socket.remote(),
  };
};

export interface ReadRows<Row> {
  readonly outcome: Outcome | undefined;
  readonly rows: readonly Row[];
}

export const rowsFrom = <Table extends TableName>(
  source: Source,
  name: Name,
  table: Table,
): ReadRows<RowTypes[Table]> => {
  const collector: Collector<string, unknown> | undefined = collectors.find(each => each.name === name);
  if (collector === undefined) throw new Error(`no collector ${name}`);
  const rows: RowTypes[Table][] = [];
  const takers = { [table]: (row: RowTypes[Table]) => rows.push(row) } as Takers;
  return { outcome: readRows(collector, source, takers), rows };
};

export const socketsFrom = (source: Source, name: Name): ReadRows<KeptSocket> => {
  const collector: Collector<string, unknown> | undefined = collectors.find(each => each.name === name);
  if (collector === undefined) throw new Error(`no collector ${name}`);
  const rows: KeptSocket[] = [];
  const outcome = readRows(collector, source, { sockets: socket => rows.push(keep(socket)) });
  return { outcome, rows };
};

export const rowsOfHost = <Table extends TableName>(host: string, name: Name, table: Table) =>
  rowsFrom(hostSource(host), name, table);

export const socketsOfHost = (host: string, name: Name) => socketsFrom(hostSource(host), name);

export const inMemory = (file: string, text: string, machine: Machine = machineOf('inet')): Source =>
  memory({ [file]: text }, machine);
