// What is used of saxes: its own declarations do not hold under `exactOptionalPropertyTypes`, so tsconfig.json leads here.

interface SaxesTag {
  readonly name: string;
  /** Without a prototype, each name once. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface SaxesEvents {
  readonly error: Error;
  readonly xmldecl: { readonly version?: string; readonly encoding?: string };
  readonly doctype: string;
  readonly processinginstruction: { readonly target: string; readonly body: string };
  readonly opentag: SaxesTag;
  readonly closetag: SaxesTag;
  readonly text: string;
  readonly cdata: string;
}

export declare class SaxesParser {
  constructor(options: { readonly xmlns: boolean; readonly position: boolean });
  on<Name extends keyof SaxesEvents>(name: Name, handler: (event: SaxesEvents[Name]) => void): void;
  write(text: string): this;
  close(): this;
}
