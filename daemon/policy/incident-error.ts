export type IncidentErrorCode =
  | 'INCIDENT_UNKNOWN'
  | 'INCIDENT_RESOLVED'
  | 'INCIDENT_NOT_TOLD'
  | 'INCIDENT_OTHER_REVISION'
  | 'INCIDENT_PERSON_INVALID'
  | 'INCIDENT_REASON_NEEDED'
  | 'INCIDENT_SITE_GONE'
  | 'INCIDENT_RUNBOOK_UNUSABLE'
  | 'INCIDENT_RUNBOOK_UNKNOWN'
  | 'INCIDENT_RUNBOOK_OTHER'
  | 'INCIDENT_RESPONSE_OVER'
  | 'INCIDENT_STEP_UNKNOWN'
  | 'INCIDENT_STEP_CONTRARY'
  | 'INCIDENT_STEPS_LEFT';

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
