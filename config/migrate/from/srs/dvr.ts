// Recordings of SRS.
import type { Directive } from '../../read/read-blocks.ts';
import { describeDirective, leaveOutDirective, type DirectivePlace } from '../directives.ts';

const PARTS: Readonly<Record<string, string>> = { app: '{app}', stream: '{name}', timestamp: '{unix}' };

/** `dvr_path ./objs/nginx/html/[app]/[stream].[timestamp].flv;` */
export function dvr(block: readonly Directive[], place: DirectivePlace): void {
  const { section } = place;
  const find = (name: string): Directive | undefined => block.find((each) => each.name === name);
  const path = find('dvr_path');
  const { directory, file } = splitPath(path?.args[0] ?? './objs/nginx/html/[app]/[stream].[timestamp].flv');
  section.set('record.directory', directory, path?.comments);
  section.set('record.path', file);
  if (path && /\[|\.mp4/.test(file))
    leaveOutDirective(
      path,
      place,
      'the path has other parts here: {app}, {name}, {time}, {unix}, {date}; files are FLV',
    );
  if (find('dvr_plan')?.args[0] === 'segment')
    section.set('record.maxSeconds', Number(find('dvr_duration')?.args[0] ?? 30));
  const applied = find('dvr_apply');
  if (applied && applied.args[0] !== 'all') {
    section.set(
      'record.only',
      applied.args.map((stream) => stream.replace(/^[^/]*\//, '')),
      applied.comments,
    );
    leaveOutDirective(applied, place, 'record.only has names alone, and holds for every application');
  }
  for (const directive of block)
    if (!/^(?:enabled|dvr_path|dvr_plan|dvr_duration|dvr_apply)$/.test(directive.name))
      place.draft.note(directive.line, describeDirective(directive), 'recordings have no such option');
}

/** The directory is the part before the first variable. */
function splitPath(path: string): { directory: string; file: string } {
  const parts = path.split('/');
  const first = parts.findIndex((part) => part.includes('['));
  const cut = first < 0 ? parts.length - 1 : first;
  const file = parts
    .slice(cut)
    .join('/')
    .replaceAll(/\[(\w+)\]/g, (part, name: string) => PARTS[name] ?? part);
  return { directory: parts.slice(0, cut).join('/') || '.', file: file.replace(/\.mp4$/, '.flv') };
}
