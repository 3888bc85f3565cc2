import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { webhookBody } from './payload.js';

const MAX_BODY_BYTES = 262_144;

/** The body that would be signed and posted, laid out for people. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const body = webhookBody(alert, { attempt: 1, maxBodyBytes: MAX_BODY_BYTES, details: 'quoted' });
  return [{ ending: 'json', content: `${JSON.stringify(JSON.parse(body), null, 2)}\n` }];
}
