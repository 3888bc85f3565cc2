/** What is used of playwright-core: its own declarations need those of a browser's document. */
export interface Frame {
  evaluate(work: () => unknown): Promise<unknown>;
}
export interface Page extends Frame {
  goto(url: string): Promise<unknown>;
  mainFrame(): Frame;
}
export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export declare const CHROMIUM: string;
export declare function missingBrowser(): string | null;
export declare function servePage(frame?: string): Promise<{ readonly port: number; close(): Promise<void> }>;
export declare function openBrowser(): Promise<Browser>;
export declare function addAuthenticator(
  page: Page,
  options?: Readonly<Record<string, string | boolean>>,
): Promise<void>;
export declare function makePasskey(
  page: Frame,
  rpId: string,
  selection?: Readonly<Record<string, string>>,
): Promise<{ readonly id: string; readonly publicKey: string }>;
export declare function signWithPasskey(
  frame: Frame,
  request: {
    readonly id: string;
    readonly rpId: string;
    readonly challenge: string;
    readonly [more: string]: unknown;
  },
): Promise<{
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}>;
