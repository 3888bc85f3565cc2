import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { ntfyMessage } from './payload.js';

/** The message that would be published. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  return [
    { ending: 'json', content: `${JSON.stringify(ntfyMessage(alert, 1, 'tillwarden-alerts'), null, 2)}\n` },
  ];
}
