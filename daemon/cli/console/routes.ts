import * as z from 'zod';
import { bodyOf, numberOf } from './daemon-routes.js';
import type { Desk } from './desk.js';
import { ConsoleError } from './errors.js';
import { passkeySchema } from './passkeys.js';
import type { ConsoleRoute } from './server.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const ids = z.array(digest).max(10_000);
const draftSchema = z.strictObject({
  accepted: ids,
  reason: z.string().max(2_000),
  renew: z.boolean(),
  without: z.array(z.string().max(100)).max(1_000),
});
const coSignSchema = z.strictObject({ digest });
const signSchema = z.strictObject({
  draft: z.string().regex(/^[0-9a-f]{32}$/),
  passkey: passkeySchema.nullable(),
});
const rejectSchema = z.strictObject({ ids: ids.min(1) });

/** What the page asks about the sites on the desk. Decisions name what was shown: what moved since is refused. */
export function deskRoutes(desks: ReadonlyMap<string, Desk>, onDecided: () => void): readonly ConsoleRoute[] {
  const deskOf = ({ site = '' }: Readonly<Record<string, string>>): Desk => {
    const desk = desks.get(site);
    if (desk === undefined)
      throw new ConsoleError('CONSOLE_NOT_FOUND', 'there is no such site here: go back to the list');
    return desk;
  };
  const at = '/api/sites/:site';
  const decision = <T, R extends object>(
    path: string,
    schema: z.ZodType<T>,
    decide: (desk: Desk, body: T) => Promise<R>,
  ): ConsoleRoute => ({
    method: 'POST',
    path: `${at}/${path}`,
    handle: async (params, body) => {
      const asked = bodyOf(schema, body);
      return decide(deskOf(params), asked);
    },
  });
  return [
    { method: 'GET', path: at, handle: (params) => deskOf(params).view() },
    {
      method: 'GET',
      path: `${at}/differences/:from`,
      handle: async (params) => {
        const from = numberOf(params['from'] ?? '');
        return { differences: await deskOf(params).differencesFrom(from) };
      },
    },
    {
      method: 'GET',
      path: `${at}/difference/:id`,
      handle: async (params) => ({ difference: await deskOf(params).unfolded(params['id'] ?? '') }),
    },
    decision('draft', draftSchema, (desk, body) => desk.draft(body)),
    decision('co-sign', coSignSchema, (desk, body) => desk.coSign(body.digest)),
    decision('sign', signSchema, async (desk, { draft, passkey }) => {
      const signed = await desk.sign(draft, passkey);
      onDecided();
      return signed;
    }),
    decision('reject', rejectSchema, async (desk, body) => {
      const rejected = await desk.reject(body.ids);
      onDecided();
      return rejected;
    }),
    decision('withdraw', coSignSchema, async (desk, body) => {
      const withdrawn = await desk.withdraw(body.digest);
      onDecided();
      return { withdrawn };
    }),
  ];
}
