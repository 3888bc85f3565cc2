/** Databases that the demo can be replayed against. */
export const DEMO_DATABASES = ['postgres', 'mysql'] as const;
export type DemoDatabaseName = (typeof DEMO_DATABASES)[number];
