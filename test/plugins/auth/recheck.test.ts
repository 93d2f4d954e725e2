// A reload that changes the rules while people publish and watch.
import { expect, test } from 'vitest';
import type { TestViewer } from '../../../testing/test-clients.ts';
import { admitted, authServer } from './auth-kit.ts';

const HOME = { remote: '10.0.0.5:5000' };

test.each(['keep', 'close'] as const)(
  'auth is turned on while 500 watch, with recheck: "%s"',
  async (recheck) => {
    const server = await authServer({});
    const publisher = admitted(await server.publish('live/movie', HOME));
    const viewers: TestViewer[] = [];
    for (let each = 0; each < 500; each++)
      viewers.push(
        admitted(
          await server.play('live/movie', each % 5 === 0 ? HOME : { remote: `192.0.2.${each % 250}:1` }),
        ),
      );
    await server.reload({ auth: { allow: ['10.0.0.0/8'], recheck } });
    const closed = recheck === 'close' ? 400 : 0;
    await expect.poll(() => viewers.filter(({ ended }) => ended).length).toBe(closed);
    expect(publisher.ended).toBeUndefined();
    const home = viewers.filter((_viewer, index) => index % 5 === 0);
    expect(home.filter(({ ended }) => ended)).toEqual([]);
    const messages = new Set(
      viewers.flatMap(({ ended }) =>
        ended ? [`${ended.code}: ${ended.message.replace(/192\S+/, 'IP')}`] : [],
      ),
    );
    expect([...messages]).toEqual(
      closed ? ['denied: its right has ended: IP is not an address that is allowed'] : [],
    );
    expect(server.sessions()).toHaveLength(501 - closed);
  },
);
