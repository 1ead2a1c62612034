/** Sockets as tables show them, by hand. */
import type { ShownSocket } from '../../src/snapshot/shown-socket.ts';

/** One of which nothing is known. */
export const bareShown: ShownSocket = {
  ...{ family: 'inet', protocol: '', state: '', isServer: false },
  ...{ receiveQueue: undefined, sendQueue: undefined },
  ...{ local: '', localPort: undefined, remote: '', remotePort: undefined },
  ...{ device: undefined, uid: undefined, user: undefined, inode: undefined },
  ...{ timer: undefined, detail: undefined },
  ...{ pid: undefined, program: undefined, command: undefined, ageSeconds: undefined },
};
