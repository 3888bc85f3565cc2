import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { approverSchema } from '../../../daemon/config/approver.js';
import { containmentActionSchema, containmentSchema, sqlSchema } from '../../../daemon/config/containment.js';
import {
  apiTlsSchema,
  collectionSchema,
  configSchema,
  everyNotifierSchema,
  heartbeatSchema,
  scopeSchema,
} from '../../../daemon/config/schema.js';
import { fileCollectionSchema } from '../../../daemon/sources/files/collection.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { sftpConfig } from '../../../daemon/sources/machine/sftp-config.js';
import { doorCollectionSchema } from '../../../daemon/sources/probe/collection.js';
import { notifierKinds } from '../../../notifiers/index.js';

const text = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');

/** The rows of a section's table by the name in their first cell. */
function rowsOf(section: string): Map<string, { readonly fallback: string; readonly limits: string }> {
  const body = text.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const rows = [...body.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) ?\| (.*?) ?\|$/gm)];
  return new Map(rows.map(([, name = '', fallback = '', limits = '']) => [name, { fallback, limits }]));
}

/** What stands inside of optional and default. */
function unwrapped(schema: z.ZodType): z.ZodType {
  const wraps =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return wraps ? unwrapped(schema.unwrap() as z.ZodType) : schema;
}

function inside(...path: string[]): z.ZodObject {
  let schema: z.ZodType = configSchema;
  for (const name of path) {
    const { shape } = schema as z.ZodObject;
    const next = unwrapped(shape[name] as z.ZodType);
    schema = next instanceof z.ZodArray ? (next.element as z.ZodType) : next;
  }
  return schema as z.ZodObject;
}

const kindOf = (kinds: ReadonlyMap<string, { readonly configSchema: z.ZodObject }>, kind: string) =>
  kinds.get(kind)?.configSchema ?? z.strictObject({});
/** The section whose `kind` is this one. */
const sectionOf = (kind: string) =>
  text
    .split(/^## /m)
    .find((part) => part.includes(`\n| \`kind\` | needed | \`${kind}\` |`))
    ?.split('\n')[0] ?? `no section for ${kind}`;

const sections: readonly (readonly [string, Record<string, z.ZodType>])[] = [
  ['Top level', configSchema.shape],
  ['site', inside('sites').shape],
  // Collections stand among a source's settings and are checked apart from them.
  ...[...sourceKinds].map(
    ([kind, { configSchema: own, isFixed }]) =>
      [sectionOf(kind), { ...own.shape, ...(isFixed ? {} : { collections: z.array(z.unknown()) }) }] as const,
  ),
  ['collection', collectionSchema.shape],
  ['collection of files', fileCollectionSchema.shape],
  ['sftp', sftpConfig.shape],
  ['collection of doors', doorCollectionSchema.shape],
  ['baselines', inside('baselines').shape],
  ['trust', inside('trust').shape],
  ['rule', inside('rules').shape],
  ['indicators', inside('indicators').shape],
  ['feed', inside('indicators', 'feeds').shape],
  ['exception', inside('indicators', 'except').shape],
  ['timing', inside('timing').shape],
  ['containment', containmentSchema.shape],
  ['action of containment', containmentActionSchema.shape],
  ['SQL of an action', sqlSchema.shape],
  ['heartbeat', heartbeatSchema.shape],
  ['digest', inside('digest').shape],
  ['incidents', inside('incidents').shape],
  ['retention', inside('retention').shape],
  ['messages', inside('messages').shape],
  ['escalation', inside('escalation').shape],
  ['quiet hours', inside('quietHours').shape],
  ['http', inside('http').shape],
  ['API', inside('api').shape],
  ['API TLS', apiTlsSchema.shape],
  ['API person', inside('api', 'people').shape],
  ['approver.yaml', approverSchema.shape],
  ['log', inside('log').shape],
  ['Every notifier', everyNotifierSchema.shape],
  ['for', scopeSchema.shape],
  ['Slack', kindOf(notifierKinds, 'slack').shape],
  ['E-mail', kindOf(notifierKinds, 'email').shape],
  ['Webhook', kindOf(notifierKinds, 'webhook').shape],
  ['PagerDuty', kindOf(notifierKinds, 'pagerduty').shape],
  ['ntfy', kindOf(notifierKinds, 'ntfy').shape],
  ['Telegram', kindOf(notifierKinds, 'telegram').shape],
  ['Matrix', kindOf(notifierKinds, 'matrix').shape],
  ['Microsoft Teams', kindOf(notifierKinds, 'teams').shape],
  ['Alertmanager', kindOf(notifierKinds, 'alertmanager').shape],
];

describe.each(sections)('docs/config.md, %s', (section, shape) => {
  const rows = rowsOf(section);

  test('has every name and no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(shape).sort());
  });

  test('says the default of each name that has one, and of the others that they are needed', () => {
    for (const [name, schema] of Object.entries(shape)) {
      const { fallback = '' } = rows.get(name) ?? {};
      const result = z.object({ it: schema }).safeParse({});
      const value = result.success ? result.data.it : null;
      if (!result.success) expect([name, fallback]).toEqual([name, 'needed']);
      else if (value === undefined) expect([name, fallback]).not.toEqual([name, 'needed']);
      else {
        const isMap = schema instanceof z.ZodPrefault;
        expect([name, fallback]).toEqual([
          name,
          `\`${isMap ? '{}' : typeof value === 'string' ? value : JSON.stringify(value)}\``,
        ]);
      }
    }
  });

  test('says the limits of each number and the choices of each name that has some', () => {
    for (const [name, wrapped] of Object.entries(shape)) {
      const schema = unwrapped(wrapped);
      const { limits = '' } = rows.get(name) ?? {};
      if (schema instanceof z.ZodNumber) {
        expect([name, limits]).toEqual([name, `${schema.minValue} to ${schema.maxValue}`]);
      }
      if (schema instanceof z.ZodEnum && section !== 'rule') {
        expect([name, limits]).toEqual([name, schema.options.map((one) => `\`${one}\``).join(', ')]);
      }
    }
  });
});

test('there is a section for every kind of source and channel', () => {
  expect([...sourceKinds.keys()].map(sectionOf).filter((section) => rowsOf(section).size === 0)).toEqual([]);
  expect(sourceKinds.has('postgres')).toBe(true);
  expect([...notifierKinds.keys()]).toEqual([
    'slack',
    'email',
    'webhook',
    'pagerduty',
    'ntfy',
    'telegram',
    'matrix',
    'teams',
    'alertmanager',
  ]);
});

test('every secret is named with its file twin', () => {
  const secrets = [...sourceKinds.values(), ...notifierKinds.values()].flatMap(({ secrets }) => secrets);
  for (const name of [...secrets, 'fingerprintKey']) expect(text).toContain(`\`${name}_file\``);
});
