export function dumpingPostgres(): string | null;
