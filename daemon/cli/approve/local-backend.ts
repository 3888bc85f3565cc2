import { userInfo } from 'node:os';
import { leaveRejection, readRejections, siteDirectory } from '../../../baselines/index.js';
import { problemText } from '../../approvals/approval.js';
import type { ApprovalBackend, RejectedChange } from '../../approvals/approval-backend.js';
import { FileApprovals } from '../../approvals/file-approvals.js';
import { leftBy } from '../../approvals/left-rejections.js';
import { type Config, type ConfigWithSources, definitionsOf } from '../../config/config.js';
import { configuredIndicators, onceRead } from '../../config/feed-file.js';
import { StoreError } from '../../store/errors.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { CommandContext } from '../command.js';
import { oneSite } from '../open-config.js';
import { ownChainMemory } from '../signing/own-memory.js';
import { refuseUnwritable, unreadableForDaemon } from '../signing/writable-folders.js';
import { readSiteOnce } from '../site/read-site.js';
import { suppressionsOnDisk } from '../suppress/suppression-files.js';

/** A desk over this machine's own directories and databases, as its configuration names them. */
export function localBackend(
  context: CommandContext,
  config: ConfigWithSources,
  siteName: string | undefined,
  fromStart = false,
): ApprovalBackend {
  const site = oneSite(config, siteName);
  const memory = ownChainMemory(context.env, config.trust.root, fromStart);
  const files = new FileApprovals({
    site: site.name,
    trustDirectory: config.trust.directory,
    baselinesDirectory: config.baselines.directory,
    pin: config.trust.root,
    proposalMaxAgeMs: config.timing.proposalMaxAgeMs,
    clock: context.clock,
    isWithdrawn: (digest) => isWithdrawn(config, site.name, digest),
    memory,
  });
  return {
    site: site.name,
    pin: config.trust.root,
    rules: config.rules,
    memory,
    indicators: onceRead(() => configuredIndicators(config.indicators, context.clock())),
    read: () => files.read(),
    settle: async () => {
      const settled = await files.settle();
      if (settled?.what !== 'removed') return;
      const { file, reason } = settled;
      context.terminal.note(
        `The pending proposal is cleared away. ${problemText({ code: reason.code, file, detail: reason.message })}`,
      );
    },
    suppressions: async (approval) => (await suppressionsOnDisk(config, site.name, approval)).active,
    pastRecords: async (digest) => (await files.read()).chain.records(digest) ?? null,
    prepare: async () => {
      refuseUnwritable(siteDirectory(config.baselines.directory, site.name));
      const unreadable = unreadableForDaemon(config, process.umask());
      if (unreadable !== null) context.terminal.note(`warning: ${unreadable}`);
    },
    submit: (submission) => files.submit(submission),
    withdraw: () => files.withdraw(),
    observe: async (signed) => ({
      definitions: definitionsOf(site),
      readings: (await readSiteOnce(context, config, site, signed)).readings,
      hostile: await hostileChanges(context, config, site.name),
    }),
    reject: async (fingerprints) => {
      const { directory } = config.baselines;
      await leaveRejection(directory, site.name, {
        name: ownName(),
        fingerprints,
        createdMs: context.clock(),
      });
      return { withinMs: config.timing.filesIntervalMs };
    },
  };
}

/** What people of this machine left word of, and what the daemon remembers; nothing of the latter where it keeps its state elsewhere. */
async function hostileChanges(
  { terminal, clock }: CommandContext,
  config: Config,
  site: string,
): Promise<readonly RejectedChange[]> {
  const { left } = await readRejections(config.baselines.directory, site, clock());
  const ofThisMachine = left.flatMap((one) =>
    one.fingerprints.map((fingerprint) => ({ fingerprint, person: leftBy(one), atMs: one.createdMs })),
  );
  const all = [...remembered(terminal, config, site), ...ofThisMachine];
  return all.filter((one, at) => all.findIndex(({ fingerprint }) => fingerprint === one.fingerprint) === at);
}

/** As the daemon remembers it; where its state cannot be read, only the daemon refuses. */
function isWithdrawn(config: Config, site: string, digest: string): boolean {
  try {
    const store = openStoreReadOnly(config.stateDirectory);
    try {
      return store?.baselines.isWithdrawn(site, digest) ?? false;
    } finally {
      store?.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

function remembered(
  terminal: CommandContext['terminal'],
  config: Config,
  site: string,
): readonly RejectedChange[] {
  try {
    const store = openStoreReadOnly(config.stateDirectory);
    try {
      return store?.findings.openRejections(site) ?? [];
    } finally {
      store?.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_UNREADABLE') throw error;
    terminal.note(
      'Whether others have called any of this hostile through the daemon is unknown: its state cannot be read by this user.',
    );
    return [];
  }
}

/** Of the user of this machine, in letters that may stand in a title. */
function ownName(): string {
  const name = userInfo()
    .username.toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 40);
  return name === '' ? 'somebody' : name;
}
