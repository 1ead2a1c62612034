/**
 * Bluetooth sockets, in two forms. /proc/net/{l2cap,rfcomm,sco,hci,bnep,hidp,iso,cmtp} have a line a socket without its
 * state, printed by bt_seq_show() in net/bluetooth/af_bluetooth.c, where some kernels have more columns at the end.
 * Netstat reads the debugfs, which only root may: l2cap and rfcomm there have no header and tell the state, printed by
 * l2cap_debugfs_show() in net/bluetooth/l2cap_core.c (channels of the kernel itself included) and by
 * rfcomm_sock_debugfs_show() in net/bluetooth/rfcomm/sock.c.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { ParseError } from '../../text/parse-error.ts';
import { collector } from '../collector.ts';
import { receiveMemory, sendMemory, socketsByState, UNTOLD } from './families.ts';
import { bluetoothStates } from './states.ts';

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
const procField = { receiveMemory: 2, sendMemory: 3, inode: 5 } as const;

const procRows = (): Fold<Line, WithoutStates> => {
  const tally: WithoutStates = { form: 'proc', sockets: 0, receiveMemoryBytes: 0, sendMemoryBytes: 0 };
  return {
    add(line) {
      const receiveBytes = line.decimal(procField.receiveMemory);
      const sendBytes = line.decimal(procField.sendMemory);
      line.decimal(procField.inode);
      tally.sockets++;
      tally.receiveMemoryBytes += receiveBytes;
      tally.sendMemoryBytes += sendBytes;
    },
    end: () => tally,
  };
};

const states = [...bluetoothStates, 'other'] as const;
const OTHER = bluetoothStates.length;

const ADDRESS_CHARACTERS = '00:00:00:00:00:00'.length;
const isAddress = (line: Line, field: number): boolean =>
  line.width(field) === ADDRESS_CHARACTERS && line.contains(field, ':');

const debugfsRows = (): Fold<Line, WithStates> => {
  const byState = new Float64Array(states.length);
  return {
    add(line) {
      // `FROM TO state channel …`, where newer kernels print the kind of each L2CAP address behind it, `(0)`.
      const destination = line.contains(1, '(') ? 2 : 1;
      for (const field of [0, destination]) {
        if (!isAddress(line, field)) throw line.wrong(field, 'expected a Bluetooth address');
      }
      const stateField = destination === 1 ? 2 : 4;
      const stateNumber = line.decimal(stateField);
      line.decimal(stateField + 1);
      const at = stateNumber - 1 in bluetoothStates ? stateNumber - 1 : OTHER;
      byState[at] = (byState[at] ?? 0) + 1;
    },
    end: () => ({ form: 'debugfs', byState }),
  };
};

/** The first line tells the form; in debugfs a file without lines is one without sockets. */
const eitherForm = (): Fold<Line, WithStates | WithoutStates> => {
  let rows: Fold<Line, WithStates | WithoutStates> | undefined;

  const formOf = (line: Line): Fold<Line, WithStates | WithoutStates> => {
    if (isAddress(line, 0)) return debugfsRows();
    if (line.is(0, 'sk')) return headed(PROC_HEADER, procRows);
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
    end: () => (rows ?? debugfsRows()).end(),
  };
};

const socketsWithStates = <const Protocol extends 'l2cap' | 'rfcomm'>(protocol: Protocol) => {
  const protocols = [protocol];
  return collector({
    name: protocol,
    file: `kernel/debug/bluetooth/${protocol}`,
    otherwise: [`net/${protocol}`],
    about: `Bluetooth ${protocol.toUpperCase()} sockets, by state where the debugfs can be read.`,
    fold: eitherForm,
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
    fold: () => headed(PROC_HEADER, procRows),
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
