/** The page at `/`: what this is, where its metrics are, and how each collector did last. */
import type { Collector } from '../collectors/collector.ts';
import type { Outcome, Snapshot } from '../snapshot/outcome.ts';
import { escapeHtml } from './html.ts';

export interface LandingPage {
  readonly version: string;
  readonly telemetryPath: string;
  readonly collectors: readonly Collector<string, unknown>[];
  readonly enabled: readonly string[];
  /** Tables that can be looked at; none where they are switched off. */
  readonly views: readonly string[];
  readonly last: Snapshot;
}

export const landingPage = ({
  version,
  telemetryPath,
  collectors,
  enabled,
  views,
  last,
}: LandingPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>netstat-exporter</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<h1>netstat-exporter</h1>
<p>What netstat shows of this host, for Prometheus. Version ${escapeHtml(version)}.</p>
<p><a href="${escapeHtml(telemetryPath)}">Metrics</a> · <a href="/-/healthy">Healthy</a> · <a href="/-/ready">Ready</a></p>
${tableLinks(views)}
<table>
<thead><tr><th>Collector</th><th>Kernel file</th><th>Tells</th><th>Last outcome</th></tr></thead>
<tbody>
${collectors.map(each => row(each, enabled.includes(each.name), last.get(each.name))).join('\n')}
</tbody>
</table>
</body>
</html>
`;

const tableLinks = (views: readonly string[]): string =>
  views.length === 0
    ? '<p>The tables behind the metrics are switched off (<code>--web.enable-tables</code>).</p>'
    : `<p>Tables: ${views.map(view => `<a href="/tables/${view}">${view}</a>`).join(' · ')}</p>`;

const row = (
  { name, file, about }: Collector<string, unknown>,
  enabled: boolean,
  outcome: Outcome | undefined,
): string => {
  const { kind, text } = enabled ? lastOutcome(outcome) : { kind: 'absent', text: 'switched off' };
  const cells = [`<code>${escapeHtml(name)}</code>`, `<code>${escapeHtml(file)}</code>`, escapeHtml(about)];
  return `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}<td class="${kind}">${escapeHtml(text)}</td></tr>`;
};

const lastOutcome = (outcome: Outcome | undefined): { kind: string; text: string } => {
  if (outcome === undefined) return { kind: 'absent', text: 'not read yet' };
  switch (outcome.status) {
    case 'absent':
      return { kind: 'absent', text: 'this kernel does not have it' };
    case 'failed':
      return { kind: 'failed', text: `${outcome.reason}: ${outcome.message}` };
    case 'ok': {
      const milliseconds = (outcome.seconds * 1000).toFixed(1);
      const { count, examples } = outcome.skipped;
      if (count === 0) return { kind: 'ok', text: `ok in ${milliseconds} ms` };
      return { kind: 'failed', text: `${count} lines skipped, the first: ${examples[0] ?? ''}` };
    }
  }
};

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
td { overflow-wrap: anywhere; }
code { white-space: nowrap; }
.ok { color: #1a7f37; } .failed { color: #d1242f; } .absent { color: #818b98; }
@media (prefers-color-scheme: dark) { .ok { color: #3fb950; } .failed { color: #f85149; } }
`;
