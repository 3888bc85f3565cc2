import { canonicalJson, type JsonValue } from './canonical.js';
import { byVersion, type DocumentsByVersion, type SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { sha256Hex } from './record.js';
import * as shape from './shape.js';
import { MAX_VERSION } from './statement.js';
import type { Steps } from './steps.js';
import type { ChainStep } from './trust.js';
import { type Authority, resumeStep, type VerifiedAncestry } from './verify.js';

const CHECKPOINT_FORMAT = 'tillwarden-checkpoint/1';
/** People named for one step. */
const MAX_SIGNERS = 1000;

/**
 * What was verified of a chain, written down for the next time: every step before the head with its digest, by which trust root, and by
 * which program. Null when nothing lies before the head. It holds no signature and proves nothing to anybody else.
 */
export function checkpointBytes(
  { site, trust, ancestry }: Pick<VerifiedAncestry, 'site' | 'trust' | 'ancestry'>,
  verifier: string,
): Uint8Array | null {
  const steps = ancestry.slice(0, -1).map(({ version, digest, signers, recovery }) => ({
    ...{ version, digest },
    ...{ signers: [...signers], recovery: [...recovery] },
  }));
  if (steps.length === 0) return null;
  return Buffer.from(canonicalJson({ format: CHECKPOINT_FORMAT, site, steps, trust, verifier }), 'utf8');
}

/**
 * The last step that a checkpoint covers, to go on from (ADR 71). It takes the place of looking at signatures, and of nothing else: it must be
 * of this program, site and trust root, begin where the chain is anchored, and each document that it covers must lie there with the very
 * bytes that were verified and name the one before it. Whoever goes on from here verifies at least the head by its signatures, so
 * that nothing is reached that its signers did not name. Null for a checkpoint that says anything else; then everything is to be verified.
 */
export function* resumeChain(
  { trust, site }: Authority,
  documents: readonly SignedDocument[],
  bytes: Uint8Array,
  verifier: string,
): Steps<VerifiedAncestry | null> {
  const checkpoint = parseCheckpoint(bytes);
  if (checkpoint?.site !== site || checkpoint.trust !== trust.digest || checkpoint.verifier !== verifier) {
    return null;
  }
  const { steps } = checkpoint;
  const pinned = trust.root.heads.find((head) => head.site === site);
  const anchor = pinned?.version ?? 1;
  if (pinned !== undefined && steps[0]?.digest !== pinned.statement) return null;
  const versions = byVersion(documents);
  let last: SignedDocument | null = null;
  let parent: string | null = null;
  for (const [at, { version, digest }] of steps.entries()) {
    const document = verifiedThen(versions, version, digest);
    if (version !== anchor + at || document === null) return null;
    // What comes before a pinned head need not be there.
    if (!(at === 0 && pinned !== undefined) && parentOf(document) !== parent) return null;
    last = document;
    parent = digest;
    yield;
  }
  return last === null ? null : resume({ trust, site }, last, steps);
}

function resume(authority: Authority, document: SignedDocument, steps: readonly ChainStep[]) {
  try {
    return resumeStep(authority, document, steps);
  } catch (error) {
    if (error instanceof BaselineError) return null;
    throw error;
  }
}

/** The document of a version when all there are of it have this digest. */
function verifiedThen(versions: DocumentsByVersion, version: number, digest: string): SignedDocument | null {
  const there = versions.get(version) ?? [];
  return there.every(({ bytes }) => sha256Hex(bytes) === digest) ? (there[0] ?? null) : null;
}

/** The parent that a statement names; undefined when it is none. Whoever signed the next one signed its digest, and with it these bytes. */
function parentOf({ bytes }: SignedDocument): unknown {
  try {
    const statement: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof statement === 'object' && statement !== null ? Reflect.get(statement, 'parent') : undefined;
  } catch {
    return undefined;
  }
}

interface Checkpoint {
  readonly site: string;
  readonly trust: string;
  readonly verifier: string;
  readonly steps: readonly ChainStep[];
}

/** Null for whatever else the bytes are. */
function parseCheckpoint(bytes: Uint8Array): Checkpoint | null {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonValue;
    const names = ['format', 'site', 'steps', 'trust', 'verifier'] as const;
    const fields = shape.exactObject(value, names, 'A checkpoint');
    shape.oneOf(fields.format, [CHECKPOINT_FORMAT], 'format');
    return {
      site: shape.matching(fields.site, shape.NAME, 'site'),
      trust: shape.digest(fields.trust, 'trust'),
      verifier: shape.text(fields.verifier, 200, 'verifier'),
      steps: shape.list(fields.steps, MAX_VERSION, 'steps').map(parseStep),
    };
  } catch (error) {
    if (error instanceof BaselineError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function parseStep(value: JsonValue): ChainStep {
  const { version, digest, signers, recovery } = shape.exactObject(
    value,
    ['version', 'digest', 'signers', 'recovery'],
    'A step',
  );
  const people = (list: JsonValue, where: string) =>
    shape.list(list, MAX_SIGNERS, where).map((name) => shape.matching(name, shape.NAME, where));
  return {
    version: shape.integer(version, 1, MAX_VERSION, 'version'),
    digest: shape.digest(digest, 'digest'),
    signers: people(signers, 'signers'),
    recovery: people(recovery, 'recovery'),
  };
}
