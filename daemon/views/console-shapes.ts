import type { ListedIncident, ShownChange, ShownSeverity, ShownValue } from './shapes.js';

/**
 * What the console's page is given to decide, sign and look back on, as JSON, in the parts of `shapes.ts`. Types alone: the page in the browser reads it as well.
 */

/** A whole collection that is new, gone, or read in another way. */
export interface ShownDefinition {
  readonly what: 'definition';
  readonly id: string;
  readonly headline: string;
  /** Each aspect on both sides: visible ASCII. */
  readonly rows: readonly {
    readonly aspect: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  /** Records that nobody has signed like this: see `records-to-sign.ts`. */
  readonly changes: readonly ShownChange[];
  readonly changesLeftOut: number;
}

/** Something a person decides about. */
export interface ShownDifference {
  readonly id: string;
  /** False for what nobody can sign: a record whose key is there twice. */
  readonly acceptable: boolean;
  /** True for what no "all the rest" covers: a definition, and what somebody called hostile. */
  readonly byItself: boolean;
  /** Ids of what differs only because this does (the record of a database that is another one), and is accepted along with it. */
  readonly leads: readonly string[];
  readonly shown: ShownChange | ShownDefinition;
}

/** A proposal that waits, as this machine verified it: signed whole or not at all. */
export interface ShownPending {
  readonly digest: string;
  readonly version: number;
  readonly signers: readonly string[];
  /** Who must still sign: our words. */
  readonly lacking: readonly string[];
  readonly reason: ShownValue;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Of a first baseline: what of it looks wrong, and what it holds. Null for any other. */
  readonly first: readonly string[] | null;
  /** What it takes in of histories that grew. */
  readonly histories: readonly string[];
  readonly differences: readonly ShownDifference[];
  readonly differenceCount: number;
  /** Differences between what it says and what is there now. */
  readonly moved: number;
}

export interface ShownProblem {
  readonly code: string;
  readonly message: string;
}

/** What an approver sees of one site. With a `problem` there is nothing to sign. */
export interface ShownDesk {
  readonly site: string;
  readonly problem: ShownProblem | null;
  /** The verified baseline that everything is compared with; null for none. */
  readonly version: number | null;
  readonly expiresMs: number | null;
  /** Whose SSH key this machine has; null for none that counts. */
  readonly signer: { readonly person: string; readonly key: string } | null;
  /** Why there is no SSH key; null when there is one. */
  readonly signerProblem: string | null;
  /** Whose passkeys of this page count. */
  readonly passkeys: readonly string[];
  readonly differences: readonly ShownDifference[];
  readonly differenceCount: number;
  /** How many of them are records of each collection, shown or not. */
  readonly counts: readonly { readonly collection: string; readonly count: number }[];
  /** Collections that could not be read, and why: our words. */
  readonly unread: readonly { readonly name: string; readonly words: string }[];
  /** Configured, not read and never signed: a first baseline must be signed without them by name. */
  readonly missing: readonly string[];
  /** What a first baseline holds and what looks wrong of it, line by line; null when there is a baseline. */
  readonly first: readonly string[] | null;
  readonly pending: ShownPending | null;
  readonly notices: readonly string[];
  /** When it was read, in UTC milliseconds. */
  readonly atMs: number;
}

/** A site in the console's list. */
export interface ShownConsoleSite {
  readonly site: string;
  readonly version: number | null;
  readonly expiresMs: number | null;
  readonly differences: number;
  readonly unread: number;
  readonly worst: ShownSeverity | null;
  readonly waiting: number | null;
  readonly problem: ShownProblem | null;
  /** When it was read, in UTC milliseconds; null: not yet. */
  readonly atMs: number | null;
}

/** What the daemon behind the console says of itself: its word alone. */
export interface ShownDaemon {
  /** Why nothing is known of it; null when something is. */
  readonly problem: ShownProblem | null;
  /** Not resolved, worst first; null when that is unknown. */
  readonly incidents: readonly ListedIncident[] | null;
  readonly incidentsLeftOut: number;
  readonly resolved: readonly ListedIncident[];
  readonly degraded: readonly string[];
  /** How far its clock is ahead of this machine's, in milliseconds; null when they are alike. */
  readonly clockAheadMs: number | null;
  /** Whether the token of this machine lets its person answer for incidents. */
  readonly canAcknowledge: boolean;
  readonly version: string | null;
}

export interface ShownConsole {
  readonly sites: readonly ShownConsoleSite[];
  /** Null where the console works on the files of this machine. */
  readonly daemon: ShownDaemon | null;
  /** Which daemon, or null for the files of this machine. */
  readonly server: string | null;
  /** The host that it is served by, whose owner chooses what is shown; null on the approver's own machine. */
  readonly host: string | null;
  /** True when the console runs on the machine of a daemon, because somebody said so. */
  readonly besideDaemon: boolean;
  /** Whom a passkey is to be made for; null when nobody asked for that. */
  readonly enrols: string | null;
  readonly version: string;
}

/** A destination of money that would be signed, and whether signed records know it. */
export interface ShownDestination {
  readonly value: ShownValue;
  /** Signed records of the parent that hold the same value. */
  readonly known: number;
}

/** Somebody who can sign at the console, and who must sign afterwards. */
export interface ShownSigner {
  readonly by: 'ssh' | 'passkey';
  readonly person: string;
  readonly afterwards: readonly string[];
}

/** What would be signed, before it is: money first. */
export interface ShownDraft {
  /** Names this very draft. */
  readonly draft: string;
  /** Hex SHA-256 of the statement. */
  readonly digest: string;
  readonly version: number;
  readonly parentVersion: number | null;
  readonly expiresMs: number;
  readonly reason: string;
  /** Of all that would be signed: how many there are, change where money goes, and can be taken for something else. */
  readonly counts: { readonly items: number; readonly diverts: number; readonly lookalikes: number };
  /** Those that matter most; what `counts` has beyond is not listed. */
  readonly items: readonly {
    readonly id: string;
    readonly headline: string;
    readonly place: string;
    readonly diverts: boolean;
    readonly lookalike: boolean;
    readonly notes: readonly string[];
  }[];
  readonly destinations: readonly ShownDestination[];
  /** Who can sign here, and who must sign afterwards. */
  readonly signers: readonly ShownSigner[];
  /** What a passkey is asked to sign, in base64url. */
  readonly challenge: string;
}

/** What became of a signature. */
export interface ShownSigned {
  readonly person: string;
  readonly version: number;
  readonly digest: string;
  readonly installed: boolean;
  readonly signers: readonly string[];
  /** Who must still sign: our words. */
  readonly lacking: readonly string[];
}

/** What became of changes that were called hostile. */
export interface ShownRejected {
  /** Who was told, and of what nobody was: our words. */
  readonly words: readonly string[];
}

/** What a browser's passkey answered, in base64url. */
export interface PasskeyAnswer {
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

/** What a new passkey is made for. */
export interface ShownEnrolment {
  readonly person: string;
  /** What it signs once, as a proof, in base64url. */
  readonly challenge: string;
  readonly origin: string;
}

/** A passkey that was made and proved. */
export interface ShownEnrolled {
  readonly key: string;
  readonly file: string;
  /** What its owner runs next. */
  readonly command: string;
}

/** An entry of the daemon's journal. */
export interface ShownEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  /** Visible ASCII. */
  readonly words: string;
}

/** How far this machine has walked the journal, and what it found. */
export interface ShownVerification {
  readonly state: 'walking' | 'whole' | 'broken' | 'unknown';
  /** Entries that follow one another, as this machine has seen. */
  readonly verified: number;
  readonly head: string;
  /** What is wrong, or why nothing is known: our words; null when nothing is. */
  readonly words: string | null;
}

/** Entries of the journal, the newest first. */
export interface ShownJournal {
  readonly entries: readonly ShownEntry[];
  readonly lastSeq: number;
  readonly verification: ShownVerification;
}

export interface ShownPerson {
  readonly name: string;
  readonly roles: readonly string[];
  /** Keys and accounts: our words, and names that people signed. */
  readonly lines: readonly string[];
}

/** What waits for signatures, as it would be signed on the page. */
export interface ShownToSign {
  /** Hex SHA-256 of the document. */
  readonly digest: string;
  /** What a passkey is asked to sign, in base64url. */
  readonly challenge: string;
  /** Who can sign it here. */
  readonly signers: readonly ShownSigner[];
  /** Why nobody can sign it here; null where somebody can. */
  readonly unsignable: string | null;
}

/** The draft of the next trust root, as the difference from the one in force. */
export interface ShownRootDraft extends ShownToSign {
  readonly version: number;
  readonly expiresMs: number;
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  readonly signedBy: string;
  readonly lacking: readonly string[];
}

/** What became of a signature over a draft. */
export interface ShownSignedRoot {
  readonly version: number;
  readonly installed: boolean;
  readonly signedBy: string;
  readonly lacking: readonly string[];
}

/** Whose keys count, as this machine verified it from its own pin. */
export interface ShownTrust {
  readonly problem: ShownProblem | null;
  readonly version: number;
  readonly digest: string;
  readonly expiresMs: number;
  readonly people: readonly ShownPerson[];
  readonly rules: readonly string[];
  readonly heads: readonly string[];
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
  readonly draft: ShownRootDraft | null;
  /** Why the draft cannot be read; null when it can, or there is none. */
  readonly draftProblem: ShownProblem | null;
}

/** What became of a signature that was given in advance. */
export interface ShownSignedAdvance {
  readonly id: string;
  readonly installed: boolean;
  readonly signers: readonly string[];
  readonly lacking: readonly string[];
}

/** What people signed in advance. */
export interface ShownSuppression {
  readonly id: string;
  readonly type: 'expectation' | 'mute';
  readonly state: 'in force' | 'waits' | 'over';
  readonly words: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly signers: readonly string[];
  readonly lacking: readonly string[];
  readonly reason: ShownValue;
  /** When the window ends in which it may happen; null for a mute, which has none. */
  readonly happensUntilMs: number | null;
  readonly changes: readonly ShownChange[];
  readonly changesLeftOut: number;
  /** Null for what waits for nobody. */
  readonly toSign: ShownToSign | null;
}

export interface ShownAdvance {
  readonly site: string;
  readonly problem: ShownProblem | null;
  readonly suppressions: readonly ShownSuppression[];
  readonly leftOut: number;
  /** Documents that do not count, and why: our words. */
  readonly refused: readonly string[];
  /** What to run to take one away, where it cannot be done here; null where it can. */
  readonly withdrawElsewhere: string | null;
}

/** A version of a collection. */
export interface ShownVersion {
  readonly version: number;
  /** When it was made, as people signed it, in UTC milliseconds. */
  readonly fromMs: number;
  /** When the next one was; null: it is in force. */
  readonly toMs: number | null;
  readonly signers: string;
  readonly reason: ShownValue;
  /** Records of it; null when its watch ended. */
  readonly count: number | null;
  /** False when its records are not there any more, or are others than were signed. */
  readonly known: boolean;
  readonly changes: readonly ShownChange[];
  readonly changesLeftOut: number;
}

export interface ShownRecord {
  /** Canonical text of its key. */
  readonly key: string;
  readonly shown: ShownChange;
}

/** What a collection was, version by version, and record by record at one instant. */
export interface ShownHistory {
  readonly site: string;
  readonly collections: readonly { readonly name: string; readonly kind: string }[];
  /** Null where none was chosen. */
  readonly collection: string | null;
  readonly versions: readonly ShownVersion[];
  readonly at: {
    readonly atMs: number;
    readonly version: number | null;
    readonly records: readonly ShownRecord[];
    readonly recordsLeftOut: number;
  } | null;
  readonly problems: readonly string[];
}

/** A way by which alerts go out, and whether it is known to work. */
export interface ShownChannel {
  readonly name: string;
  readonly kind: string;
  readonly pending: number;
  readonly failed: number;
  /** When something last arrived through it; null: nothing ever did. */
  readonly provenMs: number | null;
  readonly provenBy: 'message' | 'test' | null;
  readonly lastFailedMs: number | null;
  readonly lastFailure: string | null;
}

export interface ShownChannels {
  readonly channels: readonly ShownChannel[];
}
