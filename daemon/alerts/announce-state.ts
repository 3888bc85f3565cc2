import type { Alert } from '../../notifiers/index.js';
import { type AlertContext, atMost, completeAlert } from './compose.js';

const MAX_SITES = 12;
const COMPARE =
  'Compare the baseline version and the journal head in the last alert from before with what is in force now.';

/** The notice that the state was put back to an older one by `tillwarden state restore`. Heads are hex SHA-256. */
export function composeStateRestored(
  context: AlertContext,
  restored: {
    readonly backupHead: string;
    readonly replacedHead: string | null;
    readonly backupCreated: string;
  },
): Alert {
  const { backupHead, replacedHead, backupCreated } = restored;
  return completeAlert(context, {
    type: 'state-restored',
    role: 'notice',
    severity: 'high',
    title: 'the state of tillwarden was restored from a backup',
    consequence:
      'What was decided, acknowledged or remembered after the backup is forgotten here, and may be told again. If you know of no restore, somebody wants it forgotten.',
    facts: [
      { label: 'Backup made', text: backupCreated },
      { label: 'Journal head in the backup', text: backupHead },
      {
        label: 'Journal head replaced',
        text: replacedHead ?? 'unknown: there was no state, or it could not be read',
      },
    ],
    nextSteps: [
      { text: COMPARE },
      { text: 'See what is in force:', command: 'tillwarden status' },
      { text: 'See what the journal holds now:', command: 'tillwarden journal show --since 1d' },
    ],
  });
}

/** The notice that the daemon started with an empty state store: the highest version it remembers is the one on disk. */
export function composeStateEmpty(
  context: AlertContext,
  empty: {
    readonly sites: readonly { readonly site: string; readonly version: number }[];
    readonly lost: boolean;
  },
): Alert {
  const { sites, lost } = empty;
  return completeAlert(context, {
    type: 'state-empty',
    role: 'notice',
    severity: lost ? 'high' : 'info',
    title: lost
      ? 'the state store is empty: the memory of the highest baseline version is lost'
      : 'first start with an empty state store: the memory of baseline versions begins here',
    consequence: lost
      ? 'Whatever is on disk now counts as the newest, even if a newer one was removed. If you did not remove the state, somebody else did.'
      : 'From now on no older version counts. If tillwarden has run here before, somebody removed its memory and every later baseline.',
    facts: atMost(
      MAX_SITES,
      sites.map(({ site, version }) => ({ label: 'Begins with', text: `baseline ${version} of ${site}` })),
    ),
    nextSteps: lost
      ? [{ text: COMPARE }, { text: 'Check the signed files:', command: 'tillwarden verify' }]
      : [{ text: 'See what is in force:', command: 'tillwarden status' }],
  });
}
