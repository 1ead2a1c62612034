/** Prints the interfaces of the namespace in which it runs, as netstat with the same options: `print-interfaces.js [-a] [-e]`. */
import { dev } from '../../src/collectors/dev.ts';
import { ifInet6 } from '../../src/collectors/if-inet6.ts';
import { interfaces } from '../../src/collectors/interfaces.ts';
import type { Interface } from '../../src/collectors/rows.ts';
import {
  interfaceHeadings,
  interfaceLines,
  isListed,
  joinInterfaces,
  orderedByName,
} from '../../src/faces/netstat/interfaces.ts';
import { thisMachine } from '../../src/procfs/machine.ts';
import { directory } from '../../src/procfs/source.ts';
import { readRows } from '../../src/snapshot/rows.ts';

const all = process.argv.includes('-a');
const extended = process.argv.includes('-e');

const rows: Interface[] = [];
const source = directory({ procfs: '/proc', sysfs: '/sys' }, thisMachine());
for (const each of [dev, interfaces, ifInet6]) {
  readRows(each, source, { interfaces: row => rows.push(row) });
}
const lines = [
  ...interfaceHeadings({ extended }),
  ...orderedByName(joinInterfaces(rows))
    .filter(each => isListed(each, { all }))
    .flatMap(each => interfaceLines(each, { extended })),
];
process.stdout.write(lines.map(line => `${line}\n`).join(''));
