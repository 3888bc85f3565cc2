/** A set of executed transactions: per server (and tag), the text of its intervals. */
export type GtidSet = ReadonlyMap<string, string>;

/** MySQL, "GTID Sets": `uuid:1-5:7,uuid:3`, with line feeds after commas. What does not look like it is left out. */
export function parseGtidSet(text: string): GtidSet {
  const set = new Map<string, string>();
  for (const part of text.split(',')) {
    const match =
      /^\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::[a-z_][a-z0-9_]{0,31})?):([\d:-]+)\s*$/i.exec(
        part,
      );
    if (match?.[1] && match[2]) set.set(match[1].toLowerCase(), match[2]);
  }
  return set;
}

/** The identifier that the next transaction of a server will have: one after the last that it executed. */
export function awaitedAfter(set: GtidSet, uuid: string): string {
  const last = /(\d+)$/.exec(set.get(uuid.toLowerCase()) ?? '0')?.[1] ?? '0';
  return `${uuid}:${BigInt(last) + 1n}`;
}

/** A server whose transactions the newer set has more of; null when there is none. */
export function movedUuid(before: GtidSet, after: GtidSet): string | null {
  for (const [uuid, intervals] of after) if (before.get(uuid) !== intervals) return uuid;
  return null;
}
