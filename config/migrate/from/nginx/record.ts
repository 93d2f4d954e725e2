// Recordings of nginx-rtmp-module.
import type { Directive } from '../../read/read-blocks.ts';
import {
  copyArgument,
  describeDirective,
  dropDirective,
  elsewhere,
  isOnArgument,
  leaveOutDirective,
  readBytes,
  readSeconds,
  type DirectivePlace,
  type DirectiveRules,
} from '../directives.ts';

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
  ...Object.fromEntries(READ_TOGETHER.map((name) => [name, elsewhere])),
  recorder: elsewhere,
  record_append: dropDirective('a file that exists is never added to; the next one gets a number'),
  record_lock: dropDirective('one server writes into a directory'),
  record_notify: dropDirective('recordings are in the log and in the list of the API'),
  record_max_frames: dropDirective('files are cut by time or size: maxSeconds, maxBytes'),
};

/** Writes `record` for an application that records, by `record` or by its first `recorder name { }`. */
export function writeRecord(block: readonly Directive[], place: DirectivePlace): void {
  const recorders = block.filter(({ name }) => name === 'recorder');
  const isOn = block.some(({ name, args }) => name === 'record' && !args.includes('off'));
  const [first, ...more] = isOn ? [undefined, ...recorders] : recorders;
  for (const recorder of more)
    if (recorder) leaveOutDirective(recorder, place, 'an application has one recorder');
  if (!first) return record(block, place);
  const inner = first.block ?? [];
  const others = inner.filter(({ name }) => !READ_TOGETHER.includes(name));
  for (const directive of others) leaveOutDirective(directive, place, 'recordings have no such option');
  const outer = block.filter(({ name }) => name !== 'record' && !inner.some((each) => each.name === name));
  record([...inner, ...outer], place);
}

function record(block: readonly Directive[], place: DirectivePlace): void {
  const find = (name: string): Directive | undefined => block.find((directive) => directive.name === name);
  const directive = find('record');
  if (!directive || directive.args.includes('off')) {
    for (const each of block)
      if (each.name !== 'record' && READ_TOGETHER.includes(each.name))
        leaveOutDirective(each, place, 'the application does not record');
    return;
  }
  const { section, draft } = place;
  const path = find('record_path');
  const comments = [...directive.comments, ...(path?.comments ?? [])];
  section.set('record.directory', path?.args[0] ?? '/tmp', comments);
  section.set(
    'record.path',
    `{name}${uniquePart(find('record_unique'))}${suffixOf(find('record_suffix'), place)}`,
  );
  if (directive.args.includes('manual')) section.set('record.only', []);
  if (!directive.args.includes('all') && !directive.args.includes('manual'))
    draft.note(directive.line, describeDirective(directive), 'every track and frame is recorded');
  const [size, interval] = [find('record_max_size'), find('record_interval')];
  if (size) copyArgument('record.maxBytes', readBytes)(size, place);
  if (interval) copyArgument('record.maxSeconds', readSeconds)(interval, place);
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
