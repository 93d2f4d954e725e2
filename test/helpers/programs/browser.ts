// A page in headless Chromium, for players that run in browsers.
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { findChromium } from '../../../scripts/setup/programs.mjs';

export interface BrowserPage {
  readonly page: Page;
  /** The lines of the page's console as "type: text", and its uncaught errors as "uncaught: message". */
  readonly console: readonly string[];
  close(): Promise<void>;
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** An empty page in a browser of its own, closed with the test. */
export async function openPage(): Promise<BrowserPage> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('There is no Chromium. "npm test" installs it; or set CHROMIUM to the path of one.');
  }
  const browser = await chromium.launch({ executablePath, headless: true, args: ARGUMENTS });
  const close = (): Promise<void> => browser.close();
  onTestFinished(close);
  const page = await browser.newPage();
  const lines: string[] = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => lines.push(`uncaught: ${error.message}`));
  return { page, console: lines, close };
}
