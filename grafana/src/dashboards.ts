/** The list of dashboards, and the file of each. */
import type { Board } from './board.ts';
import { closeWait } from './close-wait.ts';
import { conntrack } from './conntrack.ts';
import { exporter } from './exporter.ts';
import { fleet } from './fleet.ts';
import { dashboardOf } from './foundation.ts';
import { interfaces } from './interfaces.ts';
import { overview } from './overview.ts';
import { protocols } from './protocols.ts';

const boards: readonly Board[] = [overview, closeWait, protocols, interfaces, conntrack, fleet, exporter];

/** What is in the folder grafana, by the names of the files. */
export const dashboardFiles: ReadonlyMap<string, string> = new Map(
  boards.map(board => [`${board.uid}.json`, `${JSON.stringify(dashboardOf(board), null, 2)}\n`]),
);
