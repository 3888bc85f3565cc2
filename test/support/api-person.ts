import type { Daemon } from '../../daemon/app.js';
import { newToken, tokenDigest } from '../../daemon/config/api-token.js';

/** Somebody with a token of the API. */
export interface PersonWithToken {
  /** What lets them in: a block of the configuration, for a port that the system chooses. */
  readonly configuration: string;
  /** Answers for an incident as they saw it. Resolves with what the daemon says, and with which status. */
  acknowledge(
    daemon: Daemon,
    incident: { readonly id: string; readonly revision: string },
    reason: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

export function personWithToken(name: string): PersonWithToken {
  const token = newToken();
  return {
    configuration: `api:\n  port: 0\n  people:\n    - { name: ${name}, tokenDigest: "sha256:${tokenDigest(token)}", scopes: [read, acknowledge] }\n`,
    acknowledge: async (daemon, { id, revision }, reason) => {
      const url = daemon.apiUrl();
      if (url === null) throw new Error('the API is not served');
      const answer = await fetch(new URL(`/api/incidents/${id}/acknowledge`, url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ revision, reason }),
      });
      return { status: answer.status, body: await answer.json() };
    },
  };
}
