/** A name for a collection: of a-z, 0-9 and _, a letter first, not among those taken, which it joins. */
export function collectionName(table: string, taken: Set<string>): string {
  const plain = table
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 50);
  const start = /^[a-z]/.test(plain) ? plain : `table_${plain}`.replace(/_$/, '');
  let name = start;
  for (let n = 2; taken.has(name); n++) name = `${start}_${n}`;
  taken.add(name);
  return name;
}
