import type { Alert, AlertType } from '../alert.js';
import { approvalSamples } from './approvals.js';
import { incidentSamples } from './incidents.js';
import { monitorSamples } from './monitor.js';

/**
 * Realistic alerts, made up, of each type in each delivery role it comes in: what `tillwarden notify preview` renders, what people look at
 * when they lay out a channel, and what its tests send.
 */
export const sampleAlerts: Readonly<Record<AlertType, readonly Alert[]>> = {
  ...incidentSamples,
  ...approvalSamples,
  ...monitorSamples,
};
