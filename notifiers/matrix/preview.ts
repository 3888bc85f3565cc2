import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { matrixMessage } from './payload.js';

/** The content of the event, and the same as a client shows it and as a push does. A follow-up is shown in the thread of a page. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const page = alert.role === 'follow-up' ? '$page' : null;
  const message = matrixMessage(alert, { attempt: 1, page, mentionRoom: true });
  const { body, formatted_body: formatted = '' } = message;
  return [
    { ending: 'json', content: `${JSON.stringify(message, null, 2)}\n` },
    { ending: 'html', content: `<!doctype html>\n<meta charset="utf-8">\n${formatted}\n` },
    { ending: 'txt', content: `${body}\n` },
  ];
}
