/** What a big-endian machine would have printed in the place of a little-endian one that was captured. */

/** The bytes of a word of 8 hexadecimal digits, last to first. */
const swapped = (word: string): string => (word.match(/../g) ?? []).reverse().join('');

/** One word for each 8 digits: an address of IPv6 has four. */
const swappedWords = (digits: string): string => digits.replace(/.{8}/g, swapped);

/** `   0: 0100007F:1F90 00000000:0000 0A …`: both addresses; ports are printed as numbers. */
const inInetRow = (line: string): string =>
  line.replace(
    /^( *\d+: )([0-9A-F]+)(:[0-9A-F]{4} )([0-9A-F]+)(:[0-9A-F]{4} )/,
    (_, number: string, local: string, port: string, remote: string, rest: string) =>
      `${number}${swappedWords(local)}${port}${swappedWords(remote)}${rest}`,
  );

/** Between tabs; the names of interfaces stand in the first field and may hold anything else. */
const inColumns =
  (...columns: readonly number[]) =>
  (line: string): string =>
    line
      .split('\t')
      .map((field, i) => (columns.includes(i) ? field.replace(/^[0-9A-F]{8}(?= *$)/, swapped) : field))
      .join('\t');

/**
 * Files of /proc/net in which words stand as the machine holds them: %08X of a __be32. In all other files the kernel prints
 * addresses byte by byte or turns them first (mcfilter, ip_masquerade, ipx), and the text is the same on every machine.
 */
const converters: Readonly<Record<string, (line: string) => string>> = {
  // net/ipv4/tcp_ipv4.c, get_tcp4_sock(), and its siblings.
  ...Object.fromEntries(
    ['tcp', 'udp', 'udplite', 'raw', 'icmp'].flatMap(name => [
      [name, inInetRow],
      [`${name}6`, inInetRow],
    ]),
  ),
  // net/ipv4/fib_trie.c, fib_route_seq_show(): destination, gateway, mask.
  route: inColumns(1, 2, 7),
  // net/ipv4/route.c, rt_cache_seq_show() of kernels before 3.6: destination, gateway, source, source that was chosen.
  rt_cache: inColumns(1, 2, 7, 14),
  // net/ipv4/igmp.c, igmp_mc_seq_show(): the group stands behind four tabs.
  igmp: line =>
    line.replace(/^(\t+)([0-9A-F]{8})(?= )/, (_, tabs: string, word: string) => tabs + swapped(word)),
};

export const convertedFiles: readonly string[] = Object.keys(converters);

/** @param text a character for each byte */
export const asBigEndian = (file: string, text: string): string =>
  text
    .split('\n')
    .map(converters[file] ?? (line => line))
    .join('\n');
