/** A server by its `VERSION()`. */
export interface ServerVersion {
  readonly flavour: 'mariadb' | 'mysql';
  /** Major, minor and patch as one number: 101119 is 10.11.19, 50729 is 5.7.29. */
  readonly number: number;
}

/** Takes `VERSION()` apart: "5.7.29-log", "10.11.19-MariaDB-0+deb12u1". Null for anything else. */
export function parseVersion(text: string): ServerVersion | null {
  // MariaDB before 11 put 5.5.5- before its own version, for old replicas.
  const match = /^(?:5\.5\.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,2})(.*)$/s.exec(text);
  if (!match) return null;
  const [major, minor, patch] = match.slice(1, 4).map(Number);
  return {
    flavour: /mariadb/i.test(match[4] ?? '') ? 'mariadb' : 'mysql',
    number: (major ?? 0) * 10_000 + (minor ?? 0) * 100 + (patch ?? 0),
  };
}

/** Oldest servers whose statements and catalogs ours fit. */
export const OLDEST = { mariadb: 100600, mysql: 50708 } as const;

/** Whether the server is MySQL 8 or newer, of which nothing here is tested: none could be had. */
export function isMysql8({ flavour, number }: ServerVersion): boolean {
  return flavour === 'mysql' && number >= 80000;
}

/** Whether accounts can be members of roles. */
export function hasRoles(version: ServerVersion): boolean {
  return version.flavour === 'mariadb' || isMysql8(version);
}
