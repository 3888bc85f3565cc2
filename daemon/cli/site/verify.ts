import type { Problem } from '../../../baselines/index.js';
import { ruleWords } from '../../alerts/trust-words.js';
import { problemText, type SiteApproval, type TrustReading } from '../../approvals/approval.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig, sitesOf } from '../open-config.js';
import { distance, readApproval, readTrust } from '../signing/verified-files.js';
import { type SuppressionsOnDisk, suppressionsOnDisk } from '../suppress/suppression-files.js';
import { shownName } from '../text/change-text.js';
import { collectionLine } from '../text/difference-text.js';
import { asciiJson } from '../text/json.js';
import { definitionsOfHead, suppressionJson, suppressionLine } from '../text/suppression-text.js';
import { withCommandsTypedAgain } from '../typed-again.js';

interface VerifiedSite {
  readonly site: string;
  readonly approval: SiteApproval;
  readonly suppressions: SuppressionsOnDisk;
}

/** `tillwarden verify`: checks the files of approval from the pinned trust root on. Needs no database and no network. */
export async function runVerify(
  context: CommandContext,
  siteName: string | undefined,
  options: { readonly json?: boolean },
): Promise<number> {
  const { terminal, clock } = context;
  const config = await openConfig(context, 'none');
  const trusted = await readTrust(config);
  const sites: VerifiedSite[] = [];
  for (const { name } of sitesOf(config, siteName)) {
    const approval = await readApproval(config, name, clock(), trusted);
    sites.push({ site: name, approval, suppressions: await suppressionsOnDisk(config, name, approval) });
  }
  if (options.json) {
    terminal.out(asciiJson({ trust: trustJson(trusted), sites: sites.map((one) => siteJson(one, clock())) }));
  } else {
    printTrust(context, trusted);
    for (const one of sites) printSite(context, one);
  }
  const problems = [...trusted.problems, ...sites.flatMap(({ approval }) => approval.chain.problems)];
  const all = [
    ...problems,
    ...sites.flatMap(({ approval, suppressions }) => [...approval.problems, ...suppressions.problems]),
  ];
  return all.some(({ weight }) => weight === 'refused') ? EXIT.refused : EXIT.same;
}

function printTrust(context: CommandContext, { trust, problems }: TrustReading): void {
  const { terminal, clock } = context;
  terminal.out(
    `${terminal.paint('bold', 'trust root')} ${trust.version}  sha256:${trust.digest}  expires ${distance(trust.expiresMs, clock())}`,
  );
  for (const { name, roles, keys, accounts = [] } of trust.root.people) {
    const known = accounts.map((account) => `${account.system} account ${shownName(account.name)}`);
    const types = keys.map((key) => key.split(' ')[0]);
    terminal.out(`  ${name}  ${[roles, types, known].map((part) => part.join(', ')).join('  ')}`.trimEnd());
  }
  for (const rule of trust.root.rules) terminal.out(`  ${ruleWords(rule)}`);
  printProblems(context, problems);
}

function printSite(context: CommandContext, { site, approval, suppressions }: VerifiedSite): void {
  const { terminal, clock } = context;
  const { head, chain, problems, trust } = approval;
  const pinned = trust.root.heads.find((one) => one.site === site)?.version;
  terminal.out();
  terminal.out(
    `${terminal.paint('bold', site)}  ${head === null ? 'no baseline' : `baseline ${head.version}`}`,
  );
  for (const { version, digest, signers } of chain.steps) {
    terminal.out(
      `  ${String(version).padStart(4)}  sha256:${digest.slice(0, 16)}…  signed by ${signers.join(', ') || 'nobody who still counts'}${version === pinned ? ` (pinned by trust root ${trust.version}: counts whoever signed it)` : ''}`,
    );
  }
  if (head !== null) {
    terminal.out(`  expires ${head.statement.expires} (${distance(head.expiresMs, clock())})`);
    for (const snapshot of head.collections.values()) terminal.out(`  ${collectionLine(snapshot)}`);
  }
  const definitions = definitionsOfHead(approval);
  for (const one of [...suppressions.active, ...suppressions.pending]) {
    terminal.out(`  ${suppressionLine(terminal, one, definitions, clock())}`);
  }
  printProblems(context, [...problems.filter((problem) => !isOfTrust(problem)), ...suppressions.problems]);
}

/** Told once, with the trust root. */
function isOfTrust({ file }: Problem): boolean {
  return file?.startsWith('root.') === true;
}

function printProblems(context: CommandContext, problems: readonly Problem[]): void {
  const { terminal } = context;
  for (const problem of problems) {
    const loud = problem.weight === 'refused';
    terminal.out(
      `  ${terminal.paint(loud ? 'red' : 'yellow', loud ? 'REFUSED' : 'notice')}  ${withCommandsTypedAgain(context, problemText(problem))}`,
    );
  }
}

function trustJson({ trust, problems }: TrustReading): object {
  const { version, digest, root, steps } = trust;
  return { version, digest, expires: root.expires, people: root.people, rules: root.rules, steps, problems };
}

function siteJson(
  { site, approval: { head, chain, problems }, suppressions }: VerifiedSite,
  nowMs: number,
): object {
  return {
    site,
    head:
      head === null
        ? null
        : {
            version: head.version,
            digest: head.digest,
            signers: head.signers,
            created: head.statement.created,
            expires: head.statement.expires,
            collections: head.statement.collections,
          },
    steps: chain.steps,
    excuses: [...suppressions.active, ...suppressions.pending].map((one) => suppressionJson(one, nowMs)),
    problems: [...problems, ...suppressions.problems],
  };
}
