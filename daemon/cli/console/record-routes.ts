import * as z from 'zod';
import type { AdvanceDesk } from './advance-desk.js';
import type { DaemonJournal } from './daemon-journal.js';
import { bodyOf, numberOf } from './daemon-routes.js';
import { ConsoleError } from './errors.js';
import type { HistoryDesk } from './history-desk.js';
import { passkeySchema } from './passkeys.js';
import type { ConsoleRoute } from './server.js';
import type { TrustDesk } from './trust-desk.js';

const pastSchema = z.strictObject({
  collection: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/),
  key: z.string().max(1_000_000).nullable(),
  atMs: z.int().min(0).max(8.64e15).nullable(),
});
const withdrawSchema = z.strictObject({ id: z.string().regex(/^[a-z0-9.-]{1,100}$/) });
const signSchema = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  passkey: passkeySchema.nullable(),
});
const signAdvanceSchema = z.strictObject({ ...withdrawSchema.shape, ...signSchema.shape });

export interface RecordRoutesOptions {
  readonly trust: TrustDesk;
  /** Null where no daemon is behind the console. */
  readonly journal: DaemonJournal | null;
  /** By name of the site. */
  readonly advance: ReadonlyMap<string, AdvanceDesk>;
  readonly history: ReadonlyMap<string, HistoryDesk>;
  readonly onDecided: () => void;
}

/** What the page asks beside incidents and differences: whose keys count, what was signed in advance, the past, the journal, the channels. */
export function recordRoutes(options: RecordRoutesOptions): readonly ConsoleRoute[] {
  const { trust, journal } = options;
  return [
    { method: 'GET', path: '/api/trust', handle: () => trust.view() },
    {
      method: 'POST',
      path: '/api/trust/sign',
      handle: async (_params, body) => {
        const { digest, passkey } = bodyOf(signSchema, body);
        const signed = await trust.sign(digest, passkey);
        options.onDecided();
        return signed;
      },
    },
    ...siteRoutes(options),
    ...(journal === null ? [] : journalPageRoutes(journal)),
  ];
}

function siteRoutes({ advance, history, onDecided }: RecordRoutesOptions): ConsoleRoute[] {
  const at = '/api/sites/:site';
  return [
    { method: 'GET', path: `${at}/in-advance`, handle: (params) => of(advance, params).view() },
    {
      method: 'POST',
      path: `${at}/in-advance/withdraw`,
      handle: async (params, body) => {
        const { id } = bodyOf(withdrawSchema, body);
        const was = await of(advance, params).withdraw(id);
        onDecided();
        return was;
      },
    },
    {
      method: 'POST',
      path: `${at}/in-advance/sign`,
      handle: async (params, body) => {
        const { id, digest, passkey } = bodyOf(signAdvanceSchema, body);
        const signed = await of(advance, params).sign(id, digest, passkey);
        onDecided();
        return signed;
      },
    },
    { method: 'GET', path: `${at}/history`, handle: (params) => of(history, params).view(null) },
    {
      method: 'POST',
      path: `${at}/history`,
      handle: (params, body) => of(history, params).view(bodyOf(pastSchema, body)),
    },
  ];
}

function journalPageRoutes(journal: DaemonJournal): ConsoleRoute[] {
  return [
    { method: 'GET', path: '/api/journal', handle: () => journal.page(null) },
    {
      method: 'GET',
      path: '/api/journal/before/:seq',
      handle: ({ seq = '' }) => journal.page(numberOf(seq)),
    },
    { method: 'POST', path: '/api/journal/verify', handle: () => journal.verifyAll() },
    { method: 'GET', path: '/api/channels', handle: () => journal.channels() },
  ];
}

function of<T>(desks: ReadonlyMap<string, T>, { site = '' }: Readonly<Record<string, string>>): T {
  const desk = desks.get(site);
  if (desk !== undefined) return desk;
  throw new ConsoleError('CONSOLE_NOT_FOUND', 'there is no such site here: go back to the list');
}
