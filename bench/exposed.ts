/** What a scrape holds, as far as it shows that the scrape was a true one. */

export const seriesIn = (text: string): number => sampleLines(text).length;

/** Collectors of either server that failed. */
export const failuresIn = (text: string): readonly string[] =>
  sampleLines(text).filter(line => /^\w+_collector_success\{.*\} 0$/.test(line));

/** TCP sockets of both families in all states, as either server counts them. */
export const tcpSocketsIn = (text: string): number =>
  sumIn(text, /^(netstat_sockets\{.*protocol="tcp"|node_tcp_connection_states\{state="(?!rx|tx))/);

/** The same added up by program, with those that belong to none. */
export const programTcpSocketsIn = (text: string): number =>
  sumIn(text, /^netstat_program_sockets\{.*protocol="tcp"/);

export const ownedTcpSocketsIn = (text: string): number =>
  sumIn(text, /^netstat_program_sockets\{(?!.*program="").*protocol="tcp"/);

/** Sockets for whose owners there was no time or no room. */
export const withoutOwnerForWantOfBudgetIn = (text: string): number =>
  sumIn(text, /^netstat_sockets_without_owner\{reason="budget"/);

const sumIn = (text: string, samples: RegExp): number =>
  sampleLines(text)
    .filter(line => samples.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

const sampleLines = (text: string): readonly string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
