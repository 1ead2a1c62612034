/** Labels and their domains: a closed list of values, a limit, or that of another label. */

export interface ClosedLabel {
  readonly name: string;
  readonly values: readonly string[];
}

export interface OpenLabel {
  readonly name: string;
  /** How many different values a scrape exposes at the most. */
  readonly limit: number;
  /**
   * What becomes of samples beyond the limit: `other` adds them up under that value, which only makes
   * sense where a sum does (a gauge that counts things); `left out` drops and counts them.
   */
  readonly surplus: 'other' | 'left out';
}

/** Has one value for each value of another label, and so adds no series of its own. */
export interface DependentLabel {
  readonly name: string;
  readonly of: string;
}

/** Shares the limit of an open label: each of their pairs counts as one of its values. */
export interface PairedLabel {
  readonly name: string;
  readonly with: string;
}

export type Label = ClosedLabel | OpenLabel | DependentLabel | PairedLabel;

export const isOpen = (label: Label): label is OpenLabel => 'limit' in label;

/** How many series a family with these labels can have at the most. */
export const worstCase = (labels: readonly Label[]): number =>
  labels.reduce((series, label) => {
    if ('values' in label) return series * label.values.length;
    if ('of' in label || 'with' in label) return series;
    return series * (label.surplus === 'other' ? label.limit + 1 : label.limit);
  }, 1);

/** The names of netstat's --protocol, and two that it has no name for. */
export type AddressFamily =
  | 'inet'
  | 'inet6'
  | 'unix'
  | 'ax25'
  | 'netrom'
  | 'rose'
  | 'x25'
  | 'ipx'
  | 'ddp'
  | 'bluetooth'
  | 'packet'
  | 'netlink';

/** Every family labelled by device uses one of these two, so that one filter and one limit serve them all. */
export const perDevice = { name: 'device', limit: 256, surplus: 'left out' } as const;
/** For gauges that count things on a device. */
export const countedByDevice = { name: 'device', limit: 256, surplus: 'other' } as const;
/** For things that are on a device in other kernel files, and of which this one does not tell it. */
export const noDevice = { name: 'device', values: [''] } as const;
