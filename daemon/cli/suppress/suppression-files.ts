import {
  BaselineError,
  installSuppression,
  NAMESPACES,
  type Problem,
  pendingSuppression,
  pendingSuppressionDirectory,
  problemOf,
  type ReviewedSuppression,
  readPendingSuppressions,
  readSuppressions,
  refusalOfPending,
  removeSuppression,
  reviewSuppression,
  type SignedDocument,
  type SuppressionAuthority,
  sha256Hex,
  suppressionDirectory,
  suppressionFile,
  type VerifiedBaseline,
  type VerifiedSuppression,
  type VerifiedTrust,
  verifySuppression,
  writePendingSuppression,
} from '../../../baselines/index.js';
import { withRemedy } from '../../approvals/withdraw-command.js';
import type { Config } from '../../config/config.js';
import { CliError } from '../errors.js';
import type { WaitingDocument } from '../signing/waiting-document.js';

/** An excuse that is over is cleared away this long after its end, in milliseconds: until then the daemon may still tell of it. */
const KEPT_MS = 86_400_000;

/** What lies on disk of a site's excuses. */
export interface SuppressionsOnDisk {
  readonly active: readonly VerifiedSuppression[];
  readonly pending: readonly ReviewedSuppression[];
  readonly problems: readonly Problem[];
}

/** Reads and verifies the excuses of a site, in force and pending. */
export async function suppressionsOnDisk(
  config: Config,
  site: string,
  { trust, head }: { readonly trust: VerifiedTrust; readonly head: VerifiedBaseline | null },
): Promise<SuppressionsOnDisk> {
  const authority = { trust, site, baseline: head };
  const directory = config.baselines.directory;
  const active = await readAll(await readSuppressions(directory, site), (document) => {
    const { suppression, notices } = verifySuppression(authority, document);
    return { value: suppression, notices };
  });
  const pending = await readAll(await readPendingSuppressions(directory, site), (document) => {
    const review = reviewSuppression(authority, document);
    return { value: review, notices: review.notices };
  });
  const problems = [
    ...active.problems,
    ...pending.problems.map((problem) => {
      const { weight, file, detail } = problem;
      if (weight === 'notice' || file === null) return problem;
      return { ...problem, detail: withRemedy(detail, pendingSuppression(site, file)) };
    }),
  ];
  return { active: active.values, pending: pending.values, problems };
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
export interface SuppressionFiles {
  readonly config: Config;
  readonly authority: SuppressionAuthority;
  readonly clock: () => number;
}

/** The bytes that are to be signed, and what these very bytes say: nobody is shown one document and signs another of the same name. */
export interface SuppressionToSign {
  readonly document: SignedDocument;
  readonly review: ReviewedSuppression;
}

/** An excuse nobody has signed yet, as the people who are to sign it see it. Throws what would make it refused. */
export function draftSuppression(
  { authority }: SuppressionFiles,
  type: ReviewedSuppression['type'],
  bytes: Uint8Array,
): SuppressionToSign {
  const document = { file: suppressionFile(type, sha256Hex(bytes)), bytes, signatures: [] };
  return { review: reviewSuppression(authority, document), document };
}

/** An excuse as a document that waits: whom it needs follows from what it is about. */
export function waitingSuppression(
  { config, authority, clock }: SuppressionFiles,
  { type }: ReviewedSuppression,
  file: string,
): WaitingDocument<ReviewedSuppression> {
  const { site } = authority;
  const base = config.baselines.directory;
  const directory = suppressionDirectory(base, site);
  const readActive = async () => {
    const { active } = await suppressionsOnDisk(config, site, { ...authority, head: authority.baseline });
    return active;
  };
  return {
    namespace: NAMESPACES[type],
    directory,
    review: (document) => reviewSuppression(authority, document),
    isEnough: ({ missing }) => missing.length === 0,
    leave: (document, signature) =>
      writePendingSuppression(base, site, { ...document, signatures: [signature] }),
    waiting: async () => {
      const { documents } = await readPendingSuppressions(base, site);
      const found = documents.find((one) => one.file === file);
      if (found === undefined) throw unknownSuppression('it was removed meanwhile');
      return found;
    },
    install: (document) => installSuppression(base, site, document),
    confirm: async ({ digest }) => {
      if ((await readActive()).some((one) => one.digest === digest)) return;
      throw new CliError(
        'CLI_CHAIN_BROKEN',
        'what was put into force does not count ("tillwarden verify" says why)',
      );
    },
    clear: async () => {
      await removeSuppression(pendingSuppressionDirectory(base, site), file);
      for (const { id, untilMs } of await readActive()) {
        if (clock() > untilMs + KEPT_MS) await removeSuppression(directory, `${id}.json`);
      }
    },
  };
}

/** A pending excuse. Throws `CLI_UNKNOWN_EXCUSE`, and the `BaselineError` of one that lies there and cannot be used. */
export async function pendingDocument(
  { config, authority }: SuppressionFiles,
  id: string,
): Promise<SuppressionToSign> {
  const { site } = authority;
  const { documents, problems } = await readPendingSuppressions(config.baselines.directory, site);
  const found = documents.find(({ file }) => file === `${id}.json`);
  if (found) {
    try {
      return { document: found, review: reviewSuppression(authority, found) };
    } catch (error) {
      throw refusalOfPending(error, found.file, pendingSuppression(site, found.file));
    }
  }
  const unread = problems.find(({ file, weight }) => file === `${id}.json` && weight === 'refused');
  if (unread) throw pendingRefusal(site, unread);
  throw unknownSuppression(`none of this id waits for signatures; there is ${idsOf(documents)}`);
}

/** Takes an excuse away, in force or pending. Says which it was. Throws `CLI_UNKNOWN_EXCUSE`. */
export async function removeSuppressionById(
  config: Config,
  site: string,
  id: string,
): Promise<'in force' | 'pending'> {
  const directory = config.baselines.directory;
  const wasActive = await removeSuppression(suppressionDirectory(directory, site), `${id}.json`);
  const wasPending = await removeSuppression(pendingSuppressionDirectory(directory, site), `${id}.json`);
  if (wasActive || wasPending) return wasActive ? 'in force' : 'pending';
  const { documents } = await readSuppressions(directory, site);
  throw unknownSuppression(`there is none of this id; in force: ${idsOf(documents)}`);
}

/** The refusal of a pending suppression. */
function pendingRefusal(site: string, { code, file, detail }: Problem): Error {
  const error = new BaselineError(code, detail);
  return file === null ? error : refusalOfPending(error, file, pendingSuppression(site, file));
}

function idsOf(documents: readonly SignedDocument[]): string {
  return documents.map(({ file }) => file.slice(0, -'.json'.length)).join(', ') || 'none';
}

function unknownSuppression(found: string): CliError {
  return new CliError('CLI_UNKNOWN_EXCUSE', found);
}
