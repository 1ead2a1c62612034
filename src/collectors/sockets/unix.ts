/**
 * /proc/net/unix: one line a unix socket, printed by unix_seq_show() in net/unix/af_unix.c. A path may hold any
 * byte but NUL, line ends included: what follows one is a piece of the path, unless it looks like a row; a path
 * can forge a whole row, and nothing in this file gives that away.
 */
import { headed } from '../../text/headed.ts';
import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { collector, type Ask } from '../collector.ts';
import { socketsByState } from './families.ts';
import { unixProtocols, unixStates } from './states.ts';

type Protocol = (typeof unixProtocols)[keyof typeof unixProtocols];
type State = (typeof unixStates)[number];
type UnixTally = Readonly<Record<Protocol, Record<State, number>>>;

const field = { flags: 3, type: 4, state: 5, inode: 6 } as const;

/** SO_ACCEPTCON: somebody called listen(). */
const LISTENING = 0x10000;
const statesByNumber = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'] as const;

const noSockets = (): Record<State, number> => ({
  FREE: 0,
  LISTENING: 0,
  UNCONNECTED: 0,
  CONNECTING: 0,
  CONNECTED: 0,
  DISCONNECTING: 0,
});

const tally = ({ ledger }: Ask): Fold<Line, UnixTally> => {
  const sockets = { stream: noSockets(), dgram: noSockets(), seqpacket: noSockets() };
  const accountOf = (protocol: Protocol) => ledger?.account('unix', protocol, unixStates);
  const accounts = {
    stream: accountOf('stream'),
    dgram: accountOf('dgram'),
    seqpacket: accountOf('seqpacket'),
  };
  let pathMayGoOn = false;

  return {
    add(line) {
      if (!looksLikeRow(line)) {
        if (pathMayGoOn) return;
        throw line.wrong(0, 'expected a row of a unix socket');
      }
      const type = line.hex(field.type);
      if (!isKnownType(type)) throw line.wrong(field.type, 'unknown socket type');
      const state = statesByNumber[line.hex(field.state)];
      if (state === undefined) throw line.wrong(field.state, 'unknown state');
      const listening = state === 'UNCONNECTED' && (line.hex(field.flags) & LISTENING) !== 0;
      const inode = line.decimal(field.inode);
      const protocol = unixProtocols[type];
      const told = listening ? 'LISTENING' : state;
      sockets[protocol][told]++;
      accounts[protocol]?.socket(inode, unixStates.indexOf(told));
      pathMayGoOn = line.goesOnBehind(field.inode);
    },
    end: () => sockets,
  };
};

const isKnownType = (type: number): type is keyof typeof unixProtocols => type in unixProtocols;

const looksLikeRow = (line: Line): boolean =>
  line.endsWithColon(0) &&
  line.width(1) === 8 &&
  line.width(2) === 8 &&
  line.width(field.flags) === 8 &&
  line.width(field.type) === 4 &&
  line.width(field.state) === 2 &&
  line.has(field.inode);

export const unix = collector({
  name: 'unix',
  file: 'net/unix',
  about: 'Unix sockets by type and state.',
  tellsSockets: true,
  fold: ask => headed('Num RefCount Protocol Flags Type St Inode', () => tally(ask)),
  families: [
    socketsByState(
      'unix',
      Object.values(unixProtocols),
      unixStates,
      (sockets: UnixTally, protocol, state) => sockets[protocol][state],
    ),
  ],
});
