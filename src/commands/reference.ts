/** `netstat-exporter reference`: docs/metrics.md, written from the collectors. */
import { collectors } from '../collectors/index.ts';
import { referenceManual } from '../faces/reference.ts';

export const reference = (): string => referenceManual(collectors);
