/** Settings of a source or channel by name, as its own schema made them. */
export type Settings = Readonly<Record<string, unknown>>;
