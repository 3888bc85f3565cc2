import type { z } from 'zod';
import { NotifierError } from './errors.js';

/** A channel's configuration as its schema reads it. Throws `NotifierError`, naming settings and never a value, when it does not fit. */
export function parseConfig<T>(schema: z.ZodType<T>, what: string, name: string, config: unknown): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code).join(', ');
  throw new NotifierError(
    'NOTIFY_CONFIG_INVALID',
    `notifier ${name}: not a ${what} configuration (${fields})`,
  );
}
