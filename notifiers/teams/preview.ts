import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import type { CardElement, Inline } from './card.js';
import { teamsMessage } from './payload.js';

/** The message that would be posted, and its card as a reader sees it. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const message = teamsMessage(alert, 1);
  const { body } = message.attachments[0].content;
  return [
    { ending: 'json', content: `${JSON.stringify(message, null, 2)}\n` },
    { ending: 'txt', content: `${body.map(readable).join('\n')}\n` },
  ];
}

function readable(element: CardElement): string {
  if (element.type === 'Container') return `\n${element.items.map(readable).join('\n')}`;
  const text = element.inlines.map(textOf).join('');
  return element.spacing === 'None' ? text : `\n${text}`;
}

const textOf = (inline: Inline): string => (typeof inline === 'string' ? inline : inline.text);
