/**
 * Bluetooth sockets, in two forms. /proc/net/{l2cap,rfcomm,sco,hci,bnep,hidp,iso,cmtp} have a line a socket without its
 * state, printed by bt_seq_show() in net/bluetooth/af_bluetooth.c, where some kernels have more columns at the end.
 * Netstat reads the debugfs, which only root may: l2cap and rfcomm there have no header and tell the state, printed by
 * l2cap_debugfs_show() in net/bluetooth/l2cap_core.c (channels of the kernel itself included) and by
 * rfcomm_sock_debugfs_show() in net/bluetooth/rfcomm/sock.c.
 */
import { columnOf, headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { ParseError } from '../../text/parse-error.ts';
import { collector } from '../collector.ts';
import type { RowsAsk, Socket, SocketDetail } from '../rows.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from './families.ts';
import { bluetoothStates } from './states.ts';
import { decimalIn, nothingTold, told, userOf } from './told.ts';

interface WithoutStates {
  readonly form: 'proc';
  sockets: number;
  receiveMemoryBytes: number;
  sendMemoryBytes: number;
}

interface WithStates {
  readonly form: 'debugfs';
  /** In the order of the states, and at the end those whose state has no name. */
  readonly byState: Float64Array;
}

const PROC_HEADER = 'sk RefCnt Rmem Wmem User Inode';
const procField = { receiveMemory: 2, sendMemory: 3, user: 4, inode: 5 } as const;

interface ProcRow {
  receiveBytes: number;
  sendBytes: number;
  inode: number;
}

const readProcRow = (line: Line, row: ProcRow): void => {
  row.receiveBytes = line.decimal(procField.receiveMemory);
  row.sendBytes = line.decimal(procField.sendMemory);
  row.inode = line.decimal(procField.inode);
};

const procTally = (): Fold<Line, WithoutStates> => {
  const row: ProcRow = { receiveBytes: 0, sendBytes: 0, inode: 0 };
  const tally: WithoutStates = { form: 'proc', sockets: 0, receiveMemoryBytes: 0, sendMemoryBytes: 0 };
  return {
    add(line) {
      readProcRow(line, row);
      tally.sockets++;
      tally.receiveMemoryBytes += row.receiveBytes;
      tally.sendMemoryBytes += row.sendBytes;
    },
    end: () => tally,
  };
};

const procRows = (header: Line, protocol: string, { offer }: RowsAsk<Socket>): Fold<Line, unknown> => {
  const row: ProcRow = { receiveBytes: 0, sendBytes: 0, inode: 0 };
  // Only the first kernels that had the table print them.
  const source = columnOf(header, 'Src');
  const destination = columnOf(header, 'Dst');
  return {
    add(line) {
      readProcRow(line, row);
      const uid = decimalIn(line, procField.user);
      offer({
        ...nothingTold,
        ...{ family: 'bluetooth', protocol, state: UNTOLD, isServer: false },
        ...{ receiveQueue: row.receiveBytes, sendQueue: row.sendBytes },
        local: () => addressIn(line, source),
        remote: () => addressIn(line, destination),
        ...{ uid: userOf(uid, row.inode), inode: row.inode },
      });
    },
    end: () => undefined,
  };
};

const addressIn = (line: Line, field: number | undefined): string =>
  field === undefined ? '' : (told(() => line.text(field)) ?? '');

const states = [...bluetoothStates, 'other'] as const;
const OTHER = bluetoothStates.length;

const ADDRESS_CHARACTERS = '00:00:00:00:00:00'.length;
const isAddress = (line: Line, field: number): boolean =>
  line.width(field) === ADDRESS_CHARACTERS && line.contains(field, ':');

/** `FROM TO state channel …`, where newer kernels print the kind of each L2CAP address behind it, `(0)`. */
const destinationField = (line: Line): number => (line.contains(1, '(') ? 2 : 1);
const stateField = (destination: number): number => (destination === 1 ? 2 : 4);

/** The index of the state, of a row that has all that is counted of it. */
const debugfsState = (line: Line): number => {
  const destination = destinationField(line);
  for (const field of [0, destination]) {
    if (!isAddress(line, field)) throw line.wrong(field, 'expected a Bluetooth address');
  }
  const field = stateField(destination);
  const stateNumber = line.decimal(field);
  line.decimal(field + 1);
  return stateNumber - 1 in bluetoothStates ? stateNumber - 1 : OTHER;
};

const debugfsTally = (): Fold<Line, WithStates> => {
  const byState = new Float64Array(states.length);
  return {
    add(line) {
      const at = debugfsState(line);
      byState[at] = (byState[at] ?? 0) + 1;
    },
    end: () => ({ form: 'debugfs', byState }),
  };
};

/** Netstat takes those that are bound for servers as well. */
const serverStates: readonly string[] = ['LISTEN', 'BOUND'];

const debugfsRows = (protocol: 'l2cap' | 'rfcomm', { offer }: RowsAsk<Socket>): Fold<Line, unknown> => ({
  add(line) {
    const state = states[debugfsState(line)] ?? 'other';
    const destination = destinationField(line);
    const first = stateField(destination) + 1;
    offer({
      ...nothingTold,
      ...{ family: 'bluetooth', protocol, state, isServer: serverStates.includes(state) },
      local: () => line.text(0),
      remote: () => line.text(destination),
      detail: protocol === 'l2cap' ? l2capDetail(line, first) : rfcommDetail(line, first),
    });
  },
  end: () => undefined,
});

const rfcommDetail = (line: Line, first: number): SocketDetail => ({
  kind: 'bluetooth',
  channel: line.decimal(first),
});

/** Own channel and unit before those of the peer. Only the first of its numbers is needed to be counted. */
const l2capDetail = (line: Line, first: number): SocketDetail => {
  const localChannel = told(() => line.prefixedHex(first + 1));
  const remoteChannel = told(() => line.prefixedHex(first + 2));
  const incomingUnitBytes = decimalIn(line, first + 3);
  const outgoingUnitBytes = decimalIn(line, first + 4);
  const security = securityLevels[decimalIn(line, first + 5) ?? NaN];
  return {
    kind: 'bluetooth',
    multiplexer: line.decimal(first),
    ...(localChannel !== undefined && { localChannel }),
    ...(remoteChannel !== undefined && { remoteChannel }),
    ...(incomingUnitBytes !== undefined && { incomingUnitBytes }),
    ...(outgoingUnitBytes !== undefined && { outgoingUnitBytes }),
    ...(security !== undefined && { security }),
  };
};

/** The BT_SECURITY_ numbers of include/net/bluetooth/bluetooth.h. */
const securityLevels: Readonly<Record<number, string>> = {
  0: 'SDP',
  1: 'LOW',
  2: 'MEDIUM',
  3: 'HIGH',
  4: 'FIPS',
};

/** The first line tells the form; in debugfs a file without lines is one without sockets. */
const eitherForm = <T>(
  debugfs: () => Fold<Line, T>,
  proc: (header: Line) => Fold<Line, T>,
): Fold<Line, T> => {
  let rows: Fold<Line, T> | undefined;

  const formOf = (line: Line): Fold<Line, T> => {
    if (isAddress(line, 0)) return debugfs();
    if (line.is(0, 'sk')) return headed(PROC_HEADER, proc);
    const { message } = line.wrong(0, 'expected a header or a Bluetooth address');
    throw new ParseError(message, line.number, 'file');
  };

  return {
    add(line) {
      rows ??= formOf(line);
      rows.add(line);
    },
    lose({ message, line }) {
      if (rows === undefined) throw new ParseError(message, line, 'file');
    },
    end: () => (rows ?? debugfs()).end(),
  };
};

const socketsWithStates = <const Protocol extends 'l2cap' | 'rfcomm'>(protocol: Protocol) => {
  const protocols = [protocol];
  return collector({
    name: protocol,
    file: `kernel/debug/bluetooth/${protocol}`,
    otherwise: [`net/${protocol}`],
    about: `Bluetooth ${protocol.toUpperCase()} sockets, by state where the debugfs can be read.`,
    fold: () => eitherForm<WithStates | WithoutStates>(debugfsTally, procTally),
    rows: {
      of: 'sockets',
      fold: ask =>
        eitherForm(
          () => debugfsRows(protocol, ask),
          header => procRows(header, protocol, ask),
        ),
    },
    families: [
      socketsByState(
        'bluetooth',
        protocols,
        [...states, UNTOLD],
        (data: WithStates | WithoutStates, _, state) => {
          if (data.form === 'proc') return state === UNTOLD ? data.sockets : undefined;
          return state === UNTOLD ? undefined : data.byState[states.indexOf(state)];
        },
      ),
      receiveMemory('bluetooth', protocols, (data: WithStates | WithoutStates) =>
        data.form === 'proc' ? data.receiveMemoryBytes : undefined,
      ),
      sendMemory('bluetooth', protocols, (data: WithStates | WithoutStates) =>
        data.form === 'proc' ? data.sendMemoryBytes : undefined,
      ),
    ],
  });
};

const sockets = <const Protocol extends 'sco' | 'hci' | 'bnep' | 'hidp' | 'iso' | 'cmtp'>(
  protocol: Protocol,
) => {
  const protocols = [protocol];
  return collector({
    name: protocol,
    file: `net/${protocol}`,
    about: `Bluetooth ${protocol.toUpperCase()} sockets with their memory.`,
    fold: () => headed(PROC_HEADER, procTally),
    rows: { of: 'sockets', fold: ask => headed(PROC_HEADER, header => procRows(header, protocol, ask)) },
    families: [
      socketsByState('bluetooth', protocols, [UNTOLD], ({ sockets }: WithoutStates) => sockets),
      receiveMemory('bluetooth', protocols, ({ receiveMemoryBytes }: WithoutStates) => receiveMemoryBytes),
      sendMemory('bluetooth', protocols, ({ sendMemoryBytes }: WithoutStates) => sendMemoryBytes),
    ],
  });
};

export const l2cap = socketsWithStates('l2cap');
export const rfcomm = socketsWithStates('rfcomm');
export const sco = sockets('sco');
export const hci = sockets('hci');
export const bnep = sockets('bnep');
export const hidp = sockets('hidp');
export const iso = sockets('iso');
export const cmtp = sockets('cmtp');
