/** The server refused: its code and our words. `status` 0: it does not answer. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Headers that show who asks; none where a cookie does. The same object for as long as it is the same login. */
export type Login = Readonly<Record<string, string>>;

/** What a server that refuses says. */
export async function refusedBy(answer: Response): Promise<Refused> {
  const said: { code?: unknown; message?: unknown } = await answer.json().catch(() => ({}));
  return new Refused(
    answer.status,
    String(said.code ?? ''),
    String(said.message ?? `status ${answer.status}`),
  );
}
