// Names of files: templates, safety, and that no two writers get the same.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ClaimedFiles, openDraft, publishDraft } from '../../../core/files/file-names.ts';
import { fileTime, PathTemplate } from '../../../core/files/path-template.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('PathTemplate', () => {
  const template = new PathTemplate('{app}/{name}_{time}.flv', { time: String.raw`\d{8}T\d{6}` });

  test.each([
    ['movie', 'live/movie_T.flv'],
    ['a/b', 'live/a/b_T.flv'],
    ['..', 'live/__T.flv'],
    ['../../etc/passwd', 'live/_/_/etc/passwd_T.flv'],
    ['a\u0000b\nc\\d:e', 'live/a_b_c_d_e_T.flv'],
    ['.hidden', 'live/_hidden_T.flv'],
    ['ä'.repeat(200), `live/${'ä'.repeat(90)}_T.flv`],
  ])('turns the name %j into a path below its directory', (name, path) => {
    expect(template.build({ app: 'live', name, time: 'T' })).toBe(path);
  });

  test('reads back what it has made', () => {
    expect(template.match('live/my_movie_20261125T220312.flv')).toEqual({
      app: 'live',
      name: 'my_movie',
      time: '20261125T220312',
    });
    expect(template.match('live/notes.txt')).toBeUndefined();
  });

  test('names its faults', () => {
    expect(PathTemplate.fault('{app}/{nme}', ['app', 'name'])).toContain('{nme} is no placeholder');
    expect(PathTemplate.fault('/{app}', ['app'])).toContain('below its directory');
    expect(PathTemplate.fault('{app}/../x', ['app'])).toContain('below its directory');
    expect(PathTemplate.fault('{app}/x', ['app'])).toBeUndefined();
  });

  test('writes times as local time', () => {
    expect(fileTime(new Date(2026, 10, 5, 2, 3, 9))).toBe('20261105T020309');
  });
});

describe('a draft', () => {
  test('gets a name that nobody has: on the disk, as a draft, or in this process', async () => {
    const folder = temporaryFolder();
    const claimed = new ClaimedFiles();
    writeFileSync(join(folder, 'a.flv'), '');
    writeFileSync(join(folder, 'a_2.flv.part'), '');
    const wanted = join(folder, 'a.flv');
    const [one, other] = await Promise.all([openDraft(wanted, claimed), openDraft(wanted, claimed)]);
    onTestFinished(() => Promise.all([one.handle.close(), other.handle.close()]).then(() => {}));
    expect([one.path, other.path].toSorted()).toEqual([join(folder, 'a_3.flv'), join(folder, 'a_4.flv')]);
    expect(claimed.has(one.draft)).toBe(true);
  });

  test('never replaces a file that has taken its name meanwhile', async () => {
    const folder = temporaryFolder();
    const wanted = join(folder, 'a.flv');
    const { handle, draft, path } = await openDraft(wanted, new ClaimedFiles());
    await handle.close();
    writeFileSync(wanted, 'foreign');
    expect(await publishDraft(draft, path)).toBe(join(folder, 'a_2.flv'));
    expect(readdirSync(folder).toSorted()).toEqual(['a.flv', 'a_2.flv']);
  });
});

test.each(['con', 'NUL.flv', 'com1', 'LPT².x'])('a recording of %j is no device of Windows', (name) => {
  const path = new PathTemplate('{app}/{name}.flv', {}).build({ app: 'live', name });
  expect(path).toBe(`live/_${name}.flv`);
});
