// What two applications of nginx that have one name become: one, which nobody enters whom either keeps out.
import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../../config/migrate/migrate.ts';

interface Application {
  readonly auth?: {
    readonly play?: { readonly allow: readonly string[] };
    readonly deny?: readonly string[];
  };
  readonly notify?: unknown;
}

describe('what keeps clients out of one of two applications of one name keeps them out of both:', () => {
  function optionsOf(blocks: readonly string[]) {
    const servers = blocks.map((block) => `server { application live { live on; ${block} } }`);
    const { text, notes } = migrate(`rtmp { ${servers.join('\n')} }`, 'nginx.conf');
    const {
      servers: [app],
    } = JSON5.parse<{ readonly servers: readonly [Application] }>(text);
    return { ...app, notes };
  }
  const NOBODY = ['255.255.255.255'];
  const OPEN = '';
  const INSIDE = 'allow play 10.0.0.0/8; allow play 2001:db8::/32; deny play all;';

  test.each([
    ['one is open', OPEN, INSIDE, ['10.0.0.0/8', '2001:db8::/32']],
    [
      'one allows less',
      INSIDE,
      'allow play 10.1.0.0/16; allow play 192.0.2.1; deny play all;',
      ['10.1.0.0/16'],
    ],
    [
      'one allows an address',
      INSIDE,
      'allow play 2001:db8:0::1; allow play 10.0.0.1; deny all;',
      ['2001:db8:0::1', '10.0.0.1'],
    ],
    ['no address is in both', INSIDE, 'allow play 192.0.2.0/24; deny play all;', NOBODY],
    ['one is closed', INSIDE, 'deny play all;', NOBODY],
    ['both say the same', INSIDE, INSIDE, ['10.0.0.0/8', '2001:db8::/32']],
  ])('%s', (_title, one, other, expected) => {
    for (const blocks of [
      [one, other],
      [other, one],
      [one, other, OPEN],
    ]) {
      const { auth } = optionsOf(blocks);
      expect(new Set(auth?.play?.allow)).toEqual(new Set(expected));
    }
  });

  test('single addresses that one denies', () => {
    const denying = ['deny 192.0.2.1;', 'deny 192.0.2.2;'];
    const { auth } = optionsOf(denying);
    expect(auth?.deny).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  const ASKING = `notify_method get; on_connect http://h/connect; on_publish http://h/publish;
    on_play http://h/play; on_update http://h/update;`;

  test.each([
    ['second', [OPEN, ASKING]],
    ['first', [ASKING, OPEN]],
    ['third', [OPEN, OPEN, ASKING]],
  ])('the web service that the %s asks', (_title, blocks) => {
    const { notify } = optionsOf(blocks);
    const events = ['connect', 'publish', 'play', 'update'];
    expect(notify).toMatchObject({
      format: 'nginx-rtmp',
      method: 'GET',
      events,
      gate: ['connect', 'publish', 'play'],
      urls: Object.fromEntries(events.map((event) => [event, `http://h/${event}`])),
    });
  });

  test('of two services for one question the first is asked, and the other is listed', () => {
    const { notify, notes } = optionsOf([
      '# ours\non_publish http://h/one; on_publish_done http://h/done; notify_method get;',
      'on_publish http://h/two?key=a-password; on_play http://h/play; on_play_done http://h/two; notify_method post;',
    ]);
    expect(notify).toMatchObject({
      method: 'GET',
      events: ['publish', 'publish_done', 'play'],
      gate: ['publish', 'play'],
      urls: { publish: 'http://h/one', publish_done: 'http://h/done', play: 'http://h/play' },
    });
    expect(notes.map(({ what }) => what)).toEqual([
      'on_publish http://h/two?***',
      'on_play http://h/play',
      'on_play_done http://h/two',
      'notify_method post',
    ]);
  });
});
