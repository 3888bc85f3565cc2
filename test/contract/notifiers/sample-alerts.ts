import { type Alert, type AlertChange, sampleAlerts as samples } from '../../../notifiers/index.js';

/** Every made-up alert there is. */
export const sampleAlerts: readonly Alert[] = Object.values(samples).flat();

/** The drift sample, which has something of everything. */
export function driftAlert(overrides: Partial<Alert> = {}): Alert {
  const [alert] = samples.drift;
  if (alert === undefined) throw new Error('there is no drift sample');
  return { ...alert, ...overrides };
}

export const walletChange = changeOf('wallet-route');
export const adminAdded = changeOf('admin');
export const terminalAdded = changeOf('terminal');

function changeOf(kind: string): AlertChange {
  const change = driftAlert().changes.find((one) => one.kind === kind);
  if (change === undefined) throw new Error(`the drift sample has no change of a ${kind}`);
  return change;
}
