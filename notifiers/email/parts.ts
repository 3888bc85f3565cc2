/** The alarm holds not one byte of the watched system; the details quote it, and may end in a spam folder alone. */
export const EMAIL_PARTS = ['alarm', 'details'] as const;
export type EmailPart = (typeof EMAIL_PARTS)[number];

/**
 * The messages of a mail channel: each recipient gets its own alarm and its own details, so that a mailbox that refuses one is tried again
 * by itself and the others get nothing twice. All alarms come before the first details.
 */
export function partsFor(recipients: readonly string[]): readonly string[] {
  return EMAIL_PARTS.flatMap((part) => recipients.map((recipient) => `${part}:${recipient}`));
}

const FORMER = 'former:';

/** The part that goes to somebody's former address. */
export function formerPart(address: string): string {
  return `${FORMER}${address}`;
}

/** The address that `formerPart` made it of; null for any other part. */
export function formerAddress(part: string): string | null {
  return part.startsWith(FORMER) ? part.slice(FORMER.length) : null;
}

/** The recipient and half that a name made by `partsFor` stands for; null for any other. */
export function partOf(
  name: string,
  recipients: readonly string[],
): { readonly part: EmailPart; readonly recipient: string } | null {
  for (const part of EMAIL_PARTS) {
    const recipient = recipients.find((one) => name === `${part}:${one}`);
    if (recipient !== undefined) return { part, recipient };
  }
  return null;
}
