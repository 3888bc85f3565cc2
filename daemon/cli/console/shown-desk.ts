import { quotation } from '../../../notifiers/index.js';
import { partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import type { ShownConsoleSite, ShownDesk, ShownPending } from '../../views/console-shapes.js';
import { worstSeverity } from '../../views/incident-view.js';
import { differencesBetween } from '../approve/differences.js';
import { grownHistories, historyLines } from '../approve/grown-histories.js';
import { lackingLines } from '../text/suppression-text.js';
import {
  countsOf,
  DIFFERENCES_PER_PAGE,
  differenceView,
  PROPOSED_SHOWN,
  shownKey,
  unreadView,
} from './desk-view.js';
import { shownProblem } from './errors.js';
import type { SigningKeys } from './signing-keys.js';
import type { Found, LastLook, SiteReader, SiteReaderOptions } from './site-reader.js';

/** What a desk is made of. */
export interface DeskOptions extends Pick<SiteReaderOptions, 'context' | 'site'> {
  readonly reader: SiteReader;
  readonly signers: SigningKeys;
}

/** A site in the list. `last`: null before it was read. */
export function siteSummary(site: string, last: LastLook | null, reader: SiteReader): ShownConsoleSite {
  const found = last?.found ?? null;
  if (found === null) {
    const none = { version: null, expiresMs: null, differences: 0, unread: 0, worst: null, waiting: null };
    return {
      site,
      ...none,
      problem: last === null ? null : shownProblem(last.error),
      atMs: last?.atMs ?? null,
    };
  }
  const { approval, differences, observed, review } = found;
  const context = reader.viewContext(found);
  const severities = differences
    .slice(0, DIFFERENCES_PER_PAGE)
    .map((one) => differenceView(one, context).shown)
    .map((shown) => ({ severity: shown.what === 'change' ? shown.severity : ('high' as const) }));
  return {
    site,
    version: approval.head?.version ?? null,
    expiresMs: approval.head?.expiresMs ?? null,
    differences: differences.length,
    unread: observed.unread.length,
    worst: worstSeverity(severities),
    waiting: review?.statement.version ?? null,
    problem: null,
    atMs: found.atMs,
  };
}

/** Everything there is to decide about a site. */
export function shownDesk({ site, reader, signers }: DeskOptions, found: Found): ShownDesk {
  const { approval, observed, differences, atMs } = found;
  const viewContext = reader.viewContext(found);
  const ssh = signers.ssh(approval.trust);
  return {
    site,
    problem: null,
    version: approval.head?.version ?? null,
    expiresMs: approval.head?.expiresMs ?? null,
    signer: ssh instanceof Error ? null : { person: ssh.person, key: shownKey(ssh.key) },
    signerProblem: ssh instanceof Error ? ssh.message : null,
    passkeys: signers.passkeys(approval.trust),
    differences: differences.slice(0, DIFFERENCES_PER_PAGE).map((one) => differenceView(one, viewContext)),
    differenceCount: differences.length,
    counts: countsOf(differences),
    unread: unreadView(observed),
    missing: observed.missing,
    first: found.first?.observed ?? null,
    pending: pendingView(site, reader, found),
    notices: approval.problems.map(({ code, detail }) => `${code}: ${detail}`),
    atMs,
  };
}

/** A site of which nothing can be signed, and why. */
export function emptyDesk(site: string, problem: ShownDesk['problem'], atMs: number): ShownDesk {
  return {
    ...{ site, problem, version: null, expiresMs: null, signer: null, signerProblem: null, passkeys: [] },
    ...{
      differences: [],
      differenceCount: 0,
      counts: [],
      unread: [],
      missing: [],
      first: null,
      pending: null,
    },
    ...{ notices: [], atMs },
  };
}

function pendingView(site: string, reader: SiteReader, found: Found): ShownPending | null {
  const { review, proposed, observed, approval, first } = found;
  if (review === null) return null;
  const { statement, digest, signers, missing, collections } = review;
  const context = reader.viewContext(found);
  return {
    digest,
    version: statement.version,
    signers,
    lacking: lackingLines(missing, signers, `tillwarden approve ${site}`).map((line) => line.trim()),
    reason: partsOf(quotation({ untrusted: statement.reason }, VALUE_CHARACTERS)),
    createdMs: Date.parse(statement.created),
    expiresMs: Date.parse(statement.expires),
    first: first?.proposed ?? null,
    histories: historyLines(grownHistories(approval.head?.collections ?? new Map(), collections)),
    differences: proposed.slice(0, PROPOSED_SHOWN).map((one) => differenceView(one, context)),
    differenceCount: proposed.length,
    moved: differencesBetween(site, collections, observed.collections, context.rules).length,
  };
}
