/** Columns that identify a door: what is knocked at or listened on, and where the one who looks stands. */
export const DOOR_KEY = ['door', 'from'] as const;

/**
 * What a record says of a door that was knocked at. `state`: open, closed (the machine refuses), or no answer. `tls`: spoken or not. `certificate`:
 * SHA-256 of the certificate. `validity`: valid, ends soon, over. `verified`: whether this machine believes the certificate. `answer`: whether the web
 * server's answer was whole. `installation`: whether the page of a first installation answers.
 */
export const TARGET_COLUMNS = [
  ...(['state', 'tls', 'certificate', 'issuer', 'expires', 'validity', 'verified'] as const),
  ...(['answer', 'status', 'title', 'redirect', 'headers', 'version', 'vulnerable', 'installation'] as const),
] as const;
export type TargetColumn = (typeof TARGET_COLUMNS)[number];

/** What a record says of a socket that listens: the number of the account that opened it. */
export const SOCKET_COLUMNS = ['user'] as const;

/** `table` of every collection of doors. */
export const DOORS_TABLE = 'doors';
