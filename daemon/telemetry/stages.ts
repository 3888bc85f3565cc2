/**
 * The way of a change from the hint to the channel, in this order. `wait`: from the hint until the read begins. `read`: one read of a source.
 * `compare`: comparing with what people signed, and judging. `record`: the transaction that makes the decision durable, its fsync included.
 * `claim`: taking a message out of the outbox. `compose`: putting it into words. `deliver`: from the hand-over to the channel until it answers.
 */
export const STAGES = ['wait', 'read', 'compare', 'record', 'claim', 'compose', 'deliver'] as const;

export type AlertStage = (typeof STAGES)[number];

/** Begins to measure a stage; what it returns ends it. */
export type BeginStage = (stage: AlertStage) => () => void;
