/** Whether the exporters themselves do their work, what it costs, and what they could not see. */
import { hostVariables, type Board } from './board.ts';
import { socketsWithoutOwner } from './panels.ts';
import { hostRate, hostSeries, overall, series } from './queries.ts';

const down = 'No exporter answers.';
const here = '· {{instance}}';

export const exporter: Board = {
  uid: 'netstat-exporter',
  title: 'Netstat / Exporter',
  about:
    'Which collectors fail and why, how long a scrape takes, how many series it has, and what the exporter costs.',
  variables: hostVariables,
  hasPages: false,
  sections: [
    {
      lines: [
        {
          height: 4,
          panels: [
            {
              kind: 'figure',
              title: 'Exporters that do not answer',
              about: 'Targets of the job that Prometheus could not scrape.',
              unit: 'none',
              width: 5,
              absent: 'Prometheus has no such target.',
              limits: { warning: 1, critical: 1 },
              queries: [{ expr: overall([], `1 - ${hostSeries('up')}`), legend: 'down' }],
            },
            {
              kind: 'figure',
              title: 'Collectors failing',
              about:
                'Kernel files that could not be read. A file that this kernel does not have is no failure.',
              unit: 'none',
              width: 5,
              absent: down,
              limits: { warning: 1, critical: 1 },
              queries: [
                {
                  expr: overall([], `1 - ${hostSeries('netstat_scrape_collector_success')}`),
                  legend: 'failing',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Lines skipped',
              about:
                'Lines of kernel files that could not be read and are not counted. The log shows the first of them.',
              unit: 'none',
              width: 5,
              absent: down,
              limits: { warning: 1, critical: 100 },
              queries: [
                {
                  expr: overall([], hostSeries('netstat_scrape_collector_skipped_lines')),
                  legend: 'skipped',
                },
              ],
            },
            {
              kind: 'figure',
              title: 'Slowest scrape',
              about: 'How long Prometheus waited for the slowest exporter.',
              unit: 's',
              width: 5,
              absent: 'Prometheus has no such target.',
              limits: { warning: 1, critical: 5 },
              queries: [
                { expr: overall([], hostSeries('scrape_duration_seconds'), 'max'), legend: 'slowest' },
              ],
            },
            {
              kind: 'figure',
              title: 'Series',
              about: 'What Prometheus takes in of all chosen exporters with each scrape.',
              unit: 'short',
              width: 4,
              absent: 'Prometheus has no such target.',
              queries: [{ expr: overall([], hostSeries('scrape_samples_scraped')), legend: 'series' }],
            },
          ],
        },
        {
          height: 7,
          panels: [
            {
              kind: 'table',
              title: 'What fails, and why',
              about:
                'Collectors that could not do their work. permission: run it with more rights or switch the collector off. deadline: the scrape timeout was too short. The log has the whole sentence.',
              width: 12,
              absent: 'Every collector does its work.',
              queries: [
                {
                  expr: `sum by (instance, collector, reason) (${hostSeries('netstat_scrape_collector_failure_info')})`,
                },
              ],
              columns: [
                { field: 'instance', title: 'Instance' },
                { field: 'collector', title: 'Collector' },
                { field: 'reason', title: 'Reason' },
                { field: 'Value', title: 'Failures', unit: 'none', width: 90 },
              ],
              sort: 'Failures',
            },
            {
              kind: 'table',
              title: 'Versions',
              about:
                'The exporters that answer, with their version and that of Node.js, and since when they run.',
              width: 12,
              absent: down,
              queries: [
                {
                  expr: `sum by (instance, version, node_version) (${hostSeries('netstat_exporter_build_info')})`,
                },
                { expr: `max by (instance) (${hostSeries('process_start_time_seconds')}) * 1000` },
              ],
              columns: [
                { field: 'instance', title: 'Instance' },
                { field: 'version', title: 'Version' },
                { field: 'node_version', title: 'Node.js' },
                { field: 'Value #B', title: 'Started', unit: 'dateTimeAsIso' },
              ],
              hidden: ['Value #A'],
              sort: 'Started',
            },
          ],
        },
      ],
    },
    {
      title: 'What a scrape is made of',
      lines: [
        {
          height: 9,
          panels: [
            {
              kind: 'graph',
              title: 'Time to read, by collector',
              about:
                'The ten slowest kernel files on the slowest host, over five minutes. Tables of sockets grow with the sockets.',
              unit: 's',
              width: 8,
              absent: down,
              queries: [
                {
                  expr: `topk(10, max by (collector) (avg_over_time(${hostSeries('netstat_scrape_collector_duration_seconds')}[5m])))`,
                  legend: '{{collector}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Series by collector',
              about:
                'The ten collectors that give most, on the host where they do. docs/metrics.md has the worst case of each.',
              unit: 'short',
              width: 8,
              absent: down,
              queries: [
                {
                  expr: `topk(10, max by (collector) (${hostSeries('netstat_scrape_series')}))`,
                  legend: '{{collector}}',
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Values beyond a limit',
              about:
                'Values of labels that went into "other" or were left out. limits in the configuration raises them.',
              unit: 'short',
              width: 8,
              absent: 'No limit of a label is reached.',
              queries: [
                {
                  expr: `sum by (instance, collector, label) (${hostSeries('netstat_scrape_folded_values')})`,
                  legend: `{{label}} of {{collector}} ${here}`,
                },
              ],
            },
          ],
        },
        {
          height: 8,
          panels: [
            {
              kind: 'table',
              title: 'How sockets are read',
              about:
                'Over netlink or from the file, and why. "package": koffi is missing. "cheaper": the other way would cost more. "namespace": netlink tells only of the own one.',
              width: 12,
              absent: 'No collector of sockets has done its work.',
              queries: [
                {
                  expr: `sum by (instance, collector, reader, reason) (${hostSeries('netstat_exporter_socket_reader_info')})`,
                },
              ],
              columns: [
                { field: 'instance', title: 'Instance' },
                { field: 'collector', title: 'Collector' },
                { field: 'reader', title: 'Read from' },
                { field: 'reason', title: 'Why' },
              ],
              hidden: ['Value'],
              sort: 'Collector',
              ascending: true,
            },
            socketsWithoutOwner(12),
          ],
        },
      ],
    },
    {
      title: 'What it costs',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'graph',
              title: 'CPU',
              about: 'CPU time of the exporter as a share of one CPU.',
              unit: 'percentunit',
              width: 8,
              absent: down,
              queries: [{ expr: hostRate('process_cpu_seconds_total'), legend: '{{instance}}' }],
            },
            {
              kind: 'graph',
              title: 'Memory',
              about:
                'Resident memory, the heap of the main thread, and what is remembered of the owners of sockets.',
              unit: 'bytes',
              width: 8,
              absent: down,
              queries: [
                { expr: hostSeries('process_resident_memory_bytes'), legend: `resident ${here}` },
                { expr: hostSeries('nodejs_heap_size_used_bytes'), legend: `heap ${here}` },
                { expr: hostSeries('netstat_exporter_remembered_bytes'), legend: `owners ${here}` },
              ],
            },
            {
              kind: 'graph',
              title: 'Time of a scrape',
              about: 'How long Prometheus waited.',
              unit: 's',
              width: 8,
              absent: 'Prometheus has no such target.',
              queries: [{ expr: hostSeries('scrape_duration_seconds'), legend: '{{instance}}' }],
            },
          ],
        },
      ],
    },
    {
      title: 'Network namespaces',
      lines: [
        {
          height: 8,
          panels: [
            {
              kind: 'table',
              title: 'Namespaces that are read',
              about:
                'Their names, containers and pods, and how long each takes. One alone where namespaces.mode is "own".',
              width: 16,
              absent: down,
              queries: [
                {
                  expr: `sum by (instance, netns, container, pod, is_init) (${series('netstat_exporter_netns_info')})`,
                },
              ],
              columns: [
                { field: 'netns', title: 'Namespace' },
                { field: 'container', title: 'Container' },
                { field: 'pod', title: 'Pod' },
                { field: 'is_init', title: 'Of process 1', width: 110 },
                { field: 'instance', title: 'Instance' },
              ],
              hidden: ['Value'],
              sort: 'Namespace',
              ascending: true,
            },
            {
              kind: 'graph',
              title: 'Namespaces that are not read',
              about:
                'excluded by the configuration, beyond the limit, or kept by a name alone without a process.',
              unit: 'short',
              width: 8,
              absent: 'One namespace alone is read (namespaces.mode is "own").',
              queries: [
                {
                  expr: `sum by (instance, reason) (${hostSeries('netstat_exporter_netns_unread')})`,
                  legend: `{{reason}} ${here}`,
                },
              ],
            },
          ],
        },
        {
          height: 7,
          panels: [
            {
              kind: 'graph',
              title: 'Time to read, by namespace',
              about: 'The ten slowest.',
              unit: 's',
              width: 12,
              absent: 'One namespace alone is read (namespaces.mode is "own").',
              queries: [
                {
                  expr: `topk(10, ${series('netstat_scrape_netns_duration_seconds')})`,
                  legend: `{{netns}} ${here}`,
                },
              ],
            },
            {
              kind: 'graph',
              title: 'Namespaces in which something failed',
              about: 'Of these a part is missing from the scrape.',
              unit: 'short',
              width: 12,
              absent: 'One namespace alone is read (namespaces.mode is "own").',
              queries: [
                {
                  expr: `sum by (instance) (1 - ${series('netstat_scrape_netns_success')})`,
                  legend: '{{instance}}',
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};
