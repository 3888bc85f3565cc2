import { refuseTooLarge } from './canonical.js';
import { type MissingSigners, missing, refuseTooFew, refuseUnsigned, type Signers } from './count-signers.js';
import type { Definition } from './definition.js';
import type { Problem, SignedDocument } from './document.js';
import { BaselineError } from './errors.js';
import { parseSuppressionFile, suppressionFile } from './file-name.js';
import { sha256Hex } from './record.js';
import { type Requirement, suppressionRequirements, type Touched } from './requirements.js';
import { signersOf } from './signers.js';
import { NAMESPACES } from './sshsig.js';
import { type Expectation, type Mute, parseExpectation, parseMute } from './suppression.js';
import type { TrustRoot } from './trust-root.js';
import { decodeValue } from './value.js';
import type { Authority, VerifiedBaseline } from './verify.js';

declare const verified: unique symbol;

/** The document: what it suppresses. */
export type Suppression =
  | { readonly type: 'expectation'; readonly expectation: Expectation }
  | { readonly type: 'mute'; readonly mute: Mute };

interface SuppressionRead {
  /** `expectation.3f9a…` or `mute.3f9a…`: its file's name without the ending. Ours. */
  readonly id: string;
  /** Hex SHA-256 of its bytes. */
  readonly digest: string;
  readonly site: string;
  /** Names of the people whose signatures on it count; ordered. */
  readonly signers: readonly string[];
  readonly reason: string;
  /** UTC milliseconds of its making, as it says. */
  readonly createdMs: number;
  /** UTC milliseconds of its beginning: of the window, or of the signing of a mute. */
  readonly fromMs: number;
  /** UTC milliseconds from which on it suppresses nothing. */
  readonly untilMs: number;
}

/** A suppression that counts. Only `verifySuppression` makes one. */
export type VerifiedSuppression = SuppressionRead &
  Suppression & {
    readonly [verified]: true;
    /**
     * Of a mute, by collection: names in small letters that the watched system has for a signer without whom too few would have signed, where a rule
     * leaves out who made a change. It mutes no change that the records say is theirs. Absent where there are none.
     */
    readonly notMuted?: ReadonlyMap<string, ReadonlySet<string>>;
  };

/** A suppression that waits for signatures, taken apart so that the next person can see what they would sign. */
export type ReviewedSuppression = SuppressionRead &
  Suppression & {
    /** What is signed. */
    readonly bytes: Uint8Array;
    readonly requirements: readonly Requirement[];
    readonly missing: readonly MissingSigners[];
    readonly notices: readonly Problem[];
  };

/** The authority that suppressions are verified by: the kinds and columns they speak of are those of the active baseline. */
export interface SuppressionAuthority extends Authority {
  readonly baseline: VerifiedBaseline | null;
}

/**
 * The rule by which a suppression counts: it has the name that follows from its bytes; someone of the trust root signed exactly these
 * bytes as what the name says; they are such a document, of this site, about collections of the active baseline; and enough
 * people signed for every kind it touches. In this order, so that nothing is parsed that nobody signed. Throws the
 * `BaselineError` of the first check that fails. `notices` are the signatures that do not count.
 */
export function verifySuppression(
  authority: SuppressionAuthority,
  document: SignedDocument,
): { readonly suppression: VerifiedSuppression; readonly notices: readonly Problem[] } {
  const { suppression, touched, requirements, signed, notices } = read(authority, document, refuseUnsigned);
  refuseTooFew(requirements, signed);
  const notMuted =
    suppression.type === 'mute' ? ownOf(authority.trust.root, touched, signed) : new Map<string, never>();
  const whole = notMuted.size === 0 ? suppression : { ...suppression, notMuted };
  return { suppression: whole as VerifiedSuppression, notices };
}

/** Nobody knows of a mute who will make a change, as they do of an expectation: whose it was is looked at when it is there. */
function ownOf(
  root: TrustRoot,
  touched: readonly Touched[],
  signed: Signers,
): ReadonlyMap<string, ReadonlySet<string>> {
  const accounts = root.people
    .filter(({ name }) => signed.people.includes(name))
    .flatMap(({ accounts: own = [] }) => own.map(({ name }) => name.toLowerCase()));
  const own = new Map<string, ReadonlySet<string>>();
  for (const { kind, name } of touched) {
    const decides = (account: string) => {
      const needed = suppressionRequirements(root, [{ kind, name, authors: new Set([account]) }]);
      return missing(needed, signed).length > 0;
    };
    const deciding = accounts.filter(decides);
    if (deciding.length > 0) own.set(name, new Set(deciding));
  }
  return own;
}

/** Reads a suppression that may lack signatures. Throws as `verifySuppression` does, but for signers that are missing. */
export function reviewSuppression(
  authority: SuppressionAuthority,
  document: SignedDocument,
): ReviewedSuppression {
  const { suppression, requirements, signed, notices } = read(authority, document, () => undefined);
  const { bytes } = document;
  return { ...suppression, bytes, requirements, missing: missing(requirements, signed), notices };
}

function read(
  { trust, site, baseline }: SuppressionAuthority,
  document: SignedDocument,
  refuseBeforeReading: (signers: Signers) => void,
) {
  refuseTooLarge(document.bytes);
  const digest = sha256Hex(document.bytes);
  const type = parseSuppressionFile(document.file)?.suppression;
  if (type === undefined || suppressionFile(type, digest) !== document.file) {
    throw new BaselineError(
      'BASELINE_EXCUSE_NAME',
      'An excuse does not lie under the name that follows from its content; it was renamed or changed. Remove it.',
    );
  }
  const signed = signersOf(document, NAMESPACES[type], trust.keyring);
  refuseBeforeReading(signed);

  const parsed = parse(type, document.bytes);
  if (parsed.site !== site) {
    throw new BaselineError('BASELINE_WRONG_SITE', `The excuse is for another site than ${site}; remove it.`);
  }
  const touched = touchedBy(parsed, baseline);
  const suppression = {
    id: document.file.slice(0, -'.json'.length),
    digest,
    signers: signed.people,
    ...parsed,
  };
  return {
    suppression,
    touched,
    requirements: suppressionRequirements(trust.root, touched),
    signed,
    notices: signed.problems,
  };
}

type Parsed = Suppression & Pick<SuppressionRead, 'site' | 'reason' | 'createdMs' | 'fromMs' | 'untilMs'>;

function parse(type: Suppression['type'], bytes: Uint8Array): Parsed {
  if (type === 'mute') {
    const mute = parseMute(bytes);
    const { site, reason, created, until } = mute;
    const createdMs = Date.parse(created);
    return { type, mute, site, reason, createdMs, fromMs: createdMs, untilMs: Date.parse(until) };
  }
  const expectation = parseExpectation(bytes);
  const { site, reason, created, notBefore, adoptBy } = expectation;
  const times = {
    createdMs: Date.parse(created),
    fromMs: Date.parse(notBefore),
    untilMs: Date.parse(adoptBy),
  };
  return { type, expectation, site, reason, ...times };
}

/** The scopes that a suppression touches. Throws for what the active baseline does not hold or holds otherwise. */
function touchedBy(suppression: Suppression, baseline: VerifiedBaseline | null): readonly Touched[] {
  const touched = new Map<string, Touched & { readonly authors: Set<string> }>();
  const touch = ({ kind, name }: Pick<Definition, 'kind' | 'name'>): Set<string> => {
    const known = touched.get(name) ?? { kind, name, authors: new Set<string>() };
    touched.set(name, known);
    return known.authors;
  };
  if (suppression.type === 'expectation') {
    for (const { collection } of suppression.expectation.objects) {
      const definition = signedDefinition(baseline, collection);
      if (definition.kind !== 'sensor') {
        throw new BaselineError(
          'BASELINE_EXCUSE_SCOPE',
          `${collection} is no sensor, and only objects that a sensor records are expected by their sort; name the changes themselves.`,
        );
      }
      touch(definition);
    }
    for (const change of suppression.expectation.changes) {
      const definition = signedDefinition(baseline, change.collection);
      refuseOtherColumns(definition, change.key, change.before, change.after);
      const authors = touch(definition);
      for (const column of definition.author ?? []) {
        const encoded = change.after?.get(column) ?? null;
        const value = encoded === null ? null : decodeValue(encoded);
        if (value?.form === 'text') authors.add(value.text);
      }
    }
  } else if ('kind' in suppression.mute.scope) {
    const { kind } = suppression.mute.scope;
    touch({ kind, name: `the kind ${kind}` });
    // A collection may have a stricter rule of its own.
    for (const { definition } of baseline?.collections.values() ?? []) {
      if (definition.kind === kind) touch(definition);
    }
  } else {
    const { collection, key } = suppression.mute.scope;
    const definition = signedDefinition(baseline, collection);
    refuseOtherColumns(definition, key);
    touch(definition);
  }
  return [...touched.values()];
}

function signedDefinition(baseline: VerifiedBaseline | null, collection: string): Definition {
  const definition = baseline?.collections.get(collection)?.definition;
  if (definition !== undefined) return definition;
  throw new BaselineError(
    'BASELINE_EXCUSE_SCOPE',
    `The baseline in force holds no collection ${collection}, so nothing about it can be excused. Approve the collection first.`,
  );
}

function refuseOtherColumns(
  { name, key: keyColumns, columns }: Definition,
  key: readonly string[] | null,
  ...sides: readonly (ReadonlyMap<string, unknown> | null)[]
): void {
  const fits =
    (key === null || key.length === keyColumns.length) &&
    sides.every(
      (side) =>
        side === null || (side.size === columns.length && columns.every((column) => side.has(column))),
    );
  if (fits) return;
  throw new BaselineError(
    'BASELINE_RECORDS_FIELDS',
    `A record of ${name} has other columns than the baseline in force defines; make the excuse anew.`,
  );
}
