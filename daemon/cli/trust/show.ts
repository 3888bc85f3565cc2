import { rootDifference } from '../../../baselines/index.js';
import { rootDifferenceWords, rootWarnings } from '../../alerts/trust-words.js';
import { problemText, type TrustReading } from '../../approvals/approval.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { distance, readTrust } from '../signing/verified-files.js';
import { asciiJson } from '../text/json.js';
import { withCommandsTypedAgain } from '../typed-again.js';
import { type Draft, openTrustSession } from './session.js';
import { printDraft, printRoot, signedBy } from './text.js';

/** `tillwarden trust show`: whose keys count, for what, what is dangerous about it, and the draft of the next root. */
export async function trustShow(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const { terminal, clock } = context;
  const session = await openTrustSession(context);
  const { trust, draft } = session;
  const warnings = rootWarnings(trust.root);
  if (options.json) {
    const { version, digest, root } = trust;
    terminal.out(asciiJson({ version, digest, root, warnings, draft: draft && draftJson(draft) }));
    return EXIT.same;
  }
  terminal.out(
    `${terminal.paint('bold', 'trust root')} ${trust.version}  sha256:${trust.digest}  expires ${distance(trust.expiresMs, clock())}`,
  );
  printRoot(terminal, trust.root);
  for (const line of warnings) terminal.out(`  ${terminal.paint('yellow', 'warning')}  ${line}`);
  printProblems(context, session);
  if (draft === null) return EXIT.same;
  terminal.out();
  printDraft(context, session, draft);
  return EXIT.same;
}

/** `tillwarden trust verify`: every trust root from the pinned one on, with what it changed and who signed. */
export async function trustVerify(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const { terminal } = context;
  const reading = await readTrust(await openConfig(context, 'none'));
  const { steps } = reading.trust;
  if (options.json) terminal.out(asciiJson({ steps, problems: reading.problems }));
  else {
    for (const [index, step] of steps.entries()) {
      const by = step.version === 1 ? 'pinned by the configuration' : signedBy(step);
      const words = step.recovery.length > 0 ? terminal.paint('red', by) : by;
      terminal.out(
        `${terminal.paint('bold', 'trust root')} ${step.version}  sha256:${step.digest}  ${words}`,
      );
      const before = steps[index - 1];
      if (before === undefined) printRoot(terminal, step.root);
      else
        for (const line of rootDifferenceWords(rootDifference(before.root, step.root)))
          terminal.out(`  ${line}`);
    }
    printProblems(context, reading);
  }
  return reading.problems.some(({ weight }) => weight === 'refused') ? EXIT.refused : EXIT.same;
}

function printProblems(context: CommandContext, { problems }: TrustReading): void {
  const { terminal } = context;
  for (const problem of problems) {
    const loud = problem.weight === 'refused';
    const word = terminal.paint(loud ? 'red' : 'yellow', loud ? 'REFUSED' : 'notice');
    terminal.out(`  ${word}  ${withCommandsTypedAgain(context, problemText(problem))}`);
  }
}

function draftJson({ review }: Draft): object {
  const { root, digest, signers, recovery, missing } = review;
  return { digest, root, signers, recovery, missing };
}
