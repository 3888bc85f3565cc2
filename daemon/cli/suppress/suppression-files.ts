import {
  BaselineError,
  type ExcuseAuthority,
  excuseDirectory,
  excuseFile,
  installExcuse,
  NAMESPACES,
  type Problem,
  pendingExcuseDirectory,
  problemOf,
  type ReviewedExcuse,
  readExcuses,
  readPendingExcuses,
  refusalOfPending,
  refuseTaken,
  removeExcuse,
  reviewExcuse,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  type VerifiedBaseline,
  type VerifiedExcuse,
  type VerifiedTrust,
  verifyExcuse,
  withdrawExcuse as withdrawCommand,
  writePendingExcuse,
} from '../../../baselines/index.js';
import type { Config } from '../../config/config.js';
import { CliError } from '../errors.js';
import { type Signer, signDocument } from '../signing/signer.js';

/** An excuse that is over is cleared away this long after its end, in milliseconds: until then the daemon may still tell of it. */
const KEPT_MS = 86_400_000;

/** What lies on disk of a site's excuses. */
export interface ExcusesOnDisk {
  readonly inForce: readonly VerifiedExcuse[];
  readonly pending: readonly ReviewedExcuse[];
  readonly problems: readonly Problem[];
}

/** Reads and verifies the excuses of a site, in force and pending. */
export async function excusesOnDisk(
  config: Config,
  site: string,
  { trust, head }: { readonly trust: VerifiedTrust; readonly head: VerifiedBaseline | null },
): Promise<ExcusesOnDisk> {
  const authority = { trust, site, baseline: head };
  const directory = config.baselines.directory;
  const inForce = await readAll(await readExcuses(directory, site), (document) => {
    const { excuse, notices } = verifyExcuse(authority, document);
    return { value: excuse, notices };
  });
  const pending = await readAll(await readPendingExcuses(directory, site), (document) => {
    const review = reviewExcuse(authority, document);
    return { value: review, notices: review.notices };
  });
  const problems = [
    ...inForce.problems,
    ...pending.problems.map((problem) => {
      const { weight, file, detail } = problem;
      if (weight === 'notice' || file === null) return problem;
      return { ...problem, detail: `${detail} To be rid of it: ${withdrawCommand(site, file)}` };
    }),
  ];
  return { inForce: inForce.values, pending: pending.values, problems };
}

async function readAll<Value>(
  { documents, problems: unread }: { documents: readonly SignedDocument[]; problems: readonly Problem[] },
  read: (document: SignedDocument) => { value: Value; notices: readonly Problem[] },
): Promise<{ values: readonly Value[]; problems: readonly Problem[] }> {
  const values: Value[] = [];
  const problems = [...unread];
  for (const document of documents) {
    try {
      const { value, notices } = read(document);
      values.push(value);
      problems.push(...notices);
    } catch (error) {
      problems.push(problemOf(error, 'refused', document.file, null));
    }
  }
  return { values, problems };
}

/** Where excuses of a site are made. */
export interface ExcuseDesk {
  readonly config: Config;
  readonly authority: ExcuseAuthority;
  readonly clock: () => number;
}

/** An excuse nobody has signed yet, as the people who are to sign it see it. Throws what would make it refused. */
export function draftExcuse(
  { authority }: ExcuseDesk,
  type: ReviewedExcuse['type'],
  bytes: Uint8Array,
): { readonly review: ReviewedExcuse; readonly document: SignedDocument } {
  const document = { file: excuseFile(type, sha256Hex(bytes)), bytes, signatures: [] };
  return { review: reviewExcuse(authority, document), document };
}

/** Signs an excuse, leaves it for others, and puts it into force when enough have signed. */
export async function signExcuse(
  desk: ExcuseDesk,
  signer: Signer,
  document: SignedDocument,
): Promise<ReviewedExcuse> {
  const { config, authority } = desk;
  const { site } = authority;
  const { type } = reviewExcuse(authority, document);
  const text = await signDocument(signer, document.bytes, NAMESPACES[type]);
  const signature = { file: signatureFile(document.file, signer.person), text };
  const { directory } = config.baselines;
  const signed = { ...document, signatures: [...document.signatures, signature] };
  if (reviewExcuse(authority, signed).missing.length === 0) {
    await refuseTaken(excuseDirectory(directory, site), signed);
  }
  await writePendingExcuse(directory, site, { ...document, signatures: [signature] });
  return installExcuseWhenEnough(desk, document.file);
}

/** Puts a pending excuse into force when enough people have signed it. */
export async function installExcuseWhenEnough(
  { config, authority, clock }: ExcuseDesk,
  file: string,
): Promise<ReviewedExcuse> {
  const directory = config.baselines.directory;
  const { site } = authority;
  const { documents } = await readPendingExcuses(directory, site);
  const document = documents.find((one) => one.file === file);
  if (document === undefined) throw unknownExcuse('it was removed meanwhile');
  const review = reviewExcuse(authority, document);
  if (review.missing.length > 0) return review;
  await installExcuse(directory, site, document);
  const { inForce } = await excusesOnDisk(config, site, { ...authority, head: authority.baseline });
  if (!inForce.some(({ digest }) => digest === review.digest)) {
    throw new CliError(
      'CLI_CHAIN_BROKEN',
      'what was put into force does not count ("tillwarden verify" says why)',
    );
  }
  await removeExcuse(pendingExcuseDirectory(directory, site), file);
  for (const { id, untilMs } of inForce) {
    if (clock() > untilMs + KEPT_MS) await removeExcuse(excuseDirectory(directory, site), `${id}.json`);
  }
  return review;
}

/** The bytes of a pending excuse. Throws `CLI_UNKNOWN_EXCUSE`, and the `BaselineError` of one that lies there and cannot be used. */
export async function pendingDocument(
  { config, authority }: ExcuseDesk,
  id: string,
): Promise<SignedDocument> {
  const { site } = authority;
  const { documents, problems } = await readPendingExcuses(config.baselines.directory, site);
  const found = documents.find(({ file }) => file === `${id}.json`);
  if (found) {
    try {
      reviewExcuse(authority, found);
    } catch (error) {
      throw refusalOfPending(error, found.file, withdrawCommand(site, found.file));
    }
    return found;
  }
  const unread = problems.find(({ file, weight }) => file === `${id}.json` && weight === 'refused');
  if (unread) throw pendingRefusal(site, unread);
  throw unknownExcuse(`none of this id waits for signatures; there is ${idsOf(documents)}`);
}

/** Takes an excuse away, in force or pending. Says which it was. Throws `CLI_UNKNOWN_EXCUSE`. */
export async function withdrawExcuse(
  config: Config,
  site: string,
  id: string,
): Promise<'in force' | 'pending'> {
  const directory = config.baselines.directory;
  const wasInForce = await removeExcuse(excuseDirectory(directory, site), `${id}.json`);
  const wasPending = await removeExcuse(pendingExcuseDirectory(directory, site), `${id}.json`);
  if (wasInForce || wasPending) return wasInForce ? 'in force' : 'pending';
  const { documents } = await readExcuses(directory, site);
  throw unknownExcuse(`there is none of this id; in force: ${idsOf(documents)}`);
}

/** The refusal of a pending excuse, with the command that removes it. */
function pendingRefusal(site: string, { code, file, detail }: Problem): Error {
  const error = new BaselineError(code, detail);
  return file === null ? error : refusalOfPending(error, file, withdrawCommand(site, file));
}

function idsOf(documents: readonly SignedDocument[]): string {
  return documents.map(({ file }) => file.slice(0, -'.json'.length)).join(', ') || 'none';
}

function unknownExcuse(found: string): CliError {
  return new CliError('CLI_UNKNOWN_EXCUSE', found);
}
