import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/usr/lib/postgresql';
const PROGRAMS = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'];

/**
 * The folder of the newest PostgreSQL of Debian with all its programs, or null. The one that npm brings has no pg_dump, and an older pg_dump
 * refuses a newer server, so a dump takes a server of its own.
 */
export function dumpingPostgres() {
  const versions = existsSync(FOLDER) ? readdirSync(FOLDER).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(FOLDER, version, 'bin'));
  return folders.find((bin) => PROGRAMS.every((program) => existsSync(join(bin, program)))) ?? null;
}
