import * as z from 'zod';
import { allowPrivateAddress, endpointUrl } from '../endpoint.js';
import { NAME_PATTERN } from '../kind.js';

const MAX_LABELS = 20;
/** Labels that tell alerts apart and are ours. */
const OWN_LABELS = ['alertname', 'severity', 'site', 'incident', 'page', 'alert_id'] as const;

/** Prometheus Alertmanager, or what speaks its API. */
export const alertmanagerConfigSchema = z
  .strictObject({
    kind: z.literal('alertmanager'),
    name: z.string().regex(NAME_PATTERN, 'needs 1 to 63 of a-z, 0-9 and hyphens'),
    /** The address before /api/v2. */
    baseUrl: endpointUrl,
    user: z
      .string()
      .regex(/^[^:\p{C}]{1,128}$/u, 'needs a user name without a colon')
      .optional(),
    /** Secret. */
    password: z.string().min(1).max(1_024).optional(),
    /** Secret. */
    token: z
      .string()
      .regex(/^[!-~]{8,4096}$/, 'needs a bearer token, without blanks or line ends')
      .optional(),
    /** Of every alert, beside our own: for its routes. */
    labels: z
      .record(z.string(), z.string().regex(/^[^\p{C}]{1,200}$/u, 'needs 1 to 200 characters on one line'))
      .superRefine((labels, context) => {
        for (const label of Object.keys(labels)) {
          const problem = labelProblem(label);
          if (problem !== null) context.addIssue({ code: 'custom', path: [label], message: problem });
        }
      })
      .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `needs at most ${MAX_LABELS} labels`)
      .default({}),
    allowPrivateAddress,
    /** PEM file with the only certificate authority to trust; absent: those Node.js ships. */
    tlsCaFile: z.string().min(1).optional(),
    /** Milliseconds for one delivery attempt. */
    timeoutMs: z.int().min(500).max(60_000).default(10_000),
  })
  .superRefine(({ user, password, token }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (user !== undefined && password === undefined) refuse('password', 'is missing: needs that of user');
    if (user === undefined && password !== undefined)
      refuse('user', 'is missing: needs whose password it is');
    if (user !== undefined && token !== undefined) refuse('token', 'stands beside user: needs one of them');
  });

function labelProblem(label: string): string | null {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(label))
    return 'is no label: needs a name of letters, digits and _ that begins with no digit';
  return OWN_LABELS.some((own) => own === label)
    ? 'is a label that tillwarden sets: needs another name'
    : null;
}
