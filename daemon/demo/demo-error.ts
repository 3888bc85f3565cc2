/** What can go wrong with the parts that the demo and the tests run: never anything of the product itself. */
export type DemoErrorCode =
  | 'DEMO_POSTGRES_MISSING'
  | 'DEMO_POSTGRES_DIRECTORY'
  | 'DEMO_POSTGRES_FAILED'
  | 'DEMO_MYSQL_MISSING'
  | 'DEMO_MYSQL_FAILED'
  | 'DEMO_NO_PORT'
  | 'DEMO_SMTP_MISSING'
  | 'DEMO_WAIT_TIMEOUT'
  | 'DEMO_DAEMON_FAILED'
  | 'DEMO_NOT_RUNNING'
  | 'DEMO_DIRECTORY_USED'
  | 'DEMO_SCENARIO'
  | 'DEMO_SEVERAL'
  | 'DEMO_NO_INCIDENT'
  | 'DEMO_STATEMENT';

export class DemoError extends Error {
  override readonly name = 'DemoError';
  constructor(
    readonly code: DemoErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whose error it is, for who tells it without loading its class. */
  get domain(): 'demo' {
    return 'demo';
  }
}
