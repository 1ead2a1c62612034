/** What a scrape holds, as far as it shows that the scrape was a true one. */

export const seriesIn = (text: string): number => sampleLines(text).length;

/** Collectors of either server that failed. */
export const failuresIn = (text: string): readonly string[] =>
  sampleLines(text).filter(line => /^\w+_collector_success\{.*\} 0$/.test(line));

/** TCP sockets of both families in all states, as either server counts them. */
export const tcpSocketsIn = (text: string): number =>
  sampleLines(text)
    .filter(line =>
      /^(netstat_sockets\{.*protocol="tcp"|node_tcp_connection_states\{state="(?!rx|tx))/.test(line),
    )
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

const sampleLines = (text: string): readonly string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
