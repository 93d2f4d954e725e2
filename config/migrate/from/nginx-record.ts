// Recordings of nginx-rtmp-module.
import type { Directive } from '../read/read-blocks.ts';
import {
  describeDirective,
  dropDirective,
  isOnArgument,
  leaveOutDirective,
  readBytes,
  readSeconds,
  type DirectivePlace,
  type DirectiveRules,
} from './directives.ts';

const READ_TOGETHER = [
  'record',
  'record_path',
  'record_suffix',
  'record_unique',
  'record_max_size',
  'record_interval',
];

/** Directives that `writeRecord` reads together, and those without a counterpart. */
export const recordRules: DirectiveRules = {
  ...Object.fromEntries(READ_TOGETHER.map((name) => [name, () => {}])),
  recorder: dropDirective('an application has one recorder'),
  record_append: dropDirective('a file that exists is never added to; the next one gets a number'),
  record_lock: dropDirective('one server writes into a directory'),
  record_notify: dropDirective('recordings are in the log and in the list of the API'),
  record_max_frames: dropDirective('files are cut by time or size: maxSeconds, maxBytes'),
};

/** Writes `record` for an application that records. */
export function writeRecord(block: readonly Directive[], place: DirectivePlace): void {
  const find = (name: string): Directive | undefined => block.find((directive) => directive.name === name);
  const record = find('record');
  if (!record || record.args.includes('off')) return;
  const { section, draft } = place;
  const path = find('record_path');
  const comments = [...record.comments, ...(path?.comments ?? [])];
  section.set('record.directory', path?.args[0] ?? '/tmp', comments);
  section.set(
    'record.path',
    `{name}${uniquePart(find('record_unique'))}${suffixOf(find('record_suffix'), place)}`,
  );
  if (record.args.includes('manual')) section.set('record.only', []);
  if (!record.args.includes('all') && !record.args.includes('manual'))
    draft.note(record.line, describeDirective(record), 'every track and frame is recorded');
  const [size, interval] = [find('record_max_size')?.args[0], find('record_interval')?.args[0]];
  if (size !== undefined) section.set('record.maxBytes', readBytes(size));
  if (interval !== undefined) section.set('record.maxSeconds', readSeconds(interval));
}

function uniquePart(directive: Directive | undefined): string {
  return directive && isOnArgument(directive) ? '-{unix}' : '';
}

/** `.flv`, or `-%d-%b-%y-%T.flv`, whose time becomes ours. */
function suffixOf(directive: Directive | undefined, place: DirectivePlace): string {
  const suffix = directive?.args[0] ?? '.flv';
  if (!directive || !suffix.includes('%')) return suffix;
  leaveOutDirective(directive, place, 'the time has one form here, 20261125T220312: {time}');
  return suffix.replace(/%.*%\w/, '{time}');
}
