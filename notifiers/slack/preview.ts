import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import type { SlackBlock } from './blocks.js';
import { slackMessages } from './payload.js';

/** The arguments `chat.postMessage` would be given, and the same as a reader sees it. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const messages = slackMessages(alert, 'C0123ABCD', 1);
  const read = messages.map(({ text, blocks = [] }) =>
    [`push preview: ${text}`, ...blocks.map(readable)].join('\n\n'),
  );
  return [
    { ending: 'json', content: `${JSON.stringify(messages, null, 2)}\n` },
    { ending: 'txt', content: `${read.join('\n\n--- in the thread ---\n\n')}\n` },
  ];
}

function readable(block: SlackBlock): string {
  switch (block.type) {
    case 'header':
      return block.text.text;
    case 'context':
      return block.elements.map(({ text }) => text).join('\n');
    case 'rich_text':
      return block.elements
        .flatMap((part) =>
          part.type === 'rich_text_section'
            ? [lineOf(part.elements)]
            : part.elements.map(
                ({ elements }, index) =>
                  `${part.style === 'ordered' ? `${index + 1}.` : '-'} ${lineOf(elements)}`,
              ),
        )
        .join('\n');
  }
}

const lineOf = (elements: readonly { readonly text: string }[]): string =>
  elements.map(({ text }) => text).join('');
