import { expect, test } from 'vitest';
import { openPage } from './browser.ts';

test('a page runs scripts, plays media sources, and its console and errors are kept', async () => {
  const { page, console: lines } = await openPage();
  expect(
    await page.evaluate('MediaSource.isTypeSupported(\'video/mp4; codecs="avc1.64001f,mp4a.40.2"\')'),
  ).toBe(true);
  const fault = page.waitForEvent('pageerror');
  await page.evaluate('console.log("hello"); setTimeout(() => { throw new Error("oh no"); }, 0)');
  await fault;
  expect(lines).toEqual(['log: hello', 'uncaught: oh no']);
});
