/** Attacks that the demo can replay; the first unless another is asked for. */
export const SCENARIOS = ['august-2022', 'march-2023', 'lamassu'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];
