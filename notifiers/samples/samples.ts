import type { Alert, AlertType } from '../alert.js';
import { approvalSamples } from './approvals.js';
import { incidentSamples } from './incidents.js';
import { monitorSamples } from './monitor.js';

/**
 * Realistic alerts, made up, of each type in each delivery role it comes in: what people look at when they lay out a channel, and what its tests
 * send. Of those about no incident `tillwarden notify preview` renders these; of the others what is composed of made-up incidents.
 */
export const sampleAlerts: Readonly<Record<AlertType, readonly Alert[]>> = {
  ...incidentSamples,
  ...approvalSamples,
  ...monitorSamples,
};
