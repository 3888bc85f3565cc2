import type { Severity } from '../../notifiers/index.js';

/** What an indicator is a value of. */
export const INDICATOR_KINDS = [
  'user-name',
  'serial',
  'wallet-address',
  'e-mail',
  'domain',
  'network',
  'hash',
  'file-name',
  'log-pattern',
] as const;
export type IndicatorKind = (typeof INDICATOR_KINDS)[number];

/** A value that is known from an incident elsewhere. It labels what has it and raises its severity; it triggers nothing. */
export interface Indicator {
  readonly kind: IndicatorKind;
  /** As the feed writes it. Nobody of ours wrote it: it is quoted wherever it is shown. */
  readonly value: string;
  /** Configured name of the feed. */
  readonly feed: string;
  /** The incident that it is known from: `[a-z0-9-]`, so that a title may hold it. */
  readonly incident: string;
  /** What has it is at least as severe as this. */
  readonly severity: Severity;
  /** Where it is published; null where the feed does not say. Quoted. */
  readonly source: string | null;
  /** What else than that incident has this value, by its feed; null where it names nothing. Quoted. */
  readonly falsePositives: string | null;
}

/** A feed that was read. */
export interface Feed {
  /** As configured. */
  readonly name: string;
  readonly indicators: readonly Indicator[];
  /** Entries that cannot be used, by why in our words. */
  readonly unusable: ReadonlyMap<string, number>;
}

/** An indicator that a record, a user or a line of a log has. It is stored with findings. */
export interface IndicatorMatch {
  readonly kind: IndicatorKind;
  readonly value: string;
  readonly feed: string;
  readonly incident: string;
  readonly severity: Severity;
  /** The configured column that has it; `who` of somebody who was active; `log` of a line. */
  readonly field: string;
  readonly falsePositives?: string;
  /** The signed address book has this address, under this name: then the feed is wrong, or somebody poisoned it. */
  readonly own?: string;
}

/** An indicator that people of this installation have looked at and know to be harmless here. */
export interface Exception {
  readonly kind: IndicatorKind;
  readonly value: string;
}
