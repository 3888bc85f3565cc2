import { BaselineError, NAMESPACES } from '../../../baselines/index.js';
import type {
  PasskeyAnswer,
  ShownConsoleSite,
  ShownDesk,
  ShownDifference,
  ShownDraft,
  ShownRejected,
  ShownSigned,
} from '../../views/console-shapes.js';
import { rejectedLines } from '../approve/rejected-text.js';
import { lackingLines } from '../text/suppression-text.js';
import { DIFFERENCES_PER_PAGE, differenceView, unfoldedView } from './desk-view.js';
import { type DraftRequest, Drafts } from './drafts.js';
import { ConsoleError, shownProblem } from './errors.js';
import { type DeskOptions, emptyDesk, shownDesk, siteSummary } from './shown-desk.js';
import { type Found, refuseOvertaken, type SiteReader, sameProposal } from './site-reader.js';

/**
 * One site on an approver's desk in the browser: looked at and verified here, decided about there, signed by a key of this machine or by a passkey,
 * and handed in.
 */
export class Desk {
  readonly site: string;
  readonly reader: SiteReader;
  readonly #options: DeskOptions;
  readonly #drafts: Drafts;
  #summarized: { readonly look: Found | null; readonly summary: ShownConsoleSite | null } = {
    look: null,
    summary: null,
  };

  constructor(options: DeskOptions) {
    this.#options = options;
    this.site = options.site;
    this.reader = options.reader;
    this.#drafts = new Drafts(options);
  }

  /** The site in a list, read again where it may be old. Never rejects: what is wrong stands in it. */
  async summary(): Promise<ShownConsoleSite> {
    await this.reader.look();
    return this.lastSummary();
  }

  /** The same as it was read last. */
  lastSummary(): ShownConsoleSite {
    const { last } = this.reader;
    const { look, summary } = this.#summarized;
    if (summary !== null && look === last?.found) return summary;
    const made = siteSummary(this.site, last, this.reader);
    // What went wrong is put into words anew each time.
    this.#summarized = { look: last?.found ?? null, summary: last?.found ? made : null };
    return made;
  }

  /** Everything there is to decide. Never rejects: with a problem there is nothing to sign. */
  async view(): Promise<ShownDesk> {
    const { found, error, atMs } = await this.reader.look();
    if (found === null) return emptyDesk(this.site, shownProblem(error), atMs);
    return shownDesk(this.#options, found);
  }

  async differencesFrom(from: number): Promise<ShownDifference[]> {
    const found = await this.reader.found();
    const context = this.reader.viewContext(found);
    return found.differences
      .slice(from, from + DIFFERENCES_PER_PAGE)
      .map((one) => differenceView(one, context));
  }

  /** A difference with whole values. Throws `CONSOLE_NOT_FOUND` when it is none any more. */
  async unfolded(id: string): Promise<ShownDifference> {
    const found = await this.reader.found();
    const all = [...found.differences, ...found.proposed];
    const one = unfoldedView(all, id, this.reader.viewContext(found));
    if (one === null)
      throw new ConsoleError('CONSOLE_NOT_FOUND', 'this difference is none any more: go back to the list');
    return one;
  }

  draft(wanted: DraftRequest): Promise<ShownDraft> {
    return this.#drafts.next(wanted);
  }

  coSign(digest: string): Promise<ShownDraft> {
    return this.#drafts.coSign(digest);
  }

  /** Signs a draft, with the SSH key of this machine or as a passkey has signed it already, and hands it in. */
  async sign(id: string, answer: PasskeyAnswer | null): Promise<ShownSigned> {
    const { shown, bytes, submission, isWaiting, refuseCalled } = this.#drafts.find(id);
    const { version, digest, parentVersion } = shown;
    const found = await this.reader.found(true);
    // Before anybody's key is asked for a signature that would be for nothing.
    if (isWaiting) sameProposal(found, digest);
    else refuseOvertaken(found, parentVersion);
    refuseCalled(found);
    const words = `baseline ${version} (sha256:${digest}), ${shown.counts.items} accepted`;
    const { signers } = this.#options;
    const { trust } = found.approval;
    const toSign = { bytes, namespace: NAMESPACES.baseline, words: `${this.site}: ${words}` };
    const { person, armored } = await signers.sign(trust, toSign, answer);
    await this.reader.change((backend) => backend.submit(submission(armored)));
    this.#drafts.forget(id);
    return this.#becameOf({ person, version, digest });
  }

  async #becameOf(signed: Pick<ShownSigned, 'person' | 'version' | 'digest'>): Promise<ShownSigned> {
    const { version, digest } = signed;
    const { approval, review } = await this.reader.found(true);
    const step = approval.chain.steps.find((one) => one.digest === digest);
    if (step !== undefined) {
      this.#say(`baseline ${version} is in force, signed by ${step.signers.join(', ')}`);
      return { ...signed, installed: true, signers: step.signers, lacking: [] };
    }
    if (review?.digest !== digest) {
      throw new BaselineError(
        'BASELINE_PROPOSAL_STALE',
        'What was signed is neither in force nor waiting: somebody withdrew it meanwhile. Ask them why, and look again.',
      );
    }
    const { signers, missing } = review;
    this.#say(`baseline ${version} is signed by ${signers.join(', ')}, and waits for others`);
    const lacking = lackingLines(missing, signers, `tillwarden approve ${this.site}`);
    return { ...signed, installed: false, signers, lacking: lacking.map((line) => line.trim()) };
  }

  /**
   * Has changes marked as hostile, and everybody told: at once, or by word left for the daemon of this machine. Those that are gone by now as
   * well: who flips a value back must not undo that somebody saw it.
   */
  async reject(ids: readonly string[]): Promise<ShownRejected> {
    const words = rejectedLines(ids.length, await this.reader.change((backend) => backend.reject(ids)));
    for (const line of words) this.#say(line);
    return { words };
  }

  /** Removes the proposal that was shown. Throws `CONSOLE_MOVED` when it is another one by now. */
  async withdraw(digest: string): Promise<boolean> {
    sameProposal(await this.reader.found(true), digest);
    const withdrawn = await this.reader.change((backend) => backend.withdraw());
    this.#say('the proposal that waited is withdrawn');
    return withdrawn;
  }

  #say(words: string): void {
    this.#options.signers.say(`${this.site}: ${words}`);
  }
}
