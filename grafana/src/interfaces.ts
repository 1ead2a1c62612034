/** What netstat -i, -r and -g show, and the neighbours behind the interfaces. */
import { hostVariables, type Board, type Graph } from './board.ts';
import { defaultRoutes } from './panels.ts';
import { by, hostRate, hostSeries, overall, rate, ratio, series } from './queries.ts';

const chosen = 'device=~"$device"';
const here = '{{device}} · {{instance}} {{netns}}';
const unread = 'No such interface, or it could not be read.';

/** Counters of the chosen interfaces, each with a word for it; those that never moved are left out. */
const counters = (
  title: string,
  about: string,
  width: number,
  counted: Readonly<Record<string, string>>,
  { isQuiet = false }: { isQuiet?: boolean } = {},
): Graph => ({
  ...{ kind: 'graph', title, about, width, unit: 'pps' },
  absent: isQuiet ? 'No such fault.' : unread,
  queries: Object.entries(counted).map(([word, metric]) => ({
    expr: `${by(['device'], rate(`netstat_interface_${metric}_total`, chosen))}${isQuiet ? ' > 0' : ''}`,
    legend: `${word} ${here}`,
  })),
});

export const interfaces: Board = {
  uid: 'netstat-interfaces',
  title: 'Netstat / Interfaces, routes and groups',
  about:
    'Links with their traffic and faults, the way out of the host, memberships in multicast groups, and neighbours.',
  variables: [
    ...hostVariables,
    {
      ...{ name: 'device', label: 'Interface', labelName: 'device', all: '.+' },
      of: 'netstat_interface_receive_bytes_total{job=~"$job", instance=~"$instance", netns=~"$netns"}',
    },
  ],
  hasPages: false,
  sections: [
    {
      lines: [
        {
          height: 7,
          panels: [
            {
              kind: 'table',
              title: 'Interfaces',
              about:
                'What netstat -i shows. Up and not running means no link. Of other network namespaces than the first the kernel tells only the counters below.',
              width: 16,
              absent: 'Interfaces could not be read.',
              queries: [
                {
                  expr: `sum by (instance, device, operstate, duplex, address, flags) (${hostSeries('netstat_interface_info', chosen)})`,
                },
                { expr: `max by (instance, device) (${hostSeries('netstat_interface_up', chosen)})` },
                { expr: `max by (instance, device) (${hostSeries('netstat_interface_running', chosen)})` },
                { expr: `max by (instance, device) (${hostSeries('netstat_interface_mtu_bytes', chosen)})` },
                {
                  expr: `max by (instance, device) (${hostSeries('netstat_interface_speed_bytes_per_second', chosen)})`,
                },
              ],
              columns: [
                { field: 'device', title: 'Interface' },
                { field: 'instance', title: 'Instance' },
                { field: 'flags', title: 'Flags', width: 80 },
                { field: 'operstate', title: 'State', width: 130 },
                { field: 'address', title: 'Address' },
                { field: 'duplex', title: 'Duplex', width: 80 },
                {
                  ...{ field: 'Value #B', title: 'Up', unit: 'none', width: 60 },
                  words: { '0': 'no', '1': 'yes' },
                },
                {
                  ...{ field: 'Value #C', title: 'Running', unit: 'none', width: 85 },
                  words: { '0': 'no', '1': 'yes' },
                  limits: { warning: 1, critical: 1, below: true },
                },
                { field: 'Value #D', title: 'MTU', unit: 'none', width: 75 },
                { field: 'Value #E', title: 'Speed', unit: 'Bps', width: 100 },
              ],
              hidden: ['Value #A'],
              sort: 'Interface',
              ascending: true,
            },
            defaultRoutes(8),
          ],
        },
      ],
    },
    {
      title: 'Traffic',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Bytes received',
              about: 'By interface.',
              unit: 'Bps',
              width: 8,
              absent: unread,
              queries: [
                { expr: by(['device'], rate('netstat_interface_receive_bytes_total', chosen)), legend: here },
              ],
            },
            {
              kind: 'graph',
              title: 'Bytes sent',
              about: 'By interface.',
              unit: 'Bps',
              width: 8,
              absent: unread,
              queries: [
                {
                  expr: by(['device'], rate('netstat_interface_transmit_bytes_total', chosen)),
                  legend: here,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Load of the link',
              about: 'The busier direction as a share of the speed that the link agreed on.',
              unit: 'percentunit',
              width: 8,
              absent: 'No such interface tells its speed.',
              limits: { warning: 0.7, critical: 0.9 },
              queries: ['receive', 'transmit'].map(direction => ({
                expr: ratio(
                  `max by (instance, device) (${hostRate(`netstat_interface_${direction}_bytes_total`, chosen)})`,
                  `max by (instance, device) (${hostSeries('netstat_interface_speed_bytes_per_second', chosen)})`,
                ),
                legend: `${direction} {{device}} · {{instance}}`,
              })),
            },
          ],
        },
        {
          height: 8,
          panels: [
            counters('Packets', 'Packets by interface and direction.', 8, {
              received: 'receive_packets',
              sent: 'transmit_packets',
            }),
            counters(
              'Multicast received',
              'Multicast packets by interface. A flood of them reaches every member and every host behind a switch without snooping.',
              8,
              { received: 'receive_multicast' },
            ),
            {
              kind: 'graph',
              title: 'Link changes',
              about: 'How often the link came or went, an hour: a port that flaps.',
              unit: 'short',
              width: 8,
              absent: unread,
              queries: [
                {
                  expr: `sum by (instance, device) (increase(${hostSeries('netstat_interface_carrier_changes_total', chosen)}[1h]))`,
                  legend: '{{device}} · {{instance}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Faults',
      lines: [
        {
          height: 8,
          panels: [
            counters(
              'Errors',
              'Damaged packets received, and packets that could not be sent: cable, optics, duplex, driver.',
              8,
              { received: 'receive_errors', sent: 'transmit_errors' },
            ),
            counters(
              'Dropped',
              'Packets that were whole and dropped all the same: no room in a queue, or nobody wanted their protocol.',
              8,
              { received: 'receive_dropped', sent: 'transmit_dropped' },
            ),
            counters(
              'Of what kind',
              'Only what happens. frame: the link is bad. fifo: the host is too slow. carrier: the link is lost. collisions: a duplex mismatch.',
              8,
              {
                frame: 'receive_frame',
                'fifo in': 'receive_fifo',
                'fifo out': 'transmit_fifo',
                carrier: 'transmit_carrier',
                collisions: 'transmit_collisions',
              },
              { isQuiet: true },
            ),
          ],
        },
      ],
    },
    {
      title: 'Routes',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Routes by kind',
              about: 'Through a gateway, to a network at an interface, to a single host, or refused.',
              unit: 'short',
              width: 8,
              absent: 'Routes could not be read.',
              queries: [
                {
                  expr: by(['family', 'kind'], series('netstat_routes')),
                  legend: '{{kind}} {{family}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Changes of the tables',
              about:
                'Scrapes between which a routing table changed, an hour. Many are a routing daemon or a link that flaps.',
              unit: 'short',
              width: 8,
              absent: 'Routes could not be read.',
              queries: [
                {
                  expr: by(['family'], `increase(${series('netstat_route_changes_total')}[1h])`),
                  legend: '{{family}} · {{instance}} {{netns}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'IPv6 addresses',
              about: 'By interface. One that lost its last cannot be reached.',
              unit: 'short',
              width: 8,
              absent: 'There is no IPv6.',
              queries: [
                { expr: by(['device'], series('netstat_interface_addresses', chosen)), legend: here },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Multicast groups',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Groups joined',
              about:
                'By interface and family; packet are groups of the link. A service that lost its membership hears nothing and says nothing.',
              unit: 'short',
              width: 8,
              absent: 'Groups could not be read.',
              queries: [
                {
                  expr: by(['family', 'device'], series('netstat_multicast_groups', chosen)),
                  legend: `{{family}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Users of groups',
              about: 'How many sockets and parts of the kernel have joined, added up over the groups.',
              unit: 'short',
              width: 8,
              absent: 'Groups could not be read.',
              queries: [
                {
                  expr: by(['family', 'device'], series('netstat_multicast_group_users', chosen)),
                  legend: `{{family}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Source filters',
              about: 'Sources that sockets ask for alone (include), or refuse (exclude).',
              unit: 'short',
              width: 8,
              absent: 'Filters could not be read.',
              queries: [
                {
                  expr: overall(['family', 'mode'], series('netstat_multicast_source_filters')),
                  legend: '{{mode}} {{family}}',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      title: 'Neighbours',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'Neighbours by state',
              about:
                'Entries of the ARP table. INCOMPLETE ones are asked for and do not answer: a host is down, or an address wrong.',
              unit: 'short',
              width: 8,
              absent: 'Neighbours could not be read.',
              queries: [
                {
                  expr: `${by(['device', 'state'], series('netstat_neighbours', chosen))} > 0`,
                  legend: `{{state}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Size of the neighbour tables',
              about:
                'Entries of all namespaces together, told in the first. Above gc_thresh3 no neighbour can be added any more.',
              unit: 'short',
              width: 8,
              absent: 'Only the first network namespace of a host tells.',
              queries: [
                {
                  expr: `sum by (instance, family) (${hostSeries('netstat_neighbour_table_entries')})`,
                  legend: '{{family}} · {{instance}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Neighbours that could not be found',
              about:
                'failed: nobody answered. full: the table had no room (gc_thresh3). Packets for them are lost.',
              unit: 'cps',
              width: 8,
              absent: 'Only the first network namespace of a host tells.',
              queries: [
                {
                  expr: `sum by (instance, family) (${hostRate('netstat_neighbour_resolution_failures_total')})`,
                  legend: 'failed {{family}} · {{instance}}',
                },
                {
                  expr: `sum by (instance, family) (${hostRate('netstat_neighbour_table_fulls_total')})`,
                  legend: 'full {{family}} · {{instance}}',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
