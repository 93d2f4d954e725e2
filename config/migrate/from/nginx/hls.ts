// HLS of nginx-rtmp-module.
import type { Directive } from '../../read/read-blocks.ts';
import {
  copyArgument,
  dropDirective,
  elsewhere,
  isOnArgument,
  leaveOutDirective,
  readNumber,
  readSeconds,
  withFirst,
  type DirectivePlace,
  type DirectiveRules,
} from '../directives.ts';

/** The module's `hls_fragment` without the directive. */
const DEFAULT_SEGMENT_SECONDS = 5;

/** Directives that `writeHls` reads together. */
const TOGETHER: DirectiveRules = {
  hls_path: copyArgument('hls.path'),
  hls_fragment: copyArgument('hls.segmentSeconds', readSeconds),
  hls_playlist_length: playlistLength,
  hls_keys: (directive, { section }) => {
    if (isOnArgument(directive)) section.set('hls.encrypt.enabled', true, directive.comments);
  },
  hls_fragments_per_key: copyArgument('hls.encrypt.rotateSegments', readNumber),
};

const TIMING = dropDirective('segments follow the keyframes and timestamps of the stream');
const NAMES = dropDirective('files have one layout here; see docs/plugins/hls.md');

export const hlsRules: DirectiveRules = {
  hls: elsewhere,
  ...Object.fromEntries(Object.keys(TOGETHER).map((name) => [name, elsewhere])),
  hls_variant: dropDirective(
    'renditions come from the engine, and stand in the master playlist of their stream: ' +
      'engine: { profile: "transcode", renditions }',
  ),
  hls_nested: NAMES,
  hls_fragment_naming: NAMES,
  hls_fragment_naming_granularity: NAMES,
  hls_base_url: dropDirective('addresses in playlists are relative'),
  hls_key_path: dropDirective('keys are kept in memory, and in the directory of hls.path'),
  hls_key_url: dropDirective('keys are served beside the playlists'),
  hls_cleanup: dropDirective('old segments are removed always'),
  hls_continuous: dropDirective('numbers continue over publishers and restarts always'),
  hls_type: dropDirective('a playlist lists the last segments; record and replay keep the whole stream'),
  hls_fragment_slicing: TIMING,
  hls_max_fragment: TIMING,
  hls_sync: TIMING,
  hls_muxdelay: TIMING,
  hls_max_audio_delay: TIMING,
  hls_audio_buffer_size: TIMING,
};

/** Writes `hls` for an application that has it on. */
export function writeHls(block: readonly Directive[], place: DirectivePlace): void {
  const hls = block.find(({ name }) => name === 'hls');
  if (hls && isOnArgument(hls)) place.section.set('hls.enabled', true, hls.comments);
  for (const directive of withFirst(block, 'hls_fragment')) {
    const rule = Object.hasOwn(TOGETHER, directive.name) ? TOGETHER[directive.name] : undefined;
    if (rule && hls && isOnArgument(hls)) rule(directive, place);
    else if (rule) leaveOutDirective(directive, place, 'the application has no "hls on"');
  }
}

function playlistLength(directive: Directive, place: DirectivePlace): void {
  const { section } = place;
  const seconds = readSeconds(directive.args[0] ?? '');
  if (seconds === undefined) return leaveOutDirective(directive, place, 'this value is not understood');
  if (section.get('hls.segmentSeconds') === undefined)
    section.set('hls.segmentSeconds', DEFAULT_SEGMENT_SECONDS, ['The default of nginx-rtmp-module.']);
  const segments = Math.ceil(seconds / Number(section.get('hls.segmentSeconds')));
  section.set('hls.playlistSegments', Math.max(1, segments), directive.comments);
}
