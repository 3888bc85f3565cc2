/** Whose parts a newcomer can play. */
export const DEMO_PEOPLE = ['alice', 'bob'] as const;
export type DemoPerson = (typeof DEMO_PEOPLE)[number];
