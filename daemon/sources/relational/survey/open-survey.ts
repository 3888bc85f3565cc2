import { SourceError } from '../../source.js';
import type { SurveyProblem } from '../../survey.js';
import type { ReadFailure } from '../failure.js';

/** The refusal of a survey whose database cannot be reached or read at all. `failure`: in our words. */
export function surveyRefused({ detail }: ReadFailure): SourceError {
  return new SourceError(
    'SOURCE_SURVEY_UNREACHABLE',
    `the database cannot be looked at: ${detail}${/[.?!]$/.test(detail) ? '' : '.'} Needed: the URL of the database as the owner of its tables, or as a role that may read them`,
  );
}

/** Why one table was not looked at, by the failure of a read; null when it is the connection that failed. */
export function surveyProblem({ cause }: ReadFailure): SurveyProblem | null {
  switch (cause) {
    case 'unreachable':
      return null;
    case 'denied':
    case 'row-security':
    case 'timeout':
    case 'not-a-table':
      return cause;
    default:
      return 'failed';
  }
}

/** Time limits of a survey, in milliseconds: nobody of the application waits behind it for longer. */
export const SURVEY_LIMITS = { transactionTimeoutMs: 5_000, lockTimeoutMs: 1_000 } as const;
