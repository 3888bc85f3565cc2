const DAY_MS = 86_400_000;

/** How many days before its expiry a trust root or baseline is spoken of. */
const STAGES_DAYS = [1, 7, 30] as const;
export type ExpiryStage = (typeof STAGES_DAYS)[number] | 'over';

/**
 * How near an expiry is: the smallest stage that holds what is left, `over` after it, null while it is further away. Whatever is
 * said about a stage stays the same for as long as it lasts, so that people are notified of each once.
 */
export function expiryStage(expiresMs: number, nowMs: number): ExpiryStage | null {
  if (nowMs > expiresMs) return 'over';
  return STAGES_DAYS.find((days) => expiresMs - nowMs <= days * DAY_MS) ?? null;
}

/** "in 7 days or less". */
export function stageWords(days: Exclude<ExpiryStage, 'over'>): string {
  return days === 1 ? 'in a day or less' : `in ${days} days or less`;
}

/** Codes that only say that something must be signed anew in time: everything that counted still does. */
const EXPIRY_CODES: readonly string[] = [
  'BASELINE_EXPIRES_SOON',
  'BASELINE_EXPIRED',
  'TRUST_EXPIRES_SOON',
  'TRUST_EXPIRED',
];

export function isExpiry(code: string): boolean {
  return EXPIRY_CODES.includes(code);
}
