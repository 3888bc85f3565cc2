import type { Alert, AlertType } from './alert.js';
import { approvalSamples } from './sample-approvals.js';
import { incidentSamples } from './sample-incidents.js';
import { monitorSamples } from './sample-monitor.js';

/**
 * Realistic alerts, made up, of each type in each standing it comes in: what `tillwarden notify preview` renders, what people look at
 * when they lay out a channel, and what its tests send.
 */
export const sampleAlerts: Readonly<Record<AlertType, readonly Alert[]>> = {
  ...incidentSamples,
  ...approvalSamples,
  ...monitorSamples,
};
