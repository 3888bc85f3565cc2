import type { Definition } from '../../baselines/index.js';
import type { PersonalColumns } from '../alerts/masking.js';
import type { Guidance } from '../alerts/runbook.js';
import type { ChannelScope } from '../channel.js';
import type { EscalationStep } from '../policy/escalation.js';
import type { AcknowledgementTimes } from '../policy/lifecycle.js';
import type { QuietHours } from '../policy/quiet-hours.js';
import type { SeverityRule } from '../policy/severity.js';
import type { SourceKinds } from '../sources/source-kind.js';
import type { HeartbeatConfig } from '../watchdog/ping.js';
import type { ApiConfig } from './api.js';
import type { ContainmentConfig } from './containment.js';
import type { IndicatorsConfig } from './indicators.js';
import type { NotRead } from './secret.js';
import type { Settings } from './settings.js';
import type { SitesFolder } from './site-files.js';

/**
 * What a configuration says, checked; paths are absolute. Where a secret belongs stands `NotRead` as long as nobody asked for it: a command
 * that needs none cannot use one.
 */
export interface Config {
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly stateDirectory: string;
  readonly sites: readonly SiteConfig[];
  /** The folder that some of the sites came from; null: none. */
  readonly siteFiles: SitesFolder | null;
  readonly baselines: { readonly directory: string };
  readonly trust: {
    readonly directory: string;
    /** Hex SHA-256 of trust root 1. */
    readonly root: string;
  };
  /** Key of the fingerprints that stand for secret values; null when no column is secret. */
  readonly fingerprintKey: Uint8Array | NotRead | null;
  readonly notifiers: readonly NotifierConfig[];
  readonly rules: readonly SeverityRule[];
  readonly indicators: IndicatorsConfig;
  readonly timing: TimingConfig;
  /** The dead man's switch; null: none. */
  readonly heartbeat: HeartbeatConfig | NotRead | null;
  readonly dailyDigest: DigestConfig;
  readonly incidents: AcknowledgementTimes;
  readonly messages: MessagesConfig;
  readonly retention: RetentionConfig;
  /** Runbooks of the operator's own; null: those that are shipped. */
  readonly runbooksDirectory: string | null;
  /** What is done by itself; null: nothing. */
  readonly containment: ContainmentConfig | null;
  /** Empty: what nobody answers for stays where it was told. */
  readonly escalation: readonly EscalationStep[];
  readonly quietHours: QuietHours | null;
  readonly http: { readonly host: string; readonly port: number };
  /** Null when nobody has a token: then there is no API. */
  readonly api: ApiConfig | NotRead | null;
  readonly log: { readonly level: string };
  /** The kinds that its sources are of. */
  readonly sourceKinds: SourceKinds;
}

/** A configuration with which sources can be read. */
export interface ConfigWithSources extends Config {
  readonly sites: readonly SiteConfigWithSecrets[];
  readonly fingerprintKey: Uint8Array | null;
}

/** A configuration with every secret: what the daemon runs on. */
export interface ConfigWithSecrets extends ConfigWithSources {
  /** Hex SHA-256 of what it says, secrets left out. */
  readonly digest: string;
  readonly notifiers: readonly NotifierConfigWithSecrets[];
  readonly heartbeat: HeartbeatConfig | null;
  readonly api: ApiConfig | null;
  /** Every secret value, so that logs and errors can be scrubbed of them. */
  readonly secrets: readonly string[];
  /** Whether every file it was read from still says the same, with the same rights: then reading it again would come to the same. Never rejects. */
  readonly isOnDisk: () => Promise<boolean>;
}

export interface SiteConfig {
  readonly name: string;
  /** IANA name. */
  readonly timeZone: string;
  /** What alerts of the site carry of the operator's own knowledge. */
  readonly guidance: Guidance;
  readonly sources: readonly SourceConfig[];
}

export interface SourceConfig {
  readonly kind: string;
  readonly name: string;
  /** What the source's own schema made of what is no secret. */
  readonly settings: Settings;
  /** The same with its secrets. */
  readonly config: Settings | NotRead;
  /** Configured collections. */
  readonly collections: readonly Definition[];
  /** Columns that hold personal data. They are no part of a definition, hence of what people sign. */
  readonly personal: readonly { readonly collection: string; readonly columns: readonly string[] }[];
  /** Collections of which nobody is told that their records were written and are as before. No part of a definition either. */
  readonly touchOff: readonly string[];
  /** The configured collections and those that come with the source: its sensor. */
  readonly definitions: readonly Definition[];
}

export interface SiteConfigWithSecrets extends SiteConfig {
  readonly sources: readonly SourceConfigWithSecrets[];
}

export interface SourceConfigWithSecrets extends SourceConfig {
  readonly config: Settings;
}

export interface NotifierConfig {
  readonly kind: string;
  readonly name: string;
  /** Time between the beginnings of two alerts, in milliseconds. */
  readonly paceMs: number;
  readonly for: ChannelScope;
  /** What the channel's own schema made of it, its secrets with it. */
  readonly config: Settings | NotRead;
}

export interface NotifierConfigWithSecrets extends NotifierConfig {
  readonly config: Settings;
}

/** All in milliseconds. */
export interface TimingConfig {
  /** Mean time between full reads of a source. */
  readonly readIntervalMs: number;
  /** Mean time between looks at the files people sign and at the configuration. */
  readonly filesIntervalMs: number;
  /** How long an unreadable or deaf state must last before it is told. */
  readonly unknownGraceMs: number;
  /** How long a proposal may wait for signatures. */
  readonly proposalMaxAgeMs: number;
  /** How long a source must be read and heard without a break before what came and went is over. */
  readonly flapWindowMs: number;
}

/** How long the state keeps what is over before it leaves it for a file. */
export interface RetentionConfig {
  /** Whether it leaves at all. */
  readonly fold: boolean;
  /** Milliseconds. */
  readonly keepMs: number;
}

/** What messages may hold. */
export interface MessagesConfig {
  /** Whether values of personal columns are shown whole. */
  readonly showPersonal: boolean;
}

/** Columns of a site whose values messages show masked, by collection. */
export function personalColumns(site: SiteConfig, { showPersonal }: MessagesConfig): PersonalColumns {
  if (showPersonal) return new Map();
  const all = site.sources.flatMap(({ personal }) => personal);
  return new Map(all.map(({ collection, columns }) => [collection, new Set(columns)]));
}

/** The daily digest. */
export interface DigestConfig {
  /** `08:00`, by the clocks of `timeZone`, or `off`. */
  readonly at: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** All collections of a site. */
export function definitionsOf(site: SiteConfig): readonly Definition[] {
  return site.sources.flatMap((source) => source.definitions);
}
