// Responses with files.
import inject, { type InjectOptions } from 'light-my-request';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replyFile } from '../../../../core/http/files/file-reply.ts';

const REPLY = { type: 'text/plain', etag: '"1"', cacheControl: 'no-store' };

async function ask(content: string, headers: InjectOptions['headers'] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'livego-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, content);
  const source = { file, length: content.length };
  return inject((request, response) => void replyFile(request, response, source, REPLY), {
    url: '/',
    headers,
  });
}

test.each([
  [undefined, 200, 'abcdef', undefined],
  ['bytes=1-2', 206, 'bc', 'bytes 1-2/6'],
  ['bytes=4-', 206, 'ef', 'bytes 4-5/6'],
  ['bytes=-2', 206, 'ef', 'bytes 4-5/6'],
  ['bytes=6-', 416, undefined, 'bytes */6'],
  ['bytes=2-1', 200, 'abcdef', undefined],
])('a file with the range %s is %i', async (range, status, body, contentRange) => {
  const response = await ask('abcdef', { ...(range !== undefined && { range }) });
  expect([response.statusCode, response.headers['content-range']]).toEqual([status, contentRange]);
  if (body !== undefined) expect(response.body).toBe(body);
});

test.each([undefined, 'bytes=0-', 'bytes=-5'])('an empty file with the range %s is empty', async (range) => {
  const response = await ask('', { ...(range !== undefined && { range }) });
  expect([response.statusCode, response.headers['content-length'], response.body]).toEqual([200, '0', '']);
});
