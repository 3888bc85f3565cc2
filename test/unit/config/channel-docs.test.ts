import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { notifierKinds } from '../../../notifiers/index.js';

const folder = new URL('../../../docs/channels/', import.meta.url);
const textOf = (kind: string) => readFileSync(new URL(`${kind}.md`, folder), 'utf8');

/** Secrets in the place of the files that the examples name: those of one kind, or that any takes. */
const SECRETS: Readonly<Record<string, string>> = {
  token: 'xoxb-1234567890',
  password: 'correct-horse',
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  routingKey: '0123456789abcdef0123456789abcdef',
  'telegram token': '123456789:AAF-c0ffee_c0ffee_c0ffee_c0ffee_c0f',
  'teams url': 'https://example.logic.azure.com/workflows/0123/paths/invoke?sig=c0ffee',
};

test('every channel has a page, and every page is of a channel', () => {
  const pages = readdirSync(folder).map((name) => name.replace(/\.md$/, ''));
  expect(pages.sort()).toEqual([...notifierKinds.keys()].sort());
});

describe.each([...notifierKinds])('docs/channels, %s', (kind, { configSchema }) => {
  test('says how to set it up, how it looks, its limits and its failures', () => {
    const headings = [...textOf(kind).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const own = kind === 'webhook' ? 'The body' : 'What it looks like';
    expect(headings).toEqual(['Set up in five minutes', own, 'Limits', 'When it fails']);
  });

  test('its example is a configuration that is accepted', () => {
    const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(textOf(kind)) ?? [];
    const { notifiers } = parse(block.replace(/^ {3}/gm, '')) as { notifiers: Record<string, unknown>[] };
    expect(notifiers).toHaveLength(1);
    const config = Object.fromEntries(
      Object.entries(notifiers[0] ?? {}).map(([name, value]) => {
        const secret = name.replace(/_file$/, '');
        return name === secret ? [name, value] : [secret, SECRETS[`${kind} ${secret}`] ?? SECRETS[secret]];
      }),
    );
    expect(configSchema.safeParse(config).error?.issues ?? []).toEqual([]);
  });
});
