export type IncidentErrorCode =
  | 'INCIDENT_UNKNOWN'
  | 'INCIDENT_RESOLVED'
  | 'INCIDENT_NOT_TOLD'
  | 'INCIDENT_OTHER_REVISION'
  | 'INCIDENT_PERSON_INVALID'
  | 'INCIDENT_REASON_NEEDED';

/** A person's decision about an incident is refused. Each code is in docs/errors.md. Nothing was recorded. */
export class IncidentError extends Error {
  override readonly name = 'IncidentError';
  constructor(
    readonly code: IncidentErrorCode,
    message: string,
  ) {
    super(message);
  }
}
