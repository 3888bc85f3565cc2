/**
 * What Slack refuses in `blocks`: the limits of docs.slack.dev/reference/block-kit/blocks, with the pointers and the wording of its
 * `response_metadata`. Only what an alert could get wrong; not a full schema.
 */

const MAX_BLOCKS = 50;
const MAX_BLOCK_ID = 255;
/** Undocumented. Seen: 9,597 characters of text accepted, 11,341 refused (bolt-js issue 2867). */
const MAX_TEXT_OF_ALL_BLOCKS = 10_000;

type Json = Readonly<Record<string, unknown>>;

/** The error code Slack would give, with its explanations, or null for blocks it accepts. */
export function refusalOfBlocks(blocks: unknown): { error: string; messages: string[] } | null {
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', messages: [] };
  const messages =
    blocks.length > MAX_BLOCKS
      ? [`no more than ${MAX_BLOCKS} items allowed [json-pointer:/blocks]`]
      : blocks.flatMap((block: unknown, index) => blockProblems(block, `/blocks/${index}`));
  if (messages.length > 0) return { error: 'invalid_blocks', messages };
  return textLength(blocks) > MAX_TEXT_OF_ALL_BLOCKS ? { error: 'msg_blocks_too_long', messages: [] } : null;
}

/** The same for `attachments`, whose blocks have the same limits. */
export function refusalOfAttachments(attachments: unknown): { error: string; messages: string[] } | null {
  if (!Array.isArray(attachments)) return { error: 'invalid_attachments', messages: [] };
  for (const attachment of attachments as unknown[]) {
    if (!isObject(attachment)) return { error: 'invalid_attachments', messages: [] };
    const refusal = attachment['blocks'] === undefined ? null : refusalOfBlocks(attachment['blocks']);
    if (refusal !== null) return refusal;
  }
  return null;
}

function blockProblems(block: unknown, at: string): string[] {
  if (!isObject(block)) return [`must be an object [json-pointer:${at}]`];
  const id = block['block_id'];
  const problems = id === undefined ? [] : lengthProblems(id, MAX_BLOCK_ID, `${at}/block_id`);
  switch (block['type']) {
    case 'divider':
    case 'image':
    case 'actions':
      return problems;
    case 'header':
      return [...problems, ...textProblems(block['text'], 150, `${at}/text`, ['plain_text'])];
    case 'section':
      return [...problems, ...sectionProblems(block, at)];
    case 'context':
      return [
        ...problems,
        ...itemProblems(block['elements'], 10, `${at}/elements`, (element, pointer) =>
          isObject(element) && element['type'] === 'image' ? [] : textProblems(element, 3000, pointer),
        ),
      ];
    case 'rich_text':
      return [
        ...problems,
        ...itemProblems(block['elements'], Number.POSITIVE_INFINITY, `${at}/elements`, richProblems),
      ];
    default:
      return [`unsupported type: ${String(block['type'])} [json-pointer:${at}/type]`];
  }
}

function sectionProblems(block: Json, at: string): string[] {
  const { text, fields } = block;
  if (text === undefined && fields === undefined)
    return [`missing required field: text [json-pointer:${at}]`];
  return [
    ...(text === undefined ? [] : textProblems(text, 3000, `${at}/text`)),
    ...(fields === undefined
      ? []
      : itemProblems(fields, 10, `${at}/fields`, (field, pointer) => textProblems(field, 2000, pointer))),
  ];
}

/** A `text` of rich text may not be empty; lists, quotes and sections nest through `elements`. */
function richProblems(element: unknown, at: string): string[] {
  if (!isObject(element)) return [`must be an object [json-pointer:${at}]`];
  const { type, text, elements } = element;
  if (type === 'text') return lengthProblems(text, Number.POSITIVE_INFINITY, `${at}/text`);
  if (elements === undefined) return [];
  if (!Array.isArray(elements)) return [`must provide an array [json-pointer:${at}/elements]`];
  return elements.flatMap((inner: unknown, index) => richProblems(inner, `${at}/elements/${index}`));
}

function textProblems(text: unknown, max: number, at: string, types = ['plain_text', 'mrkdwn']): string[] {
  if (!isObject(text)) return [`missing required field: text [json-pointer:${at}]`];
  if (!types.includes(String(text['type']))) {
    return [`unsupported type: ${String(text['type'])} [json-pointer:${at}/type]`];
  }
  return lengthProblems(text['text'], max, `${at}/text`);
}

function itemProblems(
  items: unknown,
  max: number,
  at: string,
  check: (item: unknown, at: string) => string[],
): string[] {
  if (!Array.isArray(items) || items.length === 0) return [`must provide an array [json-pointer:${at}]`];
  if (items.length > max) return [`no more than ${max} items allowed [json-pointer:${at}]`];
  return items.flatMap((item: unknown, index) => check(item, `${at}/${index}`));
}

function lengthProblems(text: unknown, max: number, at: string): string[] {
  if (typeof text !== 'string') return [`must be a string [json-pointer:${at}]`];
  if (text.length === 0) return [`must be more than 0 characters [json-pointer:${at}]`];
  // Slack counts characters, not UTF-16 units.
  return [...text].length > max ? [`must be less than ${max + 1} characters [json-pointer:${at}]`] : [];
}

/** Characters of every text anywhere below. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, inner]) =>
      sum + (name === 'text' && typeof inner === 'string' ? [...inner].length : textLength(inner)),
    0,
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
