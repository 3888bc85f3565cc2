import type { KeyObject } from 'node:crypto';
import {
  ANNOUNCEMENT_FORMAT,
  EXPECTATION_FORMAT,
  type ExpectedChange,
  type ExpectedObjects,
  expectationBytes,
  MUTE_FORMAT,
  type MuteScope,
  muteBytes,
  NAMESPACES,
  type Namespace,
  type SignedDocument,
  type Suppression,
  sha256Hex,
  signatureFile,
  signWithKey,
  suppressionFile,
} from '../../baselines/index.js';

const HOUR_MS = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** Somebody with a key in memory. */
export interface Approver {
  readonly name: string;
  readonly privateKey: KeyObject;
}

export interface Times {
  readonly createdMs: number;
  readonly hours?: number;
  readonly adoptDays?: number;
}

/** An expectation whose window begins at its making. */
export function expectation(
  site: string,
  changes: readonly ExpectedChange[],
  { createdMs, hours = 24, adoptDays = 7 }: Times,
  reason = 'ticket 4711',
  objects: readonly ExpectedObjects[] = [],
): Uint8Array {
  const endMs = createdMs + hours * HOUR_MS;
  return expectationBytes({
    format: objects.length === 0 ? EXPECTATION_FORMAT : ANNOUNCEMENT_FORMAT,
    site,
    created: iso(createdMs),
    notBefore: iso(createdMs),
    notAfter: iso(endMs),
    adoptBy: iso(endMs + adoptDays * 24 * HOUR_MS),
    reason,
    changes,
    objects,
  });
}

export function mute(
  site: string,
  scope: MuteScope,
  { createdMs, hours = 4 }: Times,
  reason = 'moving the depot',
): Uint8Array {
  const until = iso(createdMs + hours * HOUR_MS);
  return muteBytes({ format: MUTE_FORMAT, site, created: iso(createdMs), until, reason, scope });
}

/** An excuse as it lies on disk, signed. */
export function signedSuppression(
  type: Suppression['type'],
  bytes: Uint8Array,
  approvers: readonly Approver[],
  namespace: Namespace = NAMESPACES[type],
): SignedDocument {
  const file = suppressionFile(type, sha256Hex(bytes));
  const signatures = approvers.map(({ name, privateKey }) => ({
    file: signatureFile(file, name),
    text: signWithKey({ privateKey, namespace, message: bytes }),
  }));
  return { file, bytes, signatures };
}
