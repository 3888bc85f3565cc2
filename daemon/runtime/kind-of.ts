/** The entry of a registry under a kind that the configuration names. A kind without one was refused when it was loaded. */
export function kindOf<Kind>(kinds: ReadonlyMap<string, Kind>, kind: string): Kind {
  const found = kinds.get(kind);
  if (found === undefined) throw new RangeError(`no such kind: ${kind}`);
  return found;
}
