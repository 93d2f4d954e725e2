// Users with passwords: by query, HTTP Basic, and Adobe's authentication in RTMP.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildAdobeVerifier } from '../../../plugins/auth/methods/adobe.ts';
import { hashPassword } from '../../../plugins/auth/credentials/passwords.ts';
import { clip } from '../../helpers/media/clip.ts';
import { RunningProgram } from '../../helpers/programs/running-program.ts';
import { openDialogue } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { authServer, everythingPrinted, tryPlay, tryPublish } from './auth-kit.ts';

const PASSWORD = 'correct horse: "battery" & staple';
const IN_QUERY = `user=me&password=${encodeURIComponent(PASSWORD)}`;

function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe.each([
  ['plain', () => Promise.resolve(PASSWORD)],
  ['hashed', () => hashPassword(PASSWORD)],
])('a user whose password is %s', (_how, stored) => {
  test('is admitted to its streams by query and by HTTP Basic, and to no others', async () => {
    const users = [{ user: 'me', password: await stored(), publish: ['mine-*'], play: ['*'] }];
    const server = await authServer({ users, tries: { maxFailures: 0 } });
    expect(await tryPublish(server, `live/mine-1?${IN_QUERY}`)).toBe('admitted');
    expect(await tryPlay(server, 'live/other', basic('me', PASSWORD))).toBe('admitted');
    expect(await tryPublish(server, `live/other?${IN_QUERY}`)).toBe(
      'forbidden: this user may not publish this stream',
    );
    const wrong = 'unauthorized: user or password is wrong';
    expect(await tryPublish(server, `live/mine-1?user=me&password=x`)).toBe(wrong);
    expect(await tryPublish(server, `live/mine-1?${IN_QUERY.replace('me', 'you')}`)).toBe(wrong);
    expect(await tryPlay(server, 'live/other', basic('me', `${PASSWORD} `))).toBe(wrong);
    expect(await tryPlay(server, 'live/other', basic('', ''))).toBe(wrong);
    expect(await tryPlay(server, 'live/other')).toBe('unauthorized: user and password is needed');
    expect(everythingPrinted(server)).not.toContain('battery');
  });
});

test('a hash says how it was made, and is another each time', async () => {
  const [one, other] = [await hashPassword('x'), await hashPassword('x')];
  expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
  expect(other).not.toBe(one);
});

test.each([
  [{ user: 'me' }, /"me" has no password/],
  [
    { user: 'me', password: '$scrypt$broken' },
    /the password of "me": it begins with \$scrypt\$ but is no such hash/,
  ],
  [{ user: 'me', password: '$scrypt$ln=31,r=8,p=1$AAAA$AAAA' }, /its cost is above 20/],
  [{ user: 'me', password: 'x', adobe: 'y' }, /the option adobe of "me" is no line of "livego hash --user"/],
])('a user %j rejects the config', async (user, message) => {
  await expect(authServer({ users: [user] })).rejects.toThrow(message);
});

describe('Adobe’s authentication in RTMP', () => {
  const CONFIG = { auth: { publish: { users: [{ user: 'me', password: PASSWORD, publish: ['*'] }] } } };

  /** What the server says of a connect: "connected" or the description of its rejection. */
  async function connect(
    server: TestServer,
    app: string,
    extra: Record<string, string> = {},
  ): Promise<string> {
    const dialogue = await openDialogue(server.port());
    const answer = await dialogue.connect(app, { type: 'nonprivate', ...extra });
    const [info] = answer.args as [{ code: string; description: string }];
    return answer.name === '_result' ? 'connected' : info.description;
  }

  test('leads an encoder through the dialogue', async () => {
    const server = await startServer({ config: CONFIG });
    const need = '[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ';
    expect(await connect(server, 'live')).toBe(need);
    const told = await connect(server, 'live?authmod=adobe&user=me');
    expect(told).toMatch(
      /^\[ AccessManager\.Reject \] : \[ authmod=adobe \] : \?reason=needauth&user=me&salt=\w+&challenge=\w+&opaque=\w+$/,
    );
    const answer = answerTo(told, 'me', PASSWORD);
    expect(await connect(server, `live?${answer}`)).toBe('connected');
    const wrong = await connect(server, `live?${answerTo(told, 'me', 'x')}`);
    expect(wrong).toBe('[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&user=me');
  });

  test('tells nothing about which users there are, and believes no challenge of others', async () => {
    const server = await startServer({ config: CONFIG });
    const nobody = await connect(server, 'live?authmod=adobe&user=nobody');
    expect(nobody).toMatch(/reason=needauth&user=nobody&salt=\w{12}&challenge=\w{32}&opaque=\w{32}$/);
    expect(nobody.replace(/(salt|challenge|opaque)=\w+/g, '$1')).toBe(
      (await connect(server, 'live?authmod=adobe&user=me'))
        .replace('user=me', 'user=nobody')
        .replace(/(salt|challenge|opaque)=\w+/g, '$1'),
    );
    const invented =
      'x: ?salt=aaaaaaaaaaaa&challenge=00000000ffffffffffffffffffffffff&opaque=00000000ffffffffffffffffffffffff';
    expect(await connect(server, `live?${answerTo(invented, 'me', PASSWORD)}`)).toContain('authfailed');
  });

  test('is not asked of a player when only publishing needs it', async () => {
    const server = await startServer({ config: CONFIG });
    const dialogue = await openDialogue(server.port());
    expect((await dialogue.connect('live', { type: undefined })).name).toBe('_result');
  });

  test('works with a hashed password and the second line of "livego hash"', async () => {
    const users = [
      {
        user: 'me',
        password: await hashPassword(PASSWORD),
        adobe: buildAdobeVerifier('me', PASSWORD),
        publish: ['*'],
      },
    ];
    const server = await startServer({ config: { auth: { publish: { users } } } });
    const told = await connect(server, 'live?authmod=adobe&user=me');
    expect(await connect(server, `live?${answerTo(told, 'me', PASSWORD)}`)).toBe('connected');
  });

  test('lets real ffmpeg publish with user and password in the URL, and with no other password', async () => {
    const users = [{ user: 'me', password: 'secret-enough', publish: ['*'] }];
    const server = await startServer({ config: { auth: { publish: { users } } } });
    const file = await clip();
    const publish = (password: string): RunningProgram =>
      new RunningProgram([
        ...([
          'ffmpeg',
          '-hide_banner',
          '-nostdin',
          '-loglevel',
          'error',
          '-i',
          file,
          '-c',
          'copy',
          '-f',
          'flv',
        ] as const),
        `rtmp://me:${password}@127.0.0.1:${server.port()}/live/movie`,
      ]);
    const started = server.saw('streamStart');
    await publish('secret-enough').succeeded();
    await started;
    await expect(publish('wrong').succeeded()).rejects.toThrow();
    expect(JSON.stringify(server.log)).not.toContain('secret-enough');
  });
});

/** As librtmp answers: B(B(user + salt + password) + opaque + own challenge), B is the Base64 of MD5. */
function answerTo(description: string, user: string, password: string): string {
  const told = new URLSearchParams(description.slice(description.indexOf('?') + 1));
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64');
  const challenge = 'BQ+/Ag==';
  const response = md5(`${md5(`${user}${told.get('salt')}${password}`)}${told.get('opaque')}${challenge}`);
  return `authmod=adobe&user=${user}&challenge=${challenge}&response=${response}&opaque=${told.get('opaque')}`;
}
