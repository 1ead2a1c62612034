/** `npm run dashboards`: writes the JSON that Grafana imports, and removes what is no dashboard of ours any more. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './dashboards.ts';

const folder = fileURLToPath(new URL('../../../grafana', import.meta.url));

for (const name of readdirSync(folder)) {
  if (name.endsWith('.json') && !dashboardFiles.has(name)) rmSync(join(folder, name));
}
for (const [name, text] of dashboardFiles) writeFileSync(join(folder, name), text);
