/** Sockets that systemd opened and passed on: sd_listen_fds(3). */

/** After standard input, output and error. */
const FIRST_DESCRIPTOR = 3;
/** A unit has one or two. */
const DESCRIPTORS_LIMIT = 64;

/** Their descriptors, or why there are none for this process. */
export const socketsPassed = (
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): readonly number[] | string => {
  const { LISTEN_PID: forWhom, LISTEN_FDS: text } = environment;
  if (forWhom === undefined || text === undefined) {
    return 'no sockets were passed: LISTEN_PID and LISTEN_FDS are not set';
  }
  if (forWhom !== String(pid)) return `the sockets were passed to process ${forWhom}, and this is ${pid}`;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > DESCRIPTORS_LIMIT) {
    return `expected 1 to ${DESCRIPTORS_LIMIT} sockets, and LISTEN_FDS is ${text}`;
  }
  return Array.from({ length: count }, (_, i) => FIRST_DESCRIPTOR + i);
};
