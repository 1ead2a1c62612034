// Protects: on a live kernel, with sockets of every state, what we expose is what netstat, ss, nstat, ip and node_exporter say.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../needs.ts';
import { ask, namespaceWithSockets } from './namespaces.ts';
import { eventually, exporter, output, run, start, startServer, type Command } from './programs.ts';
import { one, pick, samplesIn, sum, tally, type Sample } from './samples.ts';

const tools = [
  'unshare',
  'nsenter',
  'python3',
  'ip',
  'nft',
  'ss',
  'netstat',
  'nstat',
  'prometheus-node-exporter',
];

const versions = [
  { family: 'inet', suffix: '', ssFlag: '-4' },
  { family: 'inet6', suffix: '6', ssFlag: '-6' },
] as const;

const tcpStates = [
  ...['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT'],
  ...['CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING'],
];
const datagramStates = ['ESTABLISHED', 'UNCONNECTED'];
const unixStates = ['FREE', 'LISTENING', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'];
const timers = ['off', 'on', 'keepalive', 'timewait', 'probe'];

/** The words of ss for the states of netstat. */
const ssTcpStates: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  UNCONN: 'CLOSE',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
};
const ssDatagramStates: Readonly<Record<string, string>> = { ESTAB: 'ESTABLISHED', UNCONN: 'UNCONNECTED' };

/** include/uapi/linux/netlink.h: what kernels at hand have. */
const netlinkProtocols: Readonly<Record<string, string>> = {
  0: 'route',
  2: 'usersock',
  4: 'sock_diag',
  5: 'nflog',
  6: 'xfrm',
  7: 'selinux',
  8: 'iscsi',
  9: 'audit',
  10: 'fib_lookup',
  11: 'connector',
  12: 'netfilter',
  15: 'kobject_uevent',
  16: 'generic',
  18: 'scsitransport',
  20: 'rdma',
  21: 'crypto',
  22: 'smc',
};

describe('sockets of every state in a scratch namespace', needs({ root: true, tools }), () => {
  let namespace: Awaited<ReturnType<typeof namespaceWithSockets>>;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netstat-exporter-'));
    writeFileSync(join(folder, 'all.yaml'), 'statistics: { tier: all }\n');
    namespace = await namespaceWithSockets();
  });
  after(async () => {
    await namespace.stop();
    rmSync(folder, { recursive: true });
  });

  const scrapeCommand = (): Command => exporter('scrape', `--config.file=${join(folder, 'all.yaml')}`);
  const scrape = (): readonly Sample[] => samplesIn(output(namespace.inside(scrapeCommand())));
  const scrapeWithSysfs = (): readonly Sample[] =>
    samplesIn(output(namespace.insideWithSysfs(scrapeCommand())));

  const linesOf = (...command: Command): readonly string[] =>
    output(namespace.inside(command)).split('\n').slice(0, -1);
  const wordsOf = (...command: Command): readonly (readonly string[])[] =>
    linesOf(...command).map(line => line.trim().split(/\s+/));
  /** The rows of a table that netstat prints, without what stands above them. */
  const netstat = (isRow: RegExp, ...flags: readonly string[]): readonly (readonly string[])[] =>
    wordsOf('netstat', ...flags).filter(([first = '']) => isRow.test(first));
  /** The rows of a kernel file, split at blanks. */
  const kernelRows = (file: string): readonly (readonly string[])[] =>
    wordsOf('cat', `/proc/net/${file}`).slice(1);

  const column = (rows: readonly (readonly string[])[], index: number): readonly string[] =>
    rows.map(row => row[index] ?? '');
  const total = (rows: readonly (readonly string[])[], index: number): number =>
    sum(column(rows, index).map(Number));

  test('tcp: every state counts what ss, netstat and the opener of the sockets count', async () => {
    for (const { family, suffix, ssFlag } of versions) {
      await eventually(() => {
        const ours = pick(scrape(), 'netstat_sockets', { family, protocol: 'tcp' });
        const ss = column(wordsOf('ss', '-H', '-tan', ssFlag), 0);
        assert.deepEqual(
          ours,
          tally(
            ss.map(word => ssTcpStates[word] ?? word.replaceAll('-', '_')),
            tcpStates,
          ),
        );
        const rows = netstat(/^tcp6?$/, '-tuwxan').filter(([protocol]) => protocol === `tcp${suffix}`);
        assert.deepEqual(ours, tally(column(rows, 5), tcpStates));
        const opened = namespace.opened.expected[`tcp${suffix}`];
        assert.deepEqual(ours, Object.fromEntries(tcpStates.map(state => [state, opened[state] ?? 0])));
      });
    }
  });

  test('the sockets that are compared are in every state but CLOSE, in which no file lists one', () => {
    for (const { suffix } of versions) {
      const opened = namespace.opened.expected[`tcp${suffix}`];
      assert.deepEqual(
        tcpStates.filter(state => (opened[state] ?? 0) === 0),
        ['CLOSE'],
      );
    }
  });

  test('udp, udplite, raw and ping sockets: states and memory as ss, netstat and the kernel files have them', async () => {
    for (const { family, suffix, ssFlag } of versions) {
      await eventually(() => {
        const samples = scrape();
        for (const protocol of ['udp', 'udplite', 'raw', 'icmp']) {
          const labels = { family, protocol };
          const ours = pick(samples, 'netstat_sockets', labels);
          const opened = namespace.opened.other[protocol + suffix] ?? {};
          assert.deepEqual(
            ours,
            { ESTABLISHED: opened['ESTABLISHED'] ?? 0, UNCONNECTED: opened['CLOSE'] ?? 0 },
            protocol + suffix,
          );
          const receiveMemory = one(samples, 'netstat_socket_receive_memory_bytes', labels);
          const sendMemory = one(samples, 'netstat_socket_send_memory_bytes', labels);

          // Ping sockets are in no tool, UDP-Lite is not in ss.
          if (protocol === 'udp' || protocol === 'raw') {
            const rows = wordsOf('ss', '-H', protocol === 'udp' ? '-uan' : '-wan', ssFlag);
            assert.deepEqual(
              ours,
              tally(
                column(rows, 0).map(word => ssDatagramStates[word] ?? word),
                datagramStates,
              ),
            );
            assert.deepEqual([receiveMemory, sendMemory], [total(rows, 1), total(rows, 2)]);
          }
          if (protocol !== 'icmp') {
            const short = protocol === 'udplite' ? `udpl${suffix}` : protocol + suffix;
            const rows = netstat(/^(udpl?|raw)6?$/, protocol === 'udplite' ? '-Uan' : '-tuwxan').filter(
              ([first]) => first === short,
            );
            const connected = rows.filter(row => row[5] === 'ESTABLISHED').length;
            assert.deepEqual(ours, { ESTABLISHED: connected, UNCONNECTED: rows.length - connected });
            assert.deepEqual([receiveMemory, sendMemory], [total(rows, 1), total(rows, 2)]);
          }
          const queues = column(kernelRows(protocol + suffix), 4).map(pair => pair.split(':'));
          const half = (index: number): number =>
            sum(queues.map(each => Number.parseInt(each[index] ?? '', 16)));
          assert.deepEqual([receiveMemory, sendMemory], [half(1), half(0)]);
        }
        assert.ok(
          (one(samples, 'netstat_socket_receive_memory_bytes', { family, protocol: 'udp' }) ?? 0) > 0,
        );
      });
    }
  });

  test('drops: what ss and the kernel files say', () => {
    const samples = scrape();
    for (const { family, suffix, ssFlag } of versions) {
      const drops = (protocol: string) => one(samples, 'netstat_socket_drops_total', { family, protocol });
      const ss = linesOf('ss', '-H', '-uanm', ssFlag).join('\n');
      const dropped = [...ss.matchAll(/skmem:\(.*,d(\d+)\)/g)].map(([, count]) => Number(count));
      assert.equal(drops('udp'), sum(dropped));
      assert.ok(sum(dropped) > 0);
      for (const protocol of ['udp', 'udplite', 'raw', 'icmp']) {
        assert.equal(drops(protocol), total(kernelRows(protocol + suffix), 12), protocol + suffix);
      }
    }
  });

  test('unix: every state counts what netstat counts, and ss but for connections that nobody accepted', async () => {
    await eventually(() => {
      const samples = scrape();
      const rows = linesOf('netstat', '-tuwxan').flatMap(line => {
        const [, protocol, state] =
          /^unix +\d+ +\[[^\]]*\] +(STREAM|DGRAM|SEQPACKET) +([A-Z]+)?/.exec(line) ?? [];
        return protocol === undefined
          ? []
          : [{ protocol: protocol.toLowerCase(), state: state ?? 'UNCONNECTED' }];
      });
      const ss = linesOf('ss', '-H', '-xan').flatMap(line => {
        const [, protocol, state] = /^u_(str|dgr|seq) +([A-Z]+)/.exec(line) ?? [];
        return protocol === undefined ? [] : [{ protocol, state }];
      });
      for (const protocol of ['stream', 'dgram', 'seqpacket']) {
        const ours = pick(samples, 'netstat_sockets', { family: 'unix', protocol });
        const states = rows.filter(row => row.protocol === protocol).map(({ state }) => state);
        assert.deepEqual(ours, tally(states, unixStates), protocol);

        const words = ss.filter(row => row.protocol === protocol.slice(0, 3)).map(({ state = '' }) => state);
        assert.deepEqual(
          { LISTEN: ours['LISTENING'], ESTAB: ours['CONNECTED'], UNCONN: ours['UNCONNECTED'] },
          tally(words, ['LISTEN', 'ESTAB', 'UNCONN']),
          protocol,
        );
      }
      const all = pick(samples, 'netstat_sockets', { family: 'unix' });
      const listening = sum(
        Object.entries(all).flatMap(([key, n]) => (key.endsWith('LISTENING') ? [n] : [])),
      );
      assert.deepEqual(
        { LISTEN: listening, open: sum(Object.values(all)) - listening },
        namespace.opened.other['unix'],
      );
    });
  });

  test('packet sockets: types and memory as ss has them', async () => {
    await eventually(() => {
      const samples = scrape();
      const rows = wordsOf('ss', '-H', '-0an').map(([kind, , receive]) => ({
        type: kind === 'p_raw' ? 'raw' : 'dgram',
        receive: Number(receive),
      }));
      const memory = (type: string): number =>
        sum(rows.filter(row => row.type === type).map(({ receive }) => receive));
      const { dgram = 0, raw = 0 } = namespace.opened.other['packet'] ?? {};
      const ours = pick(samples, 'netstat_sockets', { family: 'packet' });
      assert.deepEqual(
        ours,
        tally(
          rows.map(({ type }) => type),
          ['dgram', 'raw', 'packet', 'other'],
        ),
      );
      assert.deepEqual([ours['dgram'], ours['raw']], [dgram, raw]);
      assert.deepEqual(pick(samples, 'netstat_socket_receive_memory_bytes', { family: 'packet' }), {
        dgram: memory('dgram'),
        raw: memory('raw'),
        packet: 0,
        other: 0,
      });
      assert.ok(memory('dgram') > 0 && memory('raw') > 0);
    });
  });

  test('netlink sockets: protocols, memory and drops as ss and the kernel file have them', async () => {
    await eventually(() => {
      const samples = scrape();
      const labels = { family: 'netlink' };
      const rows = kernelRows('netlink').map(([, protocol = '', port, , receive, , , , drops]) => ({
        protocol: netlinkProtocols[protocol] ?? 'other',
        isOfKernel: port === '0',
        receive: Number(receive),
        drops: Number(drops),
      }));
      const counts = pick(samples, 'netstat_sockets', labels);
      const sums = (column: 'receive' | 'drops'): Record<string, number> =>
        Object.fromEntries(
          Object.keys(counts).map(name => [
            name,
            sum(rows.filter(({ protocol }) => protocol === name).map(row => row[column])),
          ]),
        );
      assert.deepEqual(pick(samples, 'netstat_socket_receive_memory_bytes', labels), sums('receive'));
      const dropped = pick(samples, 'netstat_socket_drops_total', labels);
      assert.deepEqual(dropped, sums('drops'));
      assert.ok((dropped['route'] ?? 0) > 0);

      const opened = Object.entries(namespace.opened.other['netlink'] ?? {});
      assert.ok(opened.length > 3);
      for (const [number, count] of opened) {
        const name = netlinkProtocols[number] ?? 'other';
        const ofKernel = rows.filter(row => row.isOfKernel && row.protocol === name).length;
        assert.equal(counts[name], ofKernel + count, name);
      }

      const ss = wordsOf('ss', '-H', '-f', 'netlink', '-an')
        .map(([, receive, , local = '']) => ({ receive: Number(receive), local }))
        // It asks over a socket of its own, which holds the answer.
        .filter(({ receive, local }) => !/^4:[1-9]/.test(local) || receive === 0);
      // The kernel tells it of those in a multicast group once more.
      const sockets = [...new Set(ss.map(({ local }) => local))];
      assert.deepEqual(
        counts,
        tally(
          sockets.map(local => netlinkProtocols[local.split(':')[0] ?? ''] ?? 'other'),
          Object.keys(counts),
        ),
      );
    });
  });

  test('queues of tcp: the sums of Recv-Q and Send-Q by state, listeners left out', async () => {
    await eventually(() => {
      const samples = scrape();
      for (const { family, suffix, ssFlag } of versions) {
        const ss = wordsOf('ss', '-H', '-tan', ssFlag).map(([state = '', receive, send]) => ({
          state: ssTcpStates[state] ?? state.replaceAll('-', '_'),
          receive: Number(receive),
          send: Number(send),
        }));
        const rows = netstat(/^tcp6?$/, '-tuwxan')
          .filter(([protocol]) => protocol === `tcp${suffix}`)
          .map(([, receive, send, , , state = '']) => ({
            state,
            receive: Number(receive),
            send: Number(send),
          }));
        const states = tcpStates.filter(state => state !== 'LISTEN');
        for (const direction of ['receive', 'send'] as const) {
          const ours = pick(samples, `netstat_socket_${direction}_queue_bytes`, { family, protocol: 'tcp' });
          for (const theirs of [ss, rows]) {
            const sumOf = (state: string): number =>
              sum(theirs.filter(row => row.state === state).map(row => row[direction]));
            assert.deepEqual(ours, Object.fromEntries(states.map(state => [state, sumOf(state)])));
          }
          assert.ok((ours['ESTABLISHED'] ?? 0) > 0);
        }
      }
    });
  });

  test('timers and retransmissions: the words and counts of ss -o and netstat -o', async () => {
    await eventually(() => {
      const samples = scrape();
      for (const { family, suffix, ssFlag } of versions) {
        const ours = pick(samples, 'netstat_socket_timers', { family, protocol: 'tcp' });
        const retransmitting = one(samples, 'netstat_sockets_retransmitting', { family, protocol: 'tcp' });
        const withoutTimer = one(samples, 'netstat_established_sockets_without_timer', { family });

        const ss = linesOf('ss', '-H', '-tano', ssFlag).map(line => {
          const [, timer = 'off', , count] = /timer:\((\w+),([^,]*),(\d+)\)/.exec(line) ?? [];
          return {
            timer: timer === 'persist' ? 'probe' : timer,
            count: Number(count),
            established: line.startsWith('ESTAB'),
          };
        });
        const rows = netstat(/^tcp6?$/, '-tano')
          .filter(([protocol]) => protocol === `tcp${suffix}`)
          .map(row => ({
            timer: row[6] ?? '',
            count: Number(/^\([\d.]+\/(\d+)\//.exec(row[7] ?? '')?.[1]),
            established: row[5] === 'ESTABLISHED',
          }));
        for (const theirs of [ss, rows]) {
          assert.deepEqual(
            ours,
            tally(
              theirs.map(({ timer }) => timer),
              timers,
            ),
          );
          // With other timers the number of ss is one of probes.
          assert.equal(
            retransmitting,
            theirs.filter(({ timer, count }) => timer === 'on' && count > 0).length,
          );
          assert.equal(withoutTimer, theirs.filter(row => row.established && row.timer === 'off').length);
        }
        assert.deepEqual(
          timers.filter(timer => ours[timer] === 0),
          [],
        );
        assert.ok((retransmitting ?? 0) > 0);
      }
    });
  });

  test('CLOSE_WAIT: an empty queue is one whose end of stream was read', async () => {
    await eventually(() => {
      const samples = scrape();
      for (const { family, ssFlag } of versions) {
        const queues = wordsOf('ss', '-H', '-tan', ssFlag, 'state', 'close-wait').map(([queue]) =>
          Number(queue),
        );
        const unread = queues.filter(bytes => bytes > 0).length;
        assert.deepEqual(pick(samples, 'netstat_close_wait_sockets', { family }), {
          unread,
          read: queues.length - unread,
        });
        // sockets.py: the end unread, the same behind data, and two that read it and do not close.
        assert.deepEqual([unread, queues.length], [2, 4]);
      }
    });
  });

  test('routes by device and kind, and default routes: netstat -rn', async () => {
    // Half of all addresses each, as a VPN claims them: they begin with zeros and are no default routes.
    output(namespace.inside(['ip', 'route', 'add', '0.0.0.0/1', 'via', '192.0.2.4']));
    output(namespace.inside(['ip', '-6', 'route', 'add', '::/1', 'via', '2001:db8::4']));
    await eventually(() => {
      const samples = scrape();
      const inet = netstat(/^\d/, '-rn').map(([destination, , mask, flags = '', ...rest]) => {
        const device = rest.at(-1) ?? '';
        const isReject = flags.includes('!') || device === '*';
        return {
          device: device === '*' || device === '-' ? '' : device,
          kind: isReject ? 'reject' : kindOf(flags, false),
          isDefault: !isReject && destination === '0.0.0.0' && mask === '0.0.0.0',
        };
      });
      const inet6 = netstat(/\/\d+$/, '-6', '-rn').map(([destination = '', , flags = '', ...rest]) => {
        const isReject = flags.includes('!');
        return {
          device: rest.at(-1) ?? '',
          kind: isReject ? 'reject' : kindOf(flags, destination.endsWith('/128')),
          isDefault: !isReject && destination === '::/0',
        };
      });
      for (const [family, rows] of Object.entries({ inet, inet6 })) {
        const devices = [...new Set(rows.map(({ device }) => device))];
        const expected = devices.flatMap(device => {
          const kinds = rows.filter(row => row.device === device).map(({ kind }) => kind);
          const counts = tally(kinds, ['direct', 'gateway', 'host', 'reject']);
          return Object.entries(counts).map(([kind, count]) => [`${device} ${kind}`.trim(), count] as const);
        });
        assert.deepEqual(pick(samples, 'netstat_routes', { family }), Object.fromEntries(expected));

        const defaults = rows.filter(({ isDefault }) => isDefault).map(({ device }) => device);
        assert.deepEqual(
          pick(samples, 'netstat_default_routes', { family }),
          tally(defaults, [...new Set(defaults)]),
        );
        // sockets.py makes a default route and all kinds.
        assert.equal(defaults.length, 1);
        assert.equal(new Set(rows.map(({ kind }) => kind)).size, family === 'inet' ? 3 : 4);
      }
    });
  });

  test('multicast groups and their users by device: netstat -gn', async t => {
    const [program, ...args] = namespace.inside(['python3', '-c', joinAgain]);
    const second = await start([program, ...args], /ready/);
    t.after(() => second.stop());
    await eventually(() => {
      const samples = scrape();
      const rows = wordsOf('netstat', '-gn')
        .slice(3)
        .map(([device = '', users, group = '']) => ({
          device,
          users: Number(users),
          family: group.includes(':') ? 'inet6' : 'inet',
        }));
      for (const { family } of versions) {
        const ours = rows.filter(row => row.family === family);
        const devices = [...new Set(ours.map(({ device }) => device))];
        assert.deepEqual(
          pick(samples, 'netstat_multicast_groups', { family }),
          tally(
            ours.map(({ device }) => device),
            devices,
          ),
        );
        assert.deepEqual(
          pick(samples, 'netstat_multicast_group_users', { family }),
          Object.fromEntries(
            devices.map(device => [
              device,
              sum(ours.filter(row => row.device === device).map(({ users }) => users)),
            ]),
          ),
        );
        assert.ok(devices.length > 1 && ours.some(({ users }) => users > 1));
      }
    });
  });

  test('counters of every interface: ip -s', async () => {
    await eventually(() => {
      const samples = scrape();
      const links = JSON.parse(output(namespace.inside(['ip', '-s', '-s', '-j', 'link']))) as readonly Link[];
      assert.ok(links.length > 1);
      for (const { ifname, stats64 } of links) {
        const ours = Object.fromEntries(
          samples
            .filter(({ name, labels }) => labels['device'] === ifname && /_(receive|transmit)_/.test(name))
            .map(({ name, value }) => [name.replace(/^netstat_interface_(.*)_total$/, '$1'), value]),
        );
        assert.deepEqual(ours, expectedTraffic(stats64), ifname);
      }
    });
  });

  test('addresses of every interface: ip -6 address', () => {
    const links = JSON.parse(output(namespace.inside(['ip', '-6', '-j', 'address']))) as readonly {
      readonly ifname?: string;
      readonly addr_info?: readonly unknown[];
    }[];
    assert.deepEqual(
      pick(scrape(), 'netstat_interface_addresses', { family: 'inet6' }),
      Object.fromEntries(links.map(({ ifname = '', addr_info = [] }) => [ifname, addr_info.length])),
    );
  });

  test('a sysfs that shows another namespace is not taken for ours', () => {
    const samples = scrape();
    assert.equal(one(samples, 'netstat_scrape_collector_present', { collector: 'interfaces' }), 0);
    assert.equal(one(samples, 'netstat_scrape_collector_success', { collector: 'interfaces' }), 1);
    assert.deepEqual(pick(samples, 'netstat_interface_up'), {});
    assert.deepEqual(pick(samples, 'netstat_interface_info'), {});
  });

  test('with its own sysfs: MTU and flags as netstat -ia, state and changes as ip have them', () => {
    const samples = scrapeWithSysfs();
    assert.equal(one(samples, 'netstat_scrape_collector_present', { collector: 'interfaces' }), 1);
    const rows = wordsOf('netstat', '-ia').slice(2);
    assert.deepEqual(
      pick(samples, 'netstat_interface_mtu_bytes'),
      Object.fromEntries(rows.map(([device = '', mtu]) => [device, Number(mtu)])),
    );
    const infos = samples.filter(({ name }) => name === 'netstat_interface_info').map(({ labels }) => labels);
    assert.deepEqual(
      infos.map(({ device, flags }) => `${device ?? ''} ${flags ?? ''}`).sort(),
      rows.map(row => `${row[0] ?? ''} ${row.at(-1) ?? ''}`).sort(),
    );

    const links = JSON.parse(output(namespace.inside(['ip', '-s', '-s', '-j', 'link']))) as readonly Link[];
    for (const { ifname: device, flags, operstate, address, stats64 } of links) {
      assert.equal(one(samples, 'netstat_interface_up', { device }), Number(flags.includes('UP')));
      assert.equal(
        one(samples, 'netstat_interface_promiscuous', { device }),
        Number(flags.includes('PROMISC')),
      );
      assert.equal(
        one(samples, 'netstat_interface_carrier_changes_total', { device }),
        stats64.tx['carrier_changes'],
      );
      const info = infos.find(each => each['device'] === device);
      assert.deepEqual([info?.['operstate'], info?.['address']], [operstate.toLowerCase(), address]);
    }
  });

  test('every counter of nstat', async () => {
    await eventually(() => {
      const samples = scrape();
      const theirs = wordsOf('nstat', '-azs')
        .filter(words => words.length === 3)
        .map(([name = '', value]) => ({ name, ...asOurs(name, Number(value)) }));
      const ours = new Map(
        samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
      );
      assert.ok(theirs.length > 300, 'nstat printed next to nothing');
      assert.deepEqual(
        theirs.map(({ name, key }) => [name, ours.get(key)]),
        theirs.map(({ name, value }) => [name, value]),
      );
    });
  });

  test('the namespace that is read is named, and everything in it could be read', () => {
    const samples = scrapeWithSysfs();
    const inode = /\d+/.exec(output(['readlink', `/proc/${namespace.pid}/ns/net`]))?.[0];
    // Some machines let nobody look at process 1.
    const isInit = run(['readlink', '/proc/1/ns/net']).status === 0 ? 'false' : 'unknown';
    assert.deepEqual(pick(samples, 'netstat_exporter_netns_info'), { [`${inode ?? ''} ${isInit}`]: 1 });
    const success = pick(samples, 'netstat_scrape_collector_success');
    assert.ok(Object.values(success).every(value => value === 1));
    const skipped = pick(samples, 'netstat_scrape_collector_skipped_lines');
    assert.ok(Object.values(skipped).every(value => value === 0));
    const present = pick(samples, 'netstat_scrape_collector_present');
    assert.deepEqual(Object.keys(success).sort(), Object.keys(present).sort());
    assert.deepEqual(
      Object.keys(skipped).sort(),
      Object.keys(present)
        .filter(name => present[name] === 1)
        .sort(),
    );
  });

  // The last, because it adds sockets of its own to the namespace.
  test('node_exporter in the same namespace sees the same', async t => {
    const [program, ...args] = namespace.inside([
      'prometheus-node-exporter',
      '--web.listen-address=127.0.0.1:0',
      '--collector.disable-defaults',
      ...['tcpstat', 'sockstat', 'netstat', 'netdev'].map(name => `--collector.${name}`),
      '--collector.netstat.fields=.*',
      '--collector.netdev.device-exclude=^$',
      '--no-collector.netdev.netlink',
    ]);
    const peer = await start([program, ...args], /msg="Listening on" address=(\S+)/);
    t.after(() => peer.stop());
    const own = await startServer(namespace.inside(['env']), `--config.file=${join(folder, 'all.yaml')}`);
    t.after(() => own.stop());
    const peerUrl = `http://${peer.ready[1] ?? ''}/metrics`;

    await eventually(() => {
      // Connections are kept, so that in later rounds the askers themselves change no state any more.
      const answers = ask(namespace, 4, [peerUrl, own.url, peerUrl]).slice(-3);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      const [early = [], ours = [], late = []] = answers.map(({ body }) => samplesIn(body));
      assertTcpStates(early, ours);
      assertTcpStates(late, ours);
      assertSockstat(early, ours, late);
      assertCounters(early, ours, late);
    });
  });
});

/** Becomes the second user of groups that sockets.py has joined. The sockets are not bound, so no kernel file lists them. */
const joinAgain = `
import socket, struct, sys
index = socket.if_nametoindex('lo')
inet, inet6 = (socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6))
inet.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
    socket.inet_pton(socket.AF_INET, '239.192.0.7') + struct.pack('4xi', index))
inet6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
    socket.inet_pton(socket.AF_INET6, 'ff05::db8:7') + struct.pack('I', index))
print('ready', flush=True)
sys.stdin.read()
`;

const kindOf = (flags: string, isHostPrefix: boolean): string => {
  if (flags.includes('G')) return 'gateway';
  return flags.includes('H') || isHostPrefix ? 'host' : 'direct';
};

interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly operstate: string;
  readonly address: string;
  readonly stats64: Readonly<Record<'rx' | 'tx', Readonly<Record<string, number>>>>;
}

/** Some columns of net/dev are sums: dev_seq_printf_stats() in net/core/net-procfs.c. */
const expectedTraffic = ({ rx, tx }: Link['stats64']): Record<string, number> => {
  const all = (from: Readonly<Record<string, number>>, ...names: readonly string[]): number =>
    sum(names.map(name => from[name] ?? 0));
  return {
    receive_bytes: all(rx, 'bytes'),
    receive_packets: all(rx, 'packets'),
    receive_errors: all(rx, 'errors'),
    receive_dropped: all(rx, 'dropped', 'missed_errors'),
    receive_fifo: all(rx, 'fifo_errors'),
    receive_frame: all(rx, 'length_errors', 'over_errors', 'crc_errors', 'frame_errors'),
    receive_compressed: all(rx, 'compressed'),
    receive_multicast: all(rx, 'multicast'),
    transmit_bytes: all(tx, 'bytes'),
    transmit_packets: all(tx, 'packets'),
    transmit_errors: all(tx, 'errors'),
    transmit_dropped: all(tx, 'dropped'),
    transmit_fifo: all(tx, 'fifo_errors'),
    transmit_collisions: all(tx, 'collisions'),
    transmit_carrier: all(tx, 'carrier_errors', 'aborted_errors', 'window_errors', 'heartbeat_errors'),
    transmit_compressed: all(tx, 'compressed'),
  };
};

/** From the longest, because one begins with another. */
const groups: Readonly<Record<string, readonly [group: string, family?: string]>> = {
  MPTcpExt: ['mptcpext'],
  TcpExt: ['tcpext'],
  IpExt: ['ipext'],
  UdpLite6: ['udplite', 'inet6'],
  UdpLite: ['udplite', 'inet'],
  Udp6: ['udp', 'inet6'],
  Udp: ['udp', 'inet'],
  Icmp6: ['icmp', 'inet6'],
  Icmp: ['icmp', 'inet'],
  Ip6: ['ip', 'inet6'],
  Ip: ['ip', 'inet'],
  Tcp: ['tcp'],
  Sctp: ['sctp'],
};

/** What snmp6 calls otherwise than snmp. */
const renamed: Readonly<Record<string, string>> = {
  Ip6OutForwDatagrams: 'ForwDatagrams',
  Icmp6InParmProblems: 'InParmProbs',
  Icmp6OutParmProblems: 'OutParmProbs',
  Icmp6InEchoReplies: 'InEchoReps',
  Icmp6OutEchoReplies: 'OutEchoReps',
};

/** What is no counter. */
const gauges: Readonly<Record<string, readonly [name: string, convert: (value: number) => number]>> = {
  IpForwarding: ['ip_forwarding inet', value => Number(value === 1)],
  IpDefaultTTL: ['ip_default_ttl inet', value => value],
  TcpRtoAlgorithm: ['tcp_rto_algorithm', value => value],
  TcpRtoMin: ['tcp_rto_min_seconds', value => value / 1000],
  TcpRtoMax: ['tcp_rto_max_seconds', value => value / 1000],
  TcpMaxConn: ['tcp_max_conn', value => value],
  TcpCurrEstab: ['tcp_curr_estab', value => value],
  MPTcpExtMPCurrEstab: ['mptcpext_curr_estab', value => value],
  SctpCurrEstab: ['sctp_curr_estab', value => value],
};

/** The kinds of ICMP messages that loopback and a silent interface see. */
const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  inet: { 0: 'echo_reply', 3: 'destination_unreachable', 8: 'echo_request' },
  inet6: {
    1: 'destination_unreachable',
    128: 'echo_request',
    129: 'echo_reply',
    133: 'router_solicitation',
    134: 'router_advertisement',
    135: 'neighbor_solicitation',
    136: 'neighbor_advertisement',
    143: 'multicast_listener_report_v2',
  },
};

/** `TcpExtListenDrops` -> `netstat_tcpext_listen_drops_total`, by the rule that users are told. */
const asOurs = (kernelName: string, value: number): { readonly key: string; readonly value: number } => {
  const [, messageGroup, direction, type = ''] = /^(IcmpMsg|Icmp6)(In|Out)Type(\d+)$/.exec(kernelName) ?? [];
  if (messageGroup !== undefined) {
    const family = messageGroup === 'Icmp6' ? 'inet6' : 'inet';
    const message = messages[family]?.[type] ?? `type_${type}`;
    const way = direction === 'In' ? 'receive' : 'transmit';
    return { key: `netstat_icmp_messages_total ${family} ${way} ${message}`, value };
  }
  const [gauge, convert] = gauges[kernelName] ?? [];
  if (gauge !== undefined && convert !== undefined) return { key: `netstat_${gauge}`, value: convert(value) };

  const [section = '', [group = '', family] = []] =
    Object.entries(groups).find(([each]) => kernelName.startsWith(each)) ?? [];
  const field = (renamed[kernelName] ?? kernelName.slice(section.length))
    // One word: promtool takes an `h` alone for an hour.
    .replace('HMac', 'Hmac')
    .replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .toLowerCase();
  return { key: [`netstat_${group}_${field}_total`, family ?? []].flat().join(' '), value };
};

/** It counts both IP versions together, and names only the states that it met. */
const assertTcpStates = (theirs: readonly Sample[], ours: readonly Sample[]): void => {
  const counts = pick(theirs, 'node_tcp_connection_states');
  const inBoth = (state: string): number =>
    sum(
      versions.map(({ family }) => one(ours, 'netstat_sockets', { family, protocol: 'tcp', state }) ?? NaN),
    );
  assert.deepEqual(
    Object.fromEntries(tcpStates.map(state => [state, inBoth(state)])),
    Object.fromEntries(tcpStates.map(state => [state, counts[state.toLowerCase()] ?? 0])),
  );
};

/** TCP's memory, orphans and allocations are those of the whole host, whose other tests move them. */
const sockstatOfHost = ['TCP_mem', 'TCP_mem_bytes', 'TCP_alloc', 'TCP_orphan', 'UDP_mem', 'UDP_mem_bytes'];

const assertSockstat = (early: readonly Sample[], ours: readonly Sample[], late: readonly Sample[]): void => {
  let compared = 0;
  for (const { name, value } of early) {
    const [, key = '', section = '', six, field = ''] =
      /^node_sockstat_(([a-zA-Z]+?)(6?)_(\w+))$/.exec(name) ?? [];
    // Memory in pages is exposed in bytes only; fragments have theirs in bytes already.
    if (key === '' || (field === 'mem' && section !== 'FRAG')) continue;
    const ourName = `netstat_sockstat_${section.toLowerCase()}_${field}${section === 'FRAG' && field === 'memory' ? '_bytes' : ''}`;
    const samples = pick(ours, ourName);
    const found = samples[''] ?? samples[six === '6' ? 'inet6' : 'inet'];
    assert.ok(found !== undefined, `${name}: no ${ourName}`);
    const values = [value, one(late, name) ?? NaN];
    // Within a tenth of what it was before and after, for what is of the whole host.
    const tolerance = sockstatOfHost.includes(key) ? Math.max(...values) * 0.1 + 16 : 0;
    assertBetween(name, found, values, tolerance);
    compared++;
  }
  assert.ok(compared > 10, `only ${compared} values of sockstat were compared`);
};

const netdevColumns: Readonly<Record<string, string>> = {
  errs: 'errors',
  drop: 'dropped',
  colls: 'collisions',
};

/** Being asked is traffic, so ours lie between what it counted before and after; what did not move is equal. */
const assertCounters = (early: readonly Sample[], ours: readonly Sample[], late: readonly Sample[]): void => {
  const ourValues = new Map(
    ours.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
  );
  let compared = 0;
  for (const { name, labels, value } of early) {
    const [, section, field] = /^node_netstat_([A-Za-z0-9]+)_(\w+)$/.exec(name) ?? [];
    const [, direction = '', column = ''] = /^node_network_(receive|transmit)_(\w+)_total$/.exec(name) ?? [];
    let key: string;
    if (section !== undefined && field !== undefined) ({ key } = asOurs(section + field, 0));
    else if (direction !== '')
      key = `netstat_interface_${direction}_${netdevColumns[column] ?? column}_total ${labels['device'] ?? ''}`;
    else continue;

    const convert = gauges[`${section ?? ''}${field ?? ''}`]?.[1] ?? ((same: number) => same);
    const found = ourValues.get(key);
    assert.ok(found !== undefined, `${name}: no ${key}`);
    assertBetween(name, found, [convert(value), convert(one(late, name, labels) ?? NaN)], 0);
    compared++;
  }
  assert.ok(compared > 300, `only ${compared} counters were compared`);
};

const assertBetween = (name: string, value: number, bounds: readonly number[], tolerance: number): void => {
  assert.ok(
    value >= Math.min(...bounds) - tolerance && value <= Math.max(...bounds) + tolerance,
    `${name}: ours is ${value}, theirs ${bounds.join(' and then ')}`,
  );
};
