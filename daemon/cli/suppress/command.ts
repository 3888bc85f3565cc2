import type { Excuse, ReviewedExcuse, SignedDocument } from '../../../baselines/index.js';
import { problemText, type SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { type CommandContext, oneSite, openConfig } from '../command-context.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { ROOT_CHAIN, SeenHeads } from '../signing/seen-heads.js';
import { findSigner, type Signer } from '../signing/signer.js';
import { readApproval, refuseBroken } from '../signing/verified-files.js';
import type { Terminal } from '../terminal/terminal.js';
import { asciiJson } from '../text/json.js';
import {
  definitionsOfHead,
  describeExcuse,
  excuseJson,
  excuseLine,
  lackingLines,
} from '../text/suppression-text.js';
import {
  draftExcuse,
  type ExcuseDesk,
  excusesOnDisk,
  installExcuseWhenEnough,
  pendingDocument,
  signExcuse,
  withdrawExcuse,
} from './suppression-files.js';

/** What `expect` and `mute` have in common on the command line. */
export interface ExcuseOptions {
  readonly key?: string;
  /** Do not ask. */
  readonly yes?: boolean;
  /** Id of a pending one to sign. */
  readonly sign?: string;
  readonly list?: boolean;
  /** Id of one to take away. */
  readonly withdraw?: string;
  readonly json?: boolean;
}

interface Opened {
  readonly config: Config;
  readonly site: string;
  readonly approval: SiteApproval;
}

/**
 * What `tillwarden expect` and `tillwarden mute` do: list, take away, make and sign one (`draft`, null when nothing was said to make), or
 * show and sign what waits.
 */
export async function excuseCommand(
  context: CommandContext,
  siteName: string | undefined,
  type: Excuse['type'],
  options: ExcuseOptions,
  draft: ((approval: SiteApproval, site: string) => Uint8Array) | null,
): Promise<number> {
  const { terminal, env, clock } = context;
  const config = await openConfig(context, 'none');
  const site = oneSite(config, siteName).name;
  if (options.withdraw !== undefined) {
    const was = await withdrawExcuse(config, site, options.withdraw);
    terminal.out(
      was === 'pending'
        ? `${options.withdraw} waits for signatures no more.`
        : `${options.withdraw} is withdrawn. What it excused is told if it is still there; the same document never counts again.`,
    );
    return EXIT.same;
  }
  const approval = await readApproval(config, site, clock());
  if (options.list) return list(context, { config, site, approval }, type, options);
  refuseBroken(approval.problems);
  const seen = new SeenHeads(env);
  seen.refuseOlder(config.trust.root, ROOT_CHAIN, approval.trust.steps);
  seen.refuseOlder(config.trust.root, site, approval.chain.steps);
  const signer = findSigner(env, approval.trust.keyring, options.key);
  const desk = { config, authority: { trust: approval.trust, site, baseline: approval.head }, clock };
  const opened = { config, site, approval };
  if (draft !== null) {
    const { review, document } = draftExcuse(desk, type, draft(approval, site));
    return signOne(context, opened, desk, signer, review, document, options);
  }
  return signWaiting(context, opened, desk, signer, type, options);
}

async function signWaiting(
  context: CommandContext,
  opened: Opened,
  desk: ExcuseDesk,
  signer: Signer,
  type: Excuse['type'],
  options: ExcuseOptions,
): Promise<number> {
  const { config, site, approval } = opened;
  const now = desk.clock();
  const { pending, problems } = await excusesOnDisk(config, site, approval);
  for (const problem of problems) context.terminal.note(`${problem.weight}: ${problemText(problem)}`);
  const waiting = pending.filter(
    (one) => one.type === type && (options.sign === undefined ? now < one.untilMs : one.id === options.sign),
  );
  if (waiting.length === 0) {
    // Says which ids there are when one was named.
    if (options.sign !== undefined) await pendingDocument(desk, options.sign);
    context.terminal.out(`Nothing waits for signatures. To make one: ${commandOf(type)} --help`);
    return EXIT.same;
  }
  const unsigned = waiting.filter(({ missing }) => missing.length > 0);
  if (options.yes && options.sign === undefined && unsigned.length > 0) {
    throw new CliError(
      'CLI_USAGE',
      `--yes needs --sign: which of ${unsigned.map(({ id }) => id).join(', ')}`,
    );
  }
  let exit: number = EXIT.same;
  for (const review of waiting) {
    const document = await pendingDocument(desk, review.id);
    const ended = await signOne(context, opened, desk, signer, review, document, options);
    exit = Math.max(exit, ended);
  }
  return exit;
}

/** Shows all of it, asks, signs. */
async function signOne(
  { terminal }: CommandContext,
  { config, site, approval }: Opened,
  desk: ExcuseDesk,
  signer: Signer,
  review: ReviewedExcuse,
  document: SignedDocument,
  options: ExcuseOptions,
): Promise<number> {
  const definitions = definitionsOfHead(approval);
  for (const line of describeExcuse(terminal, review, site, config.rules, definitions)) terminal.out(line);
  if (desk.clock() >= review.untilMs) {
    throw new CliError('CLI_NOT_ACCEPTABLE', 'its time is over; withdraw it and make a new one');
  }
  const hasSigned = review.signers.includes(signer.person);
  if (hasSigned) terminal.out(`${signer.person} has signed it already.`);
  // Signatures that were made on two machines suffice as soon as they lie together; nobody need sign once more.
  if (hasSigned || review.missing.length === 0) {
    return tellStanding(terminal, site, await installExcuseWhenEnough(desk, document.file));
  }
  if (!review.requirements.some(({ people }) => people.includes(signer.person))) {
    const people = [...new Set(review.requirements.flatMap((one) => one.people))].sort();
    throw new CliError(
      'CLI_NOT_ACCEPTABLE',
      `a signature of ${signer.person} does not count for it; needed are ${people.join(', ')}`,
    );
  }
  if (!options.yes) {
    if (terminal.keyboard === null) {
      throw new CliError(
        'CLI_NOT_INTERACTIVE',
        'nobody can be asked here: run it on a terminal, or add --yes',
      );
    }
    terminal.out();
    if ((await terminal.keyboard.key(`${signer.person} signs it? y · no n ? `, 'yn', 'n')) !== 'y') {
      terminal.out('Not signed.');
      return EXIT.drifted;
    }
  }
  return tellStanding(terminal, site, await signExcuse(desk, signer, document));
}

function tellStanding(
  terminal: Terminal,
  site: string,
  { id, type, signers, missing }: ReviewedExcuse,
): number {
  if (missing.length === 0) {
    terminal.out(`\n${terminal.paint('green', 'In force')}: ${id}, signed by ${signers.join(', ')}.`);
    return EXIT.same;
  }
  terminal.out(`\n${id} is signed by ${signers.join(', ')} and waits.`);
  const command = `${commandOf(type)} ${site} --sign ${id}`;
  for (const line of lackingLines(missing, signers, command)) terminal.out(line);
  return EXIT.same;
}

async function list(
  { terminal, clock }: CommandContext,
  { config, site, approval }: Opened,
  type: Excuse['type'],
  { json }: ExcuseOptions,
): Promise<number> {
  const { inForce, pending, problems } = await excusesOnDisk(config, site, approval);
  const listed = [...inForce, ...pending].filter((one) => one.type === type);
  const now = clock();
  if (json) {
    terminal.out(asciiJson({ site, excuses: listed.map((one) => excuseJson(one, now)), problems }));
    return EXIT.same;
  }
  const definitions = definitionsOfHead(approval);
  for (const one of listed) terminal.out(excuseLine(terminal, one, definitions, now));
  if (listed.length === 0) terminal.out(type === 'mute' ? 'Nothing is muted.' : 'Nothing is expected.');
  for (const problem of problems) terminal.note(`${problem.weight}: ${problemText(problem)}`);
  return EXIT.same;
}

function commandOf(type: Excuse['type']): string {
  return type === 'mute' ? 'tillwarden mute' : 'tillwarden expect';
}
