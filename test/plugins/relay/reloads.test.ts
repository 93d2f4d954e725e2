import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { within } from '../../helpers/net.ts';
import { startTarget } from './fake-target.ts';
import { eventually, startPublished } from './published-kit.ts';

test('A reload that adds, changes and removes relays touches no other', async () => {
  const [kept, changed, removed, added] = [
    await startTarget(),
    await startTarget(),
    await startTarget(),
    await startTarget(),
  ];
  const { reload, relays } = await startPublished({
    push: [kept.url('app'), changed.url('app'), removed.url('app')],
  });
  await Promise.all([kept, changed, removed].map((target) => target.published()));
  const removedEnds = ended(removed);
  const report = await reload({
    push: [added.url('app'), { url: changed.url('app'), only: 'audio' }, kept.url('app')],
    silenceTimeoutMs: 7000,
  });
  expect(report.outcome).toBe('applied');
  await Promise.all([added.published(), changed.published(2), removedEnds]);
  expect(kept.callers).toHaveLength(1);
  expect(kept.callers[0]?.socket.destroyed).toBe(false);
  expect(removed.callers[0]?.commands.map(({ name }) => name).slice(-2)).toEqual([
    'FCUnpublish',
    'deleteStream',
  ]);
  expect((await relays()).map(({ peer }) => peer).toSorted()).toEqual(
    [added, changed, kept].map((target) => target.url('app/movie')).toSorted(),
  );
  const media = kept.callers[0]!.media.length;
  await eventually('media after the reload', async () => !(kept.callers[0]!.media.length <= media));
});

test('A relay that is switched off ends its connections in order', async () => {
  const target = await startTarget();
  const { server } = await startPublished({ push: [target.url('app')] });
  await target.published();
  const over = ended(target);
  await server.reload({
    rtmp: { port: '127.0.0.1:0' },
    httpflv: 'disable',
    hls: 'disable',
    httpoper: 'disable',
    relay: 'disable',
  });
  await over;
  expect(target.callers[0]?.commands.map(({ name }) => name).slice(-1)).toEqual(['deleteStream']);
});

test('A relay that a command has started survives a reload, is listed and can be stopped', async () => {
  const target = await startTarget();
  const { call, reload, relays } = await startPublished({});
  const start = { app: 'live', kind: 'push', url: target.url('app'), name: 'movie' };
  const { id } = (await call('relay.start', start)) as { id: string };
  await target.published();
  await eventually('the push', async () => (await relays())[0]?.state === 'live');
  expect(await call('relay.start', start)).toEqual({ id });
  await reload({ silenceTimeoutMs: 7000 });
  expect(await relays()).toMatchObject([{ id: `${id}:movie`, origin: 'run-time', state: 'live' }]);
  expect(target.callers).toHaveLength(1);
  const over = ended(target);
  await call('relay.stop', { app: 'live', id });
  await over;
  expect(await relays()).toEqual([]);
  await expect(call('relay.stop', { app: 'live', id })).rejects.toMatchObject({ code: 'not-found' });
});

test('Commands say why they cannot do what they are asked', async () => {
  const target = await startTarget();
  const { call, relays } = await startPublished({ push: [target.url('app')], maxRelays: 0 });
  const [pushed] = await relays();
  const start = { app: 'live', kind: 'push', name: 'movie' };
  await expect(call('relay.start', { ...start, url: 'http://h/x' })).rejects.toMatchObject({
    code: 'invalid',
    reason: 'push: a stream is pushed to an rtmp:// or rtmps:// address',
  });
  await expect(call('relay.start', { ...start, url: 'rtmp://h/x' })).rejects.toMatchObject({ code: 'limit' });
  await expect(call('relay.stop', { app: 'live', id: pushed!.id.replace(/:.*/, '') })).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('A pulled stream and its viewers live on when an unrelated option changes', async () => {
  const origin = await startPublished({});
  const url = `rtmp://127.0.0.1:${origin.server.port('rtmp.port')}/live/movie`;
  const edge = await startPublished({ pull: [{ url, name: 'copy' }] });
  await eventually('the pull', async () => !((await edge.statusOf(url))?.state !== 'live'));
  const viewer = await edge.server.play('live/copy');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  const session = edge.server.streams().find(({ name }) => name === 'copy')?.publisher?.id;
  await edge.reload({ pull: [{ url, name: 'copy' }], silenceTimeoutMs: 7000 });
  expect(await edge.statusOf(url)).toMatchObject({ state: 'live', reconnects: 0 });
  const { length } = viewer.tags;
  await eventually('packets after the reload', async () => !(viewer.tags.length <= length));
  expect(edge.server.streams().find(({ name }) => name === 'copy')?.publisher?.id).toBe(session);
  await edge.reload({});
  await eventually('the end of the viewer', async () => !(viewer.ended === undefined));
  expect(viewer.ended).toMatchObject({ code: 'unpublished' });
});

function ended(target: Awaited<ReturnType<typeof startTarget>>): Promise<void> {
  const { socket } = target.callers[0]!;
  return within(
    new Promise<void>((resolve) => socket.once('close', () => resolve())),
    'the end of the connection',
  );
}
