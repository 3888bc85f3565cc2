import {
  type CollectionSnapshot,
  type ExpectedChange,
  type ExpectedObjects,
  type Fields,
  type MuteScope,
  parseRecordLine,
  type RecordLine,
  type VerifiedBaseline,
  type VerifiedSuppression,
  verifySuppression,
} from '../../../baselines/index.js';
import { expectation, mute, signedSuppression, type Times } from '../../support/suppressions.js';
import { type Approver, extended, headOf, keys, noChain, propose, trust } from '../baselines/scene.js';
import { SITE } from './build.js';

export const HOUR_MS = 3_600_000;
export const START_MS = Date.parse('2026-11-24T08:00:00.000Z');
export const END_MS = START_MS + 24 * HOUR_MS;
export const ADOPT_MS = END_MS + 7 * 24 * HOUR_MS;

/** A baseline of one collection, signed and verified. */
export function baselineOf(...collections: readonly CollectionSnapshot[]): VerifiedBaseline {
  return headOf(extended(noChain, propose(null, collections)));
}

const people = (names: readonly Approver[]) => names.map((name) => ({ name, privateKey: keys[name] }));
const OWNERS: readonly Approver[] = ['anna', 'ben'];

/** Signed by both owners and verified as everywhere. */
export function verifiedExpectation(
  baseline: VerifiedBaseline,
  changes: readonly ExpectedChange[],
  times: Partial<Times> = {},
): VerifiedSuppression {
  const bytes = expectation(SITE, changes, { createdMs: START_MS, ...times });
  return verifySuppression(
    { trust, site: SITE, baseline },
    signedSuppression('expectation', bytes, people(OWNERS)),
  ).suppression;
}

/** Of any change of objects of these sorts; signed and verified the same way. */
export function verifiedAnnouncement(
  baseline: VerifiedBaseline,
  objects: readonly ExpectedObjects[],
  times: Partial<Times> = {},
): VerifiedSuppression {
  const bytes = expectation(SITE, [], { createdMs: START_MS, ...times }, 'upgrade to 8.7', objects);
  return verifySuppression(
    { trust, site: SITE, baseline },
    signedSuppression('expectation', bytes, people(OWNERS)),
  ).suppression;
}

export function verifiedMute(
  baseline: VerifiedBaseline,
  scope: MuteScope,
  times: Partial<Times> = {},
  reason?: string,
): VerifiedSuppression {
  const bytes = mute(SITE, scope, { createdMs: START_MS, ...times }, reason);
  return verifySuppression({ trust, site: SITE, baseline }, signedSuppression('mute', bytes, people(OWNERS)))
    .suppression;
}

/** The change from one record to another, exactly; null where there is none. */
export function changeOf(
  collection: string,
  before: RecordLine | null,
  after: RecordLine | null,
): ExpectedChange {
  const fields = (line: RecordLine | null): Fields | null => line && parseRecordLine(line.line).fields;
  const key = JSON.parse((before ?? after)?.key ?? '[]') as string[];
  return { collection, key, before: fields(before), after: fields(after) };
}
