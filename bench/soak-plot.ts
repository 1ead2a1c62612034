/** What the servers of a soak held, drawn: a small plot for each, legible on a light page and on a dark one. */
import type { Held, Level } from './levels.ts';
import { soakedServers, type Soak, type Soaked } from './soaking.ts';

const titles: Readonly<Record<Held, readonly [title: string, unit: number]>> = {
  residentBytes: ['Resident memory, MB', 1e6],
  heapBytes: ['Heap in use on the main thread, MB', 1e6],
  readerHeapBytes: ['Heap in use in the reading thread, MB', 1e6],
  descriptors: ['Open descriptors', 1],
  threads: ['Threads', 1],
  handles: ['Timers, connections and other handles', 1],
  series: ['Series in a scrape', 1],
};

const COLUMNS = 2;
const [WIDTH, HEIGHT] = [440, 190] as const;
/** Around a plot: for the title, the scale and the minutes. */
const [ABOVE, LEFT, BELOW, RIGHT] = [34, 58, 26, 24] as const;
const HEAD = 44;
const STEPS = 4;

const style = `
  svg { font: 12px system-ui, sans-serif; }
  .page { fill: #ffffff; } text { fill: #24292f; } .quiet { fill: #57606a; }
  .line { stroke: #d0d7de; } .own { stroke: #0550ae; } .all { stroke: #bc4c00; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; } .quiet { fill: #9198a1; }
    .line { stroke: #30363d; } .own { stroke: #58a6ff; } .all { stroke: #f0883e; }
  }`;

export const plotOf = (soak: Soak, what: readonly Held[]): string => {
  const rows = Math.ceil(what.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, HEAD + rows * HEIGHT];
  const plots = what.map((each, place) => {
    const [x, y] = [(place % COLUMNS) * WIDTH, HEAD + Math.floor(place / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${plot(soak, each)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>What the servers held in ${(soak.seconds / 60).toFixed(0)} minutes</title>`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...servers.map((name, place) => legend(soak, name, LEFT + place * WIDTH)),
    ...plots,
    '</svg>\n',
  ].join('\n');
};

const servers = Object.keys(soakedServers) as readonly Soaked[];

const legend = (soak: Soak, name: Soaked, x: number): string =>
  `<path class="${name}" stroke-width="3" d="M${x} 22h24"/><text x="${x + 32}" y="26">server of ${soakedServers[name]}, ${soak.servers[name].scrapes.toLocaleString('en-US')} scrapes</text>`;

const plot = (soak: Soak, what: Held): string => {
  const [title, unit] = titles[what];
  const value = (level: Level): number => level[what] / unit;
  const most = roundedUp(Math.max(...servers.flatMap(name => soak.servers[name].levels.map(value))));
  const [inner, high] = [WIDTH - LEFT - RIGHT, HEIGHT - ABOVE - BELOW];
  const x = (seconds: number): number => LEFT + (seconds / soak.seconds) * inner;
  const y = (number: number): number => ABOVE + (1 - number / most) * high;
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS);
  return [
    `<text x="${LEFT}" y="${ABOVE - 12}" font-weight="600">${title}</text>`,
    ...steps.map(step => {
      const at = y(step * most).toFixed(1);
      return `<path class="line" d="M${LEFT} ${at}h${inner}"/><text class="quiet" x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${told(step * most)}</text>`;
    }),
    ...steps.map(
      step =>
        `<text class="quiet" x="${x(step * soak.seconds).toFixed(1)}" y="${HEIGHT - BELOW + 16}" text-anchor="middle">${told((step * soak.seconds) / 60)} min</text>`,
    ),
    ...servers.map(name => {
      const points = soak.servers[name].levels.map(
        level => `${x(level.seconds).toFixed(1)} ${y(value(level)).toFixed(1)}`,
      );
      return `<path class="${name}" fill="none" stroke-width="1.5" d="M${points.join('L')}"/>`;
    }),
  ].join('\n');
};

/** So that every step of the scale is a short number. */
const roundedUp = (number: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  const leading = [1, 2, 4, 6, 8, 10].find(each => each * power >= number) ?? 10;
  return leading * power;
};

const told = (number: number): string => Number(number.toFixed(2)).toLocaleString('en-US');
