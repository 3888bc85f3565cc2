/** Severities, most severe first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * Text chosen by whoever controls the watched system. It is kept raw and apart, so that each sink must quote it
 * (`quote.ts`) before a person sees it. `null` is the database's null, which differs from the text "null".
 */
export interface Untrusted {
  readonly untrusted: string | null;
  /**
   * The form of the text, when it is not the value itself: a length and digest, a keyed fingerprint (empty: there is a secret, and nobody can know which), unparsable JSON, or personal data of
   * which only `masked` and the text's start are carried.
   */
  readonly form?: 'digest' | 'hmac' | 'raw-json' | 'masked';
  /** Length of the real value in bytes, when `form` is `digest`. */
  readonly bytes?: number;
  /** The rest that is shown beside the start in `untrusted`, when `form` is `masked`. */
  readonly masked?: {
    /** The shown end: the domain of an e-mail address with its `@`, or empty. */
    readonly end: string;
    /** Length of the real value in characters. */
    readonly characters: number;
  };
}

/**
 * What an unsigned change means, most urgent first, whatever its severity: it comes before all others, and no channel that has room for
 * values tells it as a number alone.
 */
export const URGENCIES = ['diverted', 'administrator', 'destination'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Place of an urgency among all: 0, 1, 2 …; the last for none. */
export function urgencyRank(urgency: Urgency | undefined): number {
  return urgency === undefined ? URGENCIES.length : URGENCIES.indexOf(urgency);
}

/** Why the two values of a field deserve a second look: facts about them, which every channel words alike (`notes.ts`). */
export type FieldNote =
  /** Long values that differ only between the first and the last so many characters. */
  | { readonly note: 'same-ends'; readonly first: number; readonly last: number }
  /** Names that a tired reader takes for each other: case, blanks, separators or letters that look alike differ. */
  | { readonly note: 'looks-alike' }
  /** The signed address book about the new value; `label` is its name for that address, or for the one that it imitates. */
  | { readonly note: 'book'; readonly found: 'known' | 'lookalike'; readonly label: string }
  | { readonly note: 'book'; readonly found: 'unknown' }
  /** The new value is no valid address, or one of another network than is expected. Names of coins are ours. */
  | { readonly note: 'address-invalid'; readonly coin: string }
  | { readonly note: 'address-test'; readonly coin: string }
  | { readonly note: 'address-other'; readonly coin: string; readonly expected: string }
  /** So many coins are now paid to the new value. */
  | { readonly note: 'serves-coins'; readonly coins: number }
  /** The watched system has the new value as the address of a customer. */
  | { readonly note: 'customer' }
  /** A member that a JSON text gives so many times: parsers disagree which one counts. */
  | { readonly note: 'stands-twice'; readonly times: number }
  /** A feed of indicators knows this value from an incident elsewhere; `what` it is there is in our words. */
  | { readonly note: 'indicator'; readonly incident: string; readonly what: string }
  /** A feed names an address that the signed address book has as `label`. */
  | { readonly note: 'feed-names-own'; readonly feed: string; readonly label: string }
  /** Values shown in part only, and whether the whole ones differ. */
  | { readonly note: 'masked'; readonly differ: boolean };

/** One field of a changed record. `null` where the record, hence the field, does not exist on that side. */
export interface AlertField {
  /** A column name from the configuration, or our own path inside a json column. Configured names are ours. */
  readonly name: string;
  /** Position inside a json column, chosen by the watched system; absent for whole fields. */
  readonly path?: Untrusted;
  readonly before: Untrusted | null;
  readonly after: Untrusted | null;
  readonly notes?: readonly FieldNote[];
}

/** One record that changed, ready to be quoted. */
export interface AlertChange {
  readonly severity: Severity;
  /** Absent for what is not urgent by its meaning, and for what is over. */
  readonly urgency?: Urgency;
  readonly collection: string;
  readonly kind: string;
  /** Our words: "wallet route changed", "administrator added", "terminals could not be read". */
  readonly headline: string;
  readonly key: readonly { readonly name: string; readonly value: Untrusted }[];
  /** Unchanged fields that tell people which record it is, such as the coin of a route: a key alone says little at 03:00. */
  readonly about?: readonly { readonly name: string; readonly value: Untrusted }[];
  /** A record of the same collection, signed, whose name can be taken for this one's: its key. */
  readonly lookalikeOf?: readonly { readonly name: string; readonly value: Untrusted }[];
  readonly fields: readonly AlertField[];
  /** Fields of the record left out of `fields` for length. */
  readonly fieldsLeftOut: number;
}

/** A line "label: value"; the value is ours (`text`) or the watched system's. */
export type AlertFact =
  | { readonly label: string; readonly text: string }
  | { readonly label: string; readonly quoted: Untrusted };

/**
 * Who did it, and how sure that is. `from`: where it is known from, in our words, such as "the session that wrote it". `who` is null where it
 * was looked for and nobody was found.
 */
export type Attribution =
  | {
      readonly confidence: 'unknown';
      /** In our words. */
      readonly because?: string;
      /** Who made others of the changes. */
      readonly beside?: Attribution;
    }
  | {
      readonly confidence: 'observed' | 'inferred';
      readonly who: Untrusted | null;
      /** Whom they acted as, where that is somebody else. */
      readonly actingAs?: Untrusted;
      /** From where they came, where that is known. */
      readonly address?: Untrusted;
      readonly from: string;
      /** What their client says of itself: anybody can say that. Labels are ours. */
      readonly claimed?: readonly { readonly label: string; readonly value: Untrusted }[];
      /** What else points to somebody, of another grade. */
      readonly beside?: Attribution;
    };

export type AlertType =
  | 'drift'
  | 'back-to-baseline'
  | 'unknown'
  | 'readable-again'
  | 'blind'
  | 'sight-restored'
  | 'acknowledged'
  | 'acknowledgement-expired'
  | 'resolved'
  | 'baseline-installed'
  | 'baseline-refused'
  | 'baseline-missing'
  | 'trust-changed'
  | 'proposal-waits'
  | 'proposal-ended'
  | 'changes-rejected'
  | 'response-finished'
  | 'containment'
  | 'config-changed'
  | 'digest'
  | 'touched'
  /** To somebody whose e-mail address is another one now, at the one that people signed. */
  | 'address-changed'
  | 'transient'
  | 'log-gap'
  | 'clock-jumped'
  | 'not-recording'
  | 'recording-again'
  | 'internal-error'
  | 'state-restored'
  | 'state-empty'
  /** People signed in advance what is to wake nobody; what they expected happened; their word ended. */
  | 'excuse-installed'
  | 'expected-change'
  | 'excuse-ended'
  /** Something here is known from an incident elsewhere. */
  | 'known-indicator'
  /** A line of a log that is told by itself, or a log whose past is not what it was. */
  | 'log-event'
  | 'test';

/**
 * The role of an alert beside those before it. `page`: a message of its own that wakes people. `follow-up`: continues its incident's
 * last page: it answers in that page's thread and brings the page up to date. `notice`: an announcement that belongs to no page.
 */
export type DeliveryRole = 'page' | 'follow-up' | 'notice';

/** open ─▶ acknowledged ─▶ resolved; a new critical change opens an acknowledged incident again. */
export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/**
 * A structured message about an incident. Everything outside `Untrusted` is our own words, configured names, counts and ids
 * (invariant 8), so `title` may stand in a subject, a push preview or a lock screen as it is.
 */
export interface Alert {
  /** Idempotency key: the same on every delivery attempt of this alert, and in every channel's message. */
  readonly id: string;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly site: string;
  /** Short incident id such as `7f3a`, or null for an announcement that belongs to no incident. */
  readonly incident: string | null;
  readonly role: DeliveryRole;
  /** State of the incident when this was composed; null without one. */
  readonly state: IncidentState | null;
  /** Since when the incident is in that state, in UTC milliseconds; only where this alert tells of it. */
  readonly stateSinceMs?: number;
  /**
   * `7f3a-2`: the same for a page and all its follow-ups, another for each page. Channels that fold repeats or resolve what
   * they sent before (PagerDuty) take it as their key. Null without an incident.
   */
  readonly dedupKey: string | null;
  /** One line without the severity or site: "1 wallet route now pays elsewhere". */
  readonly title: string;
  /** One sentence: what this means for the money and whether it is still so. */
  readonly consequence: string;
  /** Who made the changes; absent where nobody changed anything. It stands right after the consequence. */
  readonly who?: Attribution;
  readonly facts: readonly AlertFact[];
  /** Other sites where the very same is so, each with its own incident: this message tells of all of them. Absent: of this site alone. */
  readonly alike?: readonly { readonly site: string; readonly incident: string }[];
  /** Worst first. */
  readonly changes: readonly AlertChange[];
  /** Changes of this alert left out of `changes` for length. */
  readonly changesLeftOut: number;
  /** Steps to take, in order. Commands stand in `command`, and hold only our words and ids. */
  readonly nextSteps: readonly { readonly text: string; readonly command?: string }[];
  /** UTC milliseconds of the read that saw it. */
  readonly observedAtMs: number;
  /** IANA name of the site's time zone. */
  readonly timeZone: string;
  /**
   * Highest baseline version and the journal's head when this was composed: proof against a cut tail. `baselines` stands in what
   * concerns all sites, and has the version of each that has a baseline.
   */
  readonly head: {
    readonly baselineVersion: number | null;
    readonly baselines?: readonly { readonly site: string; readonly version: number }[];
    readonly journal: string;
  };
}

/** The first line of an alert in every channel: "CRITICAL prague-1: 1 wallet route now pays elsewhere (incident 7f3a)". */
export function alertTitle(alert: Pick<Alert, 'severity' | 'site' | 'title' | 'incident'>): string {
  const incident = alert.incident === null ? '' : ` (incident ${alert.incident})`;
  return `${alert.severity.toUpperCase()} ${alert.site}: ${alert.title}${incident}`;
}
