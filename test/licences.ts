/** What is installed beside the program, as package-lock.json has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './hosts.ts';

export interface Library {
  readonly name: string;
  readonly version: string;
  /** As SPDX names it; undefined where the package names none. */
  readonly license: string | undefined;
  /** Does without where there is no build of it. */
  readonly isOptional: boolean;
}

interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const FOLDER = 'node_modules/';

export const libraries = (): readonly Library[] => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { name, version, license, optional }]) => ({
      name: name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
      version: version ?? '',
      license,
      isOptional: optional === true,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
};

/** docs/licences.md. */
export const licencesPage = (all: readonly Library[]): string => {
  const rows = all.map(({ name, version, license = '', isOptional }) =>
    [name, version, license, isOptional ? 'optional' : ''].map(cell => cell.replaceAll('|', '\\|')),
  );
  return `# Licences

The program is under the Apache License 2.0. These libraries are installed with it and ship in the Debian package and in the image of the container, each
as its authors publish it. An optional one is installed on the machines it is built for.

Written by \`UPDATE=1 npm test\` from package-lock.json; a test holds the two equal. \`npm sbom --omit dev --sbom-format cyclonedx\` tells the
same to programs.

| library | version | licence | |
|---|---|---|---|
${rows.map(cells => `| ${cells.join(' | ')} |\n`).join('')}`;
};
