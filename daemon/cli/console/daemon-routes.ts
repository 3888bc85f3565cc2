import * as z from 'zod';
import type { DaemonIncidents } from './daemon-incidents.js';
import { ConsoleError } from './errors.js';
import type { ConsoleRoute } from './server.js';

const answerSchema = z.strictObject({
  revision: z.string().regex(/^[0-9a-f]{64}$/),
  reason: z.string().min(1).max(500),
});

/** What the page asks about incidents of the daemon behind the console. */
export function incidentPageRoutes(
  incidents: DaemonIncidents,
  onAnswered: () => void,
): readonly ConsoleRoute[] {
  const at = '/api/incidents/:id';
  return [
    { method: 'GET', path: at, handle: ({ id = '' }) => incidents.detail(id) },
    {
      method: 'GET',
      path: `${at}/findings/:from`,
      handle: async ({ id = '', from = '' }) => ({ findings: await incidents.findings(id, numberOf(from)) }),
    },
    {
      method: 'GET',
      path: `${at}/finding/:fingerprint`,
      handle: async ({ id = '', fingerprint = '' }) => ({
        finding: await incidents.finding(id, fingerprint),
      }),
    },
    {
      method: 'POST',
      path: `${at}/acknowledge`,
      handle: async ({ id = '' }, body) => {
        const { revision, reason } = bodyOf(answerSchema, body);
        const answered = await incidents.acknowledge(id, revision, reason);
        onAnswered();
        return answered;
      },
    },
  ];
}

/** A place in something that is counted from 0 on. */
export function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ConsoleError('CONSOLE_NOT_FOUND', 'there is nothing of this number: go back to the list');
}

/** A body of the needed form. Throws `CONSOLE_INVALID`. */
export function bodyOf<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ConsoleError('CONSOLE_INVALID', 'the request is not of the needed form: reload the page');
}
