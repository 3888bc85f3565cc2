import type { z } from 'zod';
import type { Alert } from './alert.js';
import type { Notifier } from './notifier.js';

/** A channel as the registry knows it: what its configuration is, and how to build it when it is configured. */
export interface NotifierKind {
  /** Strict; every limit with its unit in the name; holds `kind` and `name`. */
  readonly configSchema: z.ZodObject;
  /** Names in the configuration that hold a secret; the configuration loader also accepts each as `<name>_file`. */
  readonly secrets: readonly string[];
  /** Loads the channel's driver. Channels that nobody configured cost no memory. */
  load(): Promise<NotifierFactory>;
}

export interface NotifierFactory {
  /**
   * Builds the channel from a configuration that its `configSchema` accepts. Sends nothing. Throws `NotifierError` for what
   * stops the start.
   */
  create(name: string, config: Readonly<Record<string, unknown>>): Notifier;
  /** As `Notifier.alikeCharacters` of every channel of the kind. */
  readonly alikeCharacters?: number;
  /** An alert as this channel would send it, with stand-ins for what the configuration says. Sends nothing, reads nothing. */
  preview(alert: Alert): Promise<readonly PreviewFile[]>;
}

/** One message, or one reading of it, to be looked at in a file. */
export interface PreviewFile {
  /** The end of the file's name: `alarm.html`, `json`. */
  readonly ending: string;
  readonly content: string;
}

/** Fields every channel's configuration begins with. `name` is ours: it stands in messages, logs and metrics. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;
