import {
  type Definition,
  type DoorTarget,
  encodeValue,
  type RecordLine,
  recordLine,
  sha256Hex,
} from '../../../baselines/index.js';
import type { TargetColumn } from './columns.js';
import type { DoorFacts, WebFacts } from './door/look-at.js';
import type { WebAnswer } from './door/web-answer.js';
import { titleOf } from './title.js';
import { versionOnPage } from './version-text.js';
import { type Hole, holesOf } from './vulnerable.js';

/** What makes facts into records. Times are UTC milliseconds. */
export interface RecordContext {
  readonly definition: Definition;
  readonly holes: readonly Hole[];
  readonly expiresSoonMs: number;
  readonly nowMs: number;
}

/** A longer value becomes its length and digest. */
const MOST_CHARACTERS = 2_000;

/** The key of a door's record, as records have it. */
export function doorKey(door: string, from: string): readonly [string, string] {
  return [encoded(door), encoded(from)];
}

/** The record of a door that was knocked at. */
export function targetRecord(
  target: DoorTarget,
  facts: Exclude<DoorFacts, { type: 'not-asked' }>,
  context: RecordContext,
): RecordLine {
  const texts = textsOf(target, facts, context);
  const { columns, doors } = context.definition;
  return recordLine({
    key: doorKey(target.address, doors?.from ?? ''),
    fields: new Map(columns.map((column) => [column, encodedOrNull(texts.get(column) ?? null)])),
  });
}

function textsOf(
  target: DoorTarget,
  facts: Exclude<DoorFacts, { type: 'not-asked' }>,
  context: RecordContext,
): ReadonlyMap<string, string | null> {
  if (facts.type !== 'open') return new Map([['state', facts.type === 'closed' ? 'closed' : 'no answer']]);
  const certificate = facts.tls?.certificate ?? null;
  const texts: Partial<Record<TargetColumn, string | null>> = {
    state: 'open',
    tls: facts.tls === null ? null : facts.tls.spoken ? 'spoken' : 'not spoken',
    certificate: certificate?.sha256 ?? null,
    issuer: certificate?.issuer ?? null,
    expires: certificate === null ? null : instant(certificate.expiresMs),
    validity: certificate === null ? null : validity(certificate.expiresMs, context),
    verified: certificate?.verified ?? null,
    ...(facts.web === null ? {} : textsOfWeb(target, facts.web, context.holes)),
  };
  return new Map(Object.entries(texts));
}

function textsOfWeb(
  { http }: DoorTarget,
  { answer, installation }: WebFacts,
  holes: readonly Hole[],
): Partial<Record<TargetColumn, string | null>> {
  if (answer === null) return { answer: 'no HTTP', installation };
  const version = http?.version;
  const found = version === undefined ? null : versionOnPage(answer.body, version.text);
  return {
    answer: answer.came,
    status: String(answer.status),
    title: titleOf(answer.body),
    redirect: answer.location,
    headers: headersOf(answer, http?.headers ?? []),
    version: version === undefined ? null : (found ?? 'not found'),
    vulnerable: version === undefined ? null : vulnerableWords(version.product, found, holes),
    installation,
  };
}

/** `not known to be` says no more than it can: nobody knows the holes that nobody has published. */
function vulnerableWords(product: string, version: string | null, holes: readonly Hole[]): string {
  const found = version === null ? null : holesOf(product, version, holes);
  if (found === null) return 'unknown';
  return found.length === 0 ? 'not known to be' : found.join(', ');
}

function headersOf({ headers }: WebAnswer, wanted: readonly string[]): string | null {
  if (wanted.length === 0) return null;
  return wanted.flatMap((name) => (headers.has(name) ? [`${name}: ${headers.get(name)}`] : [])).join('\n');
}

function validity(expiresMs: number, { nowMs, expiresSoonMs }: RecordContext): string {
  if (Number.isNaN(expiresMs)) return 'unknown';
  if (expiresMs <= nowMs) return 'over';
  return expiresMs - nowMs <= expiresSoonMs ? 'ends soon' : 'valid';
}

function instant(ms: number): string {
  return Number.isNaN(ms) ? 'unknown' : new Date(ms).toISOString();
}

function encodedOrNull(text: string | null): string | null {
  return text === null ? null : encoded(text);
}

function encoded(text: string): string {
  if (text.length <= MOST_CHARACTERS) return encodeValue({ form: 'text', text });
  return encodeValue({ form: 'digest', bytes: Buffer.byteLength(text), sha256: sha256Hex(text) });
}
