import { BaselineError, type ReviewedProposal, reviewPending } from '../../../baselines/index.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import { boundHeapGrowth, boundYoungHeap } from '../../runtime/engine.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import { SeenHeads } from '../signing/seen-heads.js';
import { findSigner } from '../signing/signer.js';
import { lackingLines } from '../text/suppression-text.js';
import { typedAgain } from '../typed-again.js';
import type { ApproveOptions } from './approve-options.js';
import { coSignPending } from './co-sign.js';
import { lookVerified } from './look.js';
import { openBackend } from './open-backend.js';
import { proposeNext } from './propose.js';
import { rejectedLines } from './rejected-text.js';

/**
 * `tillwarden approve`: shows what differs from a parent that this machine verified itself, asks, signs and hands in. A
 * pending proposal is reviewed and co-signed first. The same on the machine with the files and on any other.
 */
export async function runApprove(
  context: CommandContext,
  siteName: string | undefined,
  options: ApproveOptions,
): Promise<number> {
  // Two states of a site, and what is made of them, are let go of one by one.
  boundHeapGrowth();
  boundYoungHeap();
  const { terminal, env, clock } = context;
  const backend = await openBackend(context, siteName, options);
  const { site } = backend;
  if (options.withdraw) {
    const withdrawn = await backend.withdraw();
    terminal.out(withdrawn ? `The pending proposal of ${site} is withdrawn.` : 'No proposal was pending.');
    return EXIT.same;
  }
  if (terminal.keyboard === null && options.only === undefined) {
    throw new CliError(
      'CLI_NOT_INTERACTIVE',
      'nobody can be asked here: run it on a terminal, or say with --only what to sign ("tillwarden check" prints the ids)',
    );
  }
  await backend.settle();
  const seen = new SeenHeads(env);
  const { approval, waiting } = await lookVerified(backend, seen, clock);
  for (const { code, detail } of approval.problems) terminal.note(`notice: ${code}: ${detail}`);
  const signer = findSigner(env, approval.trust.keyring, options.key);

  const session = { backend, approval, clock };
  const result =
    waiting === null
      ? await proposeNext(context, session, signer, options)
      : await coSignPending(context, session, signer, options, waiting);
  await notifyRejected(context, backend, result.rejected);
  return result.digest === null ? result.exit : reportStatus(context, backend, seen, result.digest);
}

/** What was signed is looked at again, as the daemon looks at it: it is in force, or it waits for others. */
async function reportStatus(
  context: CommandContext,
  backend: ApprovalBackend,
  seen: SeenHeads,
  digest: string,
): Promise<number> {
  const { terminal, clock } = context;
  const { site } = backend;
  const { approval, waiting } = await lookVerified(backend, seen, clock);
  const step = approval.chain.steps.find((one) => one.digest === digest);
  if (step !== undefined) {
    terminal.out(
      `${terminal.paint('green', 'Installed')}: baseline ${step.version} of ${site}, signed by ${step.signers.join(', ')}.`,
    );
    return EXIT.same;
  }
  const review: ReviewedProposal | null =
    waiting && reviewPending({ trust: approval.trust, site }, approval.head, waiting);
  if (review?.digest !== digest) {
    throw new BaselineError(
      'BASELINE_PROPOSAL_STALE',
      'What was signed is neither in force nor waiting: somebody withdrew it meanwhile. Ask them why, and run this again.',
    );
  }
  const { statement, signers, missing } = review;
  terminal.out(`Baseline ${statement.version} of ${site} is signed by ${signers.join(', ')} and waits.`);
  for (const line of lackingLines(missing, signers, typedAgain(context, `tillwarden approve ${site}`)))
    terminal.out(line);
  return EXIT.same;
}

async function notifyRejected(
  { terminal }: CommandContext,
  backend: ApprovalBackend,
  rejected: readonly string[],
): Promise<void> {
  if (rejected.length === 0) return;
  const [first, ...rest] = rejectedLines(rejected.length, await backend.reject(rejected));
  terminal.out(`\n${first}`);
  for (const line of rest) terminal.out(`  ${line}`);
}
