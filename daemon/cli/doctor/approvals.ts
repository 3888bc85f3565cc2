import { BaselineError } from '../../../baselines/index.js';
import { problemText, type SiteApproval } from '../../approvals/approval.js';
import type { Config } from '../../config/config.js';
import { waitingProposal, waitingWords } from '../approve/waiting-proposal.js';
import { distance, readApproval, readTrust } from '../signing/verified-files.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, weak, good } = symptomsOf('approvals');

/** What ends within this time is to be renewed, in milliseconds. */
const SOON_MS = 14 * 86_400_000;

interface ExaminedApprovals {
  readonly symptoms: readonly Symptom[];
  /** Sites of which nobody has signed a baseline. */
  readonly unsigned: readonly string[];
}

/** The files that people signed: whether they count, and for how long. */
export async function examineApprovals(config: Config, nowMs: number): Promise<ExaminedApprovals> {
  try {
    const trusted = await readTrust(config);
    const { trust } = trusted;
    const symptoms = [ends('trust root', trust, nowMs, 'tillwarden trust sign --renew')];
    const unsigned: string[] = [];
    for (const { name } of config.sites) {
      const approval = await readApproval(config, name, nowMs, trusted);
      if (approval.head === null) unsigned.push(name);
      symptoms.push(...(await examineSite(config, name, nowMs, approval)));
    }
    return { symptoms, unsigned };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    const advice = 'docs/errors.md says what each code asks for';
    return { symptoms: [broken(`${error.code}: ${error.message}`, { advice })], unsigned: [] };
  }
}

async function examineSite(
  config: Config,
  site: string,
  nowMs: number,
  approval: SiteApproval,
): Promise<Symptom[]> {
  const { head, problems } = approval;
  const refused = problems.filter(({ weight }) => weight === 'refused');
  const waiting = await waitingProposal(config, site, approval);
  return [
    head === null
      ? broken(`${site}: nobody has signed a baseline, so nothing is compared`, {
          command: `tillwarden approve ${site}`,
        })
      : ends('baseline', head, nowMs, `tillwarden approve ${site} --renew`, site),
    ...refused.map((problem) =>
      broken(`${site}: ${problemText(problem)}`, { command: `tillwarden verify ${site}` }),
    ),
    ...(waiting === null
      ? []
      : [weak(`${site}: ${waitingWords(waiting)}`, { command: `tillwarden approve ${site}` })]),
  ];
}

function ends(
  what: string,
  { version, expiresMs }: { readonly version: number; readonly expiresMs: number },
  nowMs: number,
  command: string,
  site?: string,
): Symptom {
  const when = `${what} ${version} ${nowMs >= expiresMs ? 'expired' : 'expires'} ${distance(expiresMs, nowMs)}`;
  const found = site === undefined ? when : `${site}: ${when}`;
  return nowMs + SOON_MS < expiresMs ? good(found, when, site) : weak(found, { command });
}
