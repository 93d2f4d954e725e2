// nginx in front of livego, as docs/guides/public.md describes it with trustProxy.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TEXT = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'nginx.conf'), 'utf8');

test('every place that passes requests on tells the address of the viewer', () => {
  const locations = [...TEXT.matchAll(/^ {4}location (.+?) \{$([^]*?)^ {4}\}$/gm)];
  expect(locations.map(([, what]) => what)).toEqual([String.raw`~ \.flv$`, String.raw`~ \.(m3u8|ts|key)$`]);
  for (const [, , body = ''] of locations) {
    expect(body).toContain('proxy_pass http://livego_');
    // Without it nginx passes on what the viewer has sent, and a trusted proxy is believed.
    expect(body).toContain('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;');
  }
});
