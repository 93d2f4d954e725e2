// Bodies of FLV tags, which are the payloads of RTMP messages as well: a quick look at the first bytes (describe…), and
// the whole content (parse…).
export { describeAudio, describeData, describeVideo } from './packet-info.ts';
export { parseVideoBody, parseVideoTracks } from './video-body.ts';
export type { FrameType, VideoBody, VideoPacketType } from './video-body.ts';
export { parseAudioBody, parseAudioTracks } from './audio-body.ts';
export type { AudioBody, AudioPacketType, SoundFlags } from './audio-body.ts';
