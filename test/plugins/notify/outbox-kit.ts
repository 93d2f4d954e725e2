// A queue of deliveries for tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../../core/log/log.ts';
import type { Delivery } from '../../../plugins/notify/delivery.ts';
import { Outbox, type OutboxSettings } from '../../../plugins/notify/outbox.ts';
import type { Spool } from '../../../plugins/notify/spool.ts';
import type { WebService } from './notify-kit.ts';

export const LOG = createLogger({ level: 'silent' });
export const SETTINGS: OutboxSettings = {
  secret: '',
  timeoutMs: 30_000,
  followRedirects: false,
  retrySeconds: 60,
  maxQueued: 100,
};

let count = 0;

export function delivery(service: WebService, lane: string, text: string, createdAt = Date.now()): Delivery {
  const request = { method: 'POST', url: service.url, contentType: 'text/plain', body: text } as const;
  return { id: `evt_${++count}`, lane, request, createdAt };
}

export function outbox(
  settings: Partial<OutboxSettings> = {},
  spool?: Spool,
  left: readonly Delivery[] = [],
): Outbox {
  const made = new Outbox();
  made.run({ ...SETTINGS, ...settings }, LOG, spool, left);
  onTestFinished(() => made.stop(0));
  return made;
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-spool-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const bodies = ({ heard }: WebService): string[] => heard.map(({ body }) => body);
