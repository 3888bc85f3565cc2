/** What to watch on one kind of ATM server, as text that people can read, copy and change. */
export interface Preset {
  readonly name: string;
  /** Rises with every change of what it watches. Signed with each definition as `name@version`. */
  readonly version: number;
  readonly about: string;
  /** Kind of the source that reads it. */
  readonly source: 'postgres' | 'mysql' | 'files';
  /** Name of the database, for the template of its URL; of the source, where there is none. */
  readonly database: string;
  /** YAML: the list that goes under `collections`. */
  readonly collections: string;
  /** The server that the steps of alerts name the parts of; absent where they stay general. */
  readonly product?: 'cas' | 'lamassu';
  /** YAML lines of the source beside its collections; absent for none. */
  readonly sourceLines?: readonly string[];
  /** YAML: a list of further sources of the site, beside that one; absent for none. */
  readonly beside?: string;
  /** YAML: the list that goes under `rules`; empty for none. */
  readonly rules: string;
}

/** The collections as they go into a configuration, each with the preset and version it was taken from. */
export function presetCollections({ name, version, collections }: Preset): string {
  return collections.replace(/^(- name: .+)$/gm, `$1\n  preset: ${name}@${version}`);
}
