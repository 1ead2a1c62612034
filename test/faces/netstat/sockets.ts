/** Sockets for those who print them: by hand, and as a reading kept them. */
import type { Socket } from '../../../src/collectors/rows.ts';
import { nothingTold } from '../../../src/collectors/sockets/told.ts';
import type { KeptSocket } from '../../rows.ts';

/** A socket of which only this is told. */
export const socketOf = (told: Partial<KeptSocket> & Pick<KeptSocket, 'family' | 'state'>): Socket => {
  const { local = '', remote = '', ...rest } = told;
  return {
    ...nothingTold,
    ...{ protocol: '', isServer: false },
    ...rest,
    local: () => local,
    remote: () => remote,
  };
};
