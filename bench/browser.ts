import { createRequire } from 'node:module';

/** What is measured with of playwright-core: its own declarations need those of a browser's document. */
export interface Page {
  evaluate<T>(work: string): Promise<T>;
  goto(url: string): Promise<unknown>;
  url(): string;
  click(selector: string, options?: { readonly timeout: number }): Promise<void>;
  waitForSelector(selector: string, options?: { readonly timeout: number }): Promise<unknown>;
  close(): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
}
export interface Browser {
  newPage(): Promise<Page>;
  newContext(options: { readonly ignoreHTTPSErrors: boolean }): Promise<{
    newPage(): Promise<Page>;
    close(): Promise<void>;
  }>;
  close(): Promise<void>;
}
interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser>;
  };
}

/** The Chromium of this machine, or the one that $CHROMIUM names. */
export function openBrowser(): Promise<Browser> {
  const { chromium }: Playwright = createRequire(import.meta.url)('playwright-core');
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
}
