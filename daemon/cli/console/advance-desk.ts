import {
  BaselineError,
  type ReviewedSuppression,
  reviewSuppression,
  type SignedDocument,
  type VerifiedSuppression,
  verifySuppression,
} from '../../../baselines/index.js';
import { quotation } from '../../../notifiers/index.js';
import { problemText, type SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { suppressionsSchema } from '../../http/approvals-wire.js';
import { changeView, partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import type { ShownAdvance, ShownSuppression } from '../../views/shapes.js';
import { receivedDocument } from '../approve/server-backend.js';
import type { ServerClient } from '../signing/server-client.js';
import { removeSuppressionById, suppressionsOnDisk } from '../suppress/suppression-files.js';
import { changeSeverity } from '../text/change-text.js';
import {
  asChange,
  definitionsOfHead,
  type Listed,
  lackingLines,
  suppressedWords,
} from '../text/suppression-text.js';
import { ConsoleError, shownProblem } from './errors.js';
import type { SigningKeys } from './signing-keys.js';
import type { SiteReader } from './site-reader.js';

/** Expected changes of one document that are shown. */
const CHANGES_SHOWN = 50;

export interface AdvanceDeskOptions {
  readonly site: string;
  readonly reader: SiteReader;
  readonly keys: SigningKeys;
  readonly clock: () => number;
  /** The daemon that is asked, or the configuration of this machine. */
  readonly kept: { readonly client: ServerClient } | { readonly config: Config };
}

interface Read {
  readonly all: readonly Listed[];
  readonly refused: readonly string[];
  readonly leftOut: number;
}

/** What people signed in advance about a site, verified here; taken away where its files are. */
export class AdvanceDesk {
  readonly #options: AdvanceDeskOptions;

  constructor(options: AdvanceDeskOptions) {
    this.#options = options;
  }

  /** Never rejects: what keeps it from being known stands in it. */
  async view(): Promise<ShownAdvance> {
    const { site, reader, kept } = this.#options;
    const withdrawElsewhere =
      'config' in kept
        ? null
        : `tillwarden expect ${site} --withdraw ID, or "mute", on the machine of the daemon`;
    try {
      const { approval } = await reader.found();
      const { all, refused, leftOut } = await this.#read(approval);
      const suppressions = all.map((one) => this.#shown(approval, one)).sort((a, b) => b.untilMs - a.untilMs);
      return { site, problem: null, suppressions, leftOut, refused, withdrawElsewhere };
    } catch (error) {
      const problem = shownProblem(error);
      return { site, problem, suppressions: [], leftOut: 0, refused: [], withdrawElsewhere };
    }
  }

  /** Takes one away, in force or waiting. Throws `CLI_UNKNOWN_EXCUSE`. */
  async withdraw(id: string): Promise<{ readonly was: string }> {
    const { site, kept, keys } = this.#options;
    if (!('config' in kept)) {
      throw new ConsoleError(
        'CONSOLE_INVALID',
        'it can be taken away where its files are, and not from here',
      );
    }
    const was = await removeSuppressionById(kept.config, site, id);
    keys.say(`${site}: ${id} is withdrawn`);
    return { was };
  }

  async #read(approval: SiteApproval): Promise<Read> {
    const { site, kept } = this.#options;
    if ('config' in kept) {
      const { active, pending, problems } = await suppressionsOnDisk(kept.config, site, approval);
      return { all: [...active, ...pending], refused: problems.map(problemText), leftOut: 0 };
    }
    const wire = await kept.client.json('GET', `/api/sites/${site}/suppressions`, suppressionsSchema);
    const authority = { trust: approval.trust, site, baseline: approval.head };
    const refused: string[] = [];
    const read = <T>(documents: typeof wire.documents, verify: (document: SignedDocument) => T): T[] =>
      documents.flatMap((document) => {
        try {
          return [verify(receivedDocument(document))];
        } catch (error) {
          if (!(error instanceof BaselineError)) throw error;
          refused.push(`${error.code}: ${error.message}`);
          return [];
        }
      });
    const active = read<VerifiedSuppression>(
      wire.documents,
      (one) => verifySuppression(authority, one).suppression,
    );
    const pending = read<ReviewedSuppression>(wire.pending, (one) => reviewSuppression(authority, one));
    return { all: [...active, ...pending], refused, leftOut: wire.leftOut };
  }

  #shown(approval: SiteApproval, one: Listed): ShownSuppression {
    const { site, clock } = this.#options;
    const { id, type, fromMs, untilMs, signers } = one;
    const definitions = definitionsOfHead(approval);
    const lacking = 'missing' in one ? one.missing : [];
    const changes = one.type === 'expectation' ? one.expectation.changes : [];
    const isOver = clock() >= untilMs;
    return {
      ...{ id, type, fromMs, untilMs, signers },
      state: isOver ? 'over' : lacking.length > 0 ? 'waits' : 'in force',
      words: suppressedWords(one, definitions),
      lacking: lackingLines(
        lacking,
        signers,
        `tillwarden ${type === 'mute' ? 'mute' : 'expect'} ${site} --sign ${id}`,
      ).map((line) => line.trim()),
      reason: partsOf(quotation({ untrusted: one.reason }, VALUE_CHARACTERS)),
      changes: changes.slice(0, CHANGES_SHOWN).map((expected) => {
        const change = asChange(site, expected, definitions);
        const { fingerprint, collection, kind, type: how, key, before, after } = change;
        return changeView(
          {
            ...{ what: 'change', collection, kind, type: how, key },
            ...{ before: before?.line ?? null, after: after.map(({ line }) => line) },
          },
          { fingerprint, severity: changeSeverity([], change), definition: definitions.get(collection) },
        );
      }),
      changesLeftOut: Math.max(0, changes.length - CHANGES_SHOWN),
    };
  }
}
