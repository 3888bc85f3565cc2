import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { alertmanagerReceipt, postableAlerts } from './payload.js';

/** The alerts that would be posted. A follow-up is shown as one of a page that arrived. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const page = alertmanagerReceipt({ ...alert, role: 'page', severity: 'critical' }, null);
  const thread = alert.role === 'follow-up' ? page : null;
  const alerts = postableAlerts(alert, { attempt: 1, thread, labels: {} });
  return [{ ending: 'json', content: `${JSON.stringify(alerts, null, 2)}\n` }];
}
