/** What is used of playwright-core: its own declarations need those of a browser's document. */
export interface Frame {
  evaluate(work: () => unknown): Promise<unknown>;
}
export interface Page extends Frame {
  evaluate<T = unknown>(work: string | (() => unknown)): Promise<T>;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  url(): string;
  mainFrame(): Frame;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  textContent(selector: string): Promise<string | null>;
  innerText(selector: string): Promise<string>;
  isVisible(selector: string): Promise<boolean>;
  waitForSelector(selector: string, options?: { readonly state?: 'attached' | 'detached' }): Promise<unknown>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(media: { readonly colorScheme: 'light' | 'dark' }): Promise<void>;
  screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<unknown>;
  close(): Promise<void>;
  readonly keyboard: {
    down(key: string): Promise<void>;
    press(key: string): Promise<void>;
    type(text: string): Promise<void>;
    up(key: string): Promise<void>;
  };
  context(): {
    clearCookies(): Promise<void>;
    cookies(): Promise<
      readonly {
        readonly name: string;
        readonly value: string;
        readonly httpOnly: boolean;
        readonly secure: boolean;
        readonly sameSite: string;
      }[]
    >;
  };
}
export interface Browser {
  newPage(): Promise<Page>;
  /** Of somebody else, who shares no cookies. */
  newContext(): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}

/** What a page did that it must not: requests to anywhere but its own server, errors, messages of its policy. Empty when it did nothing of it. */
export declare function watchPage(page: Page, origin: () => string): readonly string[];
/** Holds the page's next request to such an address, or what was answered to it: `asked` when it is held, `letGo` when the page has its answer. */
export declare function holdOne(
  page: Page,
  address: string,
  what: 'question' | 'answer',
): Promise<{ readonly asked: Promise<unknown>; letGo(): Promise<void> }>;
/** Has the page get other answers than its server gives at an address. Resolves with what ends that. */
export declare function changeAnswers<Answer>(
  page: Page,
  address: string,
  change: (answer: Answer) => Answer,
  headers?: Readonly<Record<string, string>>,
): Promise<() => Promise<void>>;
/** Violations that axe finds on a page, each as a rule and the places; and whether it is wider than its window. */
export declare function faultsOf(page: Page): Promise<readonly string[]>;

export declare const CHROMIUM: string;
export declare function missingBrowser(): string | null;
export declare function servePage(frame?: string): Promise<{ readonly port: number; close(): Promise<void> }>;
/** `certificate`: PEM of one that this browser takes as if an authority it knows had made it. */
export declare function openBrowser(certificate?: string): Promise<Browser>;
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
