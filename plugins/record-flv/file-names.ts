// Which path a recording gets, and which files in the directory are recordings of an application.
import { join } from 'node:path';
import { LivegoError, matchesServername } from 'livego';
import { DRAFT_EXTENSION, fileTime, PathTemplate } from 'livego/files';
import type { RecordOptions } from './schema.ts';

const PLACEHOLDERS = ['app', 'name', 'time', 'date', 'unix'];
const EXTENSION = '.flv';
/** `movie_2.flv`: the number of a name that was taken. */
const NUMBER = /_\d{1,5}(?=\.flv$)/;

export class FileNames {
  readonly directory: string;
  readonly #template: PathTemplate;
  readonly #servername: string;

  /** Throws LVG_PLUGIN_FAILED when the path is no template. */
  constructor({ directory, path }: RecordOptions, servername: string) {
    const fault =
      PathTemplate.fault(path, PLACEHOLDERS) ??
      (path.endsWith(EXTENSION) ? undefined : `it must end in ${EXTENSION}`) ??
      (path.includes('{name}') ? undefined : 'it must hold {name}: otherwise streams cannot be told apart');
    if (fault !== undefined) throw new LivegoError('LVG_PLUGIN_FAILED', `record.path: ${path}: ${fault}`);
    this.directory = directory;
    this.#servername = servername;
    this.#template = new PathTemplate(path, {
      // An application may have slashes in its name; a pattern is checked afterwards.
      app: servername.includes('*') ? '.+?' : escape(servername),
      name: '.+?',
      time: String.raw`\d{8}T\d{6}`,
      date: String.raw`\d{4}-\d{2}-\d{2}`,
      unix: String.raw`\d{9,11}`,
    });
  }

  pathFor(app: string, name: string, startedAt: Date): string {
    const [day = ''] = new Date(startedAt.getTime() - startedAt.getTimezoneOffset() * 60_000)
      .toISOString()
      .split('T');
    const unix = String(Math.floor(startedAt.getTime() / 1000));
    const values = { app, name, time: fileTime(startedAt), date: day, unix };
    return join(this.directory, this.#template.build(values));
  }

  /** The application and name in the path of a recording; undefined for a file that is none of this application. */
  match(file: string): { readonly app: string; readonly name: string } | undefined {
    const values = this.#template.match(file) ?? this.#template.match(file.replace(NUMBER, ''));
    if (!values) return undefined;
    const { app = this.#servername, name = '' } = values;
    return matchesServername(this.#servername, app) ? { app, name } : undefined;
  }

  /** The same for a draft. */
  matchDraft(file: string): { readonly app: string; readonly name: string } | undefined {
    return file.endsWith(DRAFT_EXTENSION) ? this.match(file.slice(0, -DRAFT_EXTENSION.length)) : undefined;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
