import { readProposal, removeProposal } from '../../baselines/index.js';
import { problemText, readApproval, type SiteApproval } from './approvals.js';
import type { ApproveOptions } from './approve-options.js';
import { coSignPending } from './co-sign.js';
import { type CommandContext, oneSite, openConfig } from './command.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-code.js';
import { proposeNext } from './propose.js';
import { SeenHeads } from './seen-heads.js';
import { findSigner } from './signer.js';

/**
 * `tillwarden approve`: shows what differs from a parent that this machine verified itself, asks, signs and installs. A
 * pending proposal is reviewed and co-signed first.
 */
export async function approve(
  context: CommandContext,
  siteName: string | undefined,
  options: ApproveOptions,
): Promise<number> {
  const { terminal, env, clock } = context;
  const config = await openConfig(context, 'sources');
  const { name: site } = oneSite(config, siteName);
  const directory = config.baselines.directory;
  const waiting = await readProposal(directory, site);
  if (options.withdraw) {
    await removeProposal(directory, site);
    terminal.out(
      waiting === null ? 'No proposal was pending.' : `The pending proposal of ${site} is withdrawn.`,
    );
    return EXIT.same;
  }
  if (terminal.keyboard === null && options.accept === undefined) {
    throw new CliError(
      'CLI_NOT_INTERACTIVE',
      'nobody can be asked here: run it on a terminal, or say with --accept what to sign ("tillwarden check" prints the ids)',
    );
  }
  const approval = await readApproval(config, site, clock());
  refuseBroken(approval);
  const seen = new SeenHeads(env);
  seen.refuseOlder(config.trust.root, site, approval.chain.steps);
  for (const { code, detail } of approval.problems) terminal.note(`notice: ${code}: ${detail}`);
  const signer = findSigner(env, approval.trust, options.key);
  if (approval.head) seen.remember(config.trust.root, site, approval.head);

  const desk = { config, site, approval, clock };
  const result =
    waiting === null
      ? await proposeNext(context, desk, signer, options)
      : await coSignPending(context, desk, signer, options, waiting);
  if (result.signed === null) return result.exit;
  const { version, digest, installed, signers, missing } = result.signed;
  if (!installed) {
    terminal.out(`Baseline ${version} of ${site} is signed by ${signers.join(', ')} and waits.`);
    for (const { requirement, lacking } of missing) {
      const others = requirement.people.filter((person) => !signers.includes(person));
      terminal.out(`  ${lacking} more of ${others.join(', ')} must run: tillwarden approve ${site}`);
    }
    return EXIT.same;
  }
  seen.remember(config.trust.root, site, { version, digest });
  terminal.out(
    `${terminal.paint('green', 'Installed')}: baseline ${version} of ${site}, signed by ${signers.join(', ')}.`,
  );
  return EXIT.same;
}

/** Nothing is signed on top of files that hold something newer that does not count. */
export function refuseBroken({ problems }: SiteApproval): void {
  const refused = problems.filter(({ weight }) => weight === 'refused');
  if (refused.length === 0) return;
  throw new CliError(
    'CLI_CHAIN_BROKEN',
    `the files of approval hold something that does not count; find out how it came there ("tillwarden verify")\n${refused.map(problemText).join('\n')}`,
  );
}
