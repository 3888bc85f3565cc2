import type { Problem, ReviewedSuppression, Suppression } from '../../../baselines/index.js';
import { problemText, refuseBroken, type SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import type { Sensor } from '../../sources/sensor.js';
import { sensorsOf } from '../../sources/source-kind.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { oneSite, openConfig } from '../open-config.js';
import { ROOT_CHAIN, SeenHeads } from '../signing/seen-heads.js';
import { findSigner, type Signer } from '../signing/signer.js';
import { chainBroken, readApproval } from '../signing/verified-files.js';
import { installWaitingDocument, signWaitingDocument } from '../signing/waiting-document.js';
import { asciiJson } from '../text/json.js';
import {
  definitionsOfHead,
  describeSuppression,
  lackingLines,
  suppressionJson,
  suppressionLine,
} from '../text/suppression-text.js';
import { typedAgain, withCommandsTypedAgain } from '../typed-again.js';
import {
  draftSuppression,
  pendingDocument,
  removeSuppressionById,
  type SuppressionFiles,
  type SuppressionToSign,
  suppressionsOnDisk,
  waitingSuppression,
} from './suppression-files.js';

/** What `expect` and `mute` have in common on the command line. */
export interface SuppressionOptions {
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
export async function suppressionCommand(
  context: CommandContext,
  siteName: string | undefined,
  type: Suppression['type'],
  options: SuppressionOptions,
  draft: ((approval: SiteApproval, site: string, sensors: readonly Sensor[]) => Uint8Array) | null,
): Promise<number> {
  const { terminal, env, clock } = context;
  const config = await openConfig(context, 'none');
  const site = oneSite(config, siteName).name;
  if (options.withdraw !== undefined) {
    const was = await removeSuppressionById(config, site, options.withdraw);
    terminal.out(
      was === 'pending'
        ? `${options.withdraw} waits for signatures no more.`
        : `${options.withdraw} is withdrawn. What it excused is told if it is still there; the same document never counts again.`,
    );
    return EXIT.same;
  }
  const approval = await readApproval(config, site, clock());
  if (options.list) return list(context, { config, site, approval }, type, options);
  refuseBroken(approval.problems, chainBroken);
  const seen = new SeenHeads(env);
  seen.refuseOlder(config.trust.root, ROOT_CHAIN, approval.trust.steps);
  seen.refuseOlder(config.trust.root, site, approval.chain.steps);
  const signer = findSigner(env, approval.trust.keyring, options.key);
  const files = { config, authority: { trust: approval.trust, site, baseline: approval.head }, clock };
  const opened = { config, site, approval };
  if (draft !== null) {
    const bytes = draft(approval, site, sensorsOf(config.sourceKinds));
    return signOne(context, opened, files, signer, draftSuppression(files, type, bytes), options);
  }
  return signWaiting(context, opened, files, signer, type, options);
}

async function signWaiting(
  context: CommandContext,
  opened: Opened,
  files: SuppressionFiles,
  signer: Signer,
  type: Suppression['type'],
  options: SuppressionOptions,
): Promise<number> {
  const { config, site, approval } = opened;
  const now = files.clock();
  const { pending, problems } = await suppressionsOnDisk(config, site, approval);
  noteProblems(context, problems);
  const waiting = pending.filter(
    (one) => one.type === type && (options.sign === undefined ? now < one.untilMs : one.id === options.sign),
  );
  if (waiting.length === 0) {
    // Says which ids there are when one was named.
    if (options.sign !== undefined) await pendingDocument(files, options.sign);
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
  for (const { id } of waiting) {
    const ended = await signOne(context, opened, files, signer, await pendingDocument(files, id), options);
    exit = Math.max(exit, ended);
  }
  return exit;
}

/** Shows all of it, asks, signs. */
async function signOne(
  context: CommandContext,
  { config, site, approval }: Opened,
  files: SuppressionFiles,
  signer: Signer,
  { review, document }: SuppressionToSign,
  options: SuppressionOptions,
): Promise<number> {
  const { terminal } = context;
  const definitions = definitionsOfHead(approval);
  for (const line of describeSuppression(terminal, review, site, config.rules, definitions))
    terminal.out(line);
  if (files.clock() >= review.untilMs) {
    throw new CliError('CLI_NOT_ACCEPTABLE', 'its time is over; withdraw it and make a new one');
  }
  const hasSigned = review.signers.includes(signer.person);
  if (hasSigned) terminal.out(`${signer.person} has signed it already.`);
  const waiting = waitingSuppression(files, review, document.file);
  // Signatures that were made on two machines suffice as soon as they lie together; nobody need sign once more.
  if (hasSigned || review.missing.length === 0) {
    return reportStatus(context, site, await installWaitingDocument(waiting));
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
  return reportStatus(context, site, await signWaitingDocument(waiting, signer, document));
}

function reportStatus(
  context: CommandContext,
  site: string,
  { id, type, signers, missing }: ReviewedSuppression,
): number {
  const { terminal } = context;
  if (missing.length === 0) {
    terminal.out(`\n${terminal.paint('green', 'In force')}: ${id}, signed by ${signers.join(', ')}.`);
    return EXIT.same;
  }
  terminal.out(`\n${id} is signed by ${signers.join(', ')} and waits.`);
  const command = typedAgain(context, `${commandOf(type)} ${site} --sign ${id}`);
  for (const line of lackingLines(missing, signers, command)) terminal.out(line);
  return EXIT.same;
}

async function list(
  context: CommandContext,
  { config, site, approval }: Opened,
  type: Suppression['type'],
  { json }: SuppressionOptions,
): Promise<number> {
  const { terminal, clock } = context;
  const { active, pending, problems } = await suppressionsOnDisk(config, site, approval);
  const listed = [...active, ...pending].filter((one) => one.type === type);
  const now = clock();
  if (json) {
    terminal.out(asciiJson({ site, excuses: listed.map((one) => suppressionJson(one, now)), problems }));
    return EXIT.same;
  }
  const definitions = definitionsOfHead(approval);
  for (const one of listed) terminal.out(suppressionLine(terminal, one, definitions, now));
  if (listed.length === 0) terminal.out(type === 'mute' ? 'Nothing is muted.' : 'Nothing is expected.');
  noteProblems(context, problems);
  return EXIT.same;
}

function noteProblems(context: CommandContext, problems: readonly Problem[]): void {
  for (const problem of problems) {
    context.terminal.note(withCommandsTypedAgain(context, `${problem.weight}: ${problemText(problem)}`));
  }
}

function commandOf(type: Suppression['type']): string {
  return type === 'mute' ? 'tillwarden mute' : 'tillwarden expect';
}
