import type { Fold } from '../../text/fold.ts';
import type { Line } from '../../text/line.ts';
import { inetField, requireInode } from './inet-line.ts';
import { tcpStates, tcpTimers } from './states.ts';

/** TCP sockets of one IP version, counted. Arrays are indexed as `tcpStates` and `tcpTimers`. */
export interface TcpTally {
  readonly sockets: Float64Array;
  readonly receiveQueueBytes: Float64Array;
  readonly sendQueueBytes: Float64Array;
  readonly timers: Float64Array;
  retransmitting: number;
  establishedWithoutTimer: number;
  closeWaitUnread: number;
  closeWaitRead: number;
}

const ESTABLISHED = tcpStates.indexOf('ESTABLISHED');
const CLOSE_WAIT = tcpStates.indexOf('CLOSE_WAIT');
const OFF = tcpTimers.indexOf('off');

/**
 * Counts rows of tcp and tcp6. In CLOSE_WAIT the peer's FIN counts as one byte until the program has read up to
 * the end of stream, so an empty receive queue means that it did and has not closed.
 * A timer code that is not known leaves the row out of the timers only.
 */
export const tcpTally = (): Fold<Line, TcpTally> => {
  const tally: TcpTally = {
    sockets: new Float64Array(tcpStates.length),
    receiveQueueBytes: new Float64Array(tcpStates.length),
    sendQueueBytes: new Float64Array(tcpStates.length),
    timers: new Float64Array(tcpTimers.length),
    retransmitting: 0,
    establishedWithoutTimer: 0,
    closeWaitUnread: 0,
    closeWaitRead: 0,
  };
  const { sockets, receiveQueueBytes, sendQueueBytes, timers } = tally;

  return {
    add(line) {
      requireInode(line);
      const state = line.hex(inetField.state) - 1;
      if (state < 0 || state >= tcpStates.length) throw line.wrong(inetField.state, 'unknown state');
      const queues = line.pair(inetField.queues);
      const sendQueue = queues.left;
      const receiveQueue = queues.right;
      const timer = line.pair(inetField.timer).left;
      const retransmits = line.hex(inetField.retransmits);

      add(sockets, state, 1);
      add(receiveQueueBytes, state, receiveQueue);
      add(sendQueueBytes, state, sendQueue);
      if (timer < tcpTimers.length) add(timers, timer, 1);
      if (retransmits > 0) tally.retransmitting++;
      if (state === ESTABLISHED && timer === OFF) tally.establishedWithoutTimer++;
      if (state === CLOSE_WAIT) {
        if (receiveQueue > 0) tally.closeWaitUnread++;
        else tally.closeWaitRead++;
      }
    },
    end: () => tally,
  };
};

const add = (sums: Float64Array, index: number, amount: number): void => {
  sums[index] = (sums[index] ?? 0) + amount;
};
