import * as z from 'zod';
import type { Definition, DoorTarget } from '../../../baselines/index.js';
import type { CollectionForm } from '../source-kind.js';
import { DOOR_KEY, DOORS_TABLE, SOCKET_COLUMNS, TARGET_COLUMNS } from './columns.js';
import { doorHost, doorPort, probeConfig } from './config.js';
import { versionTextMistake } from './version-text.js';

/** A path of a URL, as it travels: visible ASCII. */
const urlPath = z.string().regex(/^\/[\x21-\x7e]{0,1999}$/, 'a path of a URL, / first, without blanks');

const httpSchema = z.strictObject({
  path: urlPath.default('/'),
  headers: z
    .array(z.string().regex(/^[a-z0-9-]{1,60}$/, 'the name of a header in small letters'))
    .max(20)
    .default([]),
  version: z
    .strictObject({
      product: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, '1 to 63 of a-z, 0-9 and -, a letter first'),
      text: z
        .string()
        .max(200)
        .superRefine((text, context) => {
          const mistake = versionTextMistake(text);
          if (mistake === null) return;
          const message = `text of the page around {version}, which stands in it once and not first; this one has ${mistake}`;
          context.addIssue({ code: 'custom', message });
        }),
    })
    .optional(),
  installation: z.strictObject({ path: urlPath, contains: z.string().min(1).max(200) }).optional(),
});

const targetSchema = z.strictObject({
  host: doorHost,
  port: doorPort,
  tls: z.boolean().default(false),
  http: httpSchema.optional(),
});

/** A collection of doors as an operator writes it. */
export const doorCollectionSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of 1 to 63 of a-z, 0-9 and _, a letter first'),
    kind: z.literal('door'),
    /** What is knocked at. */
    targets: z.array(targetSchema).min(1).max(100).optional(),
    /** The sockets on which this machine listens: all, or those that other machines reach. */
    sockets: z.enum(['all', 'reachable']).optional(),
    columns: z.array(z.enum(TARGET_COLUMNS)).min(1).max(TARGET_COLUMNS.length).optional(),
  })
  .superRefine(({ targets, sockets, columns }, context) => {
    const problem = (at: string, message: string) =>
      context.addIssue({ code: 'custom', path: [at], message });
    if ((targets === undefined) === (sockets === undefined))
      problem('targets', 'targets or sockets, one of both');
    if (sockets !== undefined && columns !== undefined) problem('columns', 'none beside sockets');
    const addresses = (targets ?? []).map(addressOf);
    if (new Set(addresses).size !== addresses.length) problem('targets', 'each host and port once');
  });

function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

type ConfiguredTarget = z.infer<typeof targetSchema>;

function signedTarget({ tls, http, ...where }: ConfiguredTarget): DoorTarget {
  return {
    address: addressOf(where),
    ...(tls ? { tls } : {}),
    ...(http === undefined ? {} : { http: signedHttp(http) }),
  };
}

function signedHttp({
  path,
  headers,
  version,
  installation,
}: NonNullable<ConfiguredTarget['http']>): NonNullable<DoorTarget['http']> {
  return {
    path,
    ...(headers.length === 0 ? {} : { headers: [...new Set(headers)] }),
    ...(version === undefined ? {} : { version }),
    ...(installation === undefined ? {} : { installation }),
  };
}

/** How collections of doors are written, and what of them is signed. */
export const doorCollections: CollectionForm = {
  schema: doorCollectionSchema,
  definition: (raw, source, settings): Definition => {
    const { name, kind, targets, sockets, columns } = doorCollectionSchema.parse(raw);
    const { from } = probeConfig.pick({ from: true }).loose().parse(settings);
    return {
      ...{ name, kind, source, table: DOORS_TABLE, key: [...DOOR_KEY] },
      columns: sockets === undefined ? [...new Set(columns ?? TARGET_COLUMNS)] : [...SOCKET_COLUMNS],
      secret: [],
      doors: {
        from,
        ...(targets === undefined ? {} : { targets: targets.map(signedTarget) }),
        ...(sockets === undefined ? {} : { sockets }),
      },
    };
  },
};

/** Host and port of a target as it is signed. */
export function doorOf({ address, tls, http }: DoorTarget) {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
    tls: tls === true,
    http: http ?? null,
  };
}
