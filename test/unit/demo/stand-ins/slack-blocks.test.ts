import { expect, test } from '@jest/globals';
import { refusalOfBlocks } from '../../../../daemon/demo/stand-ins/slack-blocks.js';

const plain = (text: string) => ({ type: 'plain_text', text });
const markup = (text: string) => ({ type: 'mrkdwn', text });
const rich = (...texts: string[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: texts.map((text) => ({ type: 'text', text })) }],
});
const section = (text: string) => ({ type: 'section', text: markup(text) });
const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

test.each<[string, unknown[]]>([
  ['50 blocks', many(50, { type: 'divider' })],
  ['a header of 150 characters', [{ type: 'header', text: plain('x'.repeat(150)) }]],
  ['a header of 150 characters outside the basic plane', [{ type: 'header', text: plain('🏧'.repeat(150)) }]],
  ['a section of 3000 characters', [section('x'.repeat(3000))]],
  [
    '10 fields of 2000 characters, but for the total',
    [{ type: 'section', fields: many(10, markup('x'.repeat(1000))) }],
  ],
  ['a context of 10 elements', [{ type: 'context', elements: many(10, plain('x')) }]],
  [
    'rich text with a list',
    [
      rich('a', 'b'),
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: [{ type: 'rich_text_section', elements: [] }],
          },
        ],
      },
    ],
  ],
  ['10,000 characters in all', many(4, section('x'.repeat(2500)))],
])('Slack takes %s', (_what, blocks) => {
  expect(refusalOfBlocks(blocks)).toBeNull();
});

test.each<[string, unknown[], string]>([
  ['51 blocks', many(51, { type: 'divider' }), 'no more than 50 items allowed [json-pointer:/blocks]'],
  [
    'a header of 151 characters',
    [{ type: 'header', text: plain('x'.repeat(151)) }],
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'a header with markup',
    [{ type: 'header', text: markup('x') }],
    'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
  ],
  [
    'a section of 3001 characters',
    [{ type: 'divider' }, section('x'.repeat(3001))],
    'must be less than 3001 characters [json-pointer:/blocks/1/text/text]',
  ],
  ['an empty text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
  ['a section of nothing', [{ type: 'section' }], 'missing required field: text [json-pointer:/blocks/0]'],
  [
    '11 fields',
    [{ type: 'section', fields: many(11, markup('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'a field of 2001 characters',
    [{ type: 'section', fields: [markup('x'.repeat(2001))] }],
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    '11 elements of context',
    [{ type: 'context', elements: many(11, plain('x')) }],
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'a context of nothing',
    [{ type: 'context', elements: [] }],
    'must provide an array [json-pointer:/blocks/0/elements]',
  ],
  [
    'an empty text in rich text',
    [rich('a', '')],
    'must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/1/text]',
  ],
  ['a block it does not know', [{ type: 'alarm' }], 'unsupported type: alarm [json-pointer:/blocks/0/type]'],
  ['a block that is none', ['x'], 'must be an object [json-pointer:/blocks/0]'],
  [
    'a name of a block with 256 characters',
    [{ type: 'divider', block_id: 'x'.repeat(256) }],
    'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
  ],
])('Slack refuses %s, and says where', (_what, blocks, message) => {
  expect(refusalOfBlocks(blocks)).toEqual({ error: 'invalid_blocks', messages: [message] });
});

test('Slack refuses blocks that are each small enough and together too long', () => {
  const refusal = { error: 'msg_blocks_too_long', messages: [] };
  expect(refusalOfBlocks([...many(4, section('x'.repeat(2500))), section('x')])).toEqual(refusal);
  expect(refusalOfBlocks(many(11, rich('x'.repeat(1000))))).toEqual(refusal);
});

test('what is no list of blocks is refused as such', () => {
  for (const blocks of [undefined, null, {}, '[]', 7]) {
    expect(refusalOfBlocks(blocks)).toEqual({ error: 'invalid_blocks_format', messages: [] });
  }
});
