import type { PostedMessage } from './slack-workspace.js';

/** All text of a Slack message as a person reads it, styling left out: a value that is marked in part is whole again. */
export function slackText(message: PostedMessage): string {
  return `${message.text}\n${message.blocks === undefined ? '' : flatten(message.blocks)}`;
}

function flatten(node: unknown): string {
  if (Array.isArray(node)) return node.map(flatten).join('');
  if (typeof node !== 'object' || node === null) return '';
  const { type, text, elements, fields } = node as Record<string, unknown>;
  const own = typeof text === 'string' ? text : flatten(text);
  const isBlock = /^(header|section|context|rich_text_section|rich_text_list|rich_text_preformatted)$/.test(
    String(type),
  );
  return `${own}${flatten(elements)}${flatten(fields)}${isBlock ? '\n' : ''}`;
}
