import { createHash } from 'node:crypto';
import {
  decodeValue,
  type Kind,
  parseRecordLine,
  type TillRecord,
  type VerifiedBaseline,
} from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { Condition } from '../finding.js';
import { wakesNobody } from '../policy/suppress.js';
import { type AlertContext, completeAlert } from './compose.js';

/** Kinds whose records are people. */
const PEOPLE: ReadonlySet<Kind> = new Set<Kind>(['contact', 'admin']);
const EMAIL = /e-?mail/i;
/** Mails of one decision: whoever changes thousands of addresses must not make us write to thousands of people. */
const MOST = 20;

/** A notice to the address that people signed for somebody, and that is another one now. */
export interface FormerAddressNotice {
  /** As it stands in the verified baseline. */
  readonly address: string;
  readonly alert: Alert;
}

/**
 * Notices to people whose e-mail address is not as signed any more. The address comes from the verified baseline alone and the words are ours
 * alone: nothing that was observed is in them or decides where they go. The id of a notice is one for each address and version of the baseline, so that
 * an address that goes back and forth is told once.
 */
export function formerAddressNotices(
  context: AlertContext,
  appeared: readonly Condition[],
  { version, collections }: VerifiedBaseline,
): readonly FormerAddressNotice[] {
  const changed = appeared.flatMap(({ subject }) => {
    if (subject.what !== 'change' || subject.type !== 'modified' || wakesNobody(subject)) return [];
    if (!PEOPLE.has(subject.kind)) return [];
    const signed = collections.get(subject.collection);
    const line = signed?.records.find(({ key }) => key === subject.key)?.line;
    if (signed === undefined || line === undefined) return [];
    const [before, after] = [parseRecordLine(line), subject.after.map(parseRecordLine)];
    return signed.definition.columns
      .filter((column) => EMAIL.test(column))
      .flatMap((column) => {
        const address = plain(before, column);
        const stays = after.some((record) => plain(record, column) === address);
        return address === null || stays
          ? []
          : [{ address, collection: subject.collection, key: subject.key, column }];
      });
  });
  return changed.slice(0, MOST).map(({ address, collection, key, column }) => {
    const about = JSON.stringify([context.site, version, collection, key, column]);
    const id = createHash('sha256').update(`former-address ${about}`).digest('hex').slice(0, 16);
    return { address, alert: { ...notice(context), id } };
  });
}

function notice(context: AlertContext): Alert {
  return completeAlert(context, {
    type: 'address-changed',
    role: 'notice',
    // Not passed on to a channel of the operator's when this one fails: they have the alarm itself.
    severity: 'medium',
    title: 'the e-mail address kept for you was changed',
    consequence:
      'You get this at the address that was there before. If you know of the change, there is nothing to do. If not, whoever reads the new mailbox may reset passwords in your name.',
    nextSteps: [
      {
        text: 'If you did not ask for this: call the operator of the machines now, on a number that you knew before. Do not answer this message, and believe no number that came with another one.',
      },
    ],
  });
}

/** Null for a secret, for nothing, and for what is not carried as itself. */
function plain({ fields }: TillRecord, column: string): string | null {
  const encoded = fields.get(column);
  const value = encoded ? decodeValue(encoded) : null;
  return value?.form === 'text' && value.text !== '' ? value.text : null;
}
