import type { Definition, RecordLine } from '../../../../baselines/index.js';
import type { UnreadableCause } from '../../source.js';
import type { FilesConfig } from '../config.js';
import type { CensusSummary, UnreadPlace } from './census.js';

/** With what the surveying thread is started. */
export interface SurveyThreadData {
  readonly site: string;
  readonly config: FilesConfig;
  readonly definitions: readonly Definition[];
  readonly fingerprintKey: Uint8Array | null;
}

/** What the surveying thread is asked. */
export type FileSurveyRequest =
  | {
      readonly type: 'read';
      readonly id: number;
      readonly collections: readonly string[];
      /** Whether looking at what is known to have moved will do. */
      readonly isHint: boolean;
    }
  | { readonly type: 'watch' };

/** How the survey of one collection ended. */
export type SurveyEnd =
  | {
      readonly ok: true;
      readonly unread: readonly UnreadPlace[];
      readonly summary: CensusSummary | null;
    }
  | { readonly ok: false; readonly cause: UnreadableCause; readonly detail: string };

/** What the surveying thread says. Records come in small messages before the end of the survey that found them. */
export type SurveyMessage =
  | { readonly type: 'records'; readonly collection: string; readonly upserts: readonly RecordLine[] }
  | { readonly type: 'removals'; readonly collection: string; readonly keys: readonly string[] }
  | { readonly type: 'surveyed'; readonly id: number; readonly collection: string; readonly end: SurveyEnd }
  | { readonly type: 'moved'; readonly collections: readonly string[] }
  | { readonly type: 'listening' }
  | { readonly type: 'disconnected'; readonly code: string };
