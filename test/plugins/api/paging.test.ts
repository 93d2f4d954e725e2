import { expect, test } from 'vitest';
import { pick } from '../../../plugins/api/http/paging.ts';

const ITEM = { app: 'live', publisher: { id: 'p1', video: { codec: 'h264' } } };

test('fields that belong to others, or to what has no fields, change nothing', () => {
  expect(pick(ITEM, 'app,app.x')).toEqual({ app: 'live' });
  expect(pick(ITEM, 'publisher.video,publisher.video.codec.x')).toEqual({
    publisher: { video: { codec: 'h264' } },
  });
  expect(pick(ITEM, 'publisher.id.x,publisher.id')).toEqual({ publisher: { id: 'p1' } });
});

test('the item stays as it is', () => {
  const before = structuredClone(ITEM);
  pick(ITEM, 'publisher,publisher.more,publisher.video.more');
  expect(ITEM).toEqual(before);
});
