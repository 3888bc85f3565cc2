/** What a person wants to know of a source while setting it up, or when something does not work: the server's answers, in our words and numbers. */
export interface SourceExamination {
  /** Product and version of the server: "PostgreSQL 15.4". */
  readonly server: string;
  /** The account that we log in as, as the configuration names it. */
  readonly role: string;
  /** The server's clock, in UTC milliseconds, and how long the answer took. */
  readonly clock: { readonly serverMs: number; readonly tookMs: number } | null;
  /** Connections that our account may open, and how many are open now, ours among them. Null where there is no limit of its own. */
  readonly connections: { readonly open: number; readonly allowed: number } | null;
  /** What is missing for watching, worst first. */
  readonly shortfalls: readonly Shortfall[];
}

/** Something that the owner of the watched system puts right. */
export interface Shortfall {
  /** In our words and configured names. */
  readonly what: string;
  /** A statement for the owner to run, of our words and configured names, quoted; null where "tillwarden sql" says it best. */
  readonly statement: string | null;
  /** Whether the database lacks what the configuration names, so that no statement for our role can help. */
  readonly absent?: true;
  /** The table whose collections cannot be read without it; absent when it is of no single table. */
  readonly table?: string;
  /** Whether nothing can be read without it; else the watching is slower or blind somewhere. */
  readonly needed: boolean;
}

/** Why nothing could be asked: in our words, configured names and codes. */
export interface NotExamined {
  /** Whether the server answered, and would not let our account in. */
  readonly denied: boolean;
  readonly detail: string;
}
