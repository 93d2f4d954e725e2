// What an operator reads about providers.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Publication } from '../../../../core/session/publication.ts';
import { publishTo, type TestKernel } from '../../kernel/kernel-kit.ts';
import { FakeProvider, kernelProviding, pass, sendStart, settled, waitingViewer } from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HAS_ENDED = { code: 'left', message: 'the origin has ended it' } as const;

interface Case {
  readonly start?: (publication: Publication) => void | Promise<void>;
  readonly end?: (test: TestKernel, publication: Publication) => unknown;
  readonly code: string;
  readonly message: string;
}

const ENDS: Readonly<Record<string, Case>> = {
  'by the plugin before its first packet': {
    start: (publication) => publication.end(HAS_ENDED),
    code: 'left',
    message: 'the origin has ended it',
  },
  'by the plugin while it is live': {
    start: sendStart,
    end: (_, publication) => publication.end(HAS_ENDED),
    code: 'left',
    message: 'the origin has ended it',
  },
  'without viewers': {
    start: sendStart,
    end: () => pass(30),
    code: 'idle',
    message: 'nobody watched for 10 s (idleProviderMs)',
  },
  'by another publisher': {
    end: async (test) => {
      await publishTo(test);
      await pass(1);
    },
    code: 'replaced',
    message: 'live/movie has another publisher',
  },
  'by the end of the server': {
    start: sendStart,
    end: (test) => test.kernel.stop('SIGTERM'),
    code: 'shutdown',
    message: 'SIGTERM',
  },
};

function linesAbout({ log }: TestKernel): readonly Readonly<Record<string, unknown>>[] {
  return log.lines.filter(({ msg }) => msg.includes('relay from the test'));
}

test.each(Object.entries(ENDS))('a provider that is ended %s is logged once, with why', async (_, how) => {
  const provider = new FakeProvider(how.start);
  const test = await kernelProviding(provider);
  await waitingViewer(test);
  await settled();
  await how.end?.(test, provider.publication);
  const { id } = provider.publication.session;
  const about = { level: 'info', session: id, plugin: 'relay' };
  expect(linesAbout(test)).toMatchObject([
    { ...about, msg: 'live/movie is provided by relay from the test' },
    {
      ...about,
      code: how.code,
      msg: `live/movie is no longer provided by relay from the test: ${how.message}`,
    },
  ]);
});

test('a provider whose start fails is logged once, with the error', async () => {
  const provider = new FakeProvider(() => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:1935')));
  const test = await kernelProviding(provider);
  await waitingViewer(test);
  expect(linesAbout(test).slice(1)).toMatchObject([
    {
      level: 'info',
      code: 'failed',
      err: { message: 'connect ECONNREFUSED 10.0.0.7:1935' },
      msg: 'live/movie is no longer provided by relay from the test: the provider has failed',
    },
  ]);
});
