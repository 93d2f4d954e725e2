// Which text a reload applies: the file's, or the one that a plugin has applied.
import { expect, onTestFinished, test } from 'vitest';
import type { LoadResult, ResolvedConfig } from '../../../core/config.ts';
import { ConfigFollower } from '../../../core/following/config-follower.ts';
import type { ServerOptions } from '../../../core/options/options.ts';
import type { ReloadReport } from '../../../core/plugin/reload-report.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { within } from '../../helpers/net.ts';

const FILE = 'livego.json5';
const CERTIFICATE = 'server.crt';
const SERVER = { watch: { enabled: true, poll: false, settleMs: 0 } } as unknown as ServerOptions;

type Config = Pick<ResolvedConfig, 'server'> & { readonly text: string };

/** A follower of a file, whose configs are its texts. */
class Followed {
  file = 'saved';
  /** Texts that cannot be applied for now. */
  readonly rejected = new Set<string>();
  readonly outcomes: string[] = [];
  readonly follower: ConfigFollower<Config>;
  #change: (file: string) => void = () => {};
  #applied: () => void = () => {};
  #mayLoad: Promise<void> = Promise.resolve();

  constructor() {
    this.follower = new ConfigFollower<Config>({
      source: { name: FILE, read: () => Promise.resolve(this.file), load: (text) => this.#load(text) },
      log: memoryLog().log,
      watch: (_files, _options, onChange) => {
        this.#change = (file) => onChange('changed', file);
        return { update() {}, close: () => Promise.resolve() };
      },
      certificates: () => [CERTIFICATE],
      watchOptions: () => undefined,
      apply: (loaded) => Promise.resolve(this.#apply(loaded)),
    });
  }

  static async start(): Promise<Followed> {
    const followed = new Followed();
    onTestFinished(async () => void (await followed.follower.stop()));
    await followed.follower.start(() => Promise.resolve());
    return followed;
  }

  /** A plugin applies a text. */
  apply(text: string): Promise<ReloadReport> {
    return this.follower.request({ reason: 'a plugin', text });
  }

  /** The watcher sees that a file has changed. Resolves when a config has been applied, or rejected. */
  async changed(file: string): Promise<void> {
    const applied = new Promise<void>((resolve) => (this.#applied = resolve));
    this.#change(file);
    await within(applied, 'a reload');
  }

  /** The watcher sees that, and nobody waits for the reload. */
  notice(file: string): void {
    this.#change(file);
  }

  /** Nothing is loaded until the returned function is called. */
  hold(): () => void {
    let release = (): void => {};
    this.#mayLoad = new Promise((resolve) => (release = resolve));
    return release;
  }

  async #load(text?: string): Promise<LoadResult<Config>> {
    await this.#mayLoad;
    const loaded = text ?? this.file;
    return { ok: true, files: [FILE], warnings: [], config: { server: SERVER, text: loaded }, text: loaded };
  }

  #apply(loaded: LoadResult<Config>): ReloadReport {
    const { text = '' } = loaded;
    const outcome = this.rejected.has(text) ? 'rejected' : 'applied';
    this.outcomes.push(`${text} ${outcome}`);
    this.#applied();
    return { outcome } as ReloadReport;
  }
}

test('what a plugin has applied stays when a certificate changes, until the file is saved', async () => {
  const followed = await Followed.start();
  await followed.apply('of a plugin');
  await followed.changed(CERTIFICATE);
  followed.file = 'edited';
  await followed.changed(FILE);
  await followed.changed(CERTIFICATE);
  expect(followed.outcomes).toEqual([
    'of a plugin applied',
    'of a plugin applied',
    'edited applied',
    'edited applied',
  ]);
});

test('a saved file that was rejected is tried again when the certificate that it lacked is there', async () => {
  const followed = await Followed.start();
  await followed.apply('of a plugin');
  followed.file = 'with a certificate';
  followed.rejected.add(followed.file);
  await followed.changed(FILE);
  followed.rejected.clear();
  await followed.changed(CERTIFICATE);
  expect(followed.outcomes.slice(1)).toEqual(['with a certificate rejected', 'with a certificate applied']);
});

test('what a plugin has applied stays when an edit of the file is rejected and taken back', async () => {
  const followed = await Followed.start();
  await followed.apply('of a plugin');
  followed.file = 'edited';
  followed.rejected.add(followed.file);
  await followed.follower.request({ reason: 'an edit' });
  followed.file = 'saved';
  await followed.changed(FILE);
  expect(followed.outcomes.slice(1)).toEqual(['edited rejected', 'of a plugin applied']);
});

test('so does what a plugin applies while such an edit is tried', async () => {
  const followed = await Followed.start();
  followed.file = 'edited';
  followed.rejected.add(followed.file);
  const release = followed.hold();
  const edit = followed.follower.request({ reason: 'an edit' });
  // The edit is being loaded by then.
  await new Promise((resolve) => setImmediate(resolve));
  const applied = followed.apply('of a plugin');
  followed.notice(FILE);
  void edit.then(() => (followed.file = 'saved'));
  release();
  await Promise.all([edit, applied]);
  await followed.changed(FILE);
  expect(followed.outcomes).toEqual(['edited rejected', 'of a plugin applied', 'of a plugin applied']);
});

test('a reload of the file that waits stays one when a certificate changes as well', async () => {
  const followed = await Followed.start();
  await followed.apply('of a plugin');
  const release = followed.hold();
  const running = followed.apply('of a plugin');
  // It is being loaded by then.
  await new Promise((resolve) => setImmediate(resolve));
  const reload = followed.follower.request({ reason: 'SIGHUP' });
  followed.notice(CERTIFICATE);
  release();
  await Promise.all([running, reload]);
  expect(followed.outcomes.slice(1)).toEqual(['of a plugin applied', 'saved applied']);
});
