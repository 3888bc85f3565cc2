import { problemText } from '../../approvals/approval.js';
import type { ApprovalBackend, RejectedChange } from '../../approvals/approval-backend.js';
import { FileApprovals } from '../../approvals/file-approvals.js';
import { type Config, type ConfigWithSources, definitionsOf } from '../../config/config.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { CommandContext } from '../command.js';
import { oneSite } from '../open-config.js';
import { readSiteOnce } from '../site/read-site.js';

/** A desk over this machine's own directories and databases, as its configuration names them. */
export function localBackend(
  context: CommandContext,
  config: ConfigWithSources,
  siteName: string | undefined,
): ApprovalBackend {
  const site = oneSite(config, siteName);
  const files = new FileApprovals({
    site: site.name,
    trustDirectory: config.trust.directory,
    baselinesDirectory: config.baselines.directory,
    pin: config.trust.root,
    proposalMaxAgeMs: config.timing.proposalMaxAgeMs,
    clock: context.clock,
  });
  return {
    site: site.name,
    pin: config.trust.root,
    rules: config.rules,
    read: () => files.read(),
    settle: async () => {
      const settled = await files.settle();
      if (settled?.what !== 'removed') return;
      const { file, reason } = settled;
      context.terminal.note(
        `The pending proposal is cleared away. ${problemText({ code: reason.code, file, detail: reason.message })}`,
      );
    },
    submit: (submission) => files.submit(submission),
    withdraw: () => files.withdraw(),
    observe: async (signed) => ({
      definitions: definitionsOf(site),
      readings: (await readSiteOnce(context, config, site, signed)).readings,
      hostile: rejectedChange(config, site.name),
    }),
    reject: async () => null,
  };
}

/** As the daemon of this machine remembers it; nothing where it keeps its state elsewhere. */
function rejectedChange(config: Config, site: string): readonly RejectedChange[] {
  const store = openStoreReadOnly(config.stateDirectory);
  try {
    return store?.findings.openRejections(site) ?? [];
  } finally {
    store?.close();
  }
}
