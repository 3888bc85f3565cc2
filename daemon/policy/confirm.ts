import type { CollectionSnapshot } from '../../baselines/index.js';

/** Removals below this number are believed at once. */
const MASS_REMOVAL_RECORDS = 10;
/** Share of the signed records that must be missing. */
const MASS_REMOVAL_SHARE = 0.2;

/**
 * True when so much is missing that a second read in a new transaction must agree first: TRUNCATE is not MVCC-safe, and a snapshot can
 * see a table empty that no commit left empty. An emptied collection is always confirmed, however small.
 */
export function needsConfirmation(signed: CollectionSnapshot, observed: CollectionSnapshot): boolean {
  const missing = signed.records.length - observed.records.length;
  if (missing <= 0) return false;
  if (observed.records.length === 0) return true;
  return missing >= MASS_REMOVAL_RECORDS && missing >= signed.records.length * MASS_REMOVAL_SHARE;
}
