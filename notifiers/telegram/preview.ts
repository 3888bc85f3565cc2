import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { telegramMessage } from './payload.js';

/** The arguments of `sendMessage`, and the text as a reader sees it. A follow-up is shown as the answer to a page. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const page = alert.role === 'follow-up' ? 41 : null;
  const message = telegramMessage(alert, { chat: '-1001234567890', attempt: 1, page });
  return [
    { ending: 'json', content: `${JSON.stringify(message, null, 2)}\n` },
    { ending: 'txt', content: `${message.text}\n` },
  ];
}
